"""The screen of a trader in a real browser; the stream and the answers of the floor are played."""

import json
from contextlib import contextmanager

import pytest

from tests.web import market as small
from tests.web.test_browser import ARGUMENTS, CHARTS, CHROMIUM, door

playwright = pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed"),
    pytest.mark.skipif(not CHARTS.is_dir(), reason="the chart libraries are not installed"),
]

SCREEN = f"/market/trade/{small.PRODUCT}"
SNAPSHOT = {
    "depth": {"seq": 5, "bids": [[3720, 40], [3700, 60]], "asks": [[3810, 15], [None, 9]]},
    "trades": [
        {"id": 8, "at": "2023-11-22T11:20:01+08:00", "price_fen": 3810, "qty_t": 5},
        {"id": 9, "at": "2023-11-22T11:20:02+08:00", "price_fen": 3805, "qty_t": 7},
    ],
    "day": {
        "reference_fen": 3700,
        "open_fen": 3750,
        "high_fen": 3810,
        "low_fen": 3750,
        "last_fen": 3805,
        "volume_t": 1234,
        "turnover_fen": 4_630_000,
        "phase": "continuous",
    },
}


class Played:
    """What the stream says and the floor answers, and what was asked of it."""

    def __init__(self):
        self.stream, self.answer, self.asked = True, {}, []

    def quotes(self, route):
        if not self.stream:
            route.abort()
            return
        body = f"retry: 300\nid: 5\nevent: snapshot\ndata: {json.dumps(SNAPSHOT)}\n\n"
        route.fulfill(content_type="text/event-stream", body=body)

    def orders(self, route):
        asked = route.request
        self.asked.append((asked.method, asked.url.partition("/api/orders")[2], asked.post_data))
        if self.answer is None:
            route.abort()
            return
        answer = {"key": "k", "order": 77, "state": "resting", "traded_t": 0, "refusal": None}
        answer |= self.answer
        route.fulfill(status=422 if answer["refusal"] else 200, json=answer)


@contextmanager
def screen_of(code, server, *, width=1440):
    """A trader's screen, in a browser whose stream and floor are played."""
    played, entry = Played(), door(code)
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        context = chromium.new_context(viewport={"width": width, "height": 900})
        context.route("**/stream/market*", played.quotes)
        context.route("**/api/orders**", played.orders)
        page = context.new_page()
        page.goto(f"{server}/sign-in")
        page.click(f"button[value='{entry}']")
        page.goto(server + SCREEN)
        page.wait_for_selector("[data-keys]", state="attached")
        yield page, played
        chromium.close()


@pytest.fixture
def server(live_server, transactional_db, monkeypatch):
    # The browser's own loop runs in this thread; the database is asked outside of it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    small.build()
    return live_server.url


def test_a_trader_works_by_keys_and_sends_only_what_was_checked(server):
    with screen_of("T1", server) as (page, played):
        enters_by_keys(page)
        sends_what_was_checked(page, played)
        is_told_what_cannot_be(page, played)
        sends_again_under_the_same_key(page, played)
        is_told_the_floors_no(page, played)
        changes_and_withdraws(page, played)


def enters_by_keys(page):
    """The side by a letter, the price by steps within the limits, the quantity by digits."""
    page.keyboard.press("s")
    assert page.locator("[value=sell]").is_checked()
    page.keyboard.press("b")
    assert page.locator("[value=buy]").is_checked()
    page.keyboard.type("37.50")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowUp")
    assert page.input_value("[name=price]") == "37.61"
    page.locator("[name=qty]").focus()
    page.keyboard.type("12")
    # 12 t at 37.61 and a fee of 0.27 a tonne, rounded up.
    assert "454.56" in page.inner_text("[data-hint=holds]")


def sends_what_was_checked(page, played):
    """Entered once it is checked, and Escape leads back without sending; twice, and it is sent."""
    answer = page.locator("[data-answer]")
    page.keyboard.press("Enter")
    assert "12" in answer.inner_text()
    assert "37.61" in answer.inner_text()
    page.keyboard.press("Escape")
    assert answer.is_hidden()
    assert played.asked == []

    # Checked and sent.
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer.good")
    (method, path, body) = played.asked.pop()
    sent = json.loads(body)
    assert (method, path) == ("POST", "")
    assert len(sent.pop("key")) == 24
    assert sent == {
        "product": small.PRODUCT,
        "buy": True,
        "qty": 12,
        "price_fen": 3761,
        "tif": "day",
    }


def is_told_what_cannot_be(page, played):
    """What cannot be is said before it is sent."""
    answer = page.locator("[data-answer]")
    for price, qty, said in (
        ("99", "1", "29.60"),
        ("37.5x", "1", "价格"),
        ("37.50", "", "整吨"),
        ("37.50", "900000", "可用"),
    ):
        page.fill("[name=price]", price)
        page.fill("[name=qty]", qty)
        page.keyboard.press("Enter")
        assert said in answer.inner_text()
    assert played.asked == []


def sends_again_under_the_same_key(page, played):
    """No answer: the same order under the same key, until there is one."""
    page.fill("[name=qty]", "3")
    played.answer = None
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer.bad >> text=同一编号")
    played.answer = {"state": "filled", "traded_t": 3}
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer.good >> text=成交 3")
    first, again = (json.loads(body)["key"] for _, _, body in played.asked)
    assert first == again


def is_told_the_floors_no(page, played):
    """With its article and remedy; the input stays."""
    answer = page.locator("[data-answer]")
    refusal = {"code": "x", "article": "CQETS-30", "zh": "账户受限", "en": "Restricted"}
    refusal |= {"remedy_zh": "请联系交易机构", "remedy_en": "Ask the exchange"}
    played.answer = {"state": "refused", "refusal": refusal}
    page.fill("[name=qty]", "4")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer.bad >> text=CQETS-30")
    assert "请联系交易机构" in answer.inner_text()
    assert page.input_value("[name=qty]") == "4"


def changes_and_withdraws(page, played):
    """One's own open order."""
    played.answer, played.asked = {}, []
    row = page.locator("tr[data-order]:has([data-replace])").last
    number = row.get_attribute("data-order")
    row.locator("[data-replace]").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer.good")
    page.locator(f"tr[data-order='{number}'] [data-withdraw]").click()
    page.wait_for_function("() => document.querySelector('.answer').textContent.includes('77')")
    while len(played.asked) < 2:
        page.wait_for_timeout(50)
    (put, put_path, put_body), (delete, delete_path, _) = played.asked
    assert (put, put_path, delete) == ("PUT", f"/{number}", "DELETE")
    assert delete_path.startswith(f"/{number}?key=")
    assert set(json.loads(put_body)) == {"key", "qty", "price_fen"}


def test_quotes_follow_the_stream_and_without_it_are_asked_for(server):
    with screen_of("T1", server) as (page, played):
        chip = page.locator("[data-connection]")
        page.wait_for_selector("[data-connection] >> text=实时")
        assert page.inner_text("[data-last]") == "38.05"
        assert page.inner_text("[data-day=volume_t]") == "1,234"
        assert page.inner_text("[data-phase]") == "交易中 · 连续竞价"
        levels = page.locator("[data-depth] tr")
        assert levels.count() == 10 + 1
        assert "市价" in page.inner_text("[data-depth] .asks")
        ticks = page.locator("[data-tape] tbody tr")
        assert ticks.count() == 2
        assert "11:20:02" in ticks.first.inner_text()

        # A level gives its price to the ticket.
        page.locator("[data-depth] .bids tr").first.click()
        assert page.input_value("[name=price]") == "37.20"

        # The stream ends: the page says so and shows what it asks for.
        played.stream = False
        page.wait_for_selector("[data-connection] >> text=每几秒刷新", timeout=15000)
        assert page.inner_text("[data-last]") == "37.50"
        assert "warn" in chip.get_attribute("class")

        # And it is back.
        played.stream = True
        page.wait_for_selector("[data-connection] >> text=实时", timeout=15000)

        # Which colour rises is kept.
        rise = "getComputedStyle(document.documentElement).getPropertyValue('--rise')"
        red = page.evaluate(rise)
        page.click("[data-colours]")
        page.reload()
        assert page.evaluate(rise) != red

        # On a phone one view at a time, and nothing wider than the screen.
        page.set_viewport_size({"width": 390, "height": 844})
        for view, seen in (("chart", ".candles"), ("book", ".book"), ("mine", ".own")):
            page.click(f"[data-view={view}]")
            assert page.locator(f".trade > {seen}").is_visible()
            assert page.locator(".trade > .ticket").is_hidden()
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
