"""Money on pages and for programs: one's own, the settlement desk's, and what is published."""

import json
import re
from datetime import date

import pytest
from django.test import Client

from openets.banking import queries as bank
from openets.banking.exchange import receive
from openets.banking.files import ADVICE_COLUMNS, written
from openets.clearing import operations as clearing
from openets.clearing import queries
from openets.clearing.reports import PeriodKind
from openets.kernel.clock import at
from openets.settlement import operations as settlement
from openets.settlement import queries as money
from openets.trading.floor import Floor
from openets.trading.models import Method
from tests.exchange import close_books
from tests.web.market import LAW, TODAY, acts
from tests.web.people import browser, goes_to

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]
TEN, EVENING = at(TODAY, 10), at(TODAY, 17)
MILLION = 100_000_000
NUMBER = "62220001"


@pytest.fixture(autouse=True)
def bound(settings, market):
    """T1 has its account bound, and it is ten in the morning."""
    settings.DEMO = True
    settlement.bind_bank_account(
        holder=market["T1"],
        name=market["T1"].name,
        number=NUMBER,
        law=LAW,
        acting=acts("T1"),
        at=TEN,
    )
    goes_to(TEN)


def text(answer):
    return answer.content.decode()


def post(client, path, **body):
    return client.post(path, json.dumps(body), "application/json")


def withdraw(amount="100.00", reference="r1", code="T1"):
    data = {"form": "withdraw", "reference": reference, "amount": amount}
    return browser(code).post("/money", data)


def suspense(market, fen=777):
    row = ("B1", "deposit", "", fen, "62229999", "=不相识", TEN.isoformat(), "")
    content = written(ADVICE_COLUMNS, [row])
    receive(name="advices-20231122-0001.csv", content=content, acting=acts("bank"), at=TEN)
    return bank.suspense()[0].advice


def closed(market):
    floor = Floor(law=LAW, day=TODAY, acting=acts("exchange"))
    try:
        floor.close_day(at=at(TODAY, 15, 5))
    finally:
        floor.close()
    clearing.serve(day=TODAY, law=LAW, acting=acts("clock"), at=EVENING)
    goes_to(EVENING)


class TestMyMoney:
    def test_a_withdrawal_is_asked_for_and_held_and_the_same_form_twice_is_one(self, market):
        before = money.cash(market["T1"]).available_fen
        for _ in range(2):
            assert withdraw().status_code == 303
        assert money.cash(market["T1"]).available_fen == before - 10_000
        page = text(browser("T1").get("/money"))
        assert "待发送银行" in page
        assert page.count("100.00") >= 1

    def test_too_much_is_refused_with_article_and_input_kept(self, market):
        answer = withdraw("99999999.00")
        assert answer.status_code == 422
        assert "CQ208-A4.1.3" in text(answer)
        assert "99999999.00" in text(answer)

    def test_above_the_limit_a_second_person_approves(self, market):
        withdraw("1000000.01")
        (asked,) = bank.withdrawals(market["T1"])
        assert asked.state == "asked"
        form = {"form": "approve", "reference": "a", "number": asked.order.pk}
        assert browser("T1").post("/money", form).status_code == 422
        assert browser("T1", 2).post("/money", form).status_code == 303
        assert bank.withdrawals(market["T1"])[0].state == "approved"

    def test_it_is_taken_back(self, market):
        withdraw()
        (asked,) = bank.withdrawals(market["T1"])
        form = {"form": "cancel", "reference": "c", "number": asked.order.pk}
        assert browser("T1").post("/money", form).status_code == 303
        assert bank.withdrawals(market["T1"])[0].state == "cancelled"

    def test_another_name_is_not_sent_to_the_bank(self, market):
        form = {"form": "bind", "reference": "b", "holder_name": "别家", "number": "62220009"}
        answer = browser("T1").post("/money", form)
        assert answer.status_code == 422
        assert "别家" in text(answer)

    @pytest.mark.parametrize("code", ["exchange", "bureau", "V1"])
    def test_others_have_no_money_of_their_own(self, code):
        assert browser(code).get("/money").status_code == 403

    def test_signed_out_one_is_led_to_the_sign_in(self):
        answer = Client().get("/money")
        assert (answer.status_code, "next=/money" in answer["Location"]) == (302, True)

    def test_programs_do_the_same(self, market):
        client = browser("T1")
        asked = post(client, "/api/money/withdrawals", amount_fen=500, reference="p1")
        assert (asked.status_code, asked.json()["state"]) == (200, "approved")
        again = post(client, "/api/money/withdrawals", amount_fen=500, reference="p1").json()
        assert again["number"] == asked.json()["number"]
        number = again["number"]
        assert client.get("/api/money/balance").json()["withdrawals_hold_fen"] == 500
        taken = post(client, f"/api/money/withdrawals/{number}/cancel")
        assert taken.json()["state"] == "cancelled"
        late = post(client, f"/api/money/withdrawals/{number}/cancel")
        assert (late.status_code, late.json()["code"]) == (422, "wrong_state")
        stranger = post(browser("E001"), f"/api/money/withdrawals/{number}/cancel")
        assert stranger.status_code == 403 or stranger.json()["code"] == "outside_your_scope"


class TestTheDesk:
    @pytest.mark.parametrize(
        "path", ["", "/suspense", "/files", "/day-end", "/reserve", "/files/1/content"]
    )
    def test_it_is_for_the_exchange_and_those_who_watch(self, market, path):
        suspense(market)
        path = path.replace("1", str(bank.files()[0].pk))
        for code in ("exchange", "bureau", "bank"):
            assert browser(code).get(f"/settlement{path}").status_code == 200
        assert browser("T1").get(f"/settlement{path}").status_code == 403
        assert Client().get(f"/settlement{path}").status_code == 302

    def test_two_persons_decide_what_is_nobodys(self, market):
        item = suspense(market)
        form = {"reference": "x", "number": item.pk, "holder": "T1", "reasons": "银行回单"}
        desk = "/settlement/suspense"
        answer = browser("exchange").post(desk, {"form": "propose_booking", **form})
        assert answer.status_code == 303
        confirm = {"form": "confirm", "reference": "y", "number": item.pk}
        same = browser("exchange").post(desk, confirm)
        assert (same.status_code, "本环节须由他人办理" in text(same)) == (422, True)
        before = money.cash(market["T1"]).available_fen
        assert browser("exchange", 2).post(desk, confirm).status_code == 303
        assert money.cash(market["T1"]).available_fen == before + 777

    def test_the_bureau_is_shown_no_form(self, market):
        suspense(market)
        assert 'name="form"' not in re.sub(
            r"<header.*?</header>",
            "",
            text(browser("bureau").get("/settlement/suspense")),
            flags=re.DOTALL,
        )

    def test_a_broken_file_is_shown_with_row_and_remedy(self, market):
        receive(name="advices-20231122-0009.csv", content=b"\xff", acting=acts("bank"), at=TEN)
        number = bank.files()[0].pk
        page = text(browser("exchange").get(f"/settlement/files/{number}"))
        assert "UTF-8" in page
        assert "另存为" in page
        assert browser("exchange").get("/settlement/files/99999").status_code == 404

    def test_programs_see_where_the_money_is_and_decide(self, market):
        item = suspense(market)
        found = browser("exchange").get("/api/settlement/conservation").json()
        assert (found["holds"], found["suspense_fen"]) == (True, 777)
        path = f"/api/settlement/suspense/{item.pk}"
        client, second = browser("exchange"), browser("exchange", 2)
        assert post(client, f"{path}/propose", reasons="无主").json()["state"] == "return_proposed"
        assert post(client, f"{path}/confirm").status_code == 422
        assert post(second, f"{path}/confirm").json()["state"] == "returning"
        assert post(browser("T1"), f"{path}/confirm").status_code == 403

    def test_the_reserve_is_used_by_two(self, market):
        closed(market)
        fen = money.conservation().reserve_fen
        assert fen > 1
        use = {"form": "use", "reference": "u", "creditor": "T1", "debtor": "E001"}
        desk, amount = "/settlement/reserve", f"{fen / 100:.2f}"
        assert browser("exchange").post(desk, {**use, "amount": amount}).status_code == 303
        number = queries.reserve_uses()[0][0].pk
        approve = {"form": "approve", "reference": "v", "number": number}
        assert browser("exchange").post(desk, approve).status_code == 422
        assert browser("exchange", 2).post(desk, approve).status_code == 303
        assert money.conservation().reserve_fen == 0
        page = text(browser("exchange").get(desk))
        assert "不会发生交收违约" in page


class TestStatements:
    @pytest.fixture(autouse=True)
    def served(self, market):
        closed(market)

    def test_it_is_shown_to_its_owner_and_the_offices_only(self, market):
        path = f"/clearing/{TODAY}/T1"
        for code in ("T1", "exchange", "bureau"):
            page = browser(code).get(path)
            assert page.status_code == 200
            assert "清算单" in text(page)
        assert browser("E001").get(path).status_code == 403
        assert Client().get(path).status_code == 302
        assert browser("T1").get(f"/clearing/{date(2023, 1, 4)}/T1").status_code == 404
        assert browser("T1").get("/clearing/heute/T1").status_code == 404

    def test_it_is_taken_away_as_table_and_as_paper(self, market):
        client, path = browser("T1"), f"/clearing/{TODAY}/T1"
        table = text(client.get(f"{path}/statement.csv"))
        assert "balance,,opening" in table
        assert client.get(f"{path}/statement.xlsx").status_code == 200
        answer = client.post(path, {"form": "paper", "reference": "p"})
        assert answer.status_code == 303
        pdf = client.get(f"{answer['Location']}/file.pdf")
        assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")
        assert browser("E001").get(f"{answer['Location']}/file.pdf").status_code == 403

    def test_an_objection_is_made_and_decided(self, market):
        path = f"/clearing/{TODAY}/T1"
        form = {"form": "object", "reference": "o", "text": "手续费有误"}
        assert browser("T1").post(path, form).status_code == 303
        assert "手续费有误" in text(browser("exchange").get("/settlement/day-end"))
        number = queries.objections()[0].objection.pk
        decide = {
            "form": "decide",
            "reference": "d",
            "number": number,
            "upheld": "no",
            "reasons": "费率公开",
        }
        answer = browser("exchange").post("/settlement/day-end", decide)
        assert answer.status_code == 303
        assert "费率公开" in text(browser("T1").get(path))

    def test_after_the_next_opening_there_is_no_form(self, market):
        goes_to(at(date(2023, 11, 23), 9, 30))
        page = text(browser("T1").get(f"/clearing/{TODAY}/T1"))
        assert "视为认可" in page
        assert 'value="object"' not in page

    def test_programs_read_and_object(self, market):
        path = f"/api/money/statements/{TODAY}/T1"
        told = browser("T1").get(path).json()
        assert told["state"] == "served"
        assert browser("E001").get(path).status_code == 403
        assert browser("T1").get("/api/money/statements/2023-01-04/T1").status_code == 404
        objected = post(browser("T1"), f"{path}/objection", text="有误")
        assert objected.json()["state"] == "filed"
        decided = post(browser("exchange"), f"{path}/decision", upheld=True, reasons="属实")
        assert decided.json()["state"] == "upheld"
        assert (
            post(browser("bureau"), f"{path}/decision", upheld=True, reasons="x").status_code == 403
        )

    def test_programs_see_the_days_and_serve(self, market):
        (day,) = browser("exchange").get("/api/settlement/days").json()
        assert day["day"] == str(TODAY)
        again = post(browser("exchange"), f"/api/settlement/days/{TODAY}/serve").json()
        assert again == day


class TestPublished:
    AFTER = at(date(2023, 12, 1), 10)

    @pytest.fixture(autouse=True)
    def over(self, market):
        closed(market)
        close_books(acts, TODAY, 18)
        goes_to(self.AFTER)

    def publish(self, code="exchange", **given):
        data = {"form": "publish", "reference": "p", "kind": "month", "day": str(TODAY), **given}
        return browser(code).post("/market-reports", data)

    def test_everybody_reads_the_fees(self):
        page = text(Client().get("/fees"))
        assert "0.70" in page
        told = [(row["method"], row["side"]) for row in Client().get("/api/money/fees").json()]
        assert told == [(method, side) for method in Method for side in ("buyer", "seller")]

    def test_a_report_is_published_for_everybody(self):
        assert "尚未公布" in text(browser("exchange").get("/market-reports"))
        answer = self.publish(analysis="成交平稳 <b>")
        assert answer.status_code == 303
        page = text(Client().get(answer["Location"]))
        assert "成交平稳 &lt;b&gt;" in page
        assert Client().get(f"{answer['Location']}/report.csv").status_code == 200
        paper = browser("exchange").post(answer["Location"], {"form": "paper", "reference": "q"})
        pdf = browser("bureau").get(f"{paper['Location']}/file.pdf")
        assert pdf.content[:5] == b"%PDF-"
        (told,) = Client().get("/api/money/market-reports").json()
        assert (told["kind"], told["start_date"]) == ("month", "2023-11-01")

    def test_before_the_end_of_the_period_it_is_refused_with_its_article(self):
        answer = self.publish(kind="year")
        assert answer.status_code == 422
        assert "CQVER-36.2" in text(answer)

    @pytest.mark.parametrize("code", ["bureau", "T1"])
    def test_others_are_shown_no_form_and_publish_nothing(self, code):
        assert 'value="publish"' not in text(browser(code).get("/market-reports"))
        self.publish(code)
        assert queries.market_report(PeriodKind.MONTH, date(2023, 11, 1)) is None
        body = {"kind": "month", "day": str(TODAY)}
        assert post(browser(code), "/api/money/market-reports", **body).status_code == 403

    @pytest.mark.parametrize("path", ["month/2023-01-01", "decade/2023-01-01", "month/x"])
    def test_what_is_not_published_is_not_found(self, path):
        assert Client().get(f"/market-reports/{path}").status_code == 404


def test_without_a_cash_account_the_page_says_so(market):
    from openets.parties import operations as parties
    from openets.parties.operations import NewOrganisation
    from openets.parties.roles import Role

    new = NewOrganisation("T9", "新投资机构", Role.INVESTOR)
    parties.register_organisations([new], law=LAW, acting=acts("bureau"), at=TEN)
    page = browser("T9").get("/money")
    assert page.status_code == 200
    assert "尚未开立资金账户" in text(page)
