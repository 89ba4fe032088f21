"""The directory, an organisation and its people: seen in reach, changed by the bureau."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from openets.journal import queries as journal
from openets.kernel.clock import at
from openets.parties import operations as parties
from openets.parties import queries
from openets.parties.models import FormerName, Membership, Organisation, Person, Succession
from tests.web.market import TODAY, acts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]

JSON = "application/json"
GOOD_CODE = "91500000MA5U6DNN7A"


def words(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def client_of(code):
    client = Client()
    client.force_login(Person.objects.get(username=f"{code}-1"))
    return client


def register(client, **changes):
    form = {"form": "register", "reference": "r", "code": "N1", "title": "新能源有限公司"}
    form |= {"role": "investor", "district": "", "industry": "", "credit_code": ""} | changes
    return client.post("/organisations/new", form)


def send(client, path, form, **data):
    return client.post(path, {"form": form, "reference": "r", **data})


def good_code():
    from stdnum.cn import uscc

    base = "91500000MA5U6DNN7"
    return base + uscc.calc_check_digit(base)


class TestDirectory:
    @pytest.mark.requirement("CQETS-4", "CQETS-4.6")
    def test_each_reads_what_they_reach(self):
        page = words(client_of("bureau").get("/organisations"))
        assert all(name in page for name in ("涪江水泥厂", "长江造纸厂", "投资机构", "交易机构"))
        page = words(client_of("D-涪陵区").get("/organisations"))
        assert all(name in page for name in ("涪江水泥厂", "长江造纸厂"))
        assert "投资机构" not in page
        page = words(client_of("T1").get("/organisations"))
        assert "投资机构" in page
        assert "涪江水泥厂" not in page
        items = client_of("D-涪陵区").get("/api/organisations").json()["items"]
        assert {item["code"] for item in items} == {"E001", "E003", "D-涪陵区"}

    def test_it_is_searched_by_name_code_and_role(self):
        client = client_of("bureau")
        for text, role, found in (
            ("水泥", "", ["E001"]),
            ("e00", "", ["E001", "E002", "E003"]),
            ("", "bank", ["bank"]),
        ):
            items = client.get("/api/organisations", {"text": text, "role": role}).json()["items"]
            assert [item["code"] for item in items] == found
            page = words(client.get("/organisations", {"text": text, "role": role}))
            assert f"共 {len(found)} 条" in page

    def test_authorities_that_end_soon_stand_on_top(self):
        Membership.objects.filter(organisation__code="E002").update(
            until_date=TODAY + timedelta(days=30)
        )
        assert "即将到期的授权" in words(client_of("bureau").get("/organisations"))
        assert "即将到期的授权" not in words(client_of("D-涪陵区").get("/organisations"))


class TestRegistering:
    def test_the_bureau_registers_and_is_led_to_the_page(self):
        client, code = client_of("bureau"), good_code()
        answer = register(client, credit_code=code)
        assert (answer.status_code, answer["Location"]) == (303, "/organisations/N1")
        page = words(client.get("/organisations/N1"))
        assert "新能源有限公司" in page
        assert code in page
        assert "单位已登记" in page
        assert register(client, credit_code=code).status_code == 303, "the same twice is once"
        assert journal.trail("N1").count() == 1

    def test_a_wrong_check_digit_is_shown_beside_the_field_with_the_input_kept(self):
        code = good_code()
        wrong = code[:-1] + ("1" if code[-1] != "1" else "2")
        answer = register(client_of("bureau"), credit_code=wrong)
        assert answer.status_code == 422
        assert answer.content.decode().count("末位为校验码）") == 2
        assert wrong in answer.content.decode()
        assert not Organisation.objects.filter(code="N1").exists()

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"code": "E001"}, "已被其他单位使用"),
            ({"role": "key_emitting_entity"}, "CQETS-2"),
            ({"code": "a/b"}, "只能用文字"),
            ({"district": "北京市"}, "北京市"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, changes, said):
        answer = register(client_of("bureau"), **changes)
        assert answer.status_code == 422
        assert said in words(answer)

    def test_nobody_else_registers(self):
        for code in ("D-涪陵区", "registry", "E001"):
            assert register(client_of(code)).status_code == 403
        assert register(Client())["Location"] == "/sign-in?next=/organisations/new"


class TestOrganisation:
    def test_it_shows_former_names_successors_and_designations(self, market):
        one, other = market["E001"], market["E003"]
        FormerName.objects.create(organisation=one, name="老水泥厂", until_date=TODAY)
        Succession.objects.create(
            predecessor=one, successor=other, effective_date=TODAY, takes_duties=True
        )
        page = words(client_of("E001").get("/organisations/E001"))
        assert all(text in page for text in ("老水泥厂", "长江造纸厂", "承担义务", "水泥制造行业"))

    @pytest.mark.requirement("CQETS-5")
    def test_the_bureau_designates_the_exchange_on_its_page_and_nobody_else_does(self):
        client = client_of("bureau")
        form = {"from_date": TODAY.isoformat()}
        assert send(client, "/organisations/exchange", "designate", **form).status_code == 303
        assert queries.designated("exchange_operator", TODAY).code == "exchange"
        assert f"指定起始日 CQETS-5 {TODAY}" in words(client.get("/organisations/exchange"))
        assert "指定起始日" not in words(client.get("/organisations/bank"))
        refused = send(client_of("exchange"), "/organisations/exchange", "designate", **form)
        assert refused.status_code == 403
        body = {"from_date": "2023-11-23"}
        path = "/api/organisations/{}/designation"
        assert client.post(path.format("registry"), body, JSON).status_code == 200
        refusal = client.post(path.format("bank"), body, JSON)
        assert (refusal.status_code, refusal.json()["code"]) == (422, "not_designable")

    @pytest.mark.requirement("CQETS-4.6")
    def test_another_organisation_is_not_seen(self):
        for code, path in (("T1", "E001"), ("E001", "E002"), ("D-涪陵区", "E002")):
            client = client_of(code)
            assert client.get(f"/organisations/{path}").status_code == 403
            assert client.get(f"/api/organisations/{path}/people").status_code == 403
        assert client_of("bureau").get("/organisations/nobody").status_code == 404
        assert client_of("bureau").get("/api/organisations/nobody").status_code == 404


class TestPeople:
    def add(self, client, code="E001", **changes):
        form = {"username": "wang", "display_name": "王某", "mobile": "13800000001", "email": ""}
        form |= {
            "capacity": "representative",
            "basis": "授权书1号",
            "from_date": "",
            "until_date": "",
        }
        return send(client, f"/organisations/{code}", "add_member", **form | changes)

    def test_a_representative_is_registered_and_shown_to_the_organisation(self):
        client = client_of("bureau")
        answer = self.add(client)
        assert answer["Location"] == "/organisations/E001/people/wang"
        page = words(client_of("E001").get("/organisations/E001"))
        assert all(text in page for text in ("王某", "主要联系人", "授权书1号", "13800000001"))
        assert self.add(client).status_code == 303, "the same twice is once"
        second = self.add(client, username="li", display_name="李某", mobile="")
        assert second.status_code == 422
        assert "已有主要联系人 王某" in words(second)
        shared = self.add(client, username="li", display_name="李某", capacity="member")
        assert "不得共用" in words(shared)

    def test_an_own_organisation_reads_and_changes_nothing(self):
        client = client_of("E001")
        page = words(client.get("/organisations/E001"))
        assert "人员与授权" in page
        assert "登记人员" not in page
        assert self.add(client).status_code == 403
        assert client.get("/organisations/E001/people/E001-1").status_code == 403
        body = {"username": "wang", "display_name": "王某"}
        refused = client.post("/api/organisations/E001/people", body, JSON)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_granted")

    def test_an_authority_is_ended_and_not_in_the_past(self):
        client, path = client_of("bureau"), "/organisations/E001/people/E001-1"
        late = send(client, path, "end", until_date=(TODAY - timedelta(days=1)).isoformat())
        assert late.status_code == 422
        assert "不能追溯" in words(late)
        done = send(client, path, "end", until_date=TODAY.isoformat())
        assert done["Location"] == "/organisations/E001"
        assert "已终止" in words(client.get("/organisations/E001"))
        again = send(client, path, "end", until_date=TODAY.isoformat())
        assert again.status_code == 422

    def test_one_person_hands_over_to_another(self):
        client = client_of("bureau")
        form = {"username": "wang", "display_name": "王某", "on_date": "2023-12-01"}
        path = "/organisations/E001/people/E001-1"
        assert send(client, path, "hand_over", **form).status_code == 303
        people = client.get("/api/organisations/E001/people").json()
        assert [(p["username"], p["from_date"], p["until_date"]) for p in people] == [
            ("wang", "2023-12-01", None),
            ("E001-1", "2023-03-01", "2023-12-01"),
        ]

    def test_an_invitation_is_shown_once_and_mailed_to_whoever_has_an_address(self, capsys):
        client, path = client_of("bureau"), "/organisations/E001/people/E001-1"
        Person.objects.filter(username="E001-1").update(email="one@example.org")
        capsys.readouterr()
        answer = send(client, path, "invite")
        link = re.search(r"http://testserver(/invitation/[\w-]+)", answer.content.decode())[1]
        assert link in capsys.readouterr().out
        assert "E001-1" in words(Client().get(link))
        page = words(client.get(path))
        assert link not in page
        assert "现有链接有效至 2023-11-29" in page

    def test_the_interface_does_the_same(self):
        client, path = client_of("bureau"), "/api/organisations/E001/people"
        body = {"username": "wang", "display_name": "王某", "capacity": "alternate"}
        for _ in range(2):
            people = client.post(path, body, JSON).json()
            assert [p["username"] for p in people] == ["wang", "E001-1"]
        refused = client.post(path, body | {"capacity": "member"}, JSON)
        assert (refused.status_code, refused.json()["code"]) == (422, "acts_otherwise")
        handed = {"username": "li", "display_name": "李某", "on_date": TODAY.isoformat()}
        people = client.post(f"{path}/wang/hand-over", handed, JSON).json()
        assert [p["username"] for p in people if p["in_force"]] == ["li", "E001-1"]
        ended = client.post(f"{path}/li/end", {"until_date": TODAY.isoformat()}, JSON).json()
        assert [p["username"] for p in ended if p["in_force"]] == ["E001-1"]
        invited = client.post(f"{path}/li/invitation", {}, JSON).json()
        assert Client().get(invited["link"].removeprefix("http://testserver")).status_code == 200
        assert (
            client.post(f"{path}/nobody/end", {"until_date": "2023-12-01"}, JSON).status_code == 404
        )


def test_the_bureau_appoints_for_a_member_of_any_district(market):
    acting = acts("bureau")
    for code in ("E001", "E002"):
        parties.add_member(
            username=f"{code}-9",
            display_name="经办",
            organisation=market[code],
            acting=acting,
            at=at(TODAY),
        )
    assert Membership.objects.filter(person__username__endswith="-9").count() == 2
