"""Every page in a real browser: nothing on its console, nothing wider than its screen."""

import shutil
from pathlib import Path

import pytest

from openets.parties.models import Membership
from openets.registry.models import RegistryAccount, Transaction
from tests.web import market as small

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHARTS = Path(__file__).parents[2] / "node_modules" / "echarts"
PAGES = {
    "": (
        "/",
        "/entities",
        "/entities/1",
        "/list",
        "/market",
        "/market/CQEA-2021",
        "/market/sheets",
        "/market/history",
        "/accounting",
        "/documents/",
        "/certificates",
        "/published-reports",
        "/verification/scores",
        "/allocation-plans",
        "/registry/kinds",
        "/downloads",
        "/operating-rules",
        "/calendar",
        "/law",
        "/law/CQ208-A1.2",
        "/law/parameters",
        "/law/terms",
        "/sign-in",
        "/password",
        "/api/docs",
    ),
    "E001": (
        "/home",
        "/to-do",
        "/inbox",
        "/cases",
        "/surrender",
        "/surrender/2021/1",
        "/national-offsets",
        "/paid-issue",
        "/reports",
        "/reports/E001/2021",
        "/monitoring-plans",
        "/monitoring-plans/E001",
        "/verification/findings",
        "/registry/serials",
        "/changes",
        "/changes/report",
        "/assistance",
        "/registry/holders/E001",
        "/registry/accounts/registry-E001/statement",
        "/registry/transactions",
        "/registry/standing",
        "/registry/moves",
        "/registry/approvals",
        "/opening",
        "/opening/trading",
        "/opening/bank-cards",
        "/opening/link",
        "/opening/platform",
        "/market/trade/CQEA-2021",
        "/market/trade/CCER",
        "/organisations/E001",
        "/account",
    ),
    "bureau": (
        "/home",
        "/to-do",
        "/deadlines",
        "/surrender",
        "/surrender/2021/1",
        "/reports",
        "/verification",
        "/verification/bodies",
        "/allocation",
        "/allocation/2021",
        "/paid-issue",
        "/proceeds",
        "/roster",
        "/roster/propose",
        "/roster/standards",
        "/roster/entities/E001",
        "/assistance",
        "/calendar/import",
        "/organisations",
        "/organisations/new",
        "/operating-reports",
    ),
    "exchange": ("/exchange/day", "/exchange/day/2023-11-21", "/market/trade/CQEA-2021"),
    "registry": (
        "/home",
        "/outbox",
        "/reconciliation",
        "/registry/overview",
        "/registry/holders",
        "/registry/transactions/{transaction}",
        "/registry/transactions/{transaction}/receipt",
        "/registry/standing/{account}",
        "/registry/freezes",
        "/registry/measures",
        "/registry/government-accounts",
        "/registry/approvals/new",
        "/opening/queue",
        "/opening/former-register",
    ),
}
"""What is opened by whom, by the code of the organisation; the public has none."""
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
@pytest.mark.skipif(not CHARTS.is_dir(), reason="the chart libraries are not installed")
def test_no_page_complains_or_is_wider_than_its_screen(live_server, transactional_db, monkeypatch):
    # The browser's own loop runs in this thread; the database is asked outside of it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    small.build()
    doors = {code: door(code) for code in PAGES if code}
    numbers = {
        "transaction": Transaction.objects.earliest("pk").pk,
        "account": RegistryAccount.objects.filter(kind="registry").earliest("pk").pk,
    }
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        complaints = [
            f"{code or 'public'} {address}: {said}"
            for code, pages in PAGES.items()
            for address, said in visit(
                browser, live_server.url, doors.get(code), [p.format(**numbers) for p in pages]
            )
        ]
        browser.close()
    assert not complaints


def door(code):
    return Membership.objects.filter(organisation__code=code).earliest("pk").pk


def visit(browser, server, door, pages):
    """Sign in if there is a door, open every page on the desk and the phone, tell what is wrong."""
    context = browser.new_context()
    # The stream of quotes is another process; a page that cannot reach it says so.
    context.route("**/stream/**", lambda route: route.fulfill(content_type="text/event-stream"))
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append((page.url, message.text)))
    page.on("pageerror", lambda error: said.append((page.url, str(error))))
    if door:
        page.goto(f"{server}/sign-in")
        page.click(f"button[value='{door}']")
    for address in pages:
        page.set_viewport_size({"width": 390, "height": 900})
        answer = page.goto(server + address, wait_until="load")
        if answer.status != 200:
            said.append((address, f"status {answer.status}"))
        for width in (390, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if overflow > 0:
                said.append((address, f"{overflow} px too wide at {width}"))
        if address == "/market/CQEA-2021":
            page.wait_for_selector(".candles canvas", timeout=5000)
    context.close()
    return said
