"""What may be asked about paid issues, buy-backs, proceeds and budget."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from openets.casework import queries as cases
from openets.kernel.quantity import Fen, Tonnes
from openets.parties.models import Organisation
from openets.treasury.auctioned import bought_t, left_to_auction_t
from openets.treasury.buy_backs import left_to_buy_t, sold_back_t
from openets.treasury.models import BudgetEntry, BuyBack, PaidApplication, PaidIssue
from openets.treasury.procedures import BUY_BACK, PAID_APPLICATION, PAID_ISSUE
from openets.treasury.proceeds import Line, Proceeds, Side, proceeds_of
from openets.treasury.sales import promised_t

__all__ = [
    "BudgetLine",
    "Buying",
    "applications",
    "bought_t",
    "budget",
    "buy_back",
    "buy_backs",
    "issue",
    "left_to_auction_t",
    "left_to_buy_t",
    "proceeds",
    "promised_t",
    "states",
]


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """A line of a year's budget: what was granted and what was spent, side by side."""

    line: Line
    granted_fen: Fen
    spent_fen: Fen


@dataclass(frozen=True, slots=True)
class Buying:
    """A buy-back, its state, and how much of it was bought."""

    buy_back: BuyBack
    state: str
    bought_t: Tonnes


def applications(holder: Organisation | None = None) -> QuerySet[PaidApplication]:
    """Applications for paid issue, of one entity or all, newest first."""
    found = PaidApplication.objects.select_related("organisation", "issue").order_by("-id")
    return found.filter(organisation=holder) if holder else found


def states(rows: Iterable[PaidApplication]) -> dict[str, str]:
    """How applications stand, by the name of their case."""
    return cases.states(PAID_APPLICATION, [row.subject for row in rows])


def issue(number: int) -> tuple[PaidIssue, str] | None:
    """A paid issue by its number with its state, or None."""
    row = PaidIssue.objects.filter(pk=number).first()
    return (row, cases.states(PAID_ISSUE, [row.subject])[row.subject]) if row else None


def proceeds(number: int | None = None) -> list[tuple[Proceeds, str]]:
    """What each paid issue, or that of a number, brought and the treasury has; newest first.

    Each comes with its state.
    """
    along = ("applications", "payments", "auctioned")
    found = PaidIssue.objects.prefetch_related(*along).order_by("-id")
    rows = list(found if number is None else found.filter(pk=number))
    stands = cases.states(PAID_ISSUE, [row.subject for row in rows])
    return [(proceeds_of(row), stands[row.subject]) for row in rows]


def buy_back(number: int) -> BuyBack | None:
    """A buy-back by its number, or None."""
    return BuyBack.objects.filter(pk=number).first()


def buy_backs(number: int | None = None) -> list[Buying]:
    """Every buy-back, or that of a number, with its state and what was bought; newest first."""
    found = BuyBack.objects.order_by("-id")
    rows = list(found if number is None else found.filter(pk=number))
    stands = cases.states(BUY_BACK, [row.subject for row in rows])
    return [Buying(row, stands[row.subject], sold_back_t(row)) for row in rows]


def budget(year: int) -> list[BudgetLine]:
    """The lines of a year's budget, granted and spent each for itself. Source: CQETS-4.2."""
    rows = BudgetEntry.objects.filter(year=year).values_list("line", "side")
    sums = {
        (line, side): fen for line, side, fen in rows.annotate(fen=Sum("amount_fen")).order_by()
    }
    return [
        BudgetLine(
            line, Fen(sums.get((line, Side.GRANTED), 0)), Fen(sums.get((line, Side.SPENT), 0))
        )
        for line in Line
    ]
