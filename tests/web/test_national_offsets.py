"""CCER through the national register over the wire, from announcement to completion."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from openets.compliance import queries as compliance
from openets.compliance.models import NationalUnit
from openets.compliance.national_file import COLUMNS
from openets.kernel.clock import at
from openets.parties import operations as parties
from openets.parties.models import Membership, Organisation, Person
from tests.web.market import TODAY, acts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]

UNIT = {
    "registration": "R-0001",
    "project": "CCER-1",
    "project_type": "wind",
    "origin_class": "city",
    "place": "重庆市",
    "from_date": "2021-01-01",
    "to_date": "2021-12-31",
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


PAGE = "/national-offsets"


def upload(client, *lines):
    text = "\n".join([",".join(COLUMNS), *lines])
    file = SimpleUploadedFile("export.csv", text.encode("utf-8-sig"))
    return client.post(PAGE, {"form": "national_export", "reference": "x", "file": file})


@pytest.mark.requirement("CQ208-A6.3")
class TestThePageOfTheExport:
    ROW = "E001,CCER-1,N-,1,100,100,2023-11-22"

    @pytest.fixture(autouse=True)
    def reviewed(self):
        reference = announce(signed_in("E001")).json()["reference"]
        send(signed_in("bureau"), f"/{reference}/review")

    def test_the_operator_imports_a_file_and_the_same_again_changes_nothing(self):
        registrar = signed_in("registry")
        for _ in range(2):
            assert upload(registrar, self.ROW).status_code == 303
        assert NationalUnit.objects.get().exported_date.isoformat() == "2023-11-22"
        assert "E001/2022/n1" in registrar.get(PAGE).content.decode()

    def test_every_wrong_row_is_told_and_nothing_is_imported(self):
        answer = upload(
            signed_in("registry"),
            self.ROW,
            "E001,CCER-1,N-,1,100,99,2023-11-22",
            "E001,CCER-1,N-,1,x,100,2023-11-22",
            "E001,CCER-1,N-,1,100,100,yesterday",
            "E002,CCER-1,N-,1,100,100,2023-11-22",
            "E001,CCER-1,N-,1",
        )
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "5 行有误" in page
        assert "CQ208-A6.3" in page
        for said in ("“x”", "“yesterday”", "第 6 行 N-1—100 不属于 E002", "单元格"):
            assert said in page, said
        assert NationalUnit.objects.get().exported_date is None

    def test_only_the_operator_imports(self):
        for code in ("bureau", "E001"):
            client = signed_in(code)
            assert 'name="file"' not in client.get(PAGE).content.decode()
            upload(client, self.ROW)
        assert NationalUnit.objects.get().exported_date is None

    def test_each_sees_the_applications_within_reach(self):
        assert "E001/2022/n1" in signed_in("E001").get(PAGE).content.decode()
        assert "E001/2022/n1" not in signed_in("E002").get(PAGE).content.decode()
        assert signed_in("bank").get(PAGE).status_code == 403
        assert Client().get(PAGE).status_code == 302
