"""What may be asked about allowances."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum

from openets.allocation.models import Determination, LineDetermination, YearTotal
from openets.kernel.quantity import Tonnes
from openets.parties.models import Organisation


@dataclass(frozen=True, slots=True)
class MethodShare:
    """How much a method gave in a year: lines, entities and exact tonnes."""

    method: str
    lines: int
    entities: int
    allowance: Decimal


def determination(organisation: Organisation, year: int) -> Determination | None:
    """An entity's determination of a year with its lines, or None."""
    rows = Determination.objects.filter(organisation=organisation, year=year)
    return rows.prefetch_related("lines").first()


def determinations(organisation: Organisation) -> Sequence[Determination]:
    """All determinations of an entity by year."""
    rows = Determination.objects.filter(organisation=organisation)
    return list(rows.prefetch_related("lines").order_by("year"))


def of_year(year: int) -> dict[int, Determination]:
    """The determinations of a year by organisation id, without their working."""
    rows = Determination.objects.filter(year=year).defer("explanation")
    return {row.organisation_id: row for row in rows}


def totals() -> list[YearTotal]:
    """The cap and reserve of each determined year. Source: CQ208-A1.2, CQETS-29."""
    return list(YearTotal.objects.all())


def by_method(year: int) -> list[MethodShare]:
    """What each method gave in a year, before relief and rounding."""
    lines = LineDetermination.objects.filter(determination__year=year)
    counts = lines.values("method").annotate(
        lines=Count("id"), entities=Count("determination", distinct=True)
    )
    sums: dict[str, Decimal] = {}
    for method, exact in lines.values_list("method", "allowance_exact"):
        sums[method] = sums.get(method, Decimal(0)) + Decimal(exact)
    return sorted(
        (MethodShare(r["method"], r["lines"], r["entities"], sums[r["method"]]) for r in counts),
        key=lambda share: -share.allowance,
    )


def relieved(year: int) -> Tonnes:
    """What the gap exemption added in a year. Source: CQ208-4.1."""
    sums = Determination.objects.filter(year=year).aggregate(
        after=Sum("determined_t"), before=Sum("allowance_t")
    )
    return Tonnes((sums["after"] or 0) - (sums["before"] or 0))
