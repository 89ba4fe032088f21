"""CQ208 annex 6: CCER through the national register, in its four steps.

E001 owes 100,000 t for each year; the cap is 8,000 t a year.
"""

from dataclasses import replace
from datetime import date

import pytest

from openets.casework import queries as cases
from openets.casework.objection import ReasonsMissing
from openets.casework.operations import CaseExists, SamePerson, WrongState
from openets.compliance import duties as rows
from openets.compliance import operations as compliance
from openets.compliance import queries as duties
from openets.compliance.models import NationalOffset, NationalUnit
from openets.compliance.national import (
    CheckSheetFails,
    ExportIncomplete,
    ExportRow,
    NationalAccountMissing,
    NewNationalUnit,
    NotAnnounced,
    check_sheet,
)
from openets.compliance.obligation import NotNotified, NotPositive
from openets.compliance.offset import AboveCap
from openets.compliance.operations import NotYourDuty
from openets.compliance.procedures import NATIONAL_OFFSET
from openets.compliance.reduction import Origin, SerialsDoNotMatch, SerialsUsedTwice
from openets.doors import live
from openets.doors.checks import check_compliance
from openets.journal.chain import Difference
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from tests.exchange import exchange_market, register_credits
from tests.markets import CQ, issued_market

pytestmark = pytest.mark.django_db

FILED, DECIDED = at(date(2023, 12, 28), 10), at(date(2024, 1, 5), 10)
UNIT = NewNationalUnit(
    registration="R-0001",
    project="CCER-1",
    project_type="wind",
    origin_class=Origin.CITY,
    place="重庆市",
    from_date=date(2021, 1, 1),
    to_date=date(2021, 12, 31),
    series="N-",
    serial_from=1,
    serial_to=5_000,
    amount_t=5_000,
)


@pytest.fixture
def market():
    return exchange_market(3)


def announce(market, *units, by="E001", code="E001", **otherwise):
    given = {
        "organisation": market[code],
        "year": 2021,
        "national_account": "1234567",
        "units": units or (UNIT,),
        "reference": "n1",
        "law": CQ,
        "acting": market.acts(by),
        "at": FILED,
    }
    return compliance.announce_national(**given | otherwise)


def reviewed(market, *units):
    application = announce(market, *units)
    review(market, application)
    return application


def review(market, application, by="bureau"):
    return compliance.review_national(
        application=application, law=CQ, acting=market.acts(by), at=DECIDED
    )


def row(unit=UNIT, entity="E001", **otherwise):
    made = ExportRow(
        entity,
        unit.project,
        unit.series,
        unit.serial_from,
        unit.serial_to,
        unit.amount_t,
        date(2024, 1, 4),
    )
    return replace(made, **otherwise)


def load(market, *rows, by="registry"):
    return compliance.import_national(rows=rows, acting=market.acts(by), at=DECIDED)


def complete(market, application, *, by="registry", person=2):
    return compliance.complete_national(
        application=application, law=CQ, acting=market.acts(by, person), at=DECIDED
    )


def counted_t(market, code="E001"):
    return duties.obligation(market[code], 2021).counted_t


def state(application):
    return cases.case(NATIONAL_OFFSET, application.reference).state


@pytest.mark.requirement("CQ208-A6.1")
class TestAnnounced:
    def test_with_account_and_serials_it_stands_as_applied_in_the_national_register(self, market):
        application = announce(market)
        assert state(application) == "announced"
        unit = application.units.get()
        assert (unit.series, unit.serial_from, unit.serial_to) == ("N-", 1, 5_000)
        assert counted_t(market) == 0

    @pytest.mark.parametrize("account", ["", "  "])
    def test_without_a_national_account_it_is_refused(self, market, account):
        with pytest.raises(NationalAccountMissing) as refused:
            announce(market, national_account=account)
        assert refused.value.field == "national_account"
        assert not NationalOffset.objects.exists()

    def test_at_the_cap_it_is_recorded_and_one_tonne_above_it_is_refused(self, market):
        above = replace(UNIT, serial_to=8_001, amount_t=8_001)
        with pytest.raises(AboveCap) as refused:
            announce(market, above)
        assert refused.value.numbers["cap_t"] == 8_000
        announce(market, replace(UNIT, serial_to=8_000, amount_t=8_000))

    def test_local_reductions_of_the_year_count_towards_the_cap(self, market):
        lot = register_credits(market, "E001", 4_000)
        offered = {"offered": {lot: 4_000}, "reference": "o1", "law": CQ, "year": 2021}
        compliance.file_offset(
            organisation=market["E001"], acting=market.acts("E001"), at=FILED, **offered
        )
        with pytest.raises(AboveCap):
            announce(market)

    def test_national_reductions_of_the_year_count_towards_the_cap_of_local_ones(self, market):
        announce(market)
        lot = register_credits(market, "E001", 4_000)
        offered = {"offered": {lot: 4_000}, "reference": "o1", "law": CQ, "year": 2021}
        with pytest.raises(AboveCap):
            compliance.file_offset(
                organisation=market["E001"], acting=market.acts("E001"), at=FILED, **offered
            )

    @pytest.mark.requirement("CQ208-A6.3")
    @pytest.mark.parametrize("amount_t", [4_999, 5_001])
    def test_an_amount_that_is_not_its_serials_is_refused(self, market, amount_t):
        with pytest.raises(SerialsDoNotMatch) as refused:
            announce(market, replace(UNIT, amount_t=amount_t))
        assert refused.value.row == 1

    @pytest.mark.requirement("CQ208-A6.4")
    def test_serials_announced_by_anybody_before_are_refused(self, market):
        announce(market)
        again = replace(UNIT, serial_from=5_000, serial_to=5_999, amount_t=1_000)
        with pytest.raises(SerialsUsedTwice):
            announce(market, again, by="E002", code="E002", reference="n2")
        after = replace(again, serial_from=5_001, serial_to=6_000)
        announce(market, after, by="E002", code="E002", reference="n2")

    def test_serials_named_twice_in_one_application_are_refused(self, market):
        halves = [replace(UNIT, serial_to=100, amount_t=100), replace(UNIT, serial_from=100)]
        halves[1] = replace(halves[1], serial_to=199, amount_t=100)
        with pytest.raises(SerialsUsedTwice) as refused:
            announce(market, *halves)
        assert refused.value.row == 2

    def test_the_same_sent_twice_is_one_and_other_words_are_refused(self, market):
        assert announce(market) == announce(market)
        with pytest.raises(CaseExists):
            announce(market, replace(UNIT, serial_from=6_001, serial_to=6_010, amount_t=10))

    def test_nothing_is_no_application(self, market):
        with pytest.raises(NotPositive):
            announce(market, replace(UNIT, serial_to=0, amount_t=0))

    def test_only_the_entity_itself_announces(self, market):
        with pytest.raises(NotYourDuty):
            announce(market, by="E002")
        with pytest.raises(NotYourRole):
            announce(market, by="bureau")

    def test_before_the_duty_is_told_there_is_nothing_to_offset(self):
        with pytest.raises(NotNotified):
            announce(issued_market(1))


@pytest.mark.requirement("CQ208-A6.2")
class TestReviewed:
    def test_when_every_check_passes_it_is_reviewed_and_the_sheet_is_kept(self, market):
        application = reviewed(market)
        assert state(application) == "reviewed"
        assert [check["item"] for check in application.sheet if not check["passes"]] == []
        assert len(application.sheet) == 6

    def test_hydropower_fails_and_confirmation_is_refused(self, market):
        application = announce(market, replace(UNIT, project_type="hydropower"))
        failed = [check.item for check in check_sheet(application, CQ) if not check.passes]
        assert failed == ["project_type"]
        with pytest.raises(CheckSheetFails) as refused:
            review(market, application)
        assert "非水电" in refused.value.message("zh")
        assert state(application) == "announced"

    @pytest.mark.parametrize(
        ("origins", "failed"),
        [
            ({"city": 4_000, "elsewhere": 1_000}, []),
            ({"city": 3_999, "elsewhere": 1_001}, ["city_share"]),
            ({"city": 4_500, "circle": 500}, []),
            ({"city": 4_499, "circle": 501}, ["circle_share"]),
        ],
    )
    def test_the_shares_of_origin_at_their_bounds(self, market, origins, failed):
        units, start = [], 1
        for origin, tonnes in origins.items():
            serials = {"serial_from": start, "serial_to": start + tonnes - 1, "amount_t": tonnes}
            units.append(replace(UNIT, origin_class=Origin(origin), **serials))
            start += tonnes
        application = announce(market, *units)
        checks = check_sheet(application, CQ)
        assert [check.item for check in checks if not check.passes] == failed

    def test_rejected_it_says_why_and_its_serials_are_free_again(self, market):
        application = announce(market)
        given = {"application": application, "law": CQ, "at": DECIDED}
        with pytest.raises(ReasonsMissing):
            compliance.reject_national(reasons="", acting=market.acts("bureau"), **given)
        compliance.reject_national(reasons="账户不符", acting=market.acts("bureau"), **given)
        assert state(application) == "rejected"
        announce(market, reference="n2", at=DECIDED)

    def test_the_entity_does_not_review_itself(self, market):
        application = announce(market)
        with pytest.raises(NotYourRole):
            review(market, application, by="E001")


@pytest.mark.requirement("CQ208-A6.3", "CQ208-4.3b")
class TestImported:
    def test_a_row_that_matches_is_accepted_and_changes_no_duty(self, market):
        application = reviewed(market)
        assert load(market, row()) == 1
        assert state(application) == "imported"
        assert counted_t(market) == 0

    def test_the_same_export_twice_adds_once(self, market):
        application = reviewed(market)
        assert (load(market, row()), load(market, row())) == (1, 0)
        complete(market, application)
        assert counted_t(market) == 5_000

    @pytest.mark.parametrize("amount_t", [4_999, 5_001])
    def test_a_row_whose_amount_is_not_its_serials_is_refused_and_nothing_is_imported(
        self, market, amount_t
    ):
        other = replace(UNIT, serial_from=5_001, serial_to=5_500, amount_t=500)
        reviewed(market, UNIT, other)
        with pytest.raises(SerialsDoNotMatch) as refused:
            load(market, row(), row(other, amount_t=amount_t))
        assert refused.value.row == 2
        assert not NationalUnit.objects.exclude(exported_date=None).exists()

    @pytest.mark.parametrize(
        "wrong", [{"entity": "E002"}, {"project": "CCER-2"}, {"series": "M-"}, {"entity": "?"}]
    )
    def test_a_row_nobody_announced_is_refused(self, market, wrong):
        reviewed(market)
        with pytest.raises(NotAnnounced):
            load(market, row(**wrong))

    @pytest.mark.requirement("CQ208-A6.4")
    def test_a_row_without_review_is_refused(self, market):
        announce(market)
        with pytest.raises(NotAnnounced) as refused:
            load(market, row())
        assert refused.value.article == "CQ208-A6.4"

    def test_only_the_registry_imports(self, market):
        reviewed(market)
        with pytest.raises(NotYourRole):
            load(market, row(), by="E001")


@pytest.mark.requirement("CQ208-A6.4")
class TestCompleted:
    def test_the_duty_falls_by_what_was_imported(self, market):
        application = reviewed(market)
        load(market, row())
        left = complete(market, application)
        assert left.open_t == 95_000
        assert state(application) == "completed"

    def test_it_counts_from_its_filing_before_the_deadline(self, market):
        application = reviewed(market)
        load(market, row())
        complete(market, application)
        (standing,) = (
            s
            for s in rows.standings(2021, CQ, on=date(2024, 1, 5), at_deadline=True)
            if s.entity == "E001"
        )
        assert standing.counted_t == 5_000

    def test_while_a_row_is_missing_it_is_not_completed(self, market):
        other = replace(UNIT, serial_from=5_001, serial_to=5_500, amount_t=500)
        application = reviewed(market, UNIT, other)
        load(market, row())
        with pytest.raises(ExportIncomplete) as refused:
            complete(market, application)
        assert refused.value.numbers == {"amount": 5_500, "confirmed": 5_000}
        load(market, row(other))
        complete(market, application)
        assert counted_t(market) == 5_500

    def test_without_an_import_nothing_is_completed(self, market):
        with pytest.raises(WrongState):
            complete(market, reviewed(market))

    def test_twice_is_refused_and_counts_once(self, market):
        application = reviewed(market)
        load(market, row())
        complete(market, application)
        with pytest.raises(WrongState):
            complete(market, application)
        assert counted_t(market) == 5_000

    def test_it_takes_another_person_than_the_importer(self, market):
        application = reviewed(market)
        load(market, row())
        with pytest.raises(SamePerson):
            complete(market, application, person=1)


class TestVerified:
    @pytest.fixture
    def finished(self, market):
        application = reviewed(market)
        load(market, row())
        complete(market, application)
        return application

    def test_completed_and_rejected_offsets_agree_with_their_duties(self, market, finished):
        other = announce(
            market, replace(UNIT, series="M-"), by="E002", code="E002", reference="n2", at=DECIDED
        )
        compliance.reject_national(
            application=other, reasons="不符", law=CQ, acting=market.acts("bureau"), at=DECIDED
        )
        with live.database() as source:
            assert check_compliance(source)["compliance"]["offset_t"] == finished.amount_t

    def test_a_changed_amount_is_named(self, finished):
        NationalOffset.objects.filter(pk=finished.pk).update(amount_t=4_999)
        with live.database() as source, pytest.raises(Difference) as found:
            check_compliance(source)
        assert "n1" in str(found.value)
