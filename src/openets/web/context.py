"""What the shell around every page shows."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from openets.kernel.clock import market_date
from openets.rulebook.load import law
from openets.web import menu
from openets.web.language import Said

NAMES = {
    "cq": Said("重庆碳市场", "Chongqing carbon market"),
    "bj": Said("北京碳市场", "Beijing carbon market"),
    "cn": Said("全国碳市场", "National carbon market"),
}


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame: market, year, day, menu."""

    market: str
    jurisdiction: str
    years: tuple[int, ...]
    year: int | None
    today: date
    menu: list[tuple[Said, list[menu.Link]]]
    synthetic: bool
    """Whether every figure of this installation is made up, as in the demo."""


def compliance_years() -> tuple[int, ...]:
    """The compliance years (履约年度) for which the jurisdiction has an allocation rule."""
    return tuple(sorted({year for rule in law(settings.JURISDICTION) for year in rule.years}))


def compliance_year(request: HttpRequest) -> int | None:
    """The year chosen in the header, kept in the session; the latest if none was chosen."""
    years = compliance_years()
    chosen = request.GET.get("year", "")
    if chosen.isdecimal() and int(chosen) in years:
        request.session["year"] = int(chosen)
    return request.session.get("year", years[-1] if years else None)


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Context processor: the frame around every page."""
    return {
        "shell": Shell(
            market=str(NAMES.get(settings.JURISDICTION, "")),
            jurisdiction=settings.JURISDICTION,
            years=compliance_years(),
            year=compliance_year(request),
            today=market_date(timezone.now()),
            menu=menu.shown(request.path),
            synthetic=settings.DEMO,
        )
    }
