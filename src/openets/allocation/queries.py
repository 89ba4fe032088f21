"""What may be asked about allowances."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, DecimalField, Exists, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.expressions import RawSQL

from openets.allocation.models import AdvanceClaim, Determination, LineDetermination, YearTotal
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation


@dataclass(frozen=True, slots=True)
class MethodShare:
    """How much a method gave in a year: lines, entities and exact tonnes."""

    method: str
    lines: int
    entities: int
    allowance: Decimal


class NotPublished(Refusal):
    """The entity has not been told an allowance of the year."""

    code = "not_published"
    article = "CQ208-1"
    zh = "{name} {year} 年度的配额尚未告知"
    en = "No allowance of {year} has been notified to {name}"
    remedy_zh = "请选择已告知的年度"
    remedy_en = "Choose a year that is notified"


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


def claims(organisation: Organisation) -> Sequence[AdvanceClaim]:
    """What a later allocation of an entity is to deduct, by year of the pre-allocation.

    Source: CQ208-4.2c, AMB-62.
    """
    return list(AdvanceClaim.objects.filter(organisation=organisation))


def open_claims() -> Sequence[AdvanceClaim]:
    """Every claim that later allocations have not deducted in full yet. Source: AMB-62."""
    return list(AdvanceClaim.objects.filter(deducted_t__lt=F("amount_t") - F("lapsed_t")))


def published(organisation: Organisation) -> Sequence[Determination]:
    """The determinations of an entity that it was notified of, with their lines, by year.

    What is only calculated is a draft and nobody's to see yet. Source: CQ208-1, CQETS-29.
    """
    return [row for row in determinations(organisation) if row.notified_at]


def published_of(organisation: Organisation, year: int) -> Determination:
    """The determination of a year that an entity was notified of, with its lines.

    Raises:
        NotPublished.
    """
    found = determination(organisation, year)
    if found is None or found.notified_at is None:
        raise NotPublished(name=organisation.name, year=year)
    return found


def with_allowance(entities: QuerySet[Organisation], year: int) -> QuerySet[Organisation]:
    """The entities with their notified `allocated_t` of a year, and `gap_t` to `verified_t`.

    `gap_t` is there where the entities have `verified_t` already.
    """
    own = Determination.objects.filter(
        organisation=OuterRef("pk"), year=year, notified_at__isnull=False
    )
    found = entities.annotate(allocated_t=Subquery(own.values("determined_t")[:1]))
    if "verified_t" in entities.query.annotations:
        return found.annotate(gap_t=F("allocated_t") - F("verified_t"))
    return found


def allocated_total_t(entities: QuerySet[Organisation], year: int) -> Tonnes:
    """The notified allowances of a year of all these entities together."""
    own = Determination.objects.filter(
        organisation__in=entities.order_by().values("pk"), year=year, notified_at__isnull=False
    )
    return Tonnes(own.aggregate(total=Sum("determined_t"))["total"] or 0)


def with_method(entities: QuerySet[Organisation], year: int, method: str) -> QuerySet[Organisation]:
    """Those of the entities of which a line got its notified allowance by the method."""
    lines = LineDetermination.objects.filter(
        determination__organisation=OuterRef("pk"),
        determination__year=year,
        determination__notified_at__isnull=False,
        method=method,
    )
    return entities.filter(Exists(lines))


def methods_of(organisations: Collection[int], year: int) -> dict[int, list[str]]:
    """The methods of each organisation's notified lines in a year, by organisation id."""
    rows = LineDetermination.objects.filter(
        determination__organisation__in=organisations,
        determination__year=year,
        determination__notified_at__isnull=False,
    ).order_by("determination__organisation", "method")
    found: dict[int, list[str]] = {}
    for organisation, method in rows.values_list(
        "determination__organisation", "method"
    ).distinct():
        found.setdefault(organisation, []).append(method)
    return found


def totals() -> list[YearTotal]:
    """The cap and reserve of each determined year. Source: CQ208-A1.2, CQETS-29."""
    return list(YearTotal.objects.all())


def by_method(year: int) -> list[MethodShare]:
    """What each method gave in a year, before relief and rounding."""
    lines = LineDetermination.objects.filter(determination__year=year).order_by()
    sums = lines.values_list("method").annotate(
        lines=Count("id"),
        entities=Count("determination", distinct=True),
        # Exact: the text is the number as calculated, and numeric adds without rounding.
        allowance=Sum(RawSQL("allowance_exact::numeric", (), output_field=DecimalField())),
    )
    shares = [MethodShare(*row) for row in sums]
    return sorted(shares, key=lambda share: -share.allowance)


def relieved(year: int) -> Tonnes:
    """What the gap exemption added in a year. Source: CQ208-4.1."""
    sums = Determination.objects.filter(year=year).aggregate(
        after=Sum("determined_t"), before=Sum("allowance_t")
    )
    return Tonnes((sums["after"] or 0) - (sums["before"] or 0))
