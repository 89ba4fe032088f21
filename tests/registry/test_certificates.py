"""Voluntary cancellation and its certificate, which anyone verifies by its code."""

import re

import pytest

from openets.journal import operations as journal
from openets.journal.models import Entry
from openets.kernel.acting import Acting, NotYourRole
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.basis import Basis, Ground
from openets.registry.certificates import NoSuchCertificate, certificate, grouped, read_code
from openets.registry.kinds import UnitKind
from openets.registry.models import Certificate
from tests.exchange import TEN, held_t, move, register_credits
from tests.markets import CQ, issued_market
from tests.registry.checked import must_verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return issued_market(1)


def cancel(market, tonnes=10, *, code="E001", by=None, reference="c1", unit="allowance", **more):
    words = {"beneficiary": "合成马拉松赛事", "reason": "赛事碳中和"}
    words |= {"acting": market.acts(by or code)} | more
    return registry.cancel_voluntarily(
        holder=market[code],
        amount_t=tonnes,
        unit=UnitKind(unit),
        vintage_year=2021,
        code=registry.new_code(),
        reference=reference,
        law=CQ,
        at=TEN,
        **words,
    )


@pytest.mark.requirement("CQETS-5.2c")
def test_the_certificate_shows_what_was_cancelled_and_that_the_journal_says_so(market):
    made = cancel(market)
    shown = certificate(made.code)
    assert (shown.cancelled.amount_t, shown.holder) == (10, market["E001"])
    assert shown.cancelled.parts == [["CQ/allowance/2021/free", False, 10]]
    assert (shown.beneficiary, shown.reason) == ("合成马拉松赛事", "赛事碳中和")
    assert (shown.holds, shown.chained, shown.batch) == (True, None, None)
    journal.seal(at=TEN)
    sealed = certificate(made.code)
    assert (sealed.holds, sealed.chained, len(sealed.digest)) == (True, True, 64)
    must_verify()


@pytest.mark.requirement("CQETS-5.2b")
def test_cancelled_units_are_out_of_the_world(market):
    cancel(market, 100)
    assert held_t(market, "E001")[2021] == 99_900
    (lot,) = [row for row in holdings.conservation() if row.cancelled_t]
    assert (lot.cancelled_t, lot.holds) == (100, True)


def test_a_certificate_that_was_altered_no_longer_holds(market):
    made = cancel(market)
    Certificate.objects.filter(pk=made.pk).update(beneficiary="他人")
    assert not certificate(made.code).holds


def test_a_certificate_whose_batch_was_altered_no_longer_holds(market, monkeypatch):
    made = cancel(market)
    journal.seal(at=TEN)
    monkeypatch.setattr("openets.journal.queries.entry_digest", lambda _: b"0" * 32)
    shown = certificate(made.code)
    assert (shown.chained, shown.holds) == (False, False)


def test_an_unknown_code_is_answered_clearly(market):
    with pytest.raises(NoSuchCertificate) as no:
        certificate("AAAA-BBBB-CCCC-DDDD")
    assert "AAAA-BBBB-CCCC-DDDD" in no.value.message("zh")


def test_codes_are_long_random_and_read_as_people_type_them(market):
    codes = {registry.new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(re.fullmatch("[A-Z2-7]{16}", code) for code in codes)
    code = min(codes)
    assert {read_code(t) for t in (grouped(code), grouped(code).lower(), f" {code} ")} == {code}
    assert read_code("o0-1i-8b") == "OOIIBB"


def test_the_same_request_twice_gives_the_first_certificate(market):
    assert cancel(market) == cancel(market)
    assert held_t(market, "E001")[2021] == 99_990
    with pytest.raises(registry.ReferenceReused):
        cancel(market, 11)
    with pytest.raises(registry.ReferenceReused):
        cancel(market, beneficiary="他人")


@pytest.mark.requirement("CQETS-26.3")
def test_the_minimum_holding_stays_to_the_tonne(market):
    total = sum(held_t(market, "E001").values())
    half = -(-total // 2)
    move(market, "E001", held_t(market, "E001")[2022] - 10, vintage=2022)
    spare = sum(held_t(market, "E001").values()) - half
    with pytest.raises(registry.BelowMinimumHolding):
        cancel(market, spare + 1)
    cancel(market, spare)


@pytest.mark.requirement("CQVER-27")
def test_reductions_are_cancelled_for_an_event_without_any_minimum(market):
    register_credits(market, "P1", 120)
    shown = certificate(cancel(market, 120, code="P1", unit="cqcer").code)
    (key,) = shown.cancelled.transfer_keys
    assert holdings.serials_of([key]) == {key: [(1, 120)]}
    assert held_t(market, "P1") == {}


def test_nobody_cancels_anothers_units(market):
    with pytest.raises(registry.NotYourAccount):
        cancel(market, by="I1")
    clerk = Acting("clerk", Role.REGISTRY_OPERATOR, "E001")
    with pytest.raises(NotYourRole):
        cancel(market, acting=clerk)


@pytest.mark.parametrize(
    ("tonnes", "refusal"), [(0, registry.NotAnAmount), (100_001, registry.NotEnoughUnits)]
)
def test_a_wrong_amount_cancels_nothing(market, tonnes, refusal):
    with pytest.raises(refusal):
        cancel(market, tonnes)
    assert not Certificate.objects.exists()


def test_a_cancellation_by_error_is_corrected_and_its_certificate_says_so(market):
    made = cancel(market, 100)
    filing = registry.file_opposite(
        kind="correction",
        undone=made.transaction,
        amount_t=100,
        ground=Ground(Basis.ERROR, "差错更正单 1 号"),
        reference="k1",
        law=CQ,
        acting=market.acts("registry"),
        at=TEN,
    )
    registry.approve(filing=filing, law=CQ, acting=market.acts("bureau", 2), at=TEN)
    shown = certificate(made.code)
    assert (shown.holds, shown.corrected_by) == (False, filing.transaction)
    assert held_t(market, "E001")[2021] == 100_000
    assert Entry.objects.filter(operation="registry.correction").count() == 1
