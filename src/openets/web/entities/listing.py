"""The list of entities: filtered, sorted and paged by the database."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.http import QueryDict
from django.urls import reverse

from openets.allocation import queries as allocation
from openets.compliance import queries as compliance
from openets.compliance.duty import Standing
from openets.compliance.duty import Status as DutyStatus
from openets.compliance.obligation import surrender_deadline
from openets.mrv import queries as mrv
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.rulebook.load import law
from openets.web import words
from openets.web.entities.page import EntitiesPage, EntityRow, Filters
from openets.web.parts import Choice
from openets.web.tables import Column, Table

PER_PAGE = 20
FILTERS = ("name", "district", "industry", "method", "status")
SORTS = {
    "name": "name",
    "district": "district",
    "verified": "verified_t",
    "allocated": "allocated_t",
    "gap": "gap_t",
}
FIELDS = ("id", "number", "name", "code", "district", "industry", "verified_t", "allocated_t")
COLUMNS = (
    "no",
    "name",
    "district",
    "industry",
    "year",
    "methods",
    "verified_tco2e",
    "allocated_t",
    "balance_t",
    "status",
    "synthetic",
)
"""The header row of the export; what stands below is told in docs/reference/entities-csv.md."""
HEADINGS = (
    "序号",
    "单位名称",
    "区县",
    "行业",
    "履约年度",
    "分配方法",
    "核查排放量（吨）",
    "核定配额（吨）",
    "盈缺（吨）",
    "清缴状态",
    "合成数据",
)


class Listing:
    """The entities of a compliance year that a query asks for, as they stand on a day.

    Without sight of figures it is the published list: names, and after the deadline how each
    duty stands. Source: CQETS-29.
    """

    def __init__(
        self, year: int, asked: Mapping[str, str], *, on: date, sees_figures: bool
    ) -> None:
        """`asked` may name name, district, industry, method, status and sort."""
        self.year = year
        self.on = on
        self.sees_figures = sees_figures
        self.rules = law(settings.JURISDICTION)
        deadline = surrender_deadline(law=self.rules, year=year)
        self.sees_status = sees_figures or (deadline is not None and on > deadline)
        self.asked = {name: asked.get(name, "") for name in self._answered()}
        self.found = self._sorted(self._filtered())

    def page(self, number: str | int | None, size: int = PER_PAGE) -> Page[Any]:
        """One page of `EntityRow`."""
        shown = Paginator(self.found.values(*FIELDS), size).get_page(number)
        shown.object_list = self.rows(list(shown.object_list))
        return shown

    def every(self) -> list[EntityRow]:
        """All of them."""
        return self.rows(list(self.found.values(*FIELDS)))

    def totals(self) -> tuple[int, int]:
        """Verified emissions and allowances of all found."""
        if not self.sees_figures:
            return 0, 0
        verified_t = mrv.verified_total_t(self.found, self.year)
        return verified_t, allocation.allocated_total_t(self.found, self.year)

    def rows(self, found: Sequence[Mapping[str, Any]]) -> list[EntityRow]:
        """The rows with methods and status, both read at once for all of them."""
        ids = [row["id"] for row in found]
        methods = allocation.methods_of(ids, self.year) if self.sees_figures else {}
        status = {standing.entity: standing.status for standing in self._standings(ids)}
        return [
            EntityRow(
                no=row["number"],
                name=row["name"],
                district=row["district"],
                industry=row["industry"],
                methods=methods.get(row["id"], []),
                verified_t=row["verified_t"] if self.sees_figures else None,
                allocated_t=row["allocated_t"] if self.sees_figures else None,
                duty=status.get(row["code"], DutyStatus.NOT_YET_DUE) if self.sees_status else None,
            )
            for row in found
        ]

    def _answered(self) -> Iterator[str]:
        """What may be asked: to filter or sort by a figure is to see it."""
        yield from ("name", "district", "industry")
        if self.sees_status:
            yield "status"
        if self.sees_figures:
            yield from ("method", "sort")

    def _standings(self, organisations: Collection[int] | None = None) -> list[Standing]:
        if not self.sees_status:
            return []
        return compliance.standings(self.year, self.rules, on=self.on, organisations=organisations)

    def _filtered(self) -> QuerySet[Organisation]:
        asked = self.asked
        found = mrv.with_verified(parties.entities(self.year), self.year)
        found = allocation.with_allowance(found, self.year)
        if name := asked["name"].strip():
            found = found.filter(name__icontains=name)
        for field in ("district", "industry"):
            if value := asked.get(field):
                found = found.filter(**{field: value})
        if method := asked.get("method"):
            found = allocation.with_method(found, self.year, method)
        if status := asked.get("status"):
            found = found.filter(code__in=self._standing(status))
        return found

    def _standing(self, status: str) -> list[str]:
        return [each.entity for each in self._standings() if each.status == status]

    def _sorted(self, found: QuerySet[Organisation]) -> QuerySet[Organisation]:
        wanted = self.asked.get("sort", "")
        column = SORTS.get(wanted.removeprefix("-"))
        if column is None:
            return found
        key = F(column)
        order = key.desc(nulls_last=True) if wanted[0] == "-" else key.asc(nulls_last=True)
        return found.order_by(order, "number")


def entities_page(listing: Listing, query: QueryDict) -> EntitiesPage:
    """The page of the list."""
    verified_t, allocated_t = listing.totals()
    carried = query.copy()
    carried.pop("page", None)
    return EntitiesPage(
        year=listing.year,
        sees_figures=listing.sees_figures,
        sees_status=listing.sees_status,
        filters=_filters(listing),
        rows=listing.page(query.get("page")),
        verified_total_t=verified_t,
        allocated_total_t=allocated_t,
        export_href=f"{reverse('entities_csv')}?{carried.urlencode()}",
        excel_href=f"{reverse('entities_xlsx')}?{carried.urlencode()}",
    )


def entities_table(listing: Listing) -> Table:
    """The list as a table to take away; an unknown figure is an empty cell."""
    synthetic = "yes" if settings.DEMO else "no"
    rows = (
        [
            row.no,
            row.name,
            row.district,
            row.industry,
            listing.year,
            ";".join(row.methods),
            row.verified_t,
            row.allocated_t,
            row.gap_t,
            row.duty or "",
            synthetic,
        ]
        for row in listing.every()
    )
    columns = [Column(name, zh) for name, zh in zip(COLUMNS, HEADINGS, strict=True)]
    return Table(f"entities-{listing.year}", columns, rows)


def _filters(listing: Listing) -> Filters:
    districts, industries = parties.list_labels(listing.year)
    asked = {name: listing.asked.get(name, "") for name in FILTERS}
    return Filters(
        **asked,
        districts=[Choice(name, name) for name in districts],
        industries=[Choice(name, name) for name in industries],
        statuses=words.STATUS_CHOICES,
        methods=words.METHOD_CHOICES,
    )
