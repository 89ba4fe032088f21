"""The roles matrix: what it grants, and that the rooms' own rules say the same."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from openets.casework.procedure import Procedure
from openets.kernel.acting import Acting, NotYourRole
from openets.parties import operations, queries
from openets.parties.matrix import Scope, matrix, matter_of, scope
from openets.parties.operations import NewOrganisation
from openets.parties.queries import PUBLIC, OutsideYourScope
from openets.parties.roles import TITLES, Role
from openets.registry.kinds import TRANSACTION_KINDS
from openets.rulebook.entities import listed_entities
from openets.rulebook.requirements import citable
from openets.treasury.procedures import BUY_BACK
from tests.markets import CQ, DISTRICTS, FOUNDED, FOUNDER, INSTITUTIONS

SRC = Path(__file__).parents[2] / "src" / "openets"
OPERATIONS = {name for matter in matrix().values() for name in matter.operations}


def procedures() -> Iterator[Procedure]:
    for path in sorted(SRC.glob("*/procedures.py")):
        module = importlib.import_module(f"openets.{path.parent.name}.procedures")
        yield from (value for value in vars(module).values() if isinstance(value, Procedure))


def guarded(room: Path) -> Iterator[tuple[str, set[Role]]]:
    """The operations of a room that call `must_be`, or a guard that does.

    A guard is a private function of the module, or one of the room named `must_`, which may rest on
    another one.
    """
    modules = {path: functions(path) for path in sorted(room.glob("*.py"))}
    named = {path: roles_named(path, found) for path, found in modules.items()}
    shared = {f: r for roles in named.values() for f, r in roles.items() if f.startswith("must_")}
    for path, found in modules.items():
        shared |= {
            f.name: roles
            for f in found
            if f.name.startswith("must_") and (roles := demands_of(f, shared | named[path]))
        }
    for path, found in modules.items():
        for function in found:
            demands = demands_of(function, shared | named[path])
            if demands and not is_guard(function.name):
                yield f"{room.name}.{function.name}", demands


def demands_of(function: ast.FunctionDef, roles: dict[str, set[Role]]) -> set[Role]:
    """The roles a function demands, by itself or by the guards it calls."""
    calls = {n.func.id for n in ast.walk(function) if is_call_of(n, ast.Name)}
    guards = (roles[name] for name in calls if is_guard(name) and name in roles)
    return roles.get(function.name, set()).union(*guards)


def functions(path: Path) -> list[ast.FunctionDef]:
    return [n for n in ast.parse(path.read_text("utf-8")).body if isinstance(n, ast.FunctionDef)]


def is_guard(name: str) -> bool:
    return name.startswith(("_", "must_"))


def roles_named(path: Path, found: list[ast.FunctionDef]) -> dict[str, set[Role]]:
    return {f.name: roles for f in found if (roles := set(demanded(f, path)))}


def demanded(function: ast.FunctionDef, path: Path) -> Iterator[Role]:
    """The roles a function demands, also by a constant of its module (`*DAILY`).

    Those of a table (`*move.roles`) are read from the table.
    """
    for call in ast.walk(function):
        if not is_call_of(call, ast.Attribute) or call.func.attr != "must_be":
            continue
        for argument in call.args:
            if isinstance(argument, ast.Starred):
                if isinstance(argument.value, ast.Name):
                    module = importlib.import_module(f"openets.{path.parent.name}.{path.stem}")
                    yield from vars(module)[argument.value.id]
                continue
            named = function if isinstance(argument, ast.Name) else argument
            for node in ast.walk(named):
                if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Role":
                    yield Role[node.attr]


def is_call_of(node: ast.AST, kind: type[ast.expr]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, kind)


def in_code() -> dict[str, set[Role]]:
    """Every operation that names roles, and the roles it names."""
    found: dict[str, set[Role]] = {}
    for room in sorted(path.parent for path in SRC.glob("*/__init__.py")):
        found |= dict(guarded(room))
    for procedure in procedures():
        found |= {f"{procedure.name}.{name}": set(m.roles) for name, m in procedure.moves.items()}
    found |= {f"transaction.{name}": set(kind.roles) for name, kind in TRANSACTION_KINDS.items()}
    return found


def test_every_operation_that_names_roles_stands_in_the_matrix_and_no_other() -> None:
    assert set(in_code()) == OPERATIONS


def test_every_role_an_operation_names_holds_the_right_in_the_matrix() -> None:
    without = [
        f"{operation}: {role}"
        for operation, roles in sorted(in_code().items())
        for role in sorted(roles)
        if scope(role, operation) is None
    ]
    assert without == []


def test_every_role_has_its_words_and_a_place_in_the_matrix() -> None:
    assert set(TITLES) == set(Role)
    assert {role for matter in matrix().values() for role in matter.rights} == set(Role)


def test_a_matter_cites_the_catalogue_and_grants_known_rights() -> None:
    for matter in matrix().values():
        assert matter.article in citable(), matter.name
        for rights in (*matter.rights.values(), *({o: 0} for o in matter.operations.values())):
            assert {letter for name in rights for letter in name} <= set("REDX"), matter.name


@pytest.mark.parametrize(
    ("role", "operation", "reach"),
    [
        (Role.KEY_EMITTING_ENTITY, "emission_report.submit", Scope.OWN),
        (Role.DISTRICT_BUREAU, "emission_report.read", Scope.OWN_AREA),
        (Role.CITY_BUREAU, "emission_report.read", Scope.ALL),
        (Role.VERIFICATION_BODY, "verification.enter_result", Scope.ASSIGNED),
        (Role.INVESTOR, "emission_report.read", None),
        (Role.MARKET_CLOCK, "verification.let_stand", Scope.ALL),
        (Role.MARKET_CLOCK, "verification.notify", None),
    ],
)
def test_a_role_reaches_as_far_as_the_table_says(role, operation, reach):
    assert scope(role, operation) is reach


def test_an_operation_the_matrix_does_not_know_is_our_own_fault():
    with pytest.raises(KeyError):
        matter_of("emission_report.shred")


def role_acts(role: Role, organisation: str = "") -> Acting:
    return Acting(f"{role}-1", role, organisation)


def test_the_finance_bureau_sees_proceeds_and_changes_no_holdings_reports_or_orders():
    finance = role_acts(Role.FINANCE_BUREAU)
    assert queries.may(finance, "proceeds.read")
    granted = {name for name in OPERATIONS if queries.may(finance, name)}
    money = {"treasury.pay_over", "treasury.record_budget", "settlement.pay_over"}
    consent = {"treasury.approve_buy_back", *(f"buy_back.{move}" for move in BUY_BACK.moves)}
    assert granted == money | consent


@pytest.mark.requirement("CQETS-4.4")
@pytest.mark.parametrize("role", [Role.MARKET_REGULATOR, Role.FINANCIAL_REGULATOR])
def test_a_regulator_reads_trading_and_cases_and_does_nothing(role):
    regulator = role_acts(role)
    for matter in ("parameters", "market_data", "money", "restriction", "supervision"):
        assert queries.may(regulator, f"{matter}.read"), matter
    held = {
        right
        for name, m in matrix().items()
        for right in m.rights.get(role, {})
        if name != "operating_rules"  # CQETS-5.3 gives one of them a say in the trading rules.
    }
    assert held == {"R"}
    assert not queries.may(regulator, "orders.read")


@pytest.fixture
def listed_market(db):
    """The 308 of the published list and the bureaux of two districts."""
    new = [
        NewOrganisation(
            f"E{e.number:03}", e.name, Role.KEY_EMITTING_ENTITY, e.district, e.industry, e.number
        )
        for e in listed_entities("cq", 2022)
    ]
    return operations.register_organisations(
        [*INSTITUTIONS, *new], law=CQ, acting=FOUNDER, at=FOUNDED
    )


DISTRICT = Acting("d-1", Role.DISTRICT_BUREAU, f"D-{DISTRICTS[0]}")


@pytest.mark.requirement("CQETS-4.6")
def test_a_district_lists_exactly_the_34_entities_of_its_area(listed_market):
    reach = queries.within_reach(DISTRICT, "emission_report.read")
    entities = reach.filter(role=Role.KEY_EMITTING_ENTITY)
    assert {e.district for e in entities} == {"涪陵区"}
    assert entities.count() == 34


@pytest.mark.requirement("CQETS-4.6")
def test_a_district_is_refused_an_entity_of_another_area(listed_market):
    for entity in listed_market.values():
        if entity.role == Role.KEY_EMITTING_ENTITY:
            is_here = entity.district == "涪陵区"
            assert queries.may(DISTRICT, "emission_report.read", entity) is is_here
    elsewhere = next(e for e in listed_market.values() if e.district == "长寿区")
    with pytest.raises(OutsideYourScope) as no:
        queries.must_be_allowed(DISTRICT, "emission_report.receive_paper", elsewhere)
    assert no.value.article == "CQETS-4.6"


@pytest.mark.requirement("CQETS-4.6")
def test_every_district_county_and_zone_has_a_bureau_of_its_own(db):
    areas = CQ.on("coverage.areas", FOUNDED.date()).items
    assert {"两江新区", "高新区", "万盛经开区"} <= set(areas)
    bureaux = [NewOrganisation(f"D-{a}", f"{a}局", Role.DISTRICT_BUREAU, a) for a in areas]
    made = operations.register_organisations(bureaux, law=CQ, acting=FOUNDER, at=FOUNDED)
    assert len(made) == len(set(areas)) == 41


@pytest.mark.requirement("CQETS-4")
def test_the_city_bureau_reaches_every_district_and_a_district_decides_no_allocation(listed_market):
    for entity in (listed_market["E001"], listed_market["E308"]):
        assert queries.may(FOUNDER, "allocation.read", entity)
    with pytest.raises(NotYourRole) as no:
        queries.must_be_allowed(DISTRICT, "determination.determine", listed_market["E001"])
    assert no.value.article == "CQETS-11"


def test_an_entity_reaches_itself_only(listed_market):
    one, two = listed_market["E001"], listed_market["E002"]
    acting = role_acts(Role.KEY_EMITTING_ENTITY, "E001")
    assert queries.may(acting, "surrender.read", one)
    assert not queries.may(acting, "surrender.read", two)
    assert not queries.may(acting, "surrender.read"), "without a subject it is about everybody's"
    assert list(queries.within_reach(acting, "surrender.read")) == [one]
    assert not queries.within_reach(role_acts(Role.BANK, "bank"), "surrender.read").exists()


def test_a_body_reaches_what_it_was_assigned(listed_market):
    one, two = listed_market["E001"], listed_market["E002"]
    body = role_acts(Role.VERIFICATION_BODY, "V1")
    assert queries.may(body, "verification.enter_result", one, assigned={"E001"})
    assert not queries.may(body, "verification.enter_result", two, assigned={"E001"})
    assert not queries.may(body, "verification.enter_result", one)
    reach = queries.within_reach(body, "verification.read", assigned={"E001"})
    assert {o.code for o in reach} == {"E001", "V1"}


def test_the_public_sees_what_is_published(listed_market):
    for acting in (PUBLIC, DISTRICT, role_acts(Role.BANK, "bank")):
        assert queries.may(acting, "disclosure.read")
        assert queries.may(acting, "disclosure.read", listed_market["E308"])
    assert not queries.may(PUBLIC, "surrender.read", listed_market["E001"])
    assert not queries.may(PUBLIC, "entity_list.read"), "candidates are not published"
