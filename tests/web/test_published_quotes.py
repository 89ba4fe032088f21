"""The board, the daily sheets, the history and the candles, as everybody may read them."""

import csv
import io
from datetime import date

import pytest
from openpyxl import load_workbook

from openets.deals import operations as deals
from openets.history import operations as history
from openets.history import queries as loaded
from openets.kernel.clock import at
from openets.kernel.quantity import Fen, Tonnes
from openets.trading import operations as trading
from openets.trading.causes import Cause
from openets.trading.floor import Floor
from openets.trading.models import Method, Trade
from tests.web.market import LAW, PRODUCT, TODAY, acts
from tests.web.people import text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]

SOURCE = "chongqing-2014-2021"


@pytest.fixture
def real_days():
    history.load_shipped(acting=acts("exchange"), at=at(TODAY, 12))


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.requirement("CQETS-20")
def test_the_board_tells_last_change_range_average_and_turnover_of_every_product(client):
    page = text(client.get("/market"))
    assert "行情日 2023-11-22" in page
    row = page.partition("碳配额 2021 年度")[2].partition("碳配额 2022")[0]
    for figure in ("37.50", "+0.50", "+1.35%", "37.50 / 38.00", "200", "7,500.00"):
        assert figure in row
    assert "公开竞价" in page
    assert all(code in page for code in ("CQEA-2022", "CQEA-2023", "CQCER", "CCER"))


@pytest.mark.requirement("CQETS-20")
def test_the_daily_sheets_are_shown_and_leave_as_csv_and_excel(client):
    page = text(client.get("/market/sheets"))
    assert "2023-11-21" in page
    assert "2023-11-22" not in page.partition("Excel")[2], "the running day has no sheet yet"
    rows = rows_of(client.get("/market/sheets.csv", {"product": PRODUCT}))
    assert [(row["day"], row["close_fen"], row["volume_t"]) for row in rows] == [
        ("2023-11-20", "3600", "500"),
        ("2023-11-21", "3700", "500"),
    ]
    assert rows[0]["average_fen"] == "3600"
    empty = rows_of(client.get("/market/sheets.csv", {"product": "CCER"}))[0]
    assert (empty["open_fen"], empty["average_fen"], empty["close_fen"]) == ("", "", "3600")
    answer = client.get("/market/sheets.xlsx", {"since": "2023-11-21", "until": "2023-11-21"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet.max_row == 1 + 5


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({}, ["2023-11-20", "2023-11-21"]),
        ({"since": "2023-11-21"}, ["2023-11-21"]),
        ({"until": "2023-11-20"}, ["2023-11-20"]),
        ({"since": "2024-01-01"}, []),
    ],
)
def test_the_sheets_are_those_of_the_days_asked_for(client, query, days):
    rows = rows_of(client.get("/market/sheets.csv", query | {"product": PRODUCT}))
    assert [row["day"] for row in rows] == days


def test_wrong_days_are_told_beside_the_field_and_do_not_break_the_page(client):
    page = text(client.get("/market/sheets", {"since": "2023-11-22", "until": "2023-11-20"}))
    assert "起始日晚于截止日" in page
    assert client.get("/market/sheets", {"since": "=1"}).status_code == 200
    assert client.get("/market/sheets", {"product": "GOLD"}).status_code == 404


@pytest.mark.parametrize(
    ("interval", "starts", "last"),
    [
        ("1m", ["2023-11-20T10:00", "2023-11-21T10:00", "2023-11-22T11:00"], [3750] * 4),
        ("1h", ["2023-11-20T10:00", "2023-11-21T10:00", "2023-11-22T11:00"], [3750] * 4),
        ("1d", ["2023-11-20T00:00", "2023-11-21T00:00", "2023-11-22T00:00"], [3750] * 4),
        ("1w", ["2023-11-20T00:00"], [3600, 3750, 3600, 3750]),
        ("1M", ["2023-11-01T00:00"], [3600, 3750, 3600, 3750]),
    ],
)
def test_candles_of_every_interval_are_those_of_trades_and_days(client, interval, starts, last):
    rows = client.get(f"/api/market/{PRODUCT}/candles", {"interval": interval}).json()
    assert [row[0][:16] for row in rows] == starts
    assert rows[-1][1:5] == last
    assert sum(row[5] for row in rows) == 1200
    assert sum(row[6] for row in rows) == 500 * 3600 + 500 * 3700 + 200 * 3750


class TestBesideTheBook:
    @pytest.fixture
    def deal(self, market):
        """A deal of 1,000 t at 36.00 beside the 200 t that the book traded at 37.50."""
        proposed = deals.propose(
            proposer=market["E002"],
            counterparty=market["T1"],
            product=PRODUCT,
            method=Method.NEGOTIATED,
            buys=False,
            price_fen=Fen(3600),
            qty=Tonnes(1000),
            reference="d1",
            law=LAW,
            acting=acts("E002"),
            at=at(TODAY, 11),
        )
        deals.confirm(deal=proposed, law=LAW, acting=acts("T1"), at=at(TODAY, 11))

    @pytest.mark.requirement("CQETS-20")
    @pytest.mark.usefixtures("deal")
    def test_a_deal_moves_no_price_and_counts_apart(self, client):
        row = text(client.get("/market")).partition("碳配额 2021 年度")[2]
        for figure in ("37.50", "200", "7,500.00", "1,000", "36,000.00"):
            assert figure in row.partition("碳配额 2022")[0]
        for interval in ("1m", "1d"):
            asked = {"interval": interval, "from": str(TODAY)}
            (candle,) = client.get(f"/api/market/{PRODUCT}/candles", asked).json()
            assert candle[1:] == [3750, 3750, 3750, 3750, 200, 7500_00]
        floor = Floor(law=LAW, day=TODAY, acting=acts("exchange"))
        floor.close_day(at=at(TODAY, 15, 5))
        floor.close()
        asked = {"product": PRODUCT, "since": str(TODAY)}
        (day,) = rows_of(client.get("/market/sheets.csv", asked))
        assert (day["volume_t"], day["trades"]) == ("200", "1")
        apart = (day["deal_volume_t"], day["deal_turnover_fen"], day["deals"])
        assert apart == ("1000", "3600000", "1")
        assert "36,000.00" in text(client.get("/market/sheets", asked))

    @pytest.mark.requirement("BJETS-18b")
    def test_a_cancelled_trade_makes_no_candle_and_no_figure(self, client):
        decided = trading.decide_cancellation(
            trade=Trade.objects.get(day=TODAY),
            cause=Cause.ERRONEOUS_TRADE,
            reason="错误成交",
            announcement="取消一笔成交",
            reference="C1",
            acting=acts("exchange"),
            at=at(TODAY, 11),
        )
        second = acts("exchange", 2)
        trading.cancel_trade(intervention=decided, law=LAW, acting=second, at=at(TODAY, 11, 5))
        for interval in ("1m", "1d"):
            asked = {"interval": interval, "from": str(TODAY)}
            assert client.get(f"/api/market/{PRODUCT}/candles", asked).json() == []
        row = text(client.get("/market")).partition("碳配额 2021 年度")[2]
        assert "7,500.00" not in row


def test_candles_from_a_day_to_a_day(client):
    asked = {"interval": "1d", "from": "2023-11-21", "to": "2023-11-21"}
    (row,) = client.get(f"/api/market/{PRODUCT}/candles", asked).json()
    assert row[0].startswith("2023-11-21")
    asked["interval"] = "5m"
    assert len(client.get(f"/api/market/{PRODUCT}/candles", asked).json()) == 1
    answer = client.get(f"/api/market/{PRODUCT}/candles", {"interval": "2m"})
    assert answer.status_code == 422


def test_the_snapshot_is_what_the_stream_begins_with_and_names_nobody(client):
    answer = client.get(f"/api/market/{PRODUCT}/snapshot").json()
    assert answer["depth"]["bids"] == [[3750, 100], [3600, 100]]
    assert answer["depth"]["asks"] == [[3800, 700]]
    (trade,) = answer["trades"]["trades"]
    assert (trade["price_fen"], trade["qty_t"], trade["buy_taker"]) == (3750, 200, False)
    day = answer["day"]
    assert (day["reference_fen"], day["last_fen"], day["volume_t"]) == (3700, 3750, 200)
    assert day["phase"] == "continuous"
    assert set(trade) == {"id", "at", "price_fen", "qty_t", "buy_taker"}


def test_a_product_without_trades_has_no_last_price(client):
    day = client.get("/api/market/CCER/snapshot").json()["day"]
    assert (day["last_fen"], day["open_fen"], day["volume_t"]) == (None, None, 0)


def test_without_history_the_page_says_how_it_is_loaded(client):
    assert "尚未载入历史行情" in text(client.get("/market/history"))
    assert client.get("/market/history/none").status_code == 404
    assert client.get("/market/history/none.csv").status_code == 404
    answer = client.get("/api/market/history/none/candles")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_source")


@pytest.mark.requirement("CQETS-20")
@pytest.mark.usefixtures("real_days")
def test_history_stands_beside_its_source_wherever_it_is_shown(client):
    page = text(client.get("/market/history"))
    assert "公开研究数据集" in page
    assert "真实行情，非合成数据" in page
    assert "8,690,101" in page
    assert "53,095,031.19" in page
    (source,) = client.get("/api/market/history/sources").json()
    assert source["code"] == SOURCE
    assert "not synthetic" in source["note_en"]


@pytest.mark.usefixtures("real_days")
def test_history_leaves_as_the_file_it_came_from(client):
    answer = client.get(f"/market/history/{SOURCE}.csv")
    assert answer.content.removeprefix(b"\xef\xbb\xbf") == loaded.shipped()[0]


@pytest.mark.usefixtures("real_days")
@pytest.mark.parametrize(("interval", "count"), [("1d", 567), ("1Y", 8)])
def test_history_is_drawn_by_its_days_and_by_longer_stretches(client, interval, count):
    rows = client.get(f"/api/market/history/{SOURCE}/candles", {"interval": interval}).json()
    assert len(rows) == count
    assert sum(row[5] for row in rows) == 8_690_101
    assert all(low <= close <= high for _, _, high, low, close, _, _ in rows)
    page = client.get("/market/history", {"interval": interval})
    assert page.status_code == 200


@pytest.mark.usefixtures("real_days")
def test_history_never_comes_among_this_markets_candles_sheets_or_references(client):
    assert len(client.get(f"/api/market/{PRODUCT}/candles", {"interval": "1d"}).json()) == 3
    days = {row["day"] for row in rows_of(client.get("/market/sheets.csv"))}
    assert days == {"2023-11-20", "2023-11-21"}
    assert min(days) > date(2021, 3, 23).isoformat()
