"""The left menu: groups by business domain, two levels, each entry a named address."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from openets.web.language import Said


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu."""

    route: str
    label: Said
    icon: str


@dataclass(frozen=True, slots=True)
class Group:
    """Pages of one business domain."""

    label: Said
    entries: tuple[Entry, ...]


MENU = (
    Group(
        Said("市场", "Market"),
        (
            Entry("overview", Said("市场总览", "Overview"), "overview"),
            Entry("market", Said("交易行情", "Quotes"), "market"),
        ),
    ),
    Group(
        Said("排放与配额", "Emissions and allowances"),
        (Entry("entities", Said("重点排放单位", "Key emitting entities"), "entities"),),
    ),
    Group(
        Said("规则", "Rules"),
        (
            Entry("requirements", Said("条文与实现", "Law and code"), "law"),
            Entry("parameters", Said("法定参数", "Parameters"), "parameters"),
            Entry("api:openapi-view", Said("开放接口", "Programming interface"), "interface"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as shown on one page."""

    href: str
    label: Said
    icon: str
    here: bool


def shown(path: str) -> list[tuple[Said, list[Link]]]:
    """The menu as seen from `path`; an entry whose page this installation lacks is left out."""
    groups = [(group.label, [_link(entry, path) for entry in group.entries]) for group in MENU]
    present = [(label, [link for link in links if link]) for label, links in groups]
    return [(label, links) for label, links in present if links]


def _link(entry: Entry, path: str) -> Link | None:
    try:
        href = reverse(entry.route)
    except NoReverseMatch:
        return None
    here = path == href or (href != "/" and path.startswith(f"{href}/"))
    return Link(href, entry.label, entry.icon, here)
