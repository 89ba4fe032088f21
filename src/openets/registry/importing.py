"""The carry-over of the former register's export (结转导入): all rows or none, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.registry import movement
from openets.registry.accounts import NoAccount, system_account
from openets.registry.former import FormerLot, former_years, must_stand_once, read_row
from openets.registry.kinds import TRANSACTION_KINDS, AccountKind, Origin, UnitKind
from openets.registry.lots import LotOf, row_of
from openets.registry.models import RegistryAccount, Transaction
from openets.registry.movement import Movement
from openets.registry.parts import Part
from openets.rulebook.load import Law

_KIND = "carry_over"


class FormerRowsRefused(Refusal):
    """Rows of the export are wrong, so nothing of it was imported."""

    code = "former_rows_refused"
    article = "CQ208-A1.5.4"
    zh = "{count} 行有误，未导入任何一行；第一处：{first_zh}"
    en = "{count} rows are wrong, nothing was imported; the first: {first}"
    remedy_zh = "请更正所列各行后重新导入整个文件"
    remedy_en = "Correct the rows named and import the whole file again"

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        """Keep what is wrong with each row."""
        self.refusals = tuple(refusals)
        first = self.refusals[0]
        super().__init__(
            row=first.row,
            field=first.field,
            count=len(self.refusals),
            first_zh=first.message("zh"),
            first=first.message("en"),
        )


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What became of every row of the export."""

    carried: tuple[FormerLot, ...]
    left_behind: tuple[FormerLot, ...]
    """Free and never traded: CQ208-A1.5.4b."""
    undecided: tuple[FormerLot, ...]
    """Without provenance: somebody has to decide (AMB-30)."""
    transactions: tuple[Transaction, ...]

    def as_json(self) -> dict[str, object]:
        """Tonnes by outcome, and who keeps what in the former register."""
        return {
            "carried_t": _sum(self.carried),
            "left_behind_t": _sum(self.left_behind),
            "undecided_t": _sum(self.undecided),
            "left_behind": [_told(lot) for lot in self.left_behind],
            "undecided": [_told(lot) for lot in self.undecided],
        }


@transaction.atomic
def import_carry_over(
    *,
    rows: Mapping[int, Mapping[str, str]],
    year: int,
    law: Law,
    acting: Acting,
    at: datetime,
) -> CarriedOver:
    """Carry the paid and the traded units of the former register over, once and in equal quantity.

    `rows` are cells by column (`former.COLUMNS`), by their number in the file; `year` the plan's
    first. Free units never traded stay behind and are told. The same file again adds nothing.
    Source: CQ208-3, CQ208-A1.5.4, CQ208-A1.5.4b, AMB-30.

    Raises:
        NotYourRole, ReferenceReused: a lot was carried over before in another quantity.
        FormerRowsRefused: with a refusal for each wrong row; nothing was done.
    """
    kind = TRANSACTION_KINDS[_KIND]
    acting.must_be(*kind.roles, article=kind.article)
    lots = _read(rows, former_years(law, year))
    carried = [lot for lot in lots if not lot.stays_behind and not lot.is_undecided]
    accounts = _accounts(carried)
    moved = [_movement(accounts[holder], alike, law) for holder, alike in _alike(carried).items()]
    fresh = movement.not_yet_done(moved)
    done = CarriedOver(
        carried=tuple(carried),
        left_behind=tuple(lot for lot in lots if lot.stays_behind),
        undecided=tuple(lot for lot in lots if lot.is_undecided),
        transactions=tuple(movement.post(moved, acting=acting, at=at)),
    )
    journal.record(
        operation="registry.import_carry_over",
        subject=f"carry_over/{year}",
        acting=acting,
        at=at,
        article="CQ208-A1.5.4",
        content={"rows": len(lots), "new": len(fresh), **done.as_json()},
    )
    return done


def _read(rows: Mapping[int, Mapping[str, str]], years: Sequence[int]) -> list[FormerLot]:
    holders = _holders()
    lots: list[FormerLot] = []
    refused: list[Refusal] = []
    for number, cells in rows.items():
        try:
            lots.append(read_row(number, cells, holders=holders, years=years))
        except Refusal as refusal:
            refused.append(refusal)
    refused += must_stand_once(lots)
    have = _with_account([lot.holder for lot in lots])
    refused += [
        NoAccount(row=lot.row, field="holder", holder=lot.holder.name, kind=AccountKind.REGISTRY)
        for lot in lots
        if lot.holder.pk not in have and not lot.stays_behind
    ]
    if refused:
        raise FormerRowsRefused(sorted(refused, key=lambda refusal: refusal.row or 0))
    return lots


def _holders() -> dict[str, Organisation]:
    """Every organisation by its code, its number on the list and its credit code."""
    found = list(parties.everybody())
    by_code = {organisation.code: organisation for organisation in found}
    by_number = {str(o.number): o for o in found if o.number is not None}
    return by_code | by_number | {o.credit_code: o for o in found if o.credit_code}


def _with_account(holders: Sequence[Organisation]) -> set[int]:
    found = RegistryAccount.objects.filter(holder__in=holders, kind=AccountKind.REGISTRY)
    return set(found.values_list("holder_id", flat=True))


def _accounts(lots: Sequence[FormerLot]) -> dict[tuple[int, int, Origin], RegistryAccount]:
    found = RegistryAccount.objects.filter(
        holder__in=[lot.holder for lot in lots], kind=AccountKind.REGISTRY
    )
    by_holder = {account.holder_id: account for account in found}
    return {key: by_holder[key[0]] for key in _alike(lots)}


def _alike(lots: Sequence[FormerLot]) -> dict[tuple[int, int, Origin], list[FormerLot]]:
    """The rows of each holder, vintage and origin, whichever former account they were on."""
    alike: dict[tuple[int, int, Origin], list[FormerLot]] = {}
    for lot in lots:
        # Traded units without provenance were bought, so they are paid for (AMB-30).
        origin = lot.origin or Origin.PAID
        alike.setdefault((lot.holder.pk, lot.vintage_year, origin), []).append(lot)
    return alike


def _movement(account: RegistryAccount, lots: Sequence[FormerLot], law: Law) -> Movement:
    first = lots[0]
    row = row_of(
        LotOf(
            law.jurisdiction,
            UnitKind.ALLOWANCE,
            first.vintage_year,
            first.origin or Origin.PAID,
        )
    )
    parts = tuple(
        Part(row, traded, _sum(same))
        for traded in (False, True)
        if (same := [lot for lot in lots if lot.traded == traded])
    )
    source = system_account(AccountKind.ISSUED)
    return Movement(_KIND, f"{account.number}/{row.code}", source, account, parts)


def _sum(lots: Sequence[FormerLot]) -> Tonnes:
    return Tonnes(sum(lot.amount_t for lot in lots))


def _told(lot: FormerLot) -> dict[str, object]:
    return {
        "row": lot.row,
        "former_account": lot.former_account,
        "holder": lot.holder.code,
        "vintage_year": lot.vintage_year,
        "amount_t": lot.amount_t,
    }
