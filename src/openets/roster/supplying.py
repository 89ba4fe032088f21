"""What may happen to the data that other departments supply: a file is taken over."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.parties import queries as people
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.roster.models import SuppliedFigure
from openets.roster.supplied import Sector, Supplied, read_figures
from openets.rulebook.load import Law


@transaction.atomic
def supply_figures(
    lines: Iterable[str], *, source: Organisation, law: Law, acting: Acting, at: datetime
) -> Supplied:
    """Take over statistics or base data of a sector from a file of CSV (统计和行业基础数据).

    Rows that cannot stand are told with their line numbers; nothing else is lost. A sector
    department supplies data about its own sector only. Source: CQETS-4.3, CQETS-4.5.

    Raises:
        NotYourRole, OutsideYourScope, UnknownColumns.
    """
    acting.must_be(Role.STATISTICS_BUREAU, Role.SECTOR_DEPARTMENT, article="CQETS-4.3")
    people.must_be_allowed(acting, "roster.supply_figures", source)
    day = market_date(at)
    sector = None
    if source.role == Role.SECTOR_DEPARTMENT:
        sector = Sector(
            source.industry, frozenset(law.on("coverage.sectors", day).value[source.industry])
        )
    known = {o.credit_code: o for o in people.with_credit_code()}
    industries = {credit_code: o.industry for credit_code, o in known.items()}
    supplied = read_figures(lines, industries=industries, sector=sector, latest_year=day.year)
    SuppliedFigure.objects.bulk_create(
        SuppliedFigure(
            organisation=known[figure.credit_code],
            source=source,
            year=figure.year,
            measure=figure.measure,
            unit=figure.unit,
            value=figure.value,
            supplied_at=at,
        )
        for figure in supplied.figures
    )
    journal.record(
        operation="roster.supply_figures",
        subject=source.code,
        acting=acting,
        at=at,
        article="CQETS-4.3",
        content={"stored": len(supplied.figures), "rejected": len(supplied.rejected)},
    )
    return supplied
