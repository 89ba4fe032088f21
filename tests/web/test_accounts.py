"""The pages of accounts: who sees whose, what they show, page by page, and tables to take away."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from openpyxl import load_workbook

from openets.kernel.clock import at
from openets.parties.models import Person
from openets.registry import queries as registry
from openets.registry import statements
from openets.registry.models import RegistryAccount, Transaction
from openets.trading import operations as trading
from openets.trading.causes import Cause
from openets.trading.models import Trade
from tests.web.market import LAW, TODAY, acts

pytestmark = pytest.mark.django_db

HOLDER = "/registry/holders/E002"
STATEMENT = "/registry/accounts/registry-E002/statement"
TABLES = ("/registry/holders/E002/holdings.xlsx", f"{STATEMENT}.csv")


@pytest.fixture
def of(market):
    """A browser of the first person of an organisation; of nobody for None."""

    def browser(code):
        client = Client(raise_request_exception=False)
        if code:
            client.force_login(Person.objects.get(username=f"{code}-1"))
        return client

    return browser


def text(answer):
    return answer.content.decode()


class TestWhoSees:
    @pytest.mark.parametrize("path", [HOLDER, STATEMENT, *TABLES])
    @pytest.mark.parametrize("who", ["E002", "bureau", "registry"])
    def test_the_holder_and_the_offices(self, of, path, who):
        assert of(who).get(path).status_code == 200

    @pytest.mark.parametrize("path", [HOLDER, STATEMENT, *TABLES])
    @pytest.mark.parametrize("who", ["E001", "T1", "exchange", "bank", "V1", "D-涪陵区"])
    def test_nobody_else(self, of, path, who):
        # E002 lies in another district than 涪陵区.
        assert of(who).get(path).status_code == 403

    @pytest.mark.parametrize("path", [HOLDER, STATEMENT, "/registry/overview", *TABLES])
    def test_who_did_not_sign_in_is_asked_to(self, of, path):
        answer = of(None).get(path)
        assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/sign-in")

    def test_a_district_sees_its_own_entities(self, of):
        district = of("D-涪陵区")
        assert district.get("/registry/holders/E001").status_code == 200
        listed = text(district.get("/registry/holders"))
        assert "涪江水泥厂" in listed
        assert "HYPERLINK" not in listed

    @pytest.mark.parametrize(
        ("who", "where"),
        [
            ("registry", "/registry/overview"),
            ("bureau", "/registry/overview"),
            ("D-涪陵区", "/registry/holders"),
            ("T1", "/registry/holders/T1"),
        ],
    )
    def test_the_menu_leads_each_to_their_own(self, of, who, where):
        assert of(who).get("/registry/accounts").url == where

    def test_an_unknown_holder_or_account_is_not_found(self, of):
        for path in ("/registry/holders/none", "/registry/accounts/none/statement"):
            assert of("bureau").get(path).status_code == 404


class TestHolder:
    @pytest.mark.requirement("CQETS-5.2b")
    def test_it_shows_every_balance_by_lot(self, of, market):
        shown = text(of("E002").get(HOLDER))
        for row in registry.holdings(market["E002"]):
            assert row.account in shown
            assert row.lot.code in shown
            assert f"{row.total_t:,}" in shown
            assert f"{row.available_t:,}" in shown

    @pytest.mark.requirement("CQETS-26.3")
    def test_it_shows_what_must_stay_and_what_may_move(self, of, market):
        from openets.rulebook.load import law
        from tests.web.market import TODAY

        held = registry.holdings(market["E002"])
        rule = registry.minimum_holding(market["E002"], held, law=law("cq"), day=TODAY)
        free = registry.free_to_move({market["E002"].pk: held}, law=law("cq"), day=TODAY)
        assert rule.may_move_t == free[market["E002"].pk]
        shown = text(of("E002").get(HOLDER))
        assert f"{rule.required_t:,}" in shown
        assert f"{rule.may_move_t:,}" in shown

    def test_english_is_spoken_too(self, of):
        client = of("E002")
        client.cookies["django_language"] = "en"
        assert "Minimum holding" in text(client.get(HOLDER))


class TestStatement:
    @pytest.mark.requirement("CQETS-5.2b")
    def test_every_line_shows_lot_event_counterparty_and_balance(self, of):
        account = RegistryAccount.objects.get(number="registry-E002")
        entries = statements.statement(account)
        shown = text(of("E002").get(STATEMENT))
        assert entries
        for entry in entries:
            assert entry.lot.code in shown
            assert statements.event_title(entry.event)[0] in shown
            assert entry.counterparty in shown
            assert f"{entry.balance_t:,}" in shown
            assert entry.article in shown

    def test_an_issue_names_its_batch(self, of):
        (issue, *_) = statements.statement(statements.account("registry-E002"), event="issue")
        assert issue.batch == 1
        assert "（第 1 批）" in text(of("E002").get(STATEMENT))
        answer = of("E002").get("/registry/accounts/registry-E002/statement.csv")
        lines = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
        batches = {line["batch"] for line in lines if line["event"] == "issue"}
        assert batches == {"1"}

    def test_balances_follow_from_what_moved(self, market):
        assert market
        for account in RegistryAccount.objects.all():
            balance = {}
            for entry in reversed(statements.statement(account, size=10_000)):
                key = (entry.lot.code, entry.traded)
                balance[key] = balance.get(key, 0) + entry.moved_t
                assert entry.balance_t == balance[key]

    def test_a_trade_and_a_lock_are_lines_too(self, of):
        shown = text(of("E002").get("/registry/accounts/trading-E002/statement"))
        assert "交易交收" in shown

    def test_the_pages_hold_every_line_once(self, of, monkeypatch):
        from openets.web.accounts import statement

        monkeypatch.setattr(statement, "PER_PAGE", 2)
        client, path = of("E002"), "/registry/accounts/trading-E002/statement"
        expected = statements.statement(RegistryAccount.objects.get(number="trading-E002"), size=99)
        seen, answer = [], client.get(path)
        while True:
            page = answer.context["page"]
            seen += [line.reference for line in page.lines]
            if not page.ways.older:
                break
            answer = client.get(path + page.ways.older)
        assert seen == [entry.reference for entry in expected]
        oldest = client.get(f"{path}?after=0").context["page"]
        assert [line.reference for line in oldest.lines] == seen[-2:]
        assert not oldest.ways.older
        newer = client.get(path + oldest.ways.newer).context["page"]
        assert [line.reference for line in newer.lines] == seen[-4:-2]

    @pytest.mark.parametrize(
        ("query", "some"),
        [
            ("year=2023", True),
            ("year=2023&month=11", True),
            ("year=2023&month=12", False),
            ("year=2022", False),
            ("event=trade", True),
            ("event=surrender", False),
            ("lot=CQ/allowance/2021/free", True),
            ("lot=none", False),
            ("year=x&month=99&before=y&after=-1", True),
            ("year=99999&before=99999999999999999999", True),
        ],
    )
    def test_it_is_filtered(self, of, query, some):
        answer = of("E002").get(f"/registry/accounts/trading-E002/statement?{query}")
        assert answer.status_code == 200
        assert bool(answer.context["page"].lines) == some


class TestTables:
    def test_holdings_are_read_back_from_excel(self, of, market):
        content = of("E002").get(TABLES[0]).content
        rows = list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
        names = [heading.rpartition(" ")[2] for heading in rows[0]]
        read = {(row[0], row[1], row[5]): row[names.index("total_t")] for row in rows[1:]}
        held = registry.holdings(market["E002"])
        assert read == {
            (h.account, h.lot.code, "yes" if h.traded else "no"): h.total_t for h in held
        }

    @pytest.mark.requirement("BJETS-18b")
    def test_what_a_cancelled_trade_gave_back_is_told_as_that(self, of):
        decided = trading.decide_cancellation(
            trade=Trade.objects.get(day=TODAY),
            cause=Cause.ERRONEOUS_TRADE,
            reason="错误成交",
            announcement="取消一笔成交",
            reference="C1",
            acting=acts("exchange"),
            at=at(TODAY, 11),
        )
        second = acts("exchange", 2)
        trading.cancel_trade(intervention=decided, law=LAW, acting=second, at=at(TODAY, 11, 5))
        seller = decided.trade.seller.code
        account = RegistryAccount.objects.get(number=f"trading-{seller}")
        back, sold = statements.statement(account, event="trade", size=2)
        assert (back.event, back.amount_t) == ("cancelled_trade", -sold.amount_t)
        page = text(of(seller).get(f"/registry/accounts/trading-{seller}/statement"))
        assert "成交取消退回" in page

    def test_the_statement_as_csv_is_the_statement(self, of):
        lines = of("E002").get(TABLES[1]).content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(lines)))
        account = RegistryAccount.objects.get(number="registry-E002")
        expected = statements.statement(account, size=999)[::-1]
        assert [int(row["number"]) for row in rows] == [entry.number for entry in expected]
        assert [int(row["lot_balance_t"]) for row in rows] == [e.balance_t for e in expected]

    def test_transactions_are_of_those_one_reaches(self, of):
        def numbers(who, query=""):
            content = of(who).get(f"/registry/transactions.csv{query}").content
            return {
                int(r["number"]) for r in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
            }

        assert numbers("bureau") == set(Transaction.objects.values_list("pk", flat=True))
        assert numbers("E001") < numbers("bureau")
        assert numbers("bureau", "?holder=E001") == numbers("E001")
        assert of("E001").get("/registry/transactions.csv?holder=E002").status_code == 403

    def test_the_list_of_entities_is_taken_away_as_excel(self, of):
        content = of("bureau").get("/entities.xlsx").content
        sheet = load_workbook(io.BytesIO(content)).active
        names = [row[1].value for row in sheet.iter_rows(min_row=2)]
        hostile = sheet.cell(names.index("=HYPERLINK(1) 化工有限公司") + 2, 2)
        assert hostile.data_type == "s"
        assert {type(row[6].value) for row in sheet.iter_rows(min_row=2)} == {int}


class TestRegistryOverview:
    @pytest.mark.requirement("CQETS-5.4b")
    def test_it_shows_every_lot_conserved(self, of):
        answer = of("registry").get("/registry/overview")
        assert answer.context["page"].holds
        for lot in registry.conservation():
            assert f"{lot.issued_t:,}" in text(answer)

    @pytest.mark.parametrize("who", ["E001", "T1", "exchange", "D-涪陵区"])
    def test_it_is_for_those_who_see_all(self, of, who):
        assert of(who).get("/registry/overview").status_code == 403


def test_a_year_ends_with_its_last_moment(of, market):
    account = RegistryAccount.objects.get(number="registry-E002")
    first = statements.statement(account)[0].at
    assert statements.statement(account, since=first)
    assert all(e.at < first for e in statements.statement(account, until=first))
    assert statements.statement(account, until=first + timedelta(microseconds=1))[0].at == first
