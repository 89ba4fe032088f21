"""The pages of serials: who follows which units, from their issue to their end."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.parties.models import Person
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import TRANSACTION_KINDS, Origin, UnitKind
from tests.web.market import LAW, TODAY, acts

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CQVER-30")]

NOON = at(TODAY, 12)
PLATFORM = Acting("platform-1", Role.PLATFORM_OPERATOR, "platform")
LOT = registry.LotOf(
    jurisdiction="cq",
    kind=UnitKind.CQCER,
    vintage_year=2021,
    origin=Origin.CREDITED,
    project="wind-1",
    project_type="wind",
    origin_place="合成地",
    serial_from=1,
    serial_to=500,
    batch="wind-1/2021",
)


@pytest.fixture
def certificate(market):
    """E001 had 500 t of reductions registered, moved 200, and cancelled 120 of the others."""
    parts = {"unit": UnitKind.CQCER, "vintage_year": None, "law": LAW, "at": NOON}
    registry.register_credits(
        holder=market["E001"],
        lot=LOT,
        reference="wind-1/2021",
        acting=PLATFORM,
        at=NOON,
    )
    own = {"holder": market["E001"], "acting": acts("E001")}
    registry.move_between_own(
        kind="move_to_trading", amount_t=Tonnes(200), reference="m", **own, **parts
    )
    return registry.cancel_voluntarily(
        amount_t=Tonnes(120),
        beneficiary="合成马拉松赛事",
        reason="碳中和",
        code="A" * 16,
        reference="c",
        **own,
        **parts,
    )


@pytest.fixture
def of(certificate):
    """A browser of the first person of an organisation; of nobody for None."""

    def browser(code):
        client = Client(raise_request_exception=False)
        if code:
            client.force_login(Person.objects.get(username=f"{code}-1"))
        return client

    return browser


def address(name="serials", *further):
    return reverse(name, args=[holdings.lots_with_serials().get().pk, *further])


def text(answer):
    return answer.content.decode()


@pytest.mark.parametrize("code", ["registry", "bureau", "E001"])
def test_the_page_shows_where_serials_lie_and_their_history(of, code):
    page = text(of(code).get(address()))
    for said in ("1–200", "201–320", "321–500"):
        assert said in page, said
    told = ("register_credits", "move_to_trading", "voluntary_cancellation")
    titles = [f">{TRANSACTION_KINDS[event].zh}</a>" for event in told]
    assert [page.index(title) for title in titles] == sorted(page.index(t) for t in titles)
    assert LOT.code in text(of(code).get(reverse("serial_lots")))


def test_one_serial_is_followed(of):
    page = text(of("registry").get(address(), {"first": "250", "last": "250"}))
    assert "250–250" in page
    assert "划转至交易账户" not in page
    nobody = text(of("registry").get(address(), {"first": "x", "last": "1"}))
    assert "1–1" in nobody


def test_a_holder_does_not_see_what_others_did_with_theirs(of):
    assert of("E002").get(address()).status_code == 404
    assert LOT.code not in text(of("E002").get(reverse("serial_lots")))


@pytest.mark.parametrize("name", ["serials", "serial_lots"])
def test_signed_out_and_in_other_roles_nothing_is_shown(of, name):
    where = address() if name == "serials" else reverse(name)
    assert of(None).get(where).status_code == 302
    assert of("bank").get(where).status_code == 403


def test_the_history_is_taken_away_as_csv(of):
    answer = of("E001").get(address("serials_table", "csv"), {"first": "201", "last": "210"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["event"] for row in rows] == ["register_credits", "voluntary_cancellation"]
    assert {(r["serial_from"], r["serial_to"], r["amount_t"]) for r in rows} == {
        ("201", "210", "10")
    }
    assert of("E002").get(address("serials_table", "csv")).status_code == 404


def test_a_program_follows_serials(of):
    asked = {"lot": LOT.code, "first": 1, "last": 1}
    told = of("E001").get("/api/registry/serials", asked).json()
    assert [event["event"] for event in told["events"]] == ["register_credits", "move_to_trading"]
    assert [block["account"] for block in told["blocks"]] == ["trading-E001"]
    refused = of("E002").get("/api/registry/serials", asked)
    assert (refused.status_code, refused.json()["code"]) == (422, "no_such_serials")
    assert of("bank").get("/api/registry/serials", asked).status_code == 403
    assert of(None).get("/api/registry/serials", asked).status_code == 401


@pytest.mark.requirement("CQVER-29")
def test_the_certificate_tells_everybody_which_serials_are_gone(of, certificate):
    assert "201–320" in text(of(None).get(reverse("certificate", args=[certificate.code])))
    told = of(None).get(f"/api/registry/certificates/{certificate.code}").json()
    assert told["parts"][0]["serials"] == [[201, 320]]


def test_a_movement_tells_its_serials(of, certificate):
    done = certificate.transaction
    assert "201–320" in text(of("registry").get(reverse("transaction", args=[done.pk])))
    told = of("registry").get(f"/api/registry/transactions/{done.pk}").json()
    assert told["parts"][0]["serials"] == [[201, 320]]
