"""Signing in: by password, by invitation, by a forgotten password's link, and in the demo."""

import json
import re
from datetime import date, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from openets.kernel.clock import MARKET_ZONE, at
from openets.parties import operations as parties
from openets.parties.models import AccessToken, Membership, Person
from tests.web.market import LAW, acts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]

PASSWORD = "correct horse battery"
NOW = at(date(2023, 11, 22), 15)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def in_earnest(settings, monkeypatch):
    """No demo, and a market day of the small market."""
    settings.DEMO = False
    monkeypatch.setattr("openets.web.clock.timezone.now", lambda: NOW)


@pytest.fixture
def person():
    one = Person.objects.get(username="E001-1")
    one.mobile, one.email = "13800000001", "one@example.org"
    one.set_password(PASSWORD)
    one.save()
    return one


def words(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def sign_in(client, login="E001-1", password=PASSWORD, following=""):
    return client.post("/sign-in", {"login": login, "password": password, "next": following})


def signed_in(code):
    client = Client()
    client.force_login(Person.objects.get(username=f"{code}-1"))
    return client


def join(market, code, username="E001-1", **terms):
    return parties.add_member(
        username=username,
        display_name=Person.objects.get(username=username).display_name,
        organisation=market[code],
        acting=acts("bureau"),
        at=NOW,
        **terms,
    )


class TestPassword:
    @pytest.mark.parametrize(
        "login", ["E001-1", "13800000001", "one@example.org", "ONE@example.org"]
    )
    def test_one_person_signs_in_by_any_of_their_three_names(self, client, person, login):
        answer = sign_in(client, login, following="/to-do")
        assert (answer.status_code, answer["Location"]) == (302, "/to-do")
        assert "E001-1" in words(client.get("/to-do"))

    def test_a_wrong_password_and_an_unknown_account_are_told_alike(self, client, person):
        for login in ("E001-1", "nobody"):
            answer = sign_in(client, login, "wrong")
            assert answer.status_code == 422
            assert "账号或密码不正确" in words(answer)
            assert login in answer.content.decode(), "what was typed is kept"
        assert client.get("/to-do").status_code == 302

    def test_too_many_failures_are_counted_by_whatever_name_and_stop_the_right_one_too(
        self, client, person
    ):
        for login in ("E001-1", "13800000001", "one@example.org", "E001-1", "13800000001"):
            assert "账号或密码不正确" in words(sign_in(client, login, "wrong"))
        answer = sign_in(client)
        assert answer.status_code == 422
        assert "登录失败次数过多" in words(answer)
        assert client.get("/to-do").status_code == 302

    def test_a_closed_account_does_not_sign_in(self, client, person):
        Person.objects.filter(pk=person.pk).update(is_active=False)
        assert "该账号已停用" in words(sign_in(client))
        assert client.get("/to-do").status_code == 302

    def test_a_session_ends_with_the_working_day(self, client, person):
        sign_in(client)
        left = Session.objects.get().expire_date - timezone.now()
        assert timedelta(hours=7) < left <= timedelta(hours=8)
        assert client.session.get_expire_at_browser_close()

    def test_signing_in_leads_nowhere_else(self, client, person):
        assert sign_in(client, following="https://elsewhere.example/")["Location"] == "/"

    def test_nobody_signs_up(self, client):
        for address in ("/signup", "/accounts/signup/", "/sign-up"):
            assert client.get(address).status_code == 404

    def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(self, client, person):
        other = Client()
        for each in (client, other):
            sign_in(each)
        wrong = {"oldpassword": "wrong", "password1": "another long one", "password2": "another"}
        refused = client.post("/account/password", wrong)
        assert refused.status_code == 422
        assert "原密码不正确" in words(refused)
        right = {"oldpassword": PASSWORD} | dict.fromkeys(
            ("password1", "password2"), "a new long one"
        )
        assert client.post("/account/password", right)["Location"] == "/account"
        assert client.get("/account").status_code == 200
        assert other.get("/account")["Location"].startswith("/sign-in")
        assert sign_in(Client(), password="a new long one").status_code == 302

    @pytest.mark.parametrize("weak", ["short1", "12345678901", "password123", "a13800000001"])
    def test_a_weak_password_is_refused(self, client, person, weak):
        sign_in(client)
        form = {"oldpassword": PASSWORD, "password1": weak, "password2": weak}
        assert client.post("/account/password", form).status_code == 422


class TestForgotten:
    def link(self, capsys):
        said = [
            json.loads(line) for line in capsys.readouterr().out.splitlines() if "address" in line
        ]
        (mail,) = [each for each in said if each.get("address")]
        return mail["address"], re.search(r"http://testserver(\S+)", mail["zh"])[1]

    def test_a_link_by_mail_sets_a_new_password_once(self, client, person, capsys):
        capsys.readouterr()
        assert (
            client.post("/password", {"email": "one@example.org"})["Location"] == "/password/sent"
        )
        address, link = self.link(capsys)
        assert address == "one@example.org"
        page = client.get(link, follow=True)
        form = {"password1": "a new long one", "password2": "a new long one"}
        done = client.post(page.redirect_chain[-1][0], form)
        assert done["Location"] == "/password/set"
        assert sign_in(Client(), password="a new long one").status_code == 302
        again = words(Client().get(link, follow=True))
        assert "链接无效" in again

    def test_an_unknown_address_is_answered_alike_and_gets_no_mail(self, client, capsys):
        capsys.readouterr()
        answer = client.post("/password", {"email": "nobody@example.org"})
        assert answer["Location"] == "/password/sent"
        assert "example.org" not in capsys.readouterr().out

    def test_an_expired_link_is_told_as_such(self, client, person, capsys, settings):
        capsys.readouterr()
        client.post("/password", {"email": "one@example.org"})
        _, link = self.link(capsys)
        settings.PASSWORD_RESET_TIMEOUT = -1
        assert "链接无效" in words(client.get(link, follow=True))


class TestInvitation:
    @pytest.fixture
    def secret(self):
        return self.invite()

    def invite(self, moment=NOW):
        person = Person.objects.get(username="E002-1")
        return parties.invite(person=person, law=LAW, acting=acts("bureau"), at=moment)

    def accept(self, client, secret, password=PASSWORD, again=None):
        form = {"form": "invited", "reference": "r", "password": password}
        return client.post(f"/invitation/{secret}", form | {"again": again or password})

    def test_the_link_sets_the_first_password_and_works_once(self, client, secret):
        assert "E002-1" in words(client.get(f"/invitation/{secret}"))
        assert self.accept(client, secret)["Location"] == "/sign-in"
        assert sign_in(client, "E002-1").status_code == 302
        again = self.accept(Client(), secret, "another long one")
        assert again.status_code == 422
        assert "邀请链接无效" in words(again)

    def test_a_newer_link_replaces_it_and_a_week_ends_it(self, client, secret):
        newer = self.invite()
        assert "邀请链接无效" in words(client.get(f"/invitation/{secret}"))
        assert client.get(f"/invitation/{newer}").status_code == 200
        late = self.invite(NOW - timedelta(days=7))
        assert "邀请链接无效" in words(client.get(f"/invitation/{late}"))

    def test_two_different_or_weak_passwords_are_refused_with_the_page(self, client, secret):
        assert "两次输入不一致" in words(self.accept(client, secret, again="something else"))
        weak = self.accept(client, secret, "12345678901")
        assert weak.status_code == 422
        assert "密码不符合要求" in words(weak)
        assert client.get(f"/invitation/{secret}").status_code == 200


@pytest.mark.requirement("CQETS-4")
class TestMembership:
    def test_whoever_has_several_chooses_first_and_switches(self, client, person, market):
        join(market, "T1")
        answer = sign_in(client, following="/to-do")
        assert answer["Location"] == "/act-as?next=/to-do"
        assert client.get("/to-do")["Location"] == "/act-as?next=/to-do"
        assert client.get("/api/me").status_code == 403
        for code in ("T1", "E001"):
            chosen = Membership.objects.get(person=person, organisation__code=code).pk
            done = client.post("/act-as", {"membership": chosen, "next": "/to-do"})
            assert done["Location"] == "/to-do"
            assert client.get("/api/me").json()["organisation"] == code
            assert "切换身份" in words(client.get("/to-do"))

    def test_nobody_chooses_the_membership_of_another(self, client, person):
        sign_in(client)
        other = Membership.objects.get(organisation__code="bureau").pk
        assert client.post("/act-as", {"membership": other}).status_code == 404
        assert client.get("/api/me").json()["organisation"] == "E001"

    def test_what_ended_today_stops_today_and_nobody_slips_into_another(
        self, client, person, market
    ):
        join(market, "T1")
        sign_in(client)
        mine = Membership.objects.get(person=person, organisation__code="E001")
        client.post("/act-as", {"membership": mine.pk})
        assert client.get("/entities/1").status_code == 200
        Membership.objects.filter(pk=mine.pk).update(until_date=TODAY)
        assert client.get("/entities/1")["Location"] == "/act-as?next=/entities/1"
        assert client.get("/api/me").json()["code"] == "not_granted"

    def test_whoever_acts_for_nobody_is_told_so(self, client, person):
        Membership.objects.filter(person=person).update(until_date=TODAY)
        answer = sign_in(client, following="/to-do")
        assert "未被授权代表任何单位" in words(client.get(answer["Location"]))
        assert "未被授权代表任何单位" in words(client.get("/account"))


class TestAccount:
    def test_the_sessions_of_a_person_are_shown_and_the_others_ended(self, client, person):
        other = Client(HTTP_USER_AGENT="Another device")
        for each in (client, other):
            sign_in(each)
        assert "Another device" in words(client.get("/account"))
        assert client.post("/account/sessions/end")["Location"] == "/account"
        assert "Another device" not in words(client.get("/account"))
        assert other.get("/account")["Location"].startswith("/sign-in")

    def test_a_page_of_a_signed_in_person_asks_one_query_for_the_guard(
        self, client, person, django_assert_num_queries
    ):
        sign_in(client)
        with django_assert_num_queries(3):  # The session, the person, their memberships.
            assert client.get("/api/me").status_code == 200


class TestTokens:
    def make(self, client, until=TODAY + timedelta(days=30), reference="r1"):
        form = {"form": "token", "reference": reference, "purpose": "报送", "until_date": until}
        answer = client.post("/account", form)
        found = re.search(r"oets_[\w-]+", answer.content.decode())
        return answer, found and found[0]

    def ask(self, token, path="/api/me"):
        return Client(enforce_csrf_checks=True).get(path, HTTP_AUTHORIZATION=f"Bearer {token}")

    def test_a_program_asks_in_the_membership_of_its_token(self):
        answer, token = self.make(signed_in("E001"))
        assert answer.status_code == 200
        assert self.ask(token).json() == {
            "person": "E001-1",
            "role": "key_emitting_entity",
            "organisation": "E001",
        }
        assert self.ask(token, "/api/entities/1").status_code == 200
        assert self.ask(token, "/api/entities/2").status_code == 403

    def test_only_its_digest_is_kept_and_it_is_shown_once(self):
        client = signed_in("E001")
        _, token = self.make(client)
        assert token not in words(client.get("/account"))
        kept = AccessToken.objects.get()
        assert token not in (kept.digest, kept.purpose, kept.reference)
        again, second = self.make(client)
        assert (again.status_code, second) == (422, None)
        assert AccessToken.objects.count() == 1

    def test_a_token_costs_one_query(self, django_assert_num_queries):
        _, token = self.make(signed_in("E001"))
        with django_assert_num_queries(1):
            self.ask(token)

    def test_a_token_writes_without_a_forms_secret_and_a_session_does_not(self):
        _, token = self.make(signed_in("bureau"))
        body = {"code": "N1", "name": "新单位", "role": "investor"}
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(Person.objects.get(username="bureau-1"))
        refused = strict.post("/api/organisations", body, "application/json")
        assert (refused.status_code, refused.json()["code"]) == (403, "form_not_ours")
        strict.logout()
        header = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
        assert (
            strict.post("/api/organisations", body, "application/json", **header).status_code == 200
        )

    def test_it_ends_on_its_day_when_revoked_with_its_membership_and_with_its_person(
        self, monkeypatch
    ):
        client = signed_in("E001")
        _, token = self.make(client, until=TODAY + timedelta(days=1))
        monkeypatch.setattr("openets.web.clock.timezone.now", lambda: NOW + timedelta(days=1))
        assert self.ask(token).json()["code"] == "token_not_valid"
        monkeypatch.setattr("openets.web.clock.timezone.now", lambda: NOW)
        assert self.ask(token).status_code == 200
        Membership.objects.filter(organisation__code="E001").update(until_date=TODAY)
        assert self.ask(token).status_code == 401
        Membership.objects.filter(organisation__code="E001").update(until_date=None)
        Person.objects.filter(username="E001-1").update(is_active=False)
        assert self.ask(token).status_code == 401
        Person.objects.filter(username="E001-1").update(is_active=True)
        number = AccessToken.objects.get().pk
        assert client.post(f"/account/tokens/{number}/revoke")["Location"] == "/account"
        assert self.ask(token).json()["code"] == "token_not_valid"

    def test_nobody_revokes_the_token_of_another(self):
        _, token = self.make(signed_in("E001"))
        number = AccessToken.objects.get().pk
        assert signed_in("T1").post(f"/account/tokens/{number}/revoke").status_code == 404
        assert self.ask(token).status_code == 200

    @pytest.mark.parametrize(("days", "status"), [(0, 422), (1, 200), (366, 200), (367, 422)])
    def test_a_token_lives_at_least_a_day_and_at_most_a_compliance_year(self, days, status):
        answer, _ = self.make(signed_in("E001"), until=TODAY + timedelta(days=days))
        assert answer.status_code == status


def test_the_moment_is_of_the_market():
    assert NOW.tzinfo == MARKET_ZONE
