"""For how long a document is kept (保存期限)."""

from datetime import date, timedelta

from openets.casework.procedure import DocumentKind
from openets.kernel.period import add_months
from openets.rulebook.load import Law

MONTHS_IN_YEAR = 12


def removable_from(
    kind: DocumentKind, kept_from: date | None, *, law: Law, today: date
) -> date | None:
    """The first day a document may be removed, by the rules of `today`; None if not known yet.

    Source: CQETS-24b, AMB-56.
    """
    if kept_from is None:
        return None
    start = kept_from
    if kind.retention_start and law.on(kind.retention_start, today).text == "year_end":
        start = date(kept_from.year, 12, 31)
    years = law.on(kind.retention_years, today).whole
    return add_months(start, years * MONTHS_IN_YEAR) + timedelta(days=1)
