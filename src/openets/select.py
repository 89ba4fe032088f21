"""Rows of a model by a statement that is written once.

The framework writes the text of a query anew each time it is asked, which costs five times what
reading the row by it costs. What every movement, payment or request asks is written here once;
everything else asks the framework.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import ForeignKey, Model

M = TypeVar("M", bound=Model)


class Select(Generic[M]):
    """The rows of a model that meet a condition, made into objects, with those they refer to.

    `condition` is what SQL says after `where`, with `%s` for each value given later; in it the
    table is called `t`. `along` names the foreign keys to follow, as `select_related` does; each
    is set in every row, None where it is empty, and its table is called by that name.
    """

    def __init__(self, model: type[M], condition: str, *, along: Sequence[str] = ()) -> None:
        """Write the statement."""
        self._parts = {"": _Part(model, "t", 0)}
        self._keys: dict[str, tuple[str, ForeignKey[Any, Any]]] = {}
        columns, tables = [*self._parts[""].columns], [f"{_table(model)} t"]
        for path in along:
            start, _, name = path.rpartition("__")
            key = self._parts[start].model._meta.get_field(name)  # noqa: SLF001 - a public name
            assert isinstance(key, ForeignKey), f"{path} refers to one row"
            target, source = key.related_model, self._parts[start].alias
            join = "left join" if key.null else "join"
            tables.append(f"{join} {_table(target)} {path} on {path}.id = {source}.{key.column}")
            self._keys[path] = start, key
            self._parts[path] = _Part(target, path, len(columns))
            columns += self._parts[path].columns
        asked = f"select {', '.join(columns)} from {' '.join(tables)}"  # noqa: S608 - our own names
        self._statement = f"{asked} where {condition}"

    def rows(self, *values: Any) -> list[M]:
        """The rows for these values, in the order the condition ends with, if it names one."""
        with connection.cursor() as cursor:
            cursor.execute(self._statement, values)
            return [self._made(row) for row in cursor.fetchall()]

    def first(self, *values: Any) -> M | None:
        """The first of the rows, or None."""
        return next(iter(self.rows(*values)), None)

    def _made(self, row: Sequence[Any]) -> M:
        made = {path: part.made(row) for path, part in self._parts.items()}
        for path, (start, key) in self._keys.items():
            if made[start] is not None:
                key.set_cached_value(made[start], made[path])
        one: M = made[""]
        return one


class _Part:
    """The columns of one table within a row."""

    def __init__(self, model: type[Model], alias: str, start: int) -> None:
        self.model, self.alias = model, alias
        self._fields = model._meta.concrete_fields  # noqa: SLF001 - documented as public
        self._names = [field.attname for field in self._fields]
        self._key = self._names.index("id")
        self._place = slice(start, start + len(self._fields))
        self._converters: list[tuple[int, Callable[..., Any], Any]] | None = None
        self.columns = [f'{alias}."{field.column}"' for field in self._fields]

    def made(self, row: Sequence[Any]) -> Any:
        values = list(row[self._place])
        if values[self._key] is None:
            return None
        if self._converters is None:
            self._converters = self._found_converters()
        for position, convert, column in self._converters:
            values[position] = convert(values[position], column, connection)
        return self.model.from_db(connection.alias, self._names, values)

    def _found_converters(self) -> list[tuple[int, Callable[..., Any], Any]]:
        """What the framework does to values of the database; known once all models are loaded."""
        columns = [field.cached_col for field in self._fields]
        return [
            (position, convert, column)
            for position, column in enumerate(columns)
            for convert in (
                *connection.ops.get_db_converters(column),
                *column.get_db_converters(connection),
            )
        ]


def _table(model: type[Model]) -> str:
    return model._meta.db_table  # noqa: SLF001 - documented as public
