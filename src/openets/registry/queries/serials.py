"""Which serials (序列号) lie where, which a movement took, and their life from issue to the end."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from openets.kernel.quantity import Tonnes
from openets.ledger import queries as ledger
from openets.parties.models import Organisation
from openets.registry.blocks import Run
from openets.registry.kinds import TRANSACTION_KINDS
from openets.registry.models import Lot, RegistryAccount, SerialBlock, SerialMove, Transaction
from openets.registry.statements import TRADE_ARTICLE, event_of


@dataclass(frozen=True, slots=True)
class SerialEvent:
    """A run of serials of a lot that moved at once: an issue, a trade, a cancellation."""

    number: int
    at: datetime
    event: str
    """A kind of transaction, or `trade`."""
    first: int
    last: int
    debit: RegistryAccount | None
    """None where they came into the world."""
    credit: RegistryAccount
    reference: str
    transaction: int | None
    article: str

    @property
    def amount_t(self) -> Tonnes:
        """How many, each a tonne."""
        return Tonnes(self.last - self.first + 1)


def lots_with_serials(
    *, holders: QuerySet[Organisation] | None = None, text: str = ""
) -> QuerySet[Lot]:
    """The lots that have serials, of all or that some holders ever held; naming a text."""
    found = Lot.objects.filter(serial_from__isnull=False)
    if holders is not None:
        found = found.filter(positions__account__holder__in=holders).distinct()
    if text:
        found = found.filter(Q(code__icontains=text) | Q(batch__icontains=text))
    return found.order_by("-id")


def blocks(holder: Organisation) -> Sequence[SerialBlock]:
    """The serials an organisation holds, by account and lot."""
    found = SerialBlock.objects.filter(position__account__holder=holder)
    return list(found.select_related("lot", "position__account").order_by("lot", "first"))


def lying(lot: Lot, run: Run, *, holders: Collection[int] | None = None) -> Sequence[SerialBlock]:
    """The blocks of a lot that a run touches, as they lie now; of all accounts or some holders'."""
    found = SerialBlock.objects.filter(_touches(run), lot=lot)
    if holders is not None:
        found = found.filter(position__account__holder__in=holders)
    return list(found.select_related("position__account__holder").order_by("first"))


def history(lot: Lot, run: Run, *, holders: Collection[int] | None = None) -> list[SerialEvent]:
    """All that happened to a run of serials from issue to cancellation, oldest first.

    An event is cut to the run. Where `holders` are named by their ids, only what came to or left
    their accounts is told. Source: CQVER-30, CQ208-A6.3.
    """
    found = SerialMove.objects.filter(_touches(run), lot=lot)
    if holders is not None:
        mine = Q(debit__account__holder__in=holders) | Q(credit__account__holder__in=holders)
        found = found.filter(mine)
    moves = found.select_related("debit__account__holder", "credit__account__holder")
    rows = list(moves.order_by("id"))
    told = {transfer.key: transfer for transfer in ledger.transfers({row.key for row in rows})}
    numbers = _transaction_numbers(told)
    return [
        SerialEvent(
            number=row.pk,
            at=told[row.key].batch.at,
            event=event_of(told[row.key].reason, row.key),
            first=max(row.first, run[0]),
            last=min(row.last, run[1]),
            debit=row.debit.account if row.debit else None,
            credit=row.credit.account,
            reference=row.key.rpartition("/")[0].removesuffix("/units"),
            transaction=numbers.get(row.key),
            article=_article(told[row.key].reason),
        )
        for row in rows
    ]


def _touches(run: Run) -> Q:
    return Q(first__lte=run[1], last__gte=run[0])


def _transaction_numbers(keys: Iterable[str]) -> dict[str, int]:
    """The numbers of the registry's transactions, by the keys of their transfers."""
    names = {key: key.rpartition("/")[0] for key in keys}
    references = {name.partition("/")[2] for name in names.values()}
    found = Transaction.objects.filter(reference__in=references).only("kind", "reference")
    numbers = {row.key: row.pk for row in found}
    return {key: numbers[name] for key, name in names.items() if name in numbers}


def _article(event: str) -> str:
    kind = TRANSACTION_KINDS.get(event)
    return kind.article if kind else TRADE_ARTICLE
