"""CQETS art. 26 and 27, CQ208 sections 2 and 3 on the registry: what is handed in, when, by whom.

E001 owes 100,000 t for 2021 and for 2022 and was issued as much; E003 owes 40,000 t for each and
was issued 50,000 t and 46,667 t.
"""

from datetime import date

import pytest

from openets.compliance import operations as compliance
from openets.compliance import queries as duties
from openets.compliance.models import DutyEvent
from openets.compliance.obligation import AboveObligation, NotPositive, NotWholeTonnes
from openets.compliance.operations import NotYourDuty
from openets.compliance.usable import UntradedFreeAllowance
from openets.journal import queries as journal
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, Origin, UnitKind
from openets.registry.models import Transaction
from openets.registry.operations import Issue, LotOf, NotEnoughUnits, ReferenceReused
from openets.rulebook.load import NoValueForTime
from openets.trading import operations as trading
from tests.exchange import (
    PRICE,
    TEN,
    exchange_market,
    held_t,
    move,
    open_floor,
    order,
    pay_in,
    register_credits,
    trading_market,
)
from tests.markets import CQ

pytestmark = pytest.mark.django_db

OLD_FREE = LotOf("cq", UnitKind.ALLOWANCE, 2018, Origin.FREE)


def surrender(market, code, tonnes, *, year=2021, reference="s1", by="", law=CQ, moment=TEN):
    return compliance.surrender(
        organisation=market[code],
        year=year,
        amount_t=tonnes,
        reference=reference,
        law=law,
        acting=market.acts(by or code),
        at=moment,
    )


def open_t(market, code, year=2021):
    return duties.obligation(market[code], year).open_t


@pytest.mark.requirement("CQETS-26")
class TestSurrender:
    def test_confirmed_offsets_and_allowances_fulfil_it_together(self):
        market = exchange_market(1)
        lot = register_credits(market, "E001", 6_000)
        application = compliance.file_offset(
            organisation=market["E001"],
            year=2021,
            offered={lot: 6_000},
            reference="o1",
            law=CQ,
            acting=market.acts("E001"),
            at=TEN,
        )
        compliance.forward_offset(application=application, acting=market.acts("platform"), at=TEN)
        compliance.decide_offset(
            application=application,
            confirm=True,
            reasons="符合规定",
            law=CQ,
            acting=market.acts("bureau"),
            at=TEN,
        )
        assert surrender(market, "E001", 93_999).open_t == 1
        with pytest.raises(AboveObligation):
            surrender(market, "E001", 2, reference="s2")
        assert surrender(market, "E001", 1, reference="s3").is_fulfilled
        with pytest.raises(AboveObligation):
            surrender(market, "E001", 1, reference="s4")
        assert held_t(market, "E001")[2021] == 6_000

    @pytest.mark.parametrize(
        ("tonnes", "refusal"), [(0, NotPositive), (-1, NotPositive), (0.5, NotWholeTonnes)]
    )
    def test_nothing_less_and_a_fraction_are_rejected(self, tonnes, refusal):
        market = exchange_market(1)
        with pytest.raises(refusal):
            surrender(market, "E001", tonnes)
        assert held_t(market, "E001")[2021] == 100_000

    def test_only_the_entity_hands_in_for_itself(self):
        market = exchange_market(2)
        with pytest.raises(NotYourDuty):
            surrender(market, "E001", 1, by="E002")
        for by in ("bureau", "registry", "I1"):
            with pytest.raises(NotYourRole):
                surrender(market, "E001", 1, by=by)

    def test_the_same_request_again_changes_nothing_and_another_is_refused(self):
        market = exchange_market(1)
        assert surrender(market, "E001", 40_000) == surrender(market, "E001", 40_000)
        assert (open_t(market, "E001"), held_t(market, "E001")[2021]) == (60_000, 60_000)
        with pytest.raises(ReferenceReused):
            surrender(market, "E001", 40_001)

    def test_one_reference_serves_two_years_and_two_entities(self):
        market = exchange_market(2)
        for code in ("E001", "E002"):
            for year in (2021, 2022):
                surrender(market, code, 10_000, year=year)
        for year in (2021, 2022):
            counted = [s.counted_t for s in duties.standings(year, CQ, on=TEN.date())]
            assert counted == [10_000, 10_000]
        assert [held_t(market, code)[2021] for code in ("E001", "E002")] == [80_000, 50_000]

    @pytest.mark.requirement("CQETS-14")
    def test_every_receipt_shows_its_registry_entry(self):
        market = exchange_market(1)
        surrender(market, "E001", 7)
        event = DutyEvent.objects.get(kind="surrendered")
        entry = Transaction.objects.get(pk=event.registry_entry)
        assert (entry.kind, entry.amount_t, entry.parts) == (
            "surrender",
            7,
            [["CQ/allowance/2021/free", False, 7]],
        )
        told = [e for e in journal.entry_rows() if e["operation"] == "registry.surrender"]
        assert [e["subject"] for e in told] == [entry.key]

    @pytest.mark.requirement("CQETS-14")
    def test_what_the_registry_refuses_does_not_count(self):
        market = exchange_market(1)
        move(market, "E001", 60_000)
        surrender(market, "E001", 100_000, year=2022)
        with pytest.raises(NotEnoughUnits):
            surrender(market, "E001", 40_001)
        assert open_t(market, "E001") == 100_000
        assert DutyEvent.objects.filter(kind="surrendered", year=2021).count() == 0


@pytest.mark.requirement("AMB-29")
def test_more_than_owed_is_rejected_even_where_the_rule_is_read_otherwise_unconfirmed():
    market = exchange_market(1)
    for law in (CQ, CQ.instead({"surrender.excess": "allow_with_confirmation"})):
        with pytest.raises(AboveObligation):
            surrender(market, "E001", 100_001, law=law)


@pytest.mark.requirement("CQ208-2b")
class TestTheDeadline:
    @pytest.mark.parametrize(
        ("year", "moment", "status"),
        [
            (2021, at(date(2023, 12, 31), 23, 59, 59), "fulfilled"),
            (2021, at(date(2024, 1, 1), 0), "overdue"),
            (2022, at(date(2024, 3, 31), 23, 59, 59), "fulfilled"),
            (2022, at(date(2024, 4, 1), 0), "overdue"),
        ],
    )
    def test_the_frozen_status_tells_who_was_late(self, year, moment, status):
        market = exchange_market(1)
        surrender(market, "E001", 100_000, year=year, moment=moment)
        day_after = at(date(2024, 1, 1) if year == 2021 else date(2024, 4, 1), 0, 10)
        frozen = compliance.freeze_status(
            year=year, law=CQ, acting=market.acts("clock"), at=day_after
        )
        assert frozen == {status: 1}
        standing = duties.duty(market["E001"], year, CQ, on=day_after.date())
        assert standing.standing.status == "fulfilled"
        assert standing.frozen.status == status

    def test_it_is_frozen_once_and_not_before_the_day_has_ended(self):
        market = exchange_market(1)
        clock, day_after = market.acts("clock"), at(date(2024, 1, 1), 0)
        with pytest.raises(compliance.DeadlineNotOver):
            compliance.freeze_status(
                year=2021, law=CQ, acting=clock, at=at(date(2023, 12, 31), 23, 59, 59)
            )
        first = compliance.freeze_status(year=2021, law=CQ, acting=clock, at=day_after)
        surrender(market, "E001", 100_000, moment=at(date(2024, 1, 2), 9))
        again = compliance.freeze_status(
            year=2021, law=CQ, acting=clock, at=at(date(2024, 1, 3), 0)
        )
        assert first == again == {"overdue": 1}

    def test_only_bureau_and_clock_freeze(self):
        market = exchange_market(1)
        with pytest.raises(NotYourRole):
            compliance.freeze_status(
                year=2021, law=CQ, acting=market.acts("E001"), at=at(date(2024, 1, 1), 0)
            )


@pytest.mark.requirement("AMB-28")
def test_a_surrender_the_registry_cannot_execute_is_not_on_time():
    market = exchange_market(1)
    move(market, "E001", 100_000)
    last_minute = at(date(2023, 12, 31), 23, 58)
    surrender(market, "E001", 50_000, year=2022, moment=last_minute)
    with pytest.raises(NotEnoughUnits):
        surrender(market, "E001", 50_001, moment=last_minute)
    clock, after = market.acts("clock"), at(date(2024, 1, 1), 0, 10)
    assert compliance.freeze_status(year=2021, law=CQ, acting=clock, at=after) == {"overdue": 1}
    assert open_t(market, "E001") == 100_000


def trade(market, seller, buyer, tonnes, *, product="CQEA-2021", day=TEN):
    with open_floor(market, day=day.date()) as floor:
        answers = floor.submit(
            [
                order(market, seller, "sell", tonnes, PRICE, product=product),
                order(market, buyer, "buy", tonnes, PRICE, product=product),
            ],
            at=day,
        )
    assert answers[1].state == "filled"


@pytest.mark.requirement("CQETS-26.2", "CQ208-3c")
class TestBought:
    """E002 owes 70,000 t and 100,000 t, has 150,000 t, and buys 4,000 t of E001."""

    @pytest.fixture
    def market(self):
        market = trading_market(2)
        pay_in(market, "E002", 1_000_000)
        surrender(market, "E002", 70_000)
        return market

    def test_bought_units_serve_like_allocated_ones(self, market):
        trade(market, "E001", "E002", 4_000)
        move(market, "E002", 4_000, to="registry")
        assert surrender(market, "E002", 84_000, year=2022).open_t == 16_000
        assert Transaction.objects.get(reference="E002/2022/s1").parts == [
            ["CQ/allowance/2021/free", True, 4_000],
            ["CQ/allowance/2022/free", False, 80_000],
        ]

    def test_what_is_only_ordered_or_not_brought_home_cannot_be_used(self, market):
        with open_floor(market) as floor:
            floor.submit([order(market, "E002", "buy", 4_000, PRICE)], at=TEN)
        with pytest.raises(NotEnoughUnits):
            surrender(market, "E002", 84_000, year=2022)
        with open_floor(market) as floor:
            floor.submit([order(market, "E001", "sell", 4_000, PRICE)], at=TEN)
        with pytest.raises(NotEnoughUnits):
            surrender(market, "E002", 84_000, year=2022)


@pytest.mark.requirement("CQETS-26.2b")
class TestSurplus:
    def test_what_is_left_of_2021_serves_2022(self):
        market = exchange_market(3)
        surrender(market, "E003", 40_000)
        assert surrender(market, "E003", 40_000, year=2022).is_fulfilled
        (entry,) = Transaction.objects.filter(reference__startswith="E003/2022", kind="surrender")
        assert entry.parts == [
            ["CQ/allowance/2021/free", False, 10_000],
            ["CQ/allowance/2022/free", False, 30_000],
        ]

    def test_what_is_left_may_be_sold(self):
        market = exchange_market(3)
        pay_in(market, "I1", 1_000_000)
        surrender(market, "E003", 40_000)
        move(market, "E003", 10_000)
        trade(market, "E003", "I1", 10_000)
        assert held_t(market, "I1", AccountKind.TRADING) == {2021: 10_000}


@pytest.mark.requirement("CQ208-3b", "CQETS-26.2b", "AMB-30")
class TestOldFreeUnits:
    """2,000 t of 2018 came free to E001 and never changed hands."""

    @pytest.fixture
    def market(self):
        market = exchange_market(2)
        registry.issue(
            items=[Issue(market["E001"], 2_000, "E001/2018")],
            lot=OLD_FREE,
            acting=market.acts("registry"),
            at=TEN,
        )
        return market

    def test_they_stay_and_younger_ones_go(self, market):
        surrender(market, "E001", 100_000)
        assert held_t(market, "E001") == {2018: 2_000, 2022: 100_000, 2023: 0}

    def test_where_only_they_would_cover_it_the_cause_is_named(self, market):
        surrender(market, "E001", 100_000, year=2022)
        move(market, "E001", 1_000, vintage=2022)
        with pytest.raises(UntradedFreeAllowance) as refused:
            surrender(market, "E001", 100_000)
        assert refused.value.numbers == {"vintage": 2018, "year": 2021}

    def test_bought_from_another_entity_they_are_accepted(self, market):
        pay_in(market, "E002", 1_000_000)
        law = CQ.instead(
            {"trading.products": [{"code": "OLD", "kind": "allowance", "vintage_year": 2018}]}
        )
        trading.list_products(law=law, acting=market.acts("exchange"), at=TEN)
        move(market, "E001", 500, vintage=2018)
        trade(market, "E001", "E002", 500, product="OLD")
        move(market, "E002", 500, to="registry", vintage=2018)
        surrender(market, "E002", 500)
        (entry,) = Transaction.objects.filter(reference="E002/2021/s1", kind="surrender")
        assert entry.parts == [["CQ/allowance/2018/free", True, 500]]

    def test_by_the_general_rule_alone_they_would_serve(self, market):
        law = CQ.instead({"registry.carryover_rule": "general_rule_only"})
        surrender(market, "E001", 2_000, law=law)
        assert 2018 not in held_t(market, "E001")


@pytest.mark.requirement("CQETS-27")
def test_without_a_rule_for_the_year_no_offset_can_be_filed():
    market = exchange_market(1)
    lot = register_credits(market, "E001", 10)
    with pytest.raises(NoValueForTime):
        compliance.file_offset(
            organisation=market["E001"],
            year=2025,
            offered={lot: 1},
            reference="o",
            law=CQ,
            acting=market.acts("E001"),
            at=TEN,
        )
    assert holdings.locked_t(market["E001"], "offset") == 0


def test_duties_open_once_and_by_the_bureau_alone():
    market = exchange_market(2)
    assert compliance.open_duties(year=2021, law=CQ, acting=market.acts("bureau"), at=TEN) == 0
    with pytest.raises(NotYourRole):
        compliance.open_duties(year=2021, law=CQ, acting=market.acts("clock"), at=TEN)
    told = [e for e in journal.entry_rows() if e["operation"] == "compliance.open_duties"]
    assert [e["content"]["verified_t"] for e in told] == [
        {"E001": 100_000, "E002": 70_000},
        {"E001": 100_000, "E002": 100_000},
    ]
