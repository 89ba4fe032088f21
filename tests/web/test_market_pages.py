"""The pages of a small market that was built by the rooms' own operations."""

import csv
import io
import re
from datetime import date

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from openets.allocation import queries as allocation
from openets.allocation.models import Determination
from openets.doors.lines import read_table
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.parties.models import Membership
from openets.parties.roles import Role
from openets.web.entities.listing import COLUMNS
from openets.web.overview import views as overview
from tests.web.market import HOSTILE, PRODUCT, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]

PAGES = ("/", "/entities", "/entities/1", "/market", f"/market/{PRODUCT}", "/sign-in")


def text(answer):
    return answer.content.decode()


def words(answer):
    """What a reader sees, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", text(answer)).split())


def signed_in(code):
    client = Client()
    client.force_login(Membership.objects.get(organisation__code=code).person)
    return client


@pytest.mark.parametrize("address", PAGES)
def test_each_page_speaks_both_languages_and_says_that_its_figures_are_synthetic(client, address):
    chinese = text(client.get(address))
    client.post("/set-language", {"language": "en", "next": address})
    english = text(client.get(address))
    assert "不反映任何真实企业的情况" in chinese
    assert "say nothing about any real enterprise" in english
    assert "合成" not in re.sub(r"<title>.*?</title>", "", english)


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/", 24),
        ("/entities", 9),
        ("/entities/1", 25),
        ("/market", 14),
        (f"/market/{PRODUCT}", 12),
        ("/sign-in", 3),
    ],
)
def test_a_page_asks_the_database_a_bounded_number_of_times(client, address, most):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(address).status_code == 200
    assert len(asked) <= most


def test_the_overview_tells_cap_progress_market_and_conservation(client):
    page = words(client.get("/", {"year": "2021"}))
    total = next(row for row in allocation.totals() if row.year == 2021)
    for figure in (total.total_t, total.reserve_t, total.entities_sum_t, 500 + 500 + 200, 40_000):
        assert f"{figure:,}" in page
    assert "37.00" in page
    assert "平衡" in page
    assert "不平" not in page
    assert page.count("提交报告") == 1


def test_the_start_page_counts_all_holdings_anew_only_after_something_happened(client, monkeypatch):
    counted = []
    monkeypatch.setattr(overview, "conservation", lambda: counted.append(1) or [])

    def ask():
        assert client.get("/", {"year": "2021"}).status_code == 200
        return len(counted)

    def something_happens():
        acting = Acting("bureau-1", Role.CITY_BUREAU, "bureau")
        journal.record(
            operation="test",
            subject="s",
            acting=acting,
            at=at(TODAY),
            article="CQETS-29",
            content={},
        )

    assert (ask(), ask()) == (1, 1)
    something_happens()
    assert ask() == 1, "not more often than every few seconds"
    monkeypatch.setattr(overview, "COUNTED_SECONDS", 0)
    cache.clear()
    assert (ask(), ask()) == (2, 2), "nothing happened"
    something_happens()
    assert (ask(), ask()) == (3, 3)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, [1, 2, 3]),
        ({"name": "造纸"}, [3]),
        ({"district": "涪陵区"}, [1, 3]),
        ({"industry": "化工行业"}, [2, 3]),
        ({"district": "涪陵区", "industry": "化工行业"}, [3]),
        ({"method": "benchmark"}, [1]),
        ({"status": "partly_fulfilled"}, [1]),
        ({"status": "open"}, [2, 3]),
        ({"status": "overdue"}, []),
        ({"sort": "-verified"}, [2, 1, 3]),
        ({"sort": "verified"}, [3, 1, 2]),
        ({"sort": "no such column"}, [1, 2, 3]),
    ],
)
def test_the_list_is_filtered_and_sorted_on_the_page_and_in_the_interface(client, query, numbers):
    query |= {"year": "2021"}
    page = text(client.get("/entities", query))
    assert [int(no) for no in re.findall(r'<td class="serial">(\d+)', page)] == numbers
    items = client.get("/api/entities", query).json()["items"]
    assert [item["no"] for item in items] == numbers


@pytest.mark.parametrize(
    ("query", "count"),
    [({}, 3), ({"sort": "-gap"}, 3), ({"status": "open"}, 2), ({"status": "overdue"}, 0)],
)
def test_the_totals_are_over_all_found_and_not_over_the_page(client, query, count):
    query |= {"year": 2021}
    answer = client.get("/api/entities", query | {"size": 1}).json()
    rows = client.get("/api/entities", query).json()["items"]
    shown = answer["count"], answer["pages"], len(answer["items"])
    assert shown == (count, max(count, 1), min(count, 1))
    assert answer["verified_total_tco2e"] == sum(row["verified_tco2e"] for row in rows)
    assert answer["allocated_total_t"] == sum(row["allocated_t"] for row in rows)


def test_the_export_reads_back_as_the_doors_read_it(client, tmp_path):
    answer = client.get("/entities.csv", {"year": "2021", "sort": "-verified"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    path = tmp_path / "entities.csv"
    path.write_bytes(answer.content)
    rows = [row.cells for row in read_table(path, columns=COLUMNS)]
    items = client.get("/api/entities", {"year": 2021, "sort": "-verified"}).json()["items"]
    assert [row["name"] for row in rows] == [item["name"] for item in items]
    for row, item in zip(rows, items, strict=True):
        assert int(row["verified_tco2e"]) == item["verified_tco2e"]
        assert int(row["balance_t"]) == item["balance_t"]
        assert row["methods"].split(";") == item["methods"]
        assert (row["status"], row["synthetic"]) == (item["status"], "yes")


def test_no_cell_of_the_export_is_run_by_a_spreadsheet(client):
    rows = csv.DictReader(io.StringIO(text(client.get("/entities.csv")).removeprefix("\ufeff")))
    cells = [row["name"] for row in rows]
    assert f"'{HOSTILE}" in cells
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_an_entity_shows_every_year_every_line_and_its_working(client):
    page = words(client.get("/entities/1"))
    for year in (2018, 2019, 2020, 2021, 2022):
        assert f"{year}" in page
    assert page.count("已盘查") == 3
    row = allocation.determinations(Membership.objects.get(organisation__code="E001").organisation)
    for determination in row:
        assert f"{determination.determined_t:,}" in page
        for line in determination.lines.all():
            for step in line.explanation:
                assert step["title_zh"] in page
    assert "部分清缴" in page
    assert "2021 年度清缴" in page
    assert "告知核查结果" in page


def test_an_entity_outside_the_list_is_not_found(client):
    assert client.get("/entities/309").status_code == 404


def test_a_trade_shows_on_both_sides_and_names_nobody_on_the_tape(client):
    assert "卖出" in words(client.get("/entities/2"))
    quotes = words(client.get(f"/market/{PRODUCT}"))
    assert HOSTILE not in quotes
    assert "投资机构" not in quotes


def test_the_running_day_shows_its_own_trades_and_open_orders(client):
    page = words(client.get(f"/market/{PRODUCT}"))
    assert "交易中" in page
    assert "行情日 2023-11-22" in page
    assert "五档" in page
    assert "收盘五档" not in page
    depth = client.get(f"/api/market/{PRODUCT}/depth").json()
    assert depth["closed"] is False
    assert [(x["price_fen"], x["volume_t"]) for x in depth["bids"]] == [(3750, 100), (3600, 100)]
    assert [(x["price_fen"], x["volume_t"]) for x in depth["asks"]] == [(3800, 700)]
    tape = client.get(f"/api/market/{PRODUCT}/tape").json()
    assert [(tick["price_fen"], tick["volume_t"]) for tick in tape] == [(3750, 200)]


def test_the_candles_are_the_published_days_and_the_running_one(client):
    days = client.get(f"/api/market/{PRODUCT}/candles").json()
    assert [start[:10] for start, *_ in days] == ["2023-11-20", "2023-11-21", "2023-11-22"]
    assert [(close, volume) for *_, close, volume, _ in days[:2]] == [(3600, 500), (3700, 500)]


def test_a_product_that_never_traded_shows_its_reference_and_no_trades(client):
    page = words(client.get("/market/CCER"))
    assert "当日没有成交" in page
    assert page.count("—") >= 10, "no level waits on either side"


def test_an_unknown_product_is_not_found(client):
    assert client.get("/market/GOLD").status_code == 404


@pytest.mark.parametrize(
    ("code", "sees"),
    [
        (None, False),
        ("E001", False),
        ("E002", True),
        ("T1", False),
        ("registry", False),
        ("exchange", True),
        ("bureau", True),
    ],
)
def test_money_and_open_orders_are_seen_by_owner_exchange_and_authority_only(code, sees):
    client = signed_in(code) if code else Client()
    page = words(client.get("/entities/2"))
    assert ("资金可用" in page) is sees
    assert ("当前挂单" in page) is sees
    assert (" 38.00 " in page) is sees
    answer = client.get("/api/entities/2").json()
    assert (answer["cash"] is not None) is sees
    assert any(holding["reserved_t"] for holding in answer["holdings"]) is sees


@pytest.mark.parametrize(
    ("code", "own", "other", "in_api"),
    [
        (None, 302, 302, 401),
        ("E001", 200, 403, 403),
        ("T1", 403, 403, 403),
        ("bank", 403, 403, 403),
        ("exchange", 403, 403, 403),
        ("D-涪陵区", 200, 403, 403),
        ("registry", 200, 200, 200),
        ("bureau", 200, 200, 200),
    ],
)
def test_in_earnest_figures_are_seen_as_the_matrix_grants(settings, code, own, other, in_api):
    settings.DEMO = False
    client = signed_in(code) if code else Client()
    assert client.get("/entities/1").status_code == own
    assert client.get("/entities/2").status_code == other
    assert ("tCO₂e" in text(client.get("/entities"))) is (other == 200)
    assert client.get("/api/entities/2").status_code == in_api
    assert client.get("/api/compliance/2021/statuses").status_code == in_api
    assert client.get("/market").status_code == 200


def test_in_earnest_a_district_sees_the_figures_of_its_own_list(settings):
    settings.DEMO = False
    client = signed_in("D-涪陵区")
    for district, seen in (("涪陵区", True), ("长寿区", False), ("", False)):
        asked = {"year": 2021, "district": district}
        assert ("tCO₂e" in text(client.get("/entities", asked))) is seen
        items = client.get("/api/entities", asked).json()["items"]
        assert all((item["allocated_t"] is not None) is seen for item in items)
        assert ("水泥" in text(client.get("/entities.csv", asked))) is (district != "长寿区")


@pytest.mark.parametrize(
    ("today", "status"), [(date(2023, 12, 31), None), (date(2024, 1, 1), "overdue")]
)
def test_in_earnest_the_public_reads_the_list_and_after_the_deadline_the_status(
    client, settings, monkeypatch, today, status
):
    settings.DEMO = False
    monkeypatch.setattr(timezone, "now", lambda: at(today))
    figure = allocation.totals()[0].entities_sum_t
    page = text(client.get("/entities", {"year": "2021", "method": "benchmark"}))
    assert all(name in page for name in ("涪江水泥厂", "长江造纸厂", "涪陵区", "化工行业"))
    assert f"{figure:,}" not in page
    for item in client.get("/api/entities", {"year": 2021}).json()["items"]:
        assert (item["verified_tco2e"], item["allocated_t"], item["methods"]) == (None, None, [])
        assert item["status"] == status


def test_a_result_that_nobody_was_told_is_a_draft_and_not_shown(client):
    Determination.objects.filter(organisation__code="E003").update(notified_at=None)
    assert "尚未告知" in words(client.get("/entities/3"))
    item = client.get("/api/entities", {"year": 2021, "name": "造纸"}).json()["items"][0]
    assert (item["allocated_t"], item["methods"]) == (None, [])
    assert client.get("/api/entities/3/allocations/2021").status_code == 404


def test_one_click_signs_in_and_the_header_says_who_for_whom():
    client = Client(enforce_csrf_checks=True)
    page = text(client.get("/sign-in"))
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    door = Membership.objects.get(organisation__code="bureau").pk
    form = {"membership": door, "csrfmiddlewaretoken": token, "next": "/to-do"}
    answer = client.post("/demo/sign-in", form)
    assert (answer.status_code, answer["Location"]) == (302, "/to-do")
    header = words(client.get("/to-do")).partition("主菜单")[0]
    assert "市生态环境局" in header
    assert "bureau-1" in header
    assert Client(enforce_csrf_checks=True).post("/demo/sign-in", form).status_code == 403


def test_signing_in_leads_nowhere_else(client):
    door = Membership.objects.get(organisation__code="bureau").pk
    answer = client.post(
        "/demo/sign-in", {"membership": door, "next": "https://elsewhere.example/"}
    )
    assert answer["Location"] == "/"


def test_whose_authority_has_ended_is_shown_what_the_public_is():
    client = signed_in("E001")
    assert client.get("/to-do").status_code == 200
    Membership.objects.filter(organisation__code="E001").update(until_date=TODAY)
    assert client.get("/to-do").status_code == 302


def test_signing_out_forgets():
    client = signed_in("bureau")
    assert "退出" in text(client.get("/"))
    client.post("/sign-out")
    assert "登录" in words(client.get("/"))
    assert client.get("/sign-out").status_code == 405


def test_in_earnest_nobody_signs_in_without_the_operator(client, settings):
    door = Membership.objects.get(organisation__code="bureau").pk
    settings.DEMO = False
    assert client.post("/demo/sign-in", {"membership": door}).status_code == 404
    page = text(client.get("/sign-in"))
    assert "演示" not in page
    assert 'name="membership"' not in page
    assert 'name="password"' in page


def test_the_to_do_list_counts_working_days_by_the_markets_clock():
    page = text(signed_in("E003").get("/to-do"))
    assert "2023-11-23" in page
    assert page.count("剩 1 个工作日") == 2
    assert "<b>2</b>" in page
    assert "申请复核" in page


def test_each_role_sees_what_waits_for_it():
    assert "没有待办事项" in text(signed_in("E001").get("/to-do"))
    assert "没有待办事项" in text(signed_in("T1").get("/to-do"))
    assert "没有待办事项" in text(signed_in("bureau").get("/to-do"))
    district = text(signed_in("D-涪陵区").get("/cases"))
    assert "涪江水泥厂" in district
    assert "化工有限公司" not in district


def test_who_is_not_signed_in_is_asked_to(client):
    assert client.get("/to-do")["Location"] == "/sign-in?next=/to-do"


def test_the_market_date_is_that_of_the_last_thing_that_happened(client):
    assert "2023-11-22" in text(client.get("/law"))
