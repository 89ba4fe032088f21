"""The programming interface: its figures, its refusals and its description."""

import pytest

from openets.allocation import queries as allocation
from openets.journal import queries as journal
from openets.kernel.quantity import half_up_tonnes, parse_decimal
from openets.parties.queries import entity
from tests.web.market import ENTITIES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]

ADDRESSES = (
    "/api/entities",
    "/api/entities/1",
    "/api/entities/1/allocations/2021",
    "/api/market/products",
    "/api/market/CQEA-2021/candles",
    "/api/market/CQEA-2021/depth",
    "/api/market/CQEA-2021/tape",
    "/api/totals",
    "/api/compliance/2021/statuses",
    "/api/conservation",
    "/api/journal/head",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_each_address_answers(client, address):
    assert client.get(address).status_code == 200


def test_an_allocation_tells_every_line_and_adds_up(client):
    answer = client.get("/api/entities/1/allocations/2021").json()
    lines = [parse_decimal(line["allowance_exact_t"]) for line in answer["lines"]]
    row = allocation.published_of(entity(1), 2021)
    assert half_up_tonnes(sum(lines)) == answer["allowance_t"] == row.allowance_t
    assert answer["determined_t"] == row.determined_t
    assert [s["result"] for s in answer["explanation"]] == [s["result"] for s in row.explanation]
    cited = [
        cite["source"]
        for line in answer["lines"]
        for s in line["explanation"]
        for cite in s["cites"]
    ]
    assert "CQ208-A1.M.1.1" in cited
    assert answer["synthetic"] is True


def test_the_totals_are_the_sums_of_the_entities(client):
    totals = {row["year"]: row for row in client.get("/api/totals").json()}
    for year in (2021, 2022):
        rows = client.get("/api/entities", {"year": year}).json()["items"]
        assert totals[year]["entities"] == len(ENTITIES)
        assert totals[year]["allocated_t"] == sum(row["allocated_t"] for row in rows)
        assert totals[year]["cap_t"] == totals[year]["allocated_t"] + totals[year]["reserve_t"]
        assert totals[year]["verified_tco2e"] == sum(row["verified_tco2e"] for row in rows)


def test_the_statuses_say_what_is_open(client):
    answer = client.get("/api/compliance/2021/statuses").json()
    assert (answer["on"], answer["deadline"]) == ("2023-11-22", "2023-12-31")
    first = answer["items"][0]
    assert (first["status"], first["counted_t"]) == ("partly_fulfilled", 40_000)
    assert first["open_t"] == first["verified_tco2e"] - 40_000
    assert first["status_at_deadline"] is None


def test_conservation_holds_lot_by_lot(client):
    answer = client.get("/api/conservation").json()
    assert answer["units_hold"] is answer["cash_holds"] is True
    assert len(answer["lots"]) == 3
    assert sum(lot["surrendered_t"] for lot in answer["lots"]) == 40_000


def test_the_head_is_the_journals(client):
    answer = client.get("/api/journal/head").json()
    assert (answer["number"], answer["digest"]) == tuple(journal.head())
    assert answer["unsealed"] == 0


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/api/entities/309", 404, "no_such_entity"),
        ("/api/entities/1/allocations/2020", 404, "not_published"),
        ("/api/market/GOLD/candles", 404, "no_such_product"),
        ("/api/nothing/here", 404, "no_such_address"),
        ("/api/entities?page=0", 422, "not_understood"),
        ("/api/entities/one", 422, "not_understood"),
    ],
)
def test_a_no_is_a_refusal_with_its_remedy(client, address, status, code):
    answer = client.get(address)
    refusal = answer.json()
    assert (answer.status_code, refusal["code"]) == (status, code)
    assert refusal["message_zh"]
    assert refusal["remedy"]
    assert refusal["remedy_zh"]


def test_the_description_types_decimals_as_text_and_tonnes_and_fen_as_long_integers(client):
    kinds = client.get("/api/openapi.json").json()["components"]["schemas"]
    exact = kinds["LineOut"]["properties"]["allowance_exact_t"]
    assert (exact["type"], exact["format"]) == ("string", "decimal")
    tonnes = kinds["AllocationOut"]["properties"]["determined_t"]
    assert (tonnes["type"], tonnes["format"]) == ("integer", "int64")
    fen = kinds["TickOut"]["properties"]["price_fen"]
    assert (fen["type"], fen["format"]) == ("integer", "int64")


def test_the_description_names_refusals_for_every_address(client):
    paths = client.get("/api/openapi.json").json()["paths"]
    for path, methods in paths.items():
        if path != "/api/health":
            for asked in methods.values():
                assert {"200", "403", "404", "422"} <= asked["responses"].keys(), path
