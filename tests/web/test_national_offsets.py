"""CCER through the national register over the wire, from announcement to completion."""

import pytest
from django.test import Client

from openets.compliance import queries as compliance
from openets.kernel.clock import at
from openets.parties import operations as parties
from openets.parties.models import Membership, Organisation, Person
from tests.web.market import TODAY, acts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]

UNIT = {
    "project": "CCER-1",
    "project_type": "wind",
    "origin_class": "city",
    "series": "N-",
    "serial_from": 1,
    "serial_to": 100,
    "amount_t": 100,
}
ROW = {name: UNIT[name] for name in ("project", "series", "serial_from", "serial_to", "amount_t")}
BASE = "/api/national-offsets"


@pytest.fixture(autouse=True)
def demo(settings):
    settings.DEMO = True


def signed_in(code):
    client = Client()
    client.force_login(Membership.objects.filter(organisation__code=code).first().person)
    return client


def second_registrar():
    parties.add_member(
        username="registry-2",
        display_name="复核",
        organisation=Organisation.objects.get(code="registry"),
        acting=acts("bureau"),
        at=at(TODAY),
    )
    client = Client()
    client.force_login(Person.objects.get(username="registry-2"))
    return client


def send(client, path, body=None):
    return client.post(f"{BASE}{path}", body or {}, content_type="application/json")


def announce(client, **otherwise):
    unit = UNIT | otherwise
    body = {"reference": "n1", "national_account": "123", "units": [unit]}
    return send(client, "/2022", body)


@pytest.mark.requirement("CQ208-4.3b")
def test_the_four_steps():
    entity, bureau, registrar = signed_in("E001"), signed_in("bureau"), signed_in("registry")
    announced = announce(entity).json()
    assert announced["state"] == "announced"
    assert all(check["passes"] for check in announced["sheet"])
    reference = announced["reference"]
    assert send(bureau, f"/{reference}/review").json()["state"] == "reviewed"
    row = ROW | {"entity": "E001", "day": "2023-11-22"}
    for imported in (1, 0):
        answer = registrar.post(f"{BASE}/exports/import", [row], content_type="application/json")
        assert answer.json() == {"imported": imported}
    assert send(registrar, f"/{reference}/complete").json()["code"] == "second_person_needed"
    assert send(second_registrar(), f"/{reference}/complete").json()["state"] == "completed"
    duty = compliance.obligation(Organisation.objects.get(code="E001"), 2022)
    assert duty.counted_t == 100


def test_a_failing_check_sheet_is_shown_and_refused():
    reference = announce(signed_in("E001"), project_type="水电").json()["reference"]
    answer = send(signed_in("bureau"), f"/{reference}/review")
    assert answer.status_code == 422
    assert answer.json()["article"] == "CQ208-A6.2"
    rejected = send(signed_in("bureau"), f"/{reference}/reject", {"reasons": "水电项目"})
    assert rejected.json()["state"] == "rejected"


def test_others_do_not_see_an_entitys_application():
    reference = announce(signed_in("E001")).json()["reference"]
    assert signed_in("E002").get(BASE, {"year": 2022}).json() == []
    assert len(signed_in("bureau").get(BASE, {"year": 2022}).json()) == 1
    refused = send(signed_in("E002"), f"/{reference}/complete")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_granted")


def test_signed_out_nothing_is_told(client):
    assert client.get(BASE, {"year": 2022}).status_code == 401
    assert announce(client).status_code == 401


def test_the_same_sent_twice_is_one():
    client = signed_in("E001")
    assert announce(client).json() == announce(client).json()


def test_an_amount_that_is_not_its_serials_is_refused_with_its_row():
    answer = announce(signed_in("E001"), amount_t=99)
    assert answer.status_code == 422
    assert (answer.json()["row"], answer.json()["article"]) == (1, "CQ208-A6.3")
