"""The papers keep up with the code: links lead somewhere, lists are complete, nothing leaks."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from openets.doors.main import DOORS
from openets.ledger.posting import Result
from openets.registry.operations import BelowMinimumHolding
from openets.rulebook.requirements import citable

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
CITED = re.compile(r"\b(?:(?:CQETS|CQVER|CQ208|CNETS|BJETS)-[A-Z0-9][\w.]*\w|AMB-\d+)")
VARIABLE = re.compile(r"\"(OPENETS_[A-Z_]+|DATABASE_URL)\"")
LOCAL = {"var", "node_modules", "dist", "build"}
LEAKS = re.compile(
    r"pypi\.org|pythonhosted|registry\.npmjs|registry\.npmmirror|deb\.debian"
    r"|(?<![\w.])/(?:home|work|Users|root)/"
)


def tracked(suffix: str = "") -> list[Path]:
    """Files of the checkout, without what tools and the program leave there."""
    found: list[Path] = []
    for folder, below, files in os.walk(ROOT):
        below[:] = [name for name in below if name == ".ci" or not name.startswith((".", "__"))]
        below[:] = [name for name in below if name not in LOCAL]
        found += [Path(folder, name) for name in files if name.endswith(suffix) and name != ".git"]
    return sorted(found)


def links(page: Path) -> Iterator[str]:
    yield from LINK.findall(CODE.sub("", page.read_text("utf-8")))


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in links to it."""
    names = (re.sub(r"[^\w\- ]", "", h.lower()) for h in HEADING.findall(page.read_text("utf-8")))
    return {name.replace(" ", "-") for name in names}


@pytest.mark.parametrize("page", tracked(".md"), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    dead = []
    for link in links(page):
        if ":" in link:
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / unquote(name) if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def test_every_room_has_a_page_of_concepts_and_stands_in_their_index() -> None:
    packages = (ROOT / "src/openets").glob("*/__init__.py")
    rooms = {f"{package.parent.name}.md" for package in packages} - {"kernel.md"}
    assert rooms <= {page.name for page in (DOCS / "concepts").glob("*.md")}
    assert rooms <= set(links(DOCS / "concepts/README.md"))


def test_every_decision_stands_in_the_index_under_its_number() -> None:
    pages = sorted(page.name for page in (DOCS / "adr").glob("0*.md"))
    assert sorted(links(DOCS / "adr/README.md")) == pages
    assert [int(page[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        assert (DOCS / "adr" / page).read_text("utf-8").startswith(f"# {int(page[:4])} ")


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        targets = ((page.parent / link.partition("#")[0]).resolve() for link in links(page))
        ahead += [t for t in targets if t.suffix == ".md" and t.exists() and t not in reached]
    assert set(tracked(".md")) - reached == set()


def test_every_setting_is_described() -> None:
    told = (DOCS / "reference/settings.md").read_text("utf-8")
    read = {
        name
        for path in (ROOT / "config").rglob("*.py")
        for name in VARIABLE.findall(path.read_text("utf-8"))
    }
    assert read, "the settings are found"
    assert {name for name in read if f"| `{name}` |" not in told} == set()


def test_every_door_is_described() -> None:
    told = (DOCS / "reference/doors.md").read_text("utf-8")
    assert set(re.findall(r"^\| `openets ([\w-]+)` \|", told, re.MULTILINE)) == set(DOORS)


def test_the_outcomes_of_the_ledger_are_told_in_the_order_of_precedence() -> None:
    told = (DOCS / "reference/ledger.md").read_text("utf-8")
    codes = re.findall(r"^\| \d* ?\| `(\w+)` \|", told, re.MULTILINE)
    assert codes == [result.value for result in Result]


def test_the_example_of_a_refusal_is_one() -> None:
    told = (DOCS / "reference/refusals.md").read_text("utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", told, re.DOTALL)
    refusal = BelowMinimumHolding(amount=60, kept=40, share="50%", required=50, allowed=50)
    assert json.loads(example) == refusal.as_json()


@pytest.mark.parametrize("page", tracked(".md"), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_article_a_page_names_is_in_the_catalogue(page: Path) -> None:
    assert set(CITED.findall(page.read_text("utf-8"))) - set(citable()) == set()


def test_no_file_names_a_registry_to_download_from_or_a_place_on_one_machine() -> None:
    found = []
    for path in tracked():
        if path == Path(__file__):
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {leak}" for leak in LEAKS.findall(text)]
    assert found == []
