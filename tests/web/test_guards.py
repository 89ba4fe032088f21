"""Every address declares its guard, and every role meets what the matrix grants it."""

import re
from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from openets.kernel.clock import at
from openets.parties import operations as parties
from openets.parties.matrix import Scope, scope
from openets.parties.operations import NewOrganisation
from openets.parties.queries import PUBLIC, OutsideYourScope
from openets.parties.roles import Role
from openets.web.api import api
from openets.web.guards import Guard, NotGranted, NotSignedIn, guarded, must_reach, within
from tests.web.market import LAW, ROLES, TODAY, acts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]

OF_THE_INTERFACE = {"openapi-json", "openapi-view", "api-root"}
"""Its own description; the operations are walked one by one."""
EXAMPLES = {
    "number": "1",
    "day": "2022-01-04",
    "start": "2022-01-01",
    "year": "2021",
    "code": "E001",
    "username": "E001-1",
    "cited": "CQETS-4",
    "procedure": "verification",
    "move": "notify",
    "product": "CQEA-2021",
    "document": "1",
    "kind": "registration",
    "reference": "x",
    "form": "csv",
    "word": "freezes",
    "uidb36": "1",
    "key": "x",
    "secret": "x",
    "state": "candidate",
    "version": "x",
    "name": "x",
    "account": "x",
    "decision": "approve",
    "body": "V1",
    "entity": "E001",
    "order": "1",
}


def patterns(found=None, prefix="") -> Iterator[tuple[str, URLPattern]]:
    for one in found or get_resolver().url_patterns:
        if isinstance(one, URLResolver):
            if one.namespace != "api":
                yield from patterns(one.url_patterns, prefix + str(one.pattern))
        else:
            yield prefix + str(one.pattern), one


def api_operations():
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                yield f"{prefix}{path}", operation


def example(route, code):
    named = EXAMPLES | ({"code": code} if "organisations/" in route else {"code": "CQEA-2021"})
    plain = re.sub(r"\(\?P(<\w+>)[^)]*\)|[$^]", lambda found: found[1] or "", route)
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: named[found[1]], plain)


def api_address(path, code):
    named = EXAMPLES | {"code": code}
    return "/api" + re.sub(r"{(?:\w+:)?(\w+)}", lambda found: named[found[1]], path)


PAGES = list(patterns())


def test_every_page_declares_its_guard():
    without = [route for route, one in PAGES if not isinstance(one.callback.guard, Guard)]
    assert len(PAGES) > 25
    assert without == []


def test_every_operation_of_the_interface_declares_its_guard():
    found = list(api_operations())
    assert len(found) > 25
    without = [path for path, one in found if not hasattr(one.view_func, "guard")]
    assert without == []


def test_every_operation_of_the_interface_asks_whose_token_it_is_shown(client):
    token = {"HTTP_AUTHORIZATION": "Bearer oets_unknown"}
    deaf = set()
    for path, one in api_operations():
        for method in one.methods:
            answer = client.generic(method, api_address(path, "E001"), **token)
            if (answer.status_code, answer.json().get("code")) != (401, "token_not_valid"):
                deaf.add(path)
    assert deaf == {"/health"}


def people():
    """Somebody in every role, so that nobody is left out of the walk."""
    missing = [role for role in Role if role not in {*ROLES.values(), Role.PUBLIC, Role.INDIVIDUAL}]
    new = [
        NewOrganisation(
            f"X-{role}", f"{role}", role, industry="能源" * (role == Role.SECTOR_DEPARTMENT)
        )
        for role in missing
    ]
    made = parties.register_organisations(new, law=LAW, acting=acts("bureau"), at=at(TODAY))
    for code, organisation in made.items():
        parties.add_member(
            username=f"{code}-1",
            display_name=code,
            organisation=organisation,
            acting=acts("bureau"),
            at=at(TODAY),
        )
    codes = {role: code for code, role in reversed(ROLES.items()) if role != Role.MARKET_CLOCK}
    return codes | {organisation.role: code for code, organisation in made.items()}


def client_of(code):
    from openets.parties.models import Person

    client = Client()
    client.force_login(Person.objects.get(username=f"{code}-1"))
    return client


@pytest.mark.requirement("CQETS-4", "CQETS-4.6", "CQETS-4.4")
@pytest.mark.parametrize("demo", [True, False])
def test_every_role_meets_what_the_matrix_grants_it_on_every_page(settings, demo):
    settings.DEMO = demo
    codes = people()
    assert {Role.CITY_BUREAU, Role.FINANCE_BUREAU, Role.MINISTRY, Role.INVESTOR} <= set(codes)
    wrong = []
    for role, code in [(Role.PUBLIC, ""), *codes.items()]:
        client = client_of(code) if code else Client()
        for route, one in PAGES:
            is_for_all = one.callback.guard.kind == "public"
            if is_for_all and role not in {Role.PUBLIC, Role.INVESTOR}:
                continue
            address = example(route, code or "E001")
            answer = client.get(address)
            is_page = answer.status_code != 405
            if is_page and not fits(answer, role, one.callback.guard, demo=demo):
                wrong.append((role, address, answer.status_code, answer.get("Location")))
    assert wrong == []


def fits(answer, role, guard, *, demo):
    """Whether a page answered a role as its guard says."""
    asks = "/sign-in?next=" in answer.get("Location", "")
    is_let_in = not asks and answer.status_code != 403
    if guard.kind == "public" or (guard.kind == "open_in_demo" and demo):
        return is_let_in
    if guard.kind in {"known", "signed_in"}:
        return asks if role == Role.PUBLIC else not asks
    reach = scope(role, guard.operation)
    if reach is None or (guard.kind == "guarded" and reach != Scope.ALL):
        return asks if role == Role.PUBLIC else answer.status_code == 403
    return is_let_in if reach == Scope.ALL else not asks


@pytest.mark.requirement("CQETS-4", "CQETS-4.6")
@pytest.mark.parametrize("demo", [True, False])
def test_every_role_meets_what_the_matrix_grants_it_in_the_interface(settings, demo):
    settings.DEMO = demo
    codes = people()
    wrong = []
    for role, code in [(Role.PUBLIC, ""), *codes.items()]:
        client = client_of(code) if code else Client()
        for path, one in api_operations():
            is_for_all = one.view_func.guard.kind == "public"
            if one.methods != ["GET"] or (is_for_all and role != Role.PUBLIC):
                continue
            address = api_address(path, code or "E001")
            answer = client.get(address, {"year": "2021", "lot": "x"})
            guard = one.view_func.guard
            is_open = guard.kind == "public" or (guard.kind == "open_in_demo" and demo)
            granted = guard.kind == "signed_in" or bool(
                guard.operation and scope(role, guard.operation)
            )
            if is_open:
                fine = answer.status_code not in {401, 403}
            elif role == Role.PUBLIC:
                fine = answer.status_code == 401 and answer.json()["code"] == "not_signed_in"
            elif not granted:
                fine = answer.status_code == 403 and answer.json()["code"] == "not_granted"
            else:
                fine = answer.status_code != 401
            if not fine:
                wrong.append((role, address, answer.status_code))
    assert wrong == []


def test_a_no_of_the_interface_names_the_article_and_the_role(client):
    refusal = client_of("T1").get("/api/organisations/E001").json()
    assert refusal["code"] == "outside_your_scope"
    assert refusal["article"] == "CQETS-4.6"
    refused = client_of("T1").post("/api/organisations", {}, "application/json")
    assert refused.status_code == 422, "the body is read before the guard"
    body = {"code": "N1", "name": "新单位", "role": "investor"}
    refused = client_of("T1").post("/api/organisations", body, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_granted")
    assert refused.json()["article"] == "CQETS-4"


class TestReach:
    def test_a_page_and_the_interface_say_no_each_in_its_way(self, rf, market):
        for path, no in (("/x", PermissionDenied), ("/api/x", OutsideYourScope)):
            request = rf.get(path)
            request.user, request.session = member("T1"), {}
            assert must_reach(request, "people.read", market["T1"]).organisation == "T1"
            with pytest.raises(no):
                must_reach(request, "people.read", market["E001"])

    def test_the_public_is_led_to_the_sign_in_and_back(self, rf):
        from django.contrib.auth.models import AnonymousUser

        for guard in (guarded("people.read"), within("people.read")):
            request = rf.get("/organisations?text=水")
            request.user, request.session = AnonymousUser(), {}
            answer = guard(lambda _: None)(request)
            assert answer["Location"].startswith("/sign-in?next=/organisations%3Ftext%3D")
            request = rf.get("/api/organisations")
            request.user, request.session = AnonymousUser(), {}
            with pytest.raises(NotSignedIn):
                guard(lambda _: None)(request)

    def test_all_at_once_is_more_than_some(self, rf):
        request = rf.get("/api/x")
        request.user, request.session = member("D-涪陵区"), {}
        assert within("people.read")(lambda _: "shown")(request) == "shown"
        with pytest.raises(NotGranted):
            guarded("people.read")(lambda _: "shown")(request)


def member(code):
    from openets.parties.models import Person

    return Person.objects.get(username=f"{code}-1")


def test_the_public_is_nobody_in_particular():
    assert (PUBLIC.person, PUBLIC.role) == ("", Role.PUBLIC)
