"""A procedure for the engine's own tests: a result told, opposed, decided."""

from datetime import date

from openets.casework import operations
from openets.casework.objection import Objection
from openets.casework.operations import NewCase
from openets.casework.procedure import CASE_FILE, DocumentKind, Move, Procedure, State
from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.parties import operations as parties
from openets.parties.operations import NewOrganisation
from openets.parties.roles import Role
from openets.rulebook.load import law
from tests.markets import FOUNDED, FOUNDER

CQ = law("cq")
TUESDAY = at(date(2023, 11, 14), 12)
SECOND = Acting("bureau-2", Role.CITY_BUREAU, "bureau")
CLOCK = Acting("clock-1", Role.MARKET_CLOCK, "clock")
ENTITY = Acting("E1-1", Role.KEY_EMITTING_ENTITY, "E1")
STRANGER = Acting("E2-1", Role.KEY_EMITTING_ENTITY, "E2")
RESULT = Procedure(
    name="result",
    zh="结果",
    en="Result",
    states={
        "found": State("已得出", "Found"),
        **(
            objection := Objection(
                days="mrv.objection_days",
                article="CQETS-25.2",
                decision_days="mrv.review_decision_days",
                decision_article="CQETS-25.2b",
                unopposed_article="CQETS-25",
                goes_on="ended",
            )
        ).states(),
        "ended": State("已结束", "Ended", final=True),
    },
    moves={
        "notify": Move(
            ("found",),
            "notified",
            (Role.CITY_BUREAU,),
            "CQETS-25",
            "告知",
            "Notify",
            tells=(Role.KEY_EMITTING_ENTITY, Role.DISTRICT_BUREAU),
        ),
        **objection.moves(),
    },
    documents={
        "five": DocumentKind("五年", "Five years", "mrv.record_retention_years"),
        "ten": DocumentKind("十年", "Ten years", "crediting.record_retention_years"),
        "twenty": CASE_FILE,
    },
)


def everybody():
    """Two entities, their districts' bureaus, the city bureau and the clock; all by code."""
    entity, district = Role.KEY_EMITTING_ENTITY, Role.DISTRICT_BUREAU
    new = [
        NewOrganisation("E1", "合成单位1", entity, "涪陵区", number=1),
        NewOrganisation("E2", "合成单位2", entity, "长寿区", number=2),
        NewOrganisation("D1", "涪陵区生态环境局", district, "涪陵区"),
        NewOrganisation("D2", "长寿区生态环境局", district, "长寿区"),
        NewOrganisation("bureau", "市生态环境局", Role.CITY_BUREAU),
        NewOrganisation("clock", "市场时钟", Role.MARKET_CLOCK),
    ]
    return parties.register_organisations(new, law=CQ, acting=FOUNDER, at=FOUNDED)


def found(*firms):
    """Open a case of a result for each of the firms."""
    cases = [NewCase(f"result/{firm.code}", firm, 2022) for firm in firms]
    return operations.open_cases(RESULT, cases, acting=FOUNDER, at=TUESDAY, article="CQETS-25")


def moved(move, code="E1", *, acting=FOUNDER, moment=TUESDAY, note="", rules=CQ):
    """Move the case of a firm's result."""
    subjects = [f"result/{code}"]
    (case,) = operations.move_cases(
        RESULT, move, subjects, acting=acting, at=moment, note=note, law=rules
    )
    return case
