"""Every page in a real browser: nothing on its console, nothing wider than its screen."""

import shutil
from pathlib import Path

import pytest

from openets.parties.models import Membership
from tests.web import market as small

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHARTS = Path(__file__).parents[2] / "node_modules" / "echarts"
PAGES = (
    "/",
    "/entities",
    "/entities/1",
    "/market",
    "/to-do",
    "/sign-in",
    "/account",
    "/organisations",
    "/organisations/E001",
    "/law",
    "/law/parameters",
    "/api/docs",
)
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
@pytest.mark.skipif(not CHARTS.is_dir(), reason="the chart libraries are not installed")
def test_no_page_complains_or_is_wider_than_its_screen(live_server, transactional_db, monkeypatch):
    # The browser's own loop runs in this thread; the database is asked outside of it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    small.build()
    door = Membership.objects.get(organisation__code="E001").pk
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        complaints = [
            f"{address} at {width}: {said}"
            for width in (1440, 390)
            for address, said in visit(browser, live_server.url, width, door)
        ]
        browser.close()
    assert not complaints


def visit(browser, server, width, door):
    """Sign in, open every page and tell what went wrong."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append((page.url, message.text)))
    page.on("pageerror", lambda error: said.append((page.url, str(error))))
    page.goto(f"{server}/sign-in")
    page.click(f"button[value='{door}']")
    for address in PAGES:
        answer = page.goto(server + address, wait_until="networkidle")
        if answer.status != 200:
            said.append((address, f"status {answer.status}"))
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if overflow > 0:
            said.append((address, f"{overflow} px too wide"))
        if address == "/market" and page.locator(".candles canvas").count() == 0:
            said.append((address, "no candles are drawn"))
    context.close()
    return said
