"""CQ208 section 5(1): who is responsible in each district, and how far its surrender came."""

from datetime import date

import pytest
from django.test import Client

from openets.compliance import operations as compliance
from openets.kernel.acting import Acting, NotYourRole
from openets.kernel.clock import at
from openets.parties.models import Organisation, Person
from openets.parties.roles import Role
from openets.rulebook.load import NoValueForTime
from openets.supervision import districts
from openets.supervision import operations as supervision
from openets.supervision.models import DistrictLead
from openets.supervision.operations import NotOfTheBureau, NotYourBureau
from openets.web.numbers import percent
from tests.exchange import TEN, exchange_market
from tests.markets import CQ
from tests.web.people import browser, goes_to, sends, text

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CQ208-5.1")]

DISTRICT = "涪陵区"
BUREAU = f"D-{DISTRICT}"
LAST_DAY = date(2023, 12, 31)


def surrender(market, code, *, less=0, moment=TEN):
    """Hand in all that is owed for 2021, or some tonnes less."""
    owed = market.emissions[code][3]
    compliance.surrender(
        organisation=market[code],
        year=2021,
        amount_t=owed - less,
        reference=f"{code}/{less}",
        law=CQ,
        acting=market.acts(code),
        at=moment,
    )


@pytest.fixture
def market():
    """Six entities of one district, of which five met the duty of 2021 and one lacks a tonne."""
    made = exchange_market(6)
    Organisation.objects.filter(pk__in=[e.pk for e in made.entities]).update(district=DISTRICT)
    for code in ("E001", "E002", "E003", "E004", "E005"):
        surrender(made, code)
    surrender(made, "E006", less=1)
    return made


def table(on=LAST_DAY, **more):
    return districts.completion(2021, CQ, on=on, **more)


def lead(code=BUREAU, person=None, role=Role.DISTRICT_BUREAU, bureau=BUREAU):
    browser(BUREAU)
    return supervision.name_lead(
        bureau=Organisation.objects.get(code=bureau),
        person=person or Person.objects.get(username=f"{BUREAU}-1"),
        acting=Acting(f"{code}-1", role, code),
        at=TEN,
    )


def test_33_of_34_are_written_as_97_06_percent():
    row = districts.Completion(DISTRICT, entities=34, fulfilled=33, lead=None)
    assert percent(row.ratio) == "97.06%"


def test_each_district_is_told_with_those_who_met_the_duty_in_time(market):
    (row,) = table()
    assert (row.district, row.entities, row.fulfilled) == (DISTRICT, 6, 5)
    assert percent(row.ratio) == "83.33%"
    assert table(among={market["E001"].pk, market["E006"].pk})[0].fulfilled == 1


def test_the_surrender_of_2021_counts_in_2023_and_that_of_2022_in_2024():
    assert [districts.assessment_year(year, CQ) for year in (2021, 2022)] == [2023, 2024]
    with pytest.raises(NoValueForTime):
        districts.assessment_year(2023, CQ)


class TestWhoIsResponsible:
    def test_a_district_without_one_is_listed_until_its_bureau_names_one(self, market):
        assert table()[0].lead is None
        assert lead() == lead()
        assert table()[0].lead == Person.objects.get(username=f"{BUREAU}-1")

    def test_the_former_one_is_kept_with_the_last_day(self, market):
        lead()
        browser(BUREAU, 2)
        lead(person=Person.objects.get(username=f"{BUREAU}-2"))
        found = DistrictLead.objects.values_list("person__username", "until_date")
        assert list(found) == [(f"{BUREAU}-1", TEN.date()), (f"{BUREAU}-2", None)]

    def test_nobody_names_another_bureaus(self, market):
        with pytest.raises(NotYourBureau):
            lead(bureau="D-长寿区")
        with pytest.raises(NotYourRole):
            lead("bureau", role=Role.CITY_BUREAU)

    def test_it_is_somebody_of_the_bureau(self, market):
        browser("bureau")
        with pytest.raises(NotOfTheBureau):
            lead(person=Person.objects.get(username="bureau-1"))


class TestThePage:
    PAGE = "/districts?year=2021"

    @pytest.fixture(autouse=True)
    def today(self, market):
        goes_to(at(LAST_DAY, 10))

    def test_the_bureau_sees_the_table_and_who_has_nobody(self):
        page = text(browser("bureau").get(self.PAGE))
        for shown in (f"尚未明确责任人 {DISTRICT}", "83.33%", "计入考核年度 2023"):
            assert shown in page
        file = browser("bureau").get("/districts/2021.csv").content.decode("utf-8-sig")
        assert f"{DISTRICT},6,5,83.33," in file

    def test_a_district_names_its_person_and_others_have_no_form(self):
        client = browser(BUREAU)
        assert sends(client, self.PAGE, "lead", person=f"{BUREAU}-1").status_code == 303
        assert "尚未明确责任人" not in text(client.get(self.PAGE))
        assert sends(client, self.PAGE, "lead", person="bureau-1").status_code == 422
        assert "明确责任人" not in text(browser("bureau").get(self.PAGE))
        sends(browser("bureau"), self.PAGE, "lead", person=f"{BUREAU}-1")
        assert DistrictLead.objects.count() == 1

    def test_a_district_sees_its_own_area_only(self):
        assert DISTRICT not in text(browser("D-长寿区").get(self.PAGE)).split("年度区县")[-1]
        told = browser("D-长寿区").get("/api/supervision/district-completion/2021").json()
        assert told["items"] == []

    @pytest.mark.parametrize(("code", "status"), [("E001", 403), ("registry", 403), ("", 302)])
    def test_it_is_for_the_bureaux(self, code, status):
        client = browser(code) if code else Client()
        assert client.get(self.PAGE).status_code == status
        wire = client.get("/api/supervision/district-completion/2021")
        assert wire.status_code == (403 if code else 401)

    def test_a_program_reads_the_table_and_names_the_person_once(self):
        def named(client, person):
            body = {"person": person}
            return client.post("/api/supervision/district-lead", body, "application/json")

        client = browser(BUREAU)
        told = [named(client, f"{BUREAU}-1").json() for _ in range(2)]
        assert told == [{"bureau": BUREAU, "person": f"{BUREAU}-1"}] * 2
        assert named(client, "bureau-1").status_code in {404, 422}
        assert named(browser("bureau"), f"{BUREAU}-1").status_code == 403
        found = browser("bureau").get("/api/supervision/district-completion/2021").json()
        assert found["assessment_year"] == 2023
        (row,) = found["items"]
        assert (row["fulfilled_percent"], row["responsible"]) == ("83.33", f"{BUREAU} 经办")
        assert DistrictLead.objects.count() == 1
