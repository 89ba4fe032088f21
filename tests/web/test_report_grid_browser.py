"""The grid of a report in a real browser: a block from Excel, keys, sums, evidence, no lost work."""

import shutil
from datetime import date

import pytest

from openets.kernel.clock import at
from openets.mrv.models import ReportDraft
from tests.markets import founded_market
from tests.web.people import browser, goes_to

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PAGE = "/reports/E001/2022"
BLOCK = 'L1\tfuel\t烟煤\t1000.25\tt\r\nL1\tfuel\t"无烟\r\n煤"\t2000.5\tt\r\nL1\telectricity\t重庆\t70\tMWh\r\n'
PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  document.activeElement.dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def cell(page, name):
    return page.locator(f"[name='{name}']")


def focused(page):
    return page.evaluate("document.activeElement.name")


@pytest.fixture
def page(live_server, transactional_db, monkeypatch, settings, tmp_path):
    """The page of a report not begun, in a browser of the entity; nothing on its console."""
    # The browser's own loop runs in this thread; the database is asked outside of it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    settings.DEMO, settings.DOCUMENT_FOLDER = True, tmp_path / "documents"
    founded_market(entities=1)
    goes_to(at(date(2023, 4, 20), 10))
    session = browser("E001").cookies["sessionid"].value
    complaints = []
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        context = chromium.new_context()
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        opened = context.new_page()
        opened.on("console", lambda message: complaints.append(message.text))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.goto(live_server.url + PAGE)
        yield opened
        opened.goto("about:blank")
        context.close()
        chromium.close()
    assert complaints == []


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
def test_the_grid_is_filled_in_as_a_spreadsheet_is(page, tmp_path):
    cell(page, "activity-3-facility").focus()
    page.evaluate(PASTE, BLOCK)
    assert cell(page, "activity-4-item").input_value() == "无烟 煤"
    assert cell(page, "activity-5-quantity").input_value() == "70", "a row was added"
    cell(page, "activity-3-quantity").focus()
    bar = page.locator("[data-bar='activity']")
    assert "3,000.75 t" in bar.text_content()
    assert "70 MWh" in bar.text_content(), "sums are told by unit"
    page.keyboard.press("Enter")
    assert focused(page) == "activity-4-quantity"
    page.keyboard.press("ArrowUp")
    assert focused(page) == "activity-3-quantity"
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    assert focused(page) == "activity-3-unit"
    cell(page, "activity-3-facility").focus()
    page.evaluate(PASTE, "甲\t乙\r\n")
    assert cell(page, "activity-3-source").input_value() == "乙"
    page.keyboard.press("Control+z")
    assert cell(page, "activity-3-source").input_value() == "fuel"
    cell(page, "summary-2-responsible").focus()
    page.evaluate(PASTE, "王工\t说明\r\n李工\t另一行\r\n")
    assert "2 个单元格" in page.locator("[data-bar='summary']").text_content()
    with page.expect_file_chooser() as chosen:
        page.locator("button.attach[data-row='activity-3']").click()
    ledger = tmp_path / "台账.csv"
    ledger.write_text("day,t\n", encoding="utf-8")
    with page.expect_navigation():
        chosen.value.set_files(ledger)
    assert page.locator(".proof-link").first.text_content().strip().endswith("台账.csv")
    page.locator(".problems a").first.click()
    assert focused(page).startswith(("activity-", "lines-"))
    kept = ReportDraft.objects.get().content
    assert [row["quantity"] for row in kept["activity"]] == ["1000.25", "2000.5", "70"]
    assert kept["activity"][0]["evidence"]
