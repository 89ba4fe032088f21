"""The roles matrix: what each role may do, and for whom. Pure.

The table stands in `roles.yaml`. A matter (事项) grants roles the rights to read (R), enter (E),
decide (D) or execute (X) in a scope; an operation of a room belongs to one matter and asks for one
right in it, or for either of two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

import yaml

from openets.parties.roles import Role

READ = "R"


class Scope(StrEnum):
    """Whose matters a right reaches, the narrowest first."""

    OWN = "own"
    """Those of the own organisation."""
    ASSIGNED = "assigned"
    """Those the own organisation was given to work on."""
    OWN_AREA = "own_area"
    """Those of organisations in the own district."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Matter:
    """One row of the matrix: who holds which right in which scope, and which operations ask it."""

    name: str
    zh: str
    en: str
    article: str
    rights: Mapping[Role, Mapping[str, Scope]]
    operations: Mapping[str, str]


@cache
def matrix() -> dict[str, Matter]:
    """Every matter by name, in the order of the table. Source: CQETS-4, CQETS-4.6."""
    text = files("openets.parties").joinpath("roles.yaml").read_text("utf-8")
    table = yaml.load(text, yaml.CSafeLoader)
    return {
        name: Matter(
            name=name,
            zh=row["zh"],
            en=row["en"],
            article=row["article"],
            rights={
                Role(role): {right: Scope(scope) for right, scope in rights.items()}
                for role, rights in row["rights"].items()
            },
            operations=row.get("operations", {}),
        )
        for name, row in table.items()
    }


def matter_of(operation: str) -> tuple[Matter, str]:
    """The matter of an operation, and the rights of which it asks for one.

    An operation is named by its room, as in `mrv.register_lines`, by its procedure and move, as in
    `verification.notify`, or by its kind of transaction, as in `transaction.surrender`; reading a
    matter is `<matter>.read`. A name the table does not have is our own fault.
    """
    return _operations()[operation]


def scope(role: Role, operation: str) -> Scope | None:
    """The widest scope in which a role may do an operation, or None where it may not.

    What is published is for everybody, whoever they act as.
    """
    matter, asked = matter_of(operation)
    roles = (role, Role.PUBLIC) if asked == READ else (role,)
    held = [matter.rights.get(who, {}) for who in roles]
    found = [rights[right] for rights in held for right in asked if right in rights]
    return max(found, key=list(Scope).index, default=None)


@cache
def _operations() -> dict[str, tuple[Matter, str]]:
    found = {f"{name}.read": (matter, READ) for name, matter in matrix().items()}
    for matter in matrix().values():
        for operation, asked in matter.operations.items():
            assert operation not in found, f"{operation} belongs to two matters"
            found[operation] = (matter, asked)
    return found
