"""Operating rules, operating reports and assistance, as people use them on their pages."""

from datetime import date

import pytest
from django.test import Client

from openets.kernel.clock import at
from openets.parties import operations as parties
from openets.parties.models import Membership, Organisation
from openets.parties.operations import NewOrganisation
from openets.parties.roles import Role
from openets.supervision import assistance, rules
from openets.supervision.models import OperatingReport, RuleVersion
from tests.web.market import LAW, acts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]

LATER = "2099-01-01"


@pytest.fixture(autouse=True)
def demo(settings):
    settings.DEMO = True


@pytest.fixture
def regulator():
    moment = at(date(2023, 3, 1))
    new = [NewOrganisation("regulator", "金融监管部门", Role.FINANCIAL_REGULATOR)]
    made = parties.register_organisations(new, law=LAW, acting=acts("bureau"), at=moment)
    parties.add_member(
        username="regulator-1",
        display_name="经办",
        organisation=made["regulator"],
        acting=acts("bureau"),
        at=moment,
    )


def signed_in(code):
    client = Client()
    client.force_login(Membership.objects.get(organisation__code=code).person)
    return client


def text(answer):
    return answer.content.decode()


def draft(code="registry"):
    form = {"form": "draft", "reference": "r", "title": "规则", "text": "第一条 <b>"}
    answer = signed_in(code).post("/operating-rules", form)
    assert answer.status_code == 303
    return answer.url


def send(code, address, form, **data):
    return signed_in(code).post(address, {"form": form, "reference": "r", **data})


@pytest.mark.requirement("CQETS-5.2")
class TestRules:
    def test_from_draft_to_publication(self, client):
        address = draft()
        assert client.get(address).status_code == 404
        assert send("registry", address, "submit").status_code == 303
        assert send("bureau", address, "approve", effective_date=LATER).status_code == 303
        assert send("registry", address, "publish").status_code == 303
        page = text(client.get(address))
        assert "已发布" in page
        assert "第一条 &lt;b&gt;" in page
        assert address in text(client.get("/operating-rules"))

    def test_a_day_in_the_past_is_refused_beside_its_field(self):
        address = draft()
        send("registry", address, "submit")
        answer = send("bureau", address, "approve", effective_date="2020-01-01")
        assert answer.status_code == 422
        assert "CQETS-5.2" in text(answer)
        assert rules.state(RuleVersion.objects.get()) == "submitted"

    def test_the_author_is_offered_no_approval(self):
        address = draft()
        send("registry", address, "submit")
        assert 'value="approve"' not in text(signed_in("registry").get(address))
        send("registry", address, "approve", effective_date=LATER)
        assert rules.state(RuleVersion.objects.get()) == "submitted"

    @pytest.mark.parametrize("code", ["E001", "T1"])
    def test_others_neither_see_a_draft_nor_write_one(self, code):
        address = draft()
        assert signed_in(code).get(address).status_code == 404
        send(code, "/operating-rules", "draft", title="a", text="b")
        assert RuleVersion.objects.count() == 1

    @pytest.mark.requirement("CQETS-5.3")
    @pytest.mark.usefixtures("regulator")
    def test_trading_rules_need_both_authorities(self):
        address = draft("exchange")
        send("exchange", address, "submit")
        send("bureau", address, "approve", effective_date=LATER)
        assert 'value="publish"' not in text(signed_in("exchange").get(address))
        send("regulator", address, "approve", effective_date=LATER)
        assert send("exchange", address, "publish").status_code == 303


class TestReports:
    def test_without_an_interval_the_page_says_so(self):
        page = text(signed_in("registry").get("/operating-reports"))
        assert "not_set" in page

    def test_a_report_is_refused_with_its_reason_and_nothing_is_filed(self):
        form = {"start": "2023-10-01", "end": "2023-10-31"}
        answer = send("registry", "/operating-reports", "report", **form)
        assert answer.status_code == 422
        assert not OperatingReport.objects.exists()

    @pytest.mark.parametrize("code", ["E001", "T1", "D-涪陵区"])
    def test_it_is_no_page_of_others(self, code):
        assert signed_in(code).get("/operating-reports").status_code == 403


@pytest.mark.requirement("CQ208-5.2")
class TestAssistance:
    def assign(self, number=1, contact="D-涪陵区-1"):
        return send("bureau", "/assistance", "assign", number=number, contact=contact)

    def test_a_question_is_asked_and_answered(self):
        assert "尚未指定联系人" in text(signed_in("E001").get("/assistance"))
        assert self.assign().status_code == 303
        assert send("E001", "/assistance", "ask", text="怎么办？").status_code == 303
        (question,) = assistance.questions_for("D-涪陵区-1")
        assert "怎么办？" in text(signed_in("D-涪陵区").get("/assistance"))
        answer = {"question": question.pk, "text": "这样办"}
        assert send("D-涪陵区", "/assistance", "answer", **answer).status_code == 303
        assert "这样办" in text(signed_in("E001").get("/assistance"))

    def test_who_has_nobody_to_ask_is_told_so_and_is_listed(self):
        answer = send("E001", "/assistance", "ask", text="怎么办？")
        assert answer.status_code == 422
        assert "CQ208-5.2" in text(answer)
        assert "怎么办？" in text(answer)
        assert "涪江水泥厂" in text(signed_in("bureau").get("/assistance"))

    def test_an_unknown_account_is_refused_beside_its_field(self):
        answer = self.assign(contact="nobody")
        assert answer.status_code == 422
        assert "没有账号 nobody" in text(answer)

    def test_a_district_cannot_assign(self):
        send("D-涪陵区", "/assistance", "assign", number=1, contact="D-涪陵区-1")
        assert assistance.contact_of(Organisation.objects.get(code="E001")) is None

    @pytest.mark.parametrize("code", ["registry", "T1"])
    def test_it_is_no_page_of_others(self, code):
        assert signed_in(code).get("/assistance").status_code == 403
