"""A trader in a real browser, at a real floor: enter, see, change, trade, withdraw; the floor lost."""

from contextlib import contextmanager

import pytest

from openets.gateway.address import Address
from openets.parties import operations as parties
from openets.web.orders import asking
from tests.exchange import PRODUCT, TEN, trading_market
from tests.floors import SECRET, floor_process
from tests.markets import FOUNDED, FOUNDER
from tests.streaming import served_streams
from tests.web.people import goes_to
from tests.web.test_browser import ARGUMENTS, CHARTS, CHROMIUM, door

playwright = pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.requirement("CQETS-17", "CQETS-20", "CQETS-5.4b"),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed"),
    pytest.mark.skipif(not CHARTS.is_dir(), reason="the chart libraries are not installed"),
]
SCREEN = f"/market/trade/{PRODUCT}"
LIVE, LOST = "[data-connection] >> text=实时", "[data-connection] >> text=撮合服务暂停"
PATIENCE_MS = 60_000


@pytest.fixture
def server(request, transactional_db, monkeypatch, settings, tmp_path):
    """The pages and streams of a small market whose floor is looked for in a folder."""
    # The browser's own loop runs in this thread; the database is asked outside of it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    market = trading_market(1)
    for code in ("E001", "I1"):
        parties.add_member(
            username=f"{code}-1",
            display_name=code,
            organisation=market[code],
            acting=FOUNDER,
            at=FOUNDED,
        )
    goes_to(TEN)
    settings.FLOORS, settings.FLOOR_SECRET = [f"unix:{tmp_path}/f"], SECRET
    asking.caller.cache_clear()
    with served_streams(Address(path=f"{tmp_path}/f")) as port:
        # Where the streams are is known before the pages are: their policy names it.
        settings.STREAM_URL = f"http://127.0.0.1:{port}"
        yield request.getfixturevalue("live_server").url
    asking.caller.cache_clear()


def test_two_trade_a_third_watches_and_a_lost_floor_loses_nothing(server, tmp_path):
    path = tmp_path / "f"
    with floor_process(path) as floor, browsers(server) as (seller, buyer, watcher):
        enters_by_keys(seller, "s", "35.00", "100")
        watcher.wait_for_selector("[data-depth] .asks >> text=35.00")
        changes(seller)
        watcher.wait_for_selector("[data-depth] .asks >> text=35.01")
        buys_what_is_offered(buyer)
        watcher.wait_for_selector("[data-tape] >> text=35.01")
        assert watcher.inner_text("[data-day=volume_t]") == "20"
        seller.wait_for_selector("[data-pane=orders] >> text=部分成交")

        floor.kill()
        for page in (seller, watcher):
            page.wait_for_selector(LOST)
        with floor_process(path):
            for page in (seller, watcher):
                page.wait_for_selector(LIVE)
            assert watcher.inner_text("[data-depth] .asks").split()[-2:] == ["35.01", "80"]
            seller.locator("[data-withdraw]").click()
            seller.wait_for_selector(".answer.good >> text=已撤单")
            watcher.wait_for_function(
                "() => !document.querySelector('[data-depth] .asks').textContent.includes('35.01')"
            )


@contextmanager
def browsers(server):
    """A seller's and a buyer's screen, and the public quotes; all follow the stream."""
    # Asked before the browser's loop runs, so that the test keeps to one connection.
    doors = [door("E001"), door("I1"), None]
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        pages = []
        for entry in doors:
            page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
            page.set_default_timeout(PATIENCE_MS)
            if entry:
                page.goto(f"{server}/sign-in")
                page.click(f"button[value='{entry}']")
            page.goto(server + (SCREEN if entry else f"/market/{PRODUCT}"))
            page.wait_for_selector(LIVE)
            pages.append(page)
        yield pages
        chromium.close()


def enters_by_keys(page, side, price, qty):
    page.keyboard.press(side)
    page.keyboard.type(price)
    page.locator("[name=qty]").focus()
    page.keyboard.type(qty)
    sends(page, "已挂单")
    page.wait_for_selector("[data-pane=orders] >> text=未成交")


def changes(page):
    """One tick up, by the row of one's own order."""
    page.locator("[data-replace]").click()
    page.keyboard.press("ArrowUp")
    sends(page, "已挂单")
    page.wait_for_selector("[data-pane=orders] >> text=35.01")


def buys_what_is_offered(page):
    """The best offer, by clicking it."""
    page.locator("[data-depth] .asks tr[data-price]").last.click()
    page.keyboard.type("20")
    sends(page, "全部成交")


def sends(page, said):
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer.check >> text=再按 Enter")
    page.keyboard.press("Enter")
    page.wait_for_selector(f".answer.good >> text={said}")
