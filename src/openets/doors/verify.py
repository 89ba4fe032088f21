"""openets verify: recompute everything from the entries, from the database or from an export.

The same pure checks run on both. From an export no database and no framework is needed, so that
anyone who is handed the files can verify them alone.
"""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path

from openets.doors.checks import CHECKS, Check, Summary
from openets.doors.lines import FileNotWritable, written_to
from openets.doors.refusals import answer
from openets.doors.tables import TABLES, WHOLE_NUMBERS, Row, Source
from openets.journal.chain import Difference
from openets.kernel.refusal import Refusal

FORMAT = {"format": "openets-export", "version": 2}
MANIFEST = "manifest.json"


class ExportUnreadable(Refusal):
    """An export is missing files or rows, or holds something that is no row."""

    code = "export_unreadable"
    zh = "导出文件 {file} 无法读取：{why}"
    en = "The export file {file} cannot be read: {why}"
    remedy_zh = "请重新执行 openets verify --export 并完整复制整个文件夹"
    remedy_en = "Export again with openets verify --export and copy the whole folder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `openets verify`."""
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--export", type=Path, metavar="DIR", help="also write all rows to DIR")
    way.add_argument("--from", type=Path, metavar="DIR", dest="source", help="verify an export")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the summary to FILE")


def run(options: argparse.Namespace) -> int:
    """Verify and print the summary or the first difference; 0, or 1 for a difference.

    Raises:
        ExportUnreadable, FileNotWritable.
    """
    try:
        with _opened(options) as source:
            if options.export:
                synthetic = import_module("openets.doors.live").is_synthetic()
                export(source, options.export, synthetic=synthetic)
            summary: Summary = {"verified": True}
            for check in CHECKS:
                summary |= _checked(check, source)
    except Difference as difference:
        _print({"verified": False, "difference": difference.as_json()}, options.out)
        return 1
    _print(summary, options.out)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command by itself."""
    return answer(
        prog="openets verify",
        description="Recompute everything, from the database or from an export.",
        add_arguments=add_arguments,
        run=run,
        argv=arguments,
    )


def _checked(check: Check, source: Source) -> Summary:
    """What a check found, or where the rows say something that it cannot even follow."""
    try:
        return check(source)
    except (LookupError, TypeError, ValueError, AttributeError) as fault:
        raise Difference(
            where=check.__name__.removeprefix("check_"),
            what="rows that can be followed",
            expected="values of their kind",
            found=repr(fault),
        ) from fault


def export(source: Source, folder: Path, *, synthetic: bool) -> None:
    """Write every table as JSON lines, and last the manifest with the counts.

    The manifest says whether the market's figures are synthetic.

    Raises:
        FileNotWritable.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).unlink(missing_ok=True)
        counts = {table: _write_table(source, table, folder) for table in TABLES}
        manifest = {**FORMAT, "synthetic": synthetic, "rows": counts}
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    except OSError as fault:
        why = fault.strerror or str(fault)
        raise FileNotWritable(field="export", path=str(folder), why=why) from fault


def _write_table(source: Source, table: str, folder: Path) -> int:
    count = 0
    with (folder / f"{table}.jsonl").open("w", encoding="utf-8") as file:
        for row in source(table):
            columns = {column: row[column] for column in TABLES[table]}
            file.write(json.dumps(columns, ensure_ascii=False) + "\n")
            count += 1
    return count


def exported(folder: Path) -> Source:
    """The rows of an export, each checked for its columns and types, all counted.

    Raises:
        ExportUnreadable: with file and line, as soon as the fault is reached.
    """
    manifest = _manifest(folder / MANIFEST)

    def rows(table: str) -> Iterator[Row]:
        path = folder / f"{table}.jsonl"
        number = 0
        try:
            with path.open(encoding="utf-8") as file:
                for line in file:
                    yield _row(line, TABLES[table])
                    number += 1
        except (OSError, ValueError, RecursionError) as fault:
            raise ExportUnreadable(row=number + 1, file=path.name, why=fault) from fault
        if number != manifest[table]:
            raise ExportUnreadable(
                file=path.name, why=f"{number} rows instead of {manifest[table]}"
            )

    return rows


def _manifest(path: Path) -> dict[str, int]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        counts = {table: manifest["rows"][table] for table in TABLES}
        known = {name: manifest[name] for name in FORMAT}
    except (OSError, ValueError, RecursionError, KeyError, TypeError) as fault:
        raise ExportUnreadable(file=path.name, why=repr(fault)) from fault
    if known != FORMAT or not all(type(count) is int for count in counts.values()):
        raise ExportUnreadable(file=path.name, why=f"not an export of version {FORMAT['version']}")
    return counts


def _row(line: str, columns: Mapping[str, tuple[type, ...]]) -> Row:
    row = json.loads(line, parse_float=_no_float, parse_constant=_no_float)
    if not isinstance(row, dict) or row.keys() != columns.keys():
        raise ValueError(f"the columns are not {', '.join(columns)}")
    for name, types in columns.items():
        if type(row[name]) not in types:
            raise ValueError(f"{name} has no value of its type")
        if types == WHOLE_NUMBERS and any(type(item) is not int for item in row[name]):
            raise ValueError(f"{name} holds something else than whole numbers")
    if "\\u" in line:
        json.dumps(row, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    return row


def _no_float(text: str) -> float:
    raise ValueError(f"{text} is not a whole number")


@contextlib.contextmanager
def _opened(options: argparse.Namespace) -> Iterator[Source]:
    if options.source:
        yield exported(options.source)
        return
    # Offline verification runs where no framework is installed, so the database comes by name.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import_module("django").setup()
    with import_module("openets.doors.live").database() as source:
        yield source


def _print(value: object, out: Path | None) -> None:
    with written_to(out) as stream:
        stream.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


if __name__ == "__main__":
    sys.exit(main())
