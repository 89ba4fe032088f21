"""Papers are issued to those who may ask, once, and anybody can check them."""

from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from openets.journal import operations as log
from openets.journal import queries as journal
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.paper import operations as paper
from openets.paper import queries
from openets.paper.models import Paper
from openets.paper.operations import (
    NoLongerCancelled,
    NotAParty,
    NotYetPassed,
    PaperDiffers,
    TooManyLines,
)
from openets.paper.press import Press
from openets.paper.queries import NotIssued
from openets.paper.sheet import Seal
from openets.paper.sheets import Period, Setting
from openets.parties import queries as parties
from openets.parties.queries import OutsideYourScope
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry import statements
from openets.registry.certificates import NoSuchCertificate
from openets.registry.kinds import LockCause, UnitKind
from openets.registry.models import Transaction
from openets.registry.statements import NoSuchAccount, NoSuchTransaction
from tests.exchange import move, register_credits
from tests.markets import CQ, ISSUED, issued_market

pytestmark = pytest.mark.django_db

NOON = at(date(2023, 12, 4), 12)
PRINTING = paper.Printing(
    "E001/1",
    "ABCD-EFGH-JKLM-NPQR",
    "https://example.org/documents/ABCD-EFGH-JKLM-NPQR",
    Press(settings.FONT_FOLDERS),
    Setting("重庆碳市场", synthetic=True),
)
OTHER = replace(PRINTING, reference="E001/2", code="WWWW-WWWW-WWWW-WWWW")


@pytest.fixture(scope="module")
def market(django_db_setup, django_db_blocker):
    """Of E001 70,000 t are frozen as pre-allocated; 1,000 t of 2021 moved to trading.

    Built once; each test's own changes are rolled back.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        built = issued_market(2)
        move(built, "E001", 1_000)
        yield built
        transaction.set_rollback(True)


def certify(market, *, by="E001", holder="E001", moment=NOON, printing=PRINTING):
    return paper.issue_holding_statement(
        holder=market[holder], moment=moment, printing=printing, acting=market.acts(by), at=NOON
    )


def cells(issued, table=0):
    return issued.sheet["tables"][table]["rows"]


class TestHoldingStatement:
    @pytest.mark.requirement("CQETS-5.2b")
    def test_it_says_what_is_held_by_account_and_lot_with_locks_and_cause(self, market):
        issued = certify(market)
        rows = {(row[0], row[2]): row[3:] for row in cells(issued)}
        (locked,) = (row for row in rows.values() if row[1] != "0")
        assert locked[0] == locked[1] == "70,000"
        assert locked[2].startswith("预分配冻结")
        assert locked[3] == "0"
        assert rows["trading-E001", "CQ/allowance/2021/free"][0] == "1,000"
        total = sum(int(row[3].replace(",", "")) for row in cells(issued))
        assert issued.sheet["tables"][0]["total"][3] == f"{total:,}"

    def test_of_an_earlier_moment_it_says_what_was_held_then(self, market):
        before = certify(market, moment=ISSUED - timedelta(seconds=1))
        assert cells(before) == []
        issued = certify(market, moment=ISSUED, printing=OTHER)
        assert {row[0] for row in cells(issued)} == {"registry-E001"}

    def test_a_lock_lifted_since_still_stands_on_a_paper_of_the_time_before(self, market):
        clock = market.acts("clock")
        registry.release_locked(
            holders=[market["E001"]],
            cause=LockCause.PRE_ALLOCATION,
            acting=clock,
            at=NOON - timedelta(hours=1),
        )
        assert all(row[4] == "0" for row in cells(certify(market)))
        earlier = certify(market, moment=NOON - timedelta(hours=2), printing=OTHER)
        assert any(row[4] != "0" for row in cells(earlier))

    def test_it_is_journalled_with_its_hash(self, market):
        issued = certify(market)
        assert issued.sha256 == sha256(bytes(issued.content)).hexdigest()
        (entry,) = journal.trail(f"paper/{issued.code}")
        assert entry.content["sha256"] == issued.sha256
        assert (entry.person, entry.article) == ("E001-1", "CQETS-5.2b")

    def test_it_carries_the_head_of_the_journal_and_its_latest_entry(self, market):
        log.seal(at=NOON)
        number, digest = journal.head()
        entry = journal.latest_number()
        issued = certify(market)
        seal = Seal(
            code=PRINTING.code,
            address=PRINTING.address,
            issuer=parties.designated(Role.REGISTRY_OPERATOR, NOON.date()).name,
            at="2023-12-04 12:00",
            chain_batch=number,
            chain_digest=digest,
            chain_entry=entry,
        )
        assert number == 1
        assert PRINTING.press.pdf(issued.sheet, seal, NOON) == bytes(issued.content)

    def test_asked_twice_it_is_issued_once(self, market):
        assert certify(market).pk == certify(market).pk
        assert Paper.objects.count() == 1

    def test_a_reference_stands_for_one_paper(self, market):
        certify(market)
        with pytest.raises(PaperDiffers):
            certify(market, moment=ISSUED)

    def test_what_is_to_come_is_not_certified(self, market):
        certify(market, moment=NOON)
        with pytest.raises(NotYetPassed) as refused:
            certify(market, moment=NOON + timedelta(minutes=1), printing=OTHER)
        assert refused.value.article == "CQETS-5.2b"

    @pytest.mark.parametrize("by", ["registry", "bureau", "D-长寿区"])
    def test_the_operator_the_bureau_and_the_own_district_may_ask(self, market, by):
        # E001 lies in the first district, E002 in the second.
        holder = next(e.code for e in market.entities if e.district == "长寿区")
        assert certify(market, by=by, holder=holder).holder.code == holder

    @pytest.mark.parametrize("by", ["E002", "I1", "P1"])
    def test_others_may_not(self, market, by):
        with pytest.raises(OutsideYourScope):
            certify(market, by=by)

    def test_another_district_may_not(self, market):
        entity = next(e.code for e in market.entities if e.district == "长寿区")
        with pytest.raises(OutsideYourScope):
            certify(market, by="D-涪陵区", holder=entity)

    @pytest.mark.parametrize("by", ["exchange", "bank", "V1"])
    def test_roles_without_the_right_may_not(self, market, by):
        with pytest.raises(NotYourRole):
            certify(market, by=by)


class TestReceipt:
    def receipt(self, market, *, number=None, holder="E001", by="E001"):
        done = Transaction.objects.filter(kind="move_to_trading").get()
        return paper.issue_receipt(
            number=number or done.pk,
            holder=market[holder],
            printing=PRINTING,
            acting=market.acts(by),
            at=NOON,
        )

    @pytest.mark.requirement("CQETS-14")
    def test_it_says_what_moved_between_whom_by_which_article(self, market):
        said = {f["label"]["en"]: f["value"] for f in self.receipt(market).sheet["facts"]}
        assert said["From"].startswith("registry-E001")
        assert said["To"].startswith("trading-E001")
        assert said["Amount"] == "1,000 吨 t"
        assert said["Article"] == "CQ208-A4.2.6"
        assert said["Journal entry"].endswith("unsealed")

    def test_only_parties_have_one(self, market):
        with pytest.raises(NotAParty):
            self.receipt(market, holder="E002", by="E002")

    def test_an_unknown_transaction_has_none(self, market):
        with pytest.raises(NoSuchTransaction):
            self.receipt(market, number=10**9)


class TestAccountStatement:
    def statement(self, market, since, until, *, number="registry-E001", by="E001"):
        return paper.issue_account_statement(
            number=number,
            period=Period(since, until),
            printing=PRINTING,
            acting=market.acts(by),
            at=NOON,
        )

    @pytest.mark.requirement("CQETS-5.2b")
    def test_opening_and_what_moved_give_the_closing_balance(self, market):
        issued = self.statement(market, ISSUED + timedelta(seconds=1), NOON)
        numbers = [[int(c.replace(",", "")) for c in row[1:]] for row in cells(issued)]
        assert numbers
        assert all(opening + into - out == end for opening, into, out, end in numbers)
        free = next(row for row in cells(issued) if row[0] == "CQ/allowance/2021/free")
        assert free[2:4] == ["0", "1,000"]

    def test_every_line_names_its_event_lot_and_article(self, market):
        issued = self.statement(market, ISSUED - timedelta(days=1), NOON)
        assert cells(issued, 1)
        assert all(row[1] and row[2] and row[7] for row in cells(issued, 1))
        assert any("预分配冻结：冻结" in row[1] for row in cells(issued, 1))
        assert any("（第 1 批）" in row[1] for row in cells(issued, 1))

    def test_too_many_lines_are_no_paper(self, market, monkeypatch):
        monkeypatch.setattr(paper, "MOST_LINES", 1)
        with pytest.raises(TooManyLines):
            self.statement(market, ISSUED - timedelta(days=1), NOON)

    def test_a_period_to_come_has_none(self, market):
        with pytest.raises(NotYetPassed):
            self.statement(market, NOON + timedelta(days=1), NOON + timedelta(days=2))

    def test_of_another_account_it_is_refused(self, market):
        with pytest.raises(OutsideYourScope):
            self.statement(market, ISSUED, NOON, by="E002")

    def test_an_unknown_account_has_none(self, market):
        with pytest.raises(NoSuchAccount):
            self.statement(market, ISSUED, NOON, number="registry-none")


class TestCancellationCertificate:
    def cancelled(self, market, reference="c1"):
        return registry.cancel_voluntarily(
            holder=market["E001"],
            amount_t=Tonnes(10),
            unit=UnitKind.ALLOWANCE,
            vintage_year=2021,
            beneficiary="合成马拉松赛事",
            reason="赛事碳中和",
            code=registry.new_code(),
            reference=reference,
            law=CQ,
            acting=market.acts("E001"),
            at=NOON,
        )

    def certificate(self, market, code, by="E001"):
        return paper.issue_cancellation_certificate(
            certificate=code, printing=PRINTING, acting=market.acts(by), at=NOON
        )

    @pytest.mark.requirement("CQETS-5.2c")
    def test_it_says_how_much_was_cancelled_for_whom(self, market):
        issued = self.certificate(market, self.cancelled(market).code)
        assert "10 吨已为 合成马拉松赛事 自愿注销" in issued.sheet["sentence"]["zh"]
        assert cells(issued) == [["CQ/allowance/2021/free", "否 no", "10"]]

    @pytest.mark.requirement("CQVER-29")
    def test_it_names_the_serials_that_are_gone(self, market):
        lot = register_credits(market, "E001", 100)
        made = registry.cancel_voluntarily(
            holder=market["E001"],
            amount_t=Tonnes(30),
            unit=UnitKind.CQCER,
            vintage_year=None,
            beneficiary="",
            reason="",
            code="B" * 16,
            reference="serials",
            law=CQ,
            acting=market.acts("E001"),
            at=NOON,
        )
        assert cells(self.certificate(market, made.code)) == [[f"{lot.code}\n1–30", "否 no", "30"]]

    def test_what_was_not_cancelled_has_none(self, market):
        with pytest.raises(NoSuchCertificate):
            self.certificate(market, "AAAA-AAAA-AAAA-AAAA")

    def test_what_the_journal_tells_otherwise_has_none(self, market, monkeypatch):
        made = self.cancelled(market)
        verified = replace(holdings.certificate(made.code), agrees=False)
        monkeypatch.setattr(holdings, "certificate", lambda _: verified)
        with pytest.raises(NoLongerCancelled):
            self.certificate(market, made.code)

    def test_others_have_none(self, market):
        with pytest.raises(OutsideYourScope):
            self.certificate(market, self.cancelled(market).code, by="E002")


class TestChecking:
    def test_code_and_file_lead_to_what_was_said(self, market):
        issued = certify(market)
        assert queries.by_code("abcd efgh-jklm npqr") == issued
        assert queries.by_content(bytes(issued.content)) == issued

    def test_a_changed_file_was_never_issued(self, market):
        content = bytes(certify(market).content)
        for changed in (content + b"\n", content[:-1], b""):
            with pytest.raises(NotIssued):
                queries.by_content(changed)

    def test_an_unknown_code_was_never_issued(self):
        with pytest.raises(NotIssued):
            queries.by_code("ABCD-EFGH-JKLM-NPQS")

    @pytest.mark.parametrize(
        "change", ["update paper_paper set code = code", "delete from paper_paper"]
    )
    def test_an_issued_paper_stays_as_it_was(self, market, change):
        certify(market)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(change)


@pytest.mark.requirement("CQETS-5.2b")
def test_a_line_of_a_statement_names_the_serials_that_moved(market):
    lot = register_credits(market, "E001", 100)
    registry.move_between_own(
        holder=market["E001"],
        kind="move_to_trading",
        amount_t=Tonnes(30),
        unit=UnitKind.CQCER,
        vintage_year=None,
        reference="serials",
        law=CQ,
        acting=market.acts("E001"),
        at=NOON,
    )
    (entry, *_) = statements.statement(statements.account("registry-E001"), lot=lot.code)
    assert entry.amount_t == -30
    assert sum(last - first + 1 for first, last in entry.serials) == 30
