"""Articles 27 to 29: double random, the assigned body alone enters, an appeal recalculates."""

from datetime import date, timedelta

import pytest

from openets.casework import queries as cases
from openets.casework.operations import NoSuchCase
from openets.compliance import operations as compliance
from openets.compliance import queries as duties
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.mrv import operations as mrv
from openets.mrv import queries as results
from openets.mrv.corrections import HANDLERS
from openets.mrv.operations import NotYourOwn
from openets.parties import operations as parties
from openets.parties.operations import NewOrganisation
from openets.parties.roles import Role
from openets.verification import operations as verification
from tests.markets import CQ, FOUNDED, FOUNDER, figures
from tests.verified import DRAWN, ENTERED, YEAR, begun_round, draw, finish, sign, waiting_round

pytestmark = pytest.mark.django_db
INFORMED = ENTERED + timedelta(days=1)


def notify(made):
    mrv.notify_results(
        organisations=made.market.entities, year=YEAR, law=CQ, acting=FOUNDER, at=INFORMED
    )


def open_duties(made):
    return compliance.open_duties(year=YEAR, law=CQ, acting=FOUNDER, at=INFORMED)


def owed(made):
    found = duties.duty(made.market["E001"], YEAR, CQ, on=date(2023, 12, 1))
    return found.standing.verified_t if found else None


def ministry():
    new = [NewOrganisation("mee", "生态环境部", Role.MINISTRY)]
    return parties.register_organisations(new, law=CQ, acting=FOUNDER, at=FOUNDED)["mee"]


@pytest.mark.requirement("CNETS-27")
class TestTheRound:
    def test_a_result_told_sets_the_duty_and_stands_in_the_ministrys_table(self):
        made = begun_round(1)
        finish(made, made.work())
        to = ministry()
        open_duties(made)
        assert owed(made) is None
        assert results.results_told(to, YEAR) == []
        notify(made)
        open_duties(made)
        assert owed(made) == 100_000
        (row,) = results.results_told(to, YEAR)
        assert row.verified_tco2e == 100_000
        assert cases.inbox(made.market["E001"]).filter(case__procedure="verification").exists()

    def test_cannot_start_without_a_stored_draw(self):
        made = waiting_round(1)
        asked = {
            "organisation": made.market["E001"],
            "year": YEAR,
            "body": made.market["V1"],
            "reasons": "指定",
            "law": CQ,
            "acting": FOUNDER,
            "at": DRAWN,
        }
        with pytest.raises(verification.NoDrawYet) as no:
            verification.choose_body(**asked)
        assert no.value.article == "CNETS-27"
        draw(made)
        with pytest.raises(verification.WorkRuns):
            verification.choose_body(**asked)

    def test_draws_who_is_checked_in_depth(self):
        made = waiting_round(6)
        record = draw(made)
        assert sum(lot["in_depth"] for lot in record.lots) == 2, "a fifth of six, rounded up"


@pytest.mark.requirement("CNETS-28")
def test_only_the_assigned_body_enters_the_record():
    made = begun_round(1)
    work = made.work()
    other = next(code for code in made.codes if code != work.body.code)
    with pytest.raises(NotYourOwn):
        sign(made, work, code=other)
    with pytest.raises(NotYourOwn):
        mrv.enter_results(
            results={made.market["E001"]: figures(1)},
            year=YEAR,
            statement=True,
            acting=made.acts(other),
            at=ENTERED,
        )
    finish(made, work)
    assert results.verified_years(made.market["E001"])[0].body == work.body.name


@pytest.mark.requirement("CNETS-29")
class TestTheAppeal:
    def object_to(self, made, code="E001"):
        mrv.object_to_result(
            organisation=made.market["E001"],
            year=YEAR,
            grounds="排放因子有误",
            law=CQ,
            acting=made.acts(code),
            at=INFORMED,
        )

    def test_upheld_recalculates_duty_and_cap(self, monkeypatch):
        made = begun_round(1)
        finish(made, made.work())
        notify(made)
        open_duties(made)
        self.object_to(made)
        followed = {}
        for name, handler in HANDLERS.items():
            monkeypatch.setitem(
                HANDLERS,
                name,
                lambda *given, name=name, handler=handler: followed.setdefault(
                    name, handler(*given)
                ),
            )
        mrv.decide_objection(
            organisation=made.market["E001"],
            year=YEAR,
            corrected=figures(98_000),
            reasons="申诉成立",
            law=CQ,
            acting=FOUNDER,
            at=at(date(2023, 6, 5)),
        )
        assert owed(made) == 98_000
        cap = followed["compliance.offset_cap"]
        assert (cap.before_t, cap.after_t) == (8_000, 7_840)

    def test_of_a_third_party_is_refused(self):
        made = begun_round(2)
        for code in ("E001", "E002"):
            finish(made, made.work(code))
        notify(made)
        with pytest.raises(NotYourOwn):
            self.object_to(made, "E002")
        with pytest.raises((NotYourRole, NotYourOwn, NoSuchCase)):
            self.object_to(made, "I1")
