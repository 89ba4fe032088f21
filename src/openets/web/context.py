"""What the shell around every page shows."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from openets.casework import queries as casework
from openets.parties.roles import Role
from openets.rulebook.load import law
from openets.web import clock, menu, words
from openets.web.language import say
from openets.web.law.page import name_of
from openets.web.viewer import Viewer, viewer_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits for this person in a list, and where that is."""

    count: int
    href: str


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame: market, year, day, menu, and who looks."""

    market: str
    jurisdiction: str
    years: tuple[int, ...]
    year: int | None
    today: date
    menu: list[menu.Shown]
    synthetic: bool
    """Whether every figure of this installation is made up, as in the demo."""
    viewer: Viewer | None
    person: str
    """Who signed in, also where they may act for nobody; empty for the public."""
    to_do: Waiting | None
    """The bell: cases (待办事项)."""
    inbox: Waiting | None
    """The letter: notices nobody of the organisation has opened (收件箱)."""


def compliance_years() -> tuple[int, ...]:
    """The compliance years (履约年度) for which a list of entities is published.

    Source: CQ208-A1.1.2.
    """
    rules = law(settings.JURISDICTION)
    return tuple(sorted(y for rule in rules if rule.key == "list.entity_count" for y in rule.years))


def compliance_year(request: HttpRequest) -> int | None:
    """The year chosen in the header, kept in the session; the latest if none was chosen."""
    years = compliance_years()
    chosen = request.GET.get("year", "")
    if chosen.isdecimal() and int(chosen) in years:
        request.session["year"] = int(chosen)
    kept: int | None = request.session.get("year")
    return kept if kept in years else max(years, default=None)


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Context processor: the frame around every page."""
    name = name_of(settings.JURISDICTION)
    viewer = viewer_of(request)
    return {
        "shell": Shell(
            market=say(f"{name}碳市场", f"{name} carbon market"),
            jurisdiction=settings.JURISDICTION,
            years=compliance_years(),
            year=compliance_year(request),
            today=clock.today(request),
            menu=menu.shown(request.path, viewer.role if viewer else Role.PUBLIC),
            synthetic=settings.DEMO,
            viewer=viewer,
            person=_person(request),
            to_do=_to_do(viewer) if viewer else None,
            inbox=_inbox(viewer) if viewer else None,
        )
    }


def _to_do(viewer: Viewer) -> Waiting:
    cases = casework.to_do(
        tuple(words.PROCEDURES.values()), viewer.role, viewer.organisation.code, viewer.person
    )
    return Waiting(count=cases.count(), href=reverse("to_do"))


def _inbox(viewer: Viewer) -> Waiting:
    return Waiting(count=casework.unread(viewer.organisation), href=reverse("inbox"))


def _person(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    return (user.display_name or user.get_username()) if user and user.is_authenticated else ""
