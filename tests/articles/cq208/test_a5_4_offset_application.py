"""CQ208 annex 5, section 4: filed with frozen units, form received, forwarded, decided.

E001 owes 100,000 t for each year; the cap is 8,000 t a year.
"""

from datetime import date

import pytest

from openets.casework import queries as cases
from openets.casework.operations import CaseExists, WrongState
from openets.compliance import operations as compliance
from openets.compliance import queries as duties
from openets.compliance.models import OffsetUnit
from openets.compliance.obligation import NotNotified, NotPositive
from openets.compliance.offset import AboveCap, AboveCircleShare, AboveOpenDuty, BelowCityShare
from openets.compliance.operations import NotYourDuty, PartAboveWhole
from openets.compliance.procedures import OFFSET
from openets.compliance.reduction import KindNotAdmitted, ProjectTypeNotAdmitted
from openets.journal import queries as journal
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.registry import queries as holdings
from openets.registry.kinds import LockCause, UnitKind
from openets.registry.models import Lot
from openets.registry.operations import NotEnoughUnits
from tests.exchange import exchange_market, move, register_credits
from tests.markets import CQ, issued_market

FILED = at(date(2023, 12, 28), 10)
DECIDED = at(date(2024, 1, 5), 10)


pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return exchange_market(1)


def file(market, offered, *, reference="o1", year=2021, by="E001", moment=FILED):
    return compliance.file_offset(
        organisation=market["E001"],
        year=year,
        offered=offered,
        reference=reference,
        law=CQ,
        acting=market.acts(by),
        at=moment,
    )


def forward(market, application, by="platform"):
    compliance.forward_offset(application=application, acting=market.acts(by), at=FILED)


def decide(market, application, confirm=True, *, by="bureau", part_t=None, moment=DECIDED):
    return compliance.decide_offset(
        application=application,
        confirm=confirm,
        reasons="符合规定",
        law=CQ,
        acting=market.acts(by),
        at=moment,
        part_t=part_t,
    )


def filed(market, tonnes=4_000, registered=5_000):
    application = file(market, {register_credits(market, "E001", registered): tonnes})
    forward(market, application)
    return application


def locked(market):
    return holdings.locked_t(market["E001"], LockCause.OFFSET)


def open_t(market, year=2021):
    return duties.obligation(market["E001"], year).open_t


def credits_t(market):
    found = [h for h in holdings.holdings(market["E001"]) if h.lot.kind == UnitKind.CQCER]
    return sum(h.total_t for h in found), sum(h.available_t for h in found)


@pytest.mark.requirement("CQ208-A5.4")
class TestFiling:
    def test_what_is_applied_for_is_frozen_and_the_rest_available(self, market):
        lot = register_credits(market, "E001", 5_000)
        file(market, {lot: 4_000})
        assert (locked(market), credits_t(market)) == (4_000, (5_000, 1_000))
        with pytest.raises(NotEnoughUnits):
            move(market, "E001", 1_001, unit=UnitKind.CQCER, vintage=None)
        assert open_t(market) == 100_000

    def test_one_tonne_more_than_is_there_is_rejected_and_nothing_stays(self, market):
        lot = register_credits(market, "E001", 5_000)
        with pytest.raises(NotEnoughUnits):
            file(market, {lot: 5_001})
        assert (locked(market), duties.offsets(market["E001"])) == (0, [])
        assert OffsetUnit.objects.count() == 0

    def test_units_in_the_trading_account_do_not_count(self, market):
        lot = register_credits(market, "E001", 5_000)
        move(market, "E001", 5_000, unit=UnitKind.CQCER, vintage=None)
        with pytest.raises(NotEnoughUnits):
            file(market, {lot: 1})

    def test_until_the_form_is_in_it_is_shown_as_not_received(self, market):
        application = file(market, {register_credits(market, "E001", 10): 10})
        assert cases.case(OFFSET, application.reference).state == "filed"
        with pytest.raises(WrongState):
            decide(market, application)
        forward(market, application)
        assert cases.case(OFFSET, application.reference).state == "under_review"

    def test_the_same_application_sent_again_is_the_earlier_one(self, market):
        lot = register_credits(market, "E001", 5_000)
        assert file(market, {lot: 4_000}) == file(market, {lot: 4_000})
        assert locked(market) == 4_000
        with pytest.raises(CaseExists):
            file(market, {lot: 500})

    def test_only_an_entity_applies(self, market):
        lot = register_credits(market, "E001", 5_000)
        for by in ("bureau", "platform"):
            with pytest.raises(NotYourRole):
                file(market, {lot: 1}, by=by)

    def test_another_entitys_duty_is_not_ones_own(self):
        market = exchange_market(2)
        with pytest.raises(NotYourDuty):
            file(market, {register_credits(market, "E001", 10): 1}, by="E002")

    def test_before_the_notice_nothing_can_be_filed(self):
        market = issued_market(1)
        lot = register_credits(market, "E001", 10)
        with pytest.raises(NotNotified):
            file(market, {lot: 1})

    @pytest.mark.parametrize("tonnes", [0, -1])
    def test_nothing_is_no_application(self, market, tonnes):
        lot = register_credits(market, "E001", 10)
        with pytest.raises(NotPositive):
            file(market, {lot: tonnes})
        with pytest.raises(NotPositive):
            file(market, {})


class TestTheRuleOfTheYear:
    """The examination as it meets an application on the registry's own lots."""

    @pytest.mark.requirement("CQ208-A1.5.2b")
    def test_8_000_t_pass_and_8_001_t_do_not(self, market):
        lot = register_credits(market, "E001", 9_000)
        with pytest.raises(AboveCap):
            file(market, {lot: 8_001})
        file(market, {lot: 8_000})
        with pytest.raises(AboveCap):
            file(market, {lot: 1}, reference="o2")
        file(market, {lot: 1_000}, reference="o3", year=2022)

    @pytest.mark.requirement("CQ208-A1.5.2c")
    @pytest.mark.parametrize(("city_t", "passes"), [(6_400, True), (6_399, False)])
    def test_four_fifths_come_from_the_city(self, market, city_t, passes):
        city = register_credits(market, "E001", city_t)
        elsewhere = register_credits(
            market, "E001", 8_000 - city_t, serial_from=10_001, origin_class="elsewhere"
        )
        offered = {city: city_t, elsewhere: 8_000 - city_t}
        if passes:
            assert file(market, offered).amount_t == 8_000
            return
        with pytest.raises(BelowCityShare):
            file(market, offered)

    @pytest.mark.requirement("CQ208-A1.5.2d")
    @pytest.mark.parametrize(("circle_t", "passes"), [(800, True), (801, False)])
    def test_a_tenth_at_most_comes_from_the_circle(self, market, circle_t, passes):
        city = register_credits(market, "E001", 8_000 - circle_t)
        circle = register_credits(
            market, "E001", circle_t, serial_from=10_001, origin_class="circle"
        )
        offered = {city: 8_000 - circle_t, circle: circle_t}
        if passes:
            assert file(market, offered).amount_t == 8_000
            return
        with pytest.raises(AboveCircleShare):
            file(market, offered)

    @pytest.mark.requirement("CQ208-A1.5.2e")
    def test_hydropower_is_rejected_and_nothing_is_frozen(self, market):
        lot = register_credits(market, "E001", 10, project_type="small_hydropower")
        with pytest.raises(ProjectTypeNotAdmitted):
            file(market, {lot: 10})
        assert locked(market) == 0

    @pytest.mark.requirement("CQ208-A1.5.2")
    def test_allowances_are_no_reductions(self, market):
        with pytest.raises(KindNotAdmitted):
            file(market, {Lot.objects.get(vintage_year=2021, origin="free"): 10})


@pytest.mark.requirement("CQ208-A5.4b")
class TestDeciding:
    @pytest.mark.requirement("CQ208-A1.5.2")
    def test_confirmed_units_are_cancelled_and_the_duty_falls(self, market):
        application = filed(market)
        assert decide(market, application).open_t == 96_000
        assert (locked(market), credits_t(market)) == (0, (1_000, 1_000))
        (lot,) = [lot for lot in holdings.conservation() if lot.kind == UnitKind.CQCER]
        assert (lot.cancelled_t, lot.holds) == (4_000, True)

    def test_rejected_units_are_unfrozen_in_full_and_may_be_offered_again(self, market):
        application = filed(market)
        assert decide(market, application, confirm=False).open_t == 100_000
        assert (locked(market), credits_t(market)) == (0, (5_000, 5_000))
        lot = Lot.objects.get(kind=UnitKind.CQCER)
        again = file(market, {lot: 5_000}, reference="o2", moment=DECIDED)
        assert [(u.serial_from, u.serial_to) for u in again.units.all()] == [(1, 5_000)]

    def test_a_part_confirmed_unfreezes_the_rest(self, market):
        application = filed(market)
        assert decide(market, application, part_t=3_000).open_t == 97_000
        assert (locked(market), credits_t(market)) == (0, (2_000, 2_000))
        units = application.units.order_by("serial_from")
        assert [(u.serial_from, u.serial_to, u.released) for u in units] == [
            (1, 3_000, False),
            (3_001, 4_000, True),
        ]
        application.refresh_from_db()
        assert (application.confirmed, application.confirmed_t) == (True, 3_000)

    @pytest.mark.parametrize(
        ("part_t", "refusal"), [(0, NotPositive), (-1, NotPositive), (4_001, PartAboveWhole)]
    )
    def test_no_part_is_nothing_or_more_than_the_whole(self, market, part_t, refusal):
        application = filed(market)
        with pytest.raises(refusal):
            decide(market, application, part_t=part_t)
        assert locked(market) == 4_000

    def test_only_the_authority_decides_and_only_once(self, market):
        application = filed(market)
        for by in ("E001", "platform", "registry"):
            with pytest.raises(NotYourRole):
                decide(market, application, by=by)
        decide(market, application)
        for confirm in (True, False):
            with pytest.raises(WrongState):
                decide(market, application, confirm)
        assert open_t(market) == 96_000

    def test_only_the_platform_forwards(self, market):
        application = file(market, {register_credits(market, "E001", 10): 10})
        with pytest.raises(NotYourRole):
            forward(market, application, by="bureau")

    def test_what_is_no_longer_owed_is_not_confirmed(self, market):
        application = filed(market)
        surrender(market, 97_000)
        with pytest.raises(AboveOpenDuty):
            decide(market, application)
        assert decide(market, application, part_t=3_000).is_fulfilled

    def test_the_journal_has_every_step(self, market):
        decide(market, filed(market))
        told = [e["operation"] for e in journal.entry_rows()]
        for step in ("offset.open", "offset.receive_paper", "offset.forward", "offset.confirm"):
            assert told.count(step) == 1
        assert told.count("registry.offset") == 1


def surrender(market, tonnes):
    return compliance.surrender(
        organisation=market["E001"],
        year=2021,
        amount_t=tonnes,
        reference="s1",
        law=CQ,
        acting=market.acts("E001"),
        at=at(date(2023, 12, 30), 10),
    )


@pytest.mark.requirement("AMB-38")
class TestOrderOfOffsetAndSurrender:
    """8,000 t filed on 2023-12-28, 92,000 t surrendered on 2023-12-30."""

    def frozen(self, market):
        return compliance.freeze_status(
            year=2021, law=CQ, acting=market.acts("clock"), at=at(date(2024, 1, 6), 0, 10)
        )

    def test_confirmed_after_the_deadline_it_counts_from_its_filing(self, market):
        application = filed(market, 8_000, 8_000)
        assert surrender(market, 92_000).open_t == 8_000
        assert decide(market, application).is_fulfilled
        assert self.frozen(market) == {"fulfilled": 1}

    def test_where_confirmation_counts_it_is_late(self, market):
        application = filed(market, 8_000, 8_000)
        surrender(market, 92_000)
        law = CQ.instead({"offset.count_at": "confirmation"})
        decide(market, application)
        frozen = compliance.freeze_status(
            year=2021, law=law, acting=market.acts("clock"), at=at(date(2024, 1, 6), 0, 10)
        )
        assert frozen == {"overdue": 1}

    def test_rejected_8_000_t_are_overdue(self, market):
        application = filed(market, 8_000, 8_000)
        surrender(market, 92_000)
        assert decide(market, application, confirm=False).open_t == 8_000
        assert self.frozen(market) == {"overdue": 1}
        standing = duties.duty(market["E001"], 2021, CQ, on=date(2024, 1, 6))
        assert (standing.frozen.open_t, standing.standing.status) == (8_000, "overdue")
