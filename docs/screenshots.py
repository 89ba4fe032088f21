"""Take pictures of the pages of a running server, to be looked at before a change is called done.

    python docs/screenshots.py http://127.0.0.1:8000 --into /tmp/pictures overview=/ law=/law

Each page is taken at desktop and phone width, in Chinese and in English; with --as in the role of
that Chinese name. With --readme the pictures of docs/images are taken instead. A page that
writes to the browser's console, as a broken script or a breach of the security policy does, is
named and the command returns 1.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
IMAGES = Path(__file__).parent / "images"
README_PAGES = {
    "overview": ("", "/", ViewportSize(width=1440, height=1515)),
    "desk": ("交易机构", "/home", ViewportSize(width=1440, height=900)),
}
"""By name: the role that looks, the address, and how much of the page."""
WIDTHS = (1440, 390)
LANGUAGES = {"zh": "zh-hans", "en": "en"}
PAGES = (
    "overview=/",
    "entities=/entities",
    "market=/market",
    "law=/law",
    "parameters=/law/parameters",
)


def main() -> int:
    """Take the pictures; returns 1 when any page complained."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server", help="address of a running server")
    parser.add_argument("pages", nargs="*", default=PAGES, help="name=path")
    parser.add_argument("--into", type=Path, default=Path("var/pictures"))
    parser.add_argument("--as", dest="role", help="sign in to the demo in this role")
    parser.add_argument("--readme", action="store_true", help="take the pictures of docs/images")
    parser.add_argument("--dark", action="store_true", help="take them in the dark scheme")
    parser.add_argument("--no-scripts", action="store_true", help="take them without JavaScript")
    options = parser.parse_intermixed_args()
    options.into.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        complaints = list((take_readme if options.readme else take)(browser, options))
        browser.close()
    sys.stderr.writelines(f"{complaint}\n" for complaint in complaints)
    return 1 if complaints else 0


def take(browser: Browser, options: argparse.Namespace) -> Iterator[str]:
    """Take every page in every width and language; yields what the browser complained of."""
    for width, (short, language) in product(WIDTHS, LANGUAGES.items()):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if options.dark else "light",
            java_script_enabled=not options.no_scripts,
            reduced_motion="reduce",
        )
        if options.role:
            sign_in(context, options.server, options.role)
        context.add_cookies([{"name": "django_language", "value": language, "url": options.server}])
        for name, path in (page.split("=", 1) for page in options.pages):
            page = context.new_page()
            said = complaints_of(page)
            page.goto(options.server + path, wait_until="networkidle")
            page.screenshot(path=options.into / f"{name}-{width}-{short}.png", full_page=True)
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if overflow > 0:
                said.append(f"{overflow} px wider than the screen")
            yield from (f"{name} {width} {short}: {text}" for text in said)
            page.close()
        context.close()


def take_readme(browser: Browser, options: argparse.Namespace) -> Iterator[str]:
    """Take the upper part of some pages, as a desktop shows them."""
    IMAGES.mkdir(exist_ok=True)
    for name, (role, path, size) in README_PAGES.items():
        context = browser.new_context(viewport=size, reduced_motion="reduce")
        if role:
            sign_in(context, options.server, role)
        page = context.new_page()
        said = complaints_of(page)
        page.goto(options.server + path, wait_until="networkidle")
        page.screenshot(path=IMAGES / f"{name}.png")
        yield from (f"{name}: {text}" for text in said)
        context.close()


def sign_in(context: BrowserContext, server: str, role: str) -> None:
    """Go through the door of a role."""
    page = context.new_page()
    page.goto(f"{server}/sign-in")
    page.click(f"li:has(h2:text-is('{role}')) button")
    page.close()


def complaints_of(page: Page) -> list[str]:
    """What the browser will write to its console for this page; the list fills as it loads."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


if __name__ == "__main__":
    sys.exit(main())
