"""The tags and filters every template may use without loading them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.core.paginator import Page
from django.http import HttpRequest
from django.template import Context, Library
from django.utils.html import format_html
from django.utils.safestring import SafeString

from openets.kernel.quantity import Exact
from openets.kernel.refusal import Refusal
from openets.rulebook.requirements import titles
from openets.web import drawings, numbers, persons, refusing, units, words, workings
from openets.web.language import Said
from openets.web.language import say as _say

register = Library()

register.simple_tag(_say, name="say")
register.simple_tag(drawings.spark)
register.simple_tag(drawings.bar)


@register.filter
def grouped(value: Exact | None, decimals: int | None = None) -> str:
    """1234567 becomes 1,234,567."""
    return numbers.grouped(value, decimals)


@register.filter
def signed(value: Exact | None) -> str:
    """A change with its sign."""
    return numbers.signed(value)


@register.filter
def tonnes(value: int | None, unit: str = "") -> SafeString:
    """Whole tonnes with the unit small and muted; `unit` such as tCO₂e replaces 吨."""
    return _with_unit(numbers.grouped(value), unit or _say("吨", "t"))


@register.filter
def yuan(amount_fen: int | None) -> SafeString:
    """Fen as yuan with the unit."""
    return _with_unit(numbers.money(amount_fen), _say("元", "yuan"))


@register.filter
def price(amount_fen: int | None) -> str:
    """Fen per tonne as yuan per tonne, two decimals, the unit being in the heading."""
    return numbers.money(amount_fen)


@register.filter
def price_change(amount_fen: int | None) -> str:
    """A change of price with its sign."""
    sign = "+" if amount_fen and amount_fen > 0 else ""
    return sign + numbers.money(amount_fen)


@register.filter
def percent(ratio: Exact | None, decimals: int = 2) -> str:
    """0.08 becomes 8.00%."""
    return numbers.percent(ratio, decimals)


@register.filter
def iso(moment: date | datetime | None) -> str:
    """A day or a moment as ISO 8601 writes it."""
    return numbers.iso(moment)


@register.filter
def rise(change: Exact | None) -> str:
    """The class of a market change: up (red), down (green) or flat; an arrow goes with it."""
    if not change:
        return "flat"
    return "up" if change > 0 else "down"


@register.filter
def unit(name: str) -> str:
    """A unit of the rulebook or of a working in the language of the page."""
    return units.unit(name)


@register.filter
def worded(text: str) -> str:
    """A name, value or phrase of a working, or a code of the rulebook, in the page's language."""
    return workings.worded(text)


@register.filter
def formula_worded(text: str) -> str:
    """A formula of a working in the page's language."""
    return workings.formula_worded(text)


@register.filter
def account(number: str) -> str:
    """What the account of a number is for; the number itself says it to nobody."""
    return str(words.account_label(number))


@register.inclusion_tag("web/parts/why.html")
def why(explanation: Sequence[Mapping[str, Any]] | None) -> dict[str, Any]:
    """The question beside a figure; it opens the working stored with the figure."""
    return {"steps": explanation, "id": f"why-{uuid4().hex[:12]}"}


@register.inclusion_tag("web/parts/working.html")
def working(explanation: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The working of a figure, open on the page."""
    return {"steps": explanation}


@register.inclusion_tag("web/parts/citation.html")
def citation(source: str) -> dict[str, str]:
    """A link from a catalogue id such as CQ208-A1.2 to its page of the law; it tells its title."""
    return {"source": source, "title": title_of(source)}


@register.filter
def title_of(source: str) -> str:
    """What an article or reading is called in the language of the page."""
    zh, en = titles().get(source, ("", ""))
    return _say(zh, en)


@register.simple_tag(takes_context=True)
def named(context: Context, person: str, otherwise: Said | None = None) -> str:
    """Somebody's name by the user name, in the language of the page; of the clock its role."""
    return str(persons.named(context["request"], person, otherwise)) if person else ""


@register.simple_tag(takes_context=True)
def doer(context: Context, person: str, role: str = "") -> str:
    """Who did something, by the user name: name, role and organisation."""
    return str(persons.doer(context["request"], person, role)) if person else ""


@register.inclusion_tag("web/parts/refusal.html")
def refusal(refused: Refusal | None) -> dict[str, Any]:
    """An expected no: what, why by which article, and what to do now."""
    if refused is None:
        return {}
    return {
        "message": refusing.message(refused),
        "remedy": refusing.remedy(refused),
        "article": refused.article,
        "code": refused.code,
    }


@register.inclusion_tag("web/parts/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any]) -> dict[str, Any]:
    """How many there are, and the ways to the other pages; other query values are kept."""
    numbers_shown = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return {"page": page, "numbers": list(numbers_shown), "request": context["request"]}


@register.inclusion_tag("web/parts/sort_heading.html", takes_context=True)
def sort_heading(context: Context, key: str, label: object, kind: str = "") -> dict[str, Any]:
    """A column heading that sorts by `key`: first ascending, then descending.

    `kind` is the class of the cell, `number` for right-aligned figures.
    """
    request: HttpRequest = context["request"]
    now = request.GET.get("sort", "")
    order = {key: "ascending", f"-{key}": "descending"}.get(now, "none")
    return {
        "request": request,
        "next": f"-{key}" if now == key else key,
        "order": order,
        "label": label,
        "kind": kind,
    }


def _with_unit(figure: str, unit: str) -> SafeString:
    if figure == numbers.NOTHING:
        return SafeString(figure)
    return format_html('<span class="figure">{}<span class="unit">{}</span></span>', figure, unit)
