"""Pages and interface of the movements of units: who sees and does what."""

import json
from datetime import date
from functools import partial

import pytest
from django.urls import reverse

from openets.casework.models import Case
from openets.journal import operations as journal
from openets.kernel.clock import at
from openets.parties import operations as parties
from openets.parties.models import Person
from openets.registry import queries as holdings
from openets.registry.models import Certificate, Filing, Transaction
from tests.web.market import acts

EARLY = at(date(2023, 3, 1))

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]


@pytest.fixture
def as_(client, market):
    """A client signed in as the person of a number of an organisation."""

    def sign_in(code, person=1):
        username = f"{code}-{person}"
        found = Person.objects.filter(username=username).first()
        if found is None:
            parties.add_member(
                username=username,
                display_name=username,
                organisation=market[code],
                acting=acts("bureau"),
                at=EARLY,
            )
            found = Person.objects.get(username=username)
        client.force_login(found)
        return client

    return sign_in


def held_t(market, code, account="registry"):
    return sum(h.available_t for h in holdings.holdings(market[code]) if h.account_kind == account)


def send(client, address, **data):
    return client.post(address, {"reference": "r1", **data})


def post(client, address, **body):
    return client.post(address, json.dumps(body), content_type="application/json")


class TestForEverybody:
    @pytest.mark.parametrize("name", ["transaction_kinds", "certificates"])
    def test_the_kinds_and_the_check_of_a_certificate_need_no_sign_in(self, client, name):
        assert client.get(reverse(name)).status_code == 200

    def test_the_table_tells_each_kind_with_its_checks_articles_and_delay(self, client):
        page = client.get(reverse("transaction_kinds")).content.decode()
        assert all(word in page for word in ("自愿注销", "非交易过户", "差错更正", "假定"))
        rows = {row["kind"]: row for row in client.get("/api/registry/kinds").json()}
        assert rows["transfer"]["approved_by"] == "市生态环境局"
        assert rows["transfer"]["delay_working_days"] == 0
        assert rows["issue"]["delay_working_days"] is None
        numbers = [check["number"] for check in rows["transfer"]["checks"]]
        assert numbers == sorted(numbers)

    def test_an_unknown_code_is_answered_with_404_and_words(self, client):
        page = client.get(reverse("certificate", args=["AAAABBBBCCCCDDDD"]))
        assert page.status_code == 404
        assert "AAAA-BBBB-CCCC-DDDD" in page.content.decode()
        told = client.get("/api/registry/certificates/AAAABBBBCCCCDDDD")
        assert (told.status_code, told.json()["code"]) == (404, "no_such_certificate")

    def test_a_typed_code_leads_to_its_page(self, client):
        answer = client.get(reverse("certificates"), {"code": "aaaa-bbbb-cccc-ddd0"})
        assert answer.url == reverse("certificate", args=["AAAABBBBCCCCDDDO"])


class TestOwnUnits:
    def test_a_holder_moves_units_on_a_page_once(self, as_, market):
        client, before = as_("E001"), held_t(market, "E001", "trading")
        for _ in range(2):
            answer = send(
                client,
                reverse("own_moves"),
                form="move",
                kind="move_to_trading",
                units="allowance/2021",
                amount="1,000",
            )
            assert answer.status_code == 303
        assert held_t(market, "E001", "trading") == before + 1000

    def test_a_refusal_stands_above_the_form_with_its_article(self, as_):
        answer = send(
            as_("E001"),
            reverse("own_moves"),
            form="move",
            kind="move_to_trading",
            units="allowance/2021",
            amount="99999999",
        )
        assert answer.status_code == 422
        assert "CQETS-5.2b" in answer.content.decode()

    @pytest.mark.requirement("AMB-30")
    def test_a_holder_chooses_the_lots_of_what_it_moves_or_cancels(self, as_):
        client, lot = as_("E001"), "CQ/allowance/2021/free"
        page = client.get(reverse("own_moves")).content.decode()
        assert page.count(f'value="{lot}"') == 2
        common = {"units": "allowance/2021", "amount": "10", "lots": [lot]}
        for form in ({"form": "move", "kind": "move_to_trading"}, {"form": "cancel"}):
            assert send(client, reverse("own_moves"), **form, **common).status_code == 303
        another = common | {"lots": ["CQ/allowance/2022/free"]}
        for form in ({"form": "move", "kind": "move_to_trading"}, {"form": "cancel"}):
            answer = send(client, reverse("own_moves"), **form, **another)
            assert answer.status_code == 422
            assert "CQETS-33.i3" in answer.content.decode()

    def test_a_lot_of_which_too_little_is_held_is_refused_with_the_numbers(self, as_):
        chosen = {"units": "allowance/2021", "lots": ["CQ/allowance/2021/free"]}
        form = {"form": "move", "kind": "move_to_trading", "amount": "9,000,000", **chosen}
        answer = send(as_("E001"), reverse("own_moves"), **form)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "9,000,000" in page
        assert "CQETS-5.2b" in page

    @pytest.mark.requirement("AMB-30")
    def test_a_program_names_the_lots(self, as_):
        body = {"unit": "allowance", "amount_t": 5, "lots": ["CQ/allowance/2022/free"]}
        moves = partial(post, as_("E001"), "/api/registry/moves", to="trading", **body)
        told = moves(reference="api-lot").json()
        assert [part["lot"] for part in told["parts"]] == body["lots"]
        told = post(as_("E001"), "/api/registry/cancellations", reference="api-lot", **body).json()
        assert [part["lot"] for part in told["parts"]] == body["lots"]
        refused = moves(reference="api-no-lot", lots=["no such lot"])
        assert (refused.status_code, refused.json()["code"]) == (422, "no_such_lot")

    def test_units_that_are_not_held_cannot_be_chosen(self, as_):
        answer = send(
            as_("E001"),
            reverse("own_moves"),
            form="move",
            kind="move_to_trading",
            units="cqcer/1999",
            amount="1",
        )
        assert answer.status_code == 422

    @pytest.mark.parametrize("code", ["bureau", "exchange", "bank"])
    def test_others_have_no_own_units_to_move(self, as_, code):
        client = as_(code)
        assert client.get(reverse("own_moves")).status_code == 403
        told = post(
            client, "/api/registry/moves", to="trading", unit="allowance", amount_t=1, reference="x"
        )
        assert told.status_code == 403

    def test_signed_out_one_is_asked_to_sign_in(self, client):
        assert client.get(reverse("own_moves")).status_code == 302
        body = {"to": "trading", "unit": "allowance", "amount_t": 1, "reference": "x"}
        assert post(client, "/api/registry/moves", **body).status_code == 401

    def test_a_program_moves_units_once(self, as_, market):
        client, before = as_("E001"), held_t(market, "E001", "trading")
        body = {
            "to": "trading",
            "unit": "allowance",
            "vintage_year": 2021,
            "amount_t": 5,
            "reference": "api-1",
        }
        told = [post(client, "/api/registry/moves", **body) for _ in range(2)]
        assert [answer.status_code for answer in told] == [200, 200]
        assert told[0].json() == told[1].json()
        assert held_t(market, "E001", "trading") == before + 5
        again = post(client, "/api/registry/moves", **body | {"amount_t": 6})
        assert (again.status_code, again.json()["code"]) == (422, "reference_reused")

    @pytest.mark.requirement("CQETS-5.2c")
    def test_a_cancellation_leads_to_a_certificate_that_everybody_can_verify(self, as_, client):
        answer = send(
            as_("E001"),
            reverse("own_moves"),
            form="cancel",
            units="allowance/2021",
            amount="10",
            beneficiary="合成赛事",
            reason="赛事碳中和",
        )
        assert answer.status_code == 303
        made = Certificate.objects.get(beneficiary="合成赛事")
        assert answer.url == reverse("certificate", args=[made.code])
        journal.seal(at=EARLY)
        client.logout()
        page = client.get(answer.url)
        assert page.status_code == 200
        for words in ("合成赛事", "涪江水泥厂", "属实", "校验通过", "CQ/allowance/2021/free"):
            assert words in page.content.decode()
        told = client.get(f"/api/registry/certificates/{made.code}").json()
        assert (told["holds"], told["batch_verifies"], told["amount_t"]) == (True, True, 10)

    def test_a_program_cancels_and_gets_the_certificate(self, as_):
        body = {"unit": "allowance", "vintage_year": 2021, "amount_t": 3, "reference": "api-c"}
        told = post(as_("E001"), "/api/registry/cancellations", **body).json()
        assert (told["amount_t"], told["journal_agrees"]) == (3, True)


FILED = {
    "form": "file",
    "kind": "transfer",
    "holder": "E001",
    "account": "registry",
    "receiver": "T1",
    "unit": "allowance",
    "vintage_year": "2021",
    "amount": "100",
    "basis": "court_ruling",
    "document": "（2023）渝01执1号",
}


class TestApproval:
    def filed(self, as_, **otherwise):
        answer = send(as_("registry"), reverse("new_filing"), **FILED | otherwise)
        assert answer.status_code == 303, answer.content.decode()
        return Filing.objects.latest("id")

    @pytest.mark.requirement("CQETS-5.4b")
    def test_filed_by_the_operator_approved_by_the_bureau(self, as_, market):
        before = held_t(market, "T1")
        filing = self.filed(as_)
        page = reverse("filing", args=[filing.pk])
        assert "批准" in as_("bureau", 2).get(page).content.decode()
        answer = send(as_("bureau", 2), page, form="approve")
        assert (answer.status_code, answer.url) == (303, page)
        assert held_t(market, "T1") == before + 100
        done = Transaction.objects.latest("id")
        shown = as_("registry").get(reverse("transaction", args=[done.pk])).content.decode()
        assert f'href="{page}"' in shown
        assert "反向登记" in shown

    @pytest.mark.requirement("AMB-30")
    def test_the_operator_may_name_the_lots(self, as_):
        filing = self.filed(as_, vintage_year="", lots="CQ/allowance/2022/free")
        assert [part[0] for part in filing.parts] == ["CQ/allowance/2022/free"]
        unknown = FILED | {"lots": "CQ/allowance/1999/free"}
        answer = send(as_("registry"), reverse("new_filing"), **unknown)
        assert answer.status_code == 422
        assert "CQ/allowance/1999/free" in answer.content.decode()

    @pytest.mark.requirement("CQETS-17")
    def test_a_sale_is_refused_with_its_article(self, as_):
        answer = send(as_("registry"), reverse("new_filing"), **FILED | {"basis": "sale"})
        assert answer.status_code == 422
        assert "CQETS-17" in answer.content.decode()

    def test_an_unknown_receiver_is_named_beside_its_field(self, as_):
        answer = send(as_("registry"), reverse("new_filing"), **FILED | {"receiver": "X9"})
        assert answer.status_code == 422
        assert "X9" in answer.content.decode()

    def test_the_bureau_rejects_with_reasons_and_the_operator_withdraws(self, as_):
        page = reverse("filing", args=[self.filed(as_).pk])
        assert send(as_("bureau", 2), page, form="reject", why="").status_code == 422
        assert send(as_("bureau", 2), page, form="reject", why="依据不足").status_code == 303
        other = self.filed(as_, reference="r2")
        page = reverse("filing", args=[other.pk])
        assert send(as_("registry"), page, form="withdraw").status_code == 303
        assert Case.objects.get(subject=other.subject).state == "withdrawn"

    def test_a_movement_is_reversed_from_its_own_page(self, as_):
        filing = self.filed(as_)
        send(as_("bureau", 2), reverse("filing", args=[filing.pk]), form="approve")
        done = Transaction.objects.latest("id")
        answer = send(
            as_("registry"),
            reverse("transaction", args=[done.pk]),
            form="opposite",
            kind="reversal",
            amount="40",
            basis="decision",
            document="渝环决2号",
        )
        assert answer.status_code == 303
        back = Filing.objects.latest("id")
        assert (back.undoes, back.amount_t) == (done, 40)

    def test_only_operators_file_and_only_who_is_concerned_sees_it(self, as_):
        filing = self.filed(as_)
        page = reverse("filing", args=[filing.pk])
        for code, status in {"E001": 200, "T1": 200, "E003": 404, "exchange": 403}.items():
            assert as_(code).get(page).status_code == status, code
        for code in ("E001", "bureau", "exchange"):
            assert as_(code).get(reverse("new_filing")).status_code == 403, code

    def test_programs_file_approve_and_undo_alike(self, as_):
        body = {
            "kind": "transfer",
            "holder": "1",
            "receiver": "T1",
            "unit": "allowance",
            "amount_t": 7,
            "basis": "inheritance",
            "document": "公证书1号",
            "reference": "api-f",
        }
        assert post(as_("E001"), "/api/registry/filings", **body).status_code == 403
        filed = post(as_("registry"), "/api/registry/filings", **body).json()
        assert filed["state"] == "filed"
        address = f"/api/registry/filings/{filed['number']}"
        assert post(as_("registry"), f"{address}/approve").status_code == 403
        done = post(as_("bureau", 2), f"{address}/approve").json()
        assert (done["state"], done["amount_t"]) == ("executed", 7)
        back = post(
            as_("registry"),
            f"/api/registry/transactions/{done['transaction']}/opposite",
            kind="correction",
            amount_t=7,
            basis="error",
            document="差错单1号",
            reference="api-o",
        ).json()
        assert back["undoes"] == done["transaction"]
        address = f"/api/registry/filings/{back['number']}"
        assert (
            post(as_("bureau", 2), f"{address}/reject", why="无差错").json()["state"] == "rejected"
        )


class TestRegister:
    def test_offices_see_all_and_filter_holders_see_their_own(self, as_):
        everything = as_("registry").get("/api/registry/transactions").json()
        issues = as_("registry").get("/api/registry/transactions", {"kind": "issue"}).json()
        assert {row["kind"] for row in issues} == {"issue"}
        assert len(issues) < len(everything)
        own = as_("E001").get("/api/registry/transactions").json()
        assert own
        assert all("E001" in row["debit"] + row["credit"] for row in own)
        assert as_("E003").get("/api/registry/transactions").json() == []
        page = as_("registry").get(reverse("transactions"), {"kind": "issue", "q": "水泥"})
        assert "涪江水泥厂" in page.content.decode()
        assert "HYPERLINK" not in page.content.decode()

    def test_anothers_movement_is_not_found(self, as_):
        foreign = Transaction.objects.filter(credit__holder__code="E001").first()
        address = reverse("transaction", args=[foreign.pk])
        assert as_("E001").get(address).status_code == 200
        assert as_("E003").get(address).status_code == 404
        told = as_("E003").get(f"/api/registry/transactions/{foreign.pk}")
        assert told.status_code == 404

    @pytest.mark.parametrize("name", ["transactions", "filings"])
    def test_the_bank_sees_neither(self, as_, name):
        assert as_("bank").get(reverse(name)).status_code == 403

    def test_signed_out_one_is_asked_to_sign_in(self, client):
        for name in ("transactions", "filings", "new_filing"):
            assert client.get(reverse(name)).status_code == 302
        assert client.get("/api/registry/transactions").status_code == 401
