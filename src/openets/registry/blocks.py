"""Serial blocks (序列号段): which serials of a lot lie on which position, after every movement.

Only reductions have serials. Units of a position move lowest serial first; a lock marks tonnes,
not serials, so that which ones are cancelled is known when they are. Source: CQ208-A6.3.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from openets.registry.models import Lot, SerialBlock, SerialMove


class Step(NamedTuple):
    """Units of a lot with serials that a transfer moved between two ledger accounts.

    Without a debit they came into the world.
    """

    key: str
    lot: int
    debit: int | None
    credit: int
    amount: int
    undoes: str = ""
    """The event whose serials come back first, where it is the opposite entry of one."""


Run = tuple[int, int]
"""Serials from the first to the last, both included."""

ALL: Run = (-(2**63), 2**63 - 1)


def follow(steps: Sequence[Step]) -> None:
    """Let the blocks follow what the ledger has moved, in its transaction and its order.

    The ledger holds the accounts of the steps locked, so that nobody else moves their blocks.
    Source: CQETS-5.2b, CQETS-22, CQ208-A6.3.
    """
    sources = {step.debit for step in steps if step.debit is not None}
    blocks = Blocks(SerialBlock.objects.filter(position__in=sources).order_by("lot", "first"))
    new = Lot.objects.in_bulk({step.lot for step in steps if step.debit is None})
    back = {
        (step.undoes, step.lot): _moved_by(step.undoes, step.lot) for step in steps if step.undoes
    }
    moves: list[SerialMove] = []
    for step in steps:
        if step.debit is None:
            moved = [blocks.issue(new[step.lot], step.credit)]
        else:
            first_of = back[step.undoes, step.lot] if step.undoes else ()
            moved = list(blocks.move(step.debit, step.credit, step.amount, first_of=first_of))
        assert sum(last - first + 1 for first, last in moved) == step.amount, step.key
        moves += [
            SerialMove(
                key=step.key,
                lot_id=step.lot,
                first=first,
                last=last,
                debit_id=step.debit,
                credit_id=step.credit,
            )
            for first, last in moved
        ]
    # What shrinks is written before what takes its serials over.
    known = [block for block in blocks.touched if block.pk]
    SerialBlock.objects.bulk_update(known, ["first", "last", "position"])
    SerialBlock.objects.bulk_create(block for block in blocks.touched if not block.pk)
    SerialMove.objects.bulk_create(moves)


def serials_of(transfers: Iterable[str]) -> dict[str, list[Run]]:
    """Which serials transfers of the ledger moved, by their key; those without are left out.

    Source: CQ208-A6.3, CQVER-29.
    """
    found: dict[str, list[Run]] = {}
    moves = SerialMove.objects.filter(key__in=list(transfers)).order_by("first")
    for key, first, last in moves.values_list("key", "first", "last"):
        found.setdefault(key, []).append((first, last))
    return found


def _moved_by(event: str, lot: int) -> list[Run]:
    found = SerialMove.objects.filter(key__startswith=f"{event}/", lot=lot).order_by("first")
    return list(found.values_list("first", "last"))


class Blocks:
    """Blocks in memory, by position, each position's in the order of their serials."""

    def __init__(self, blocks: Iterable[SerialBlock]) -> None:
        """Take blocks in the order of lot and serial."""
        self._of: dict[int, list[SerialBlock]] = defaultdict(list)
        self._touched: dict[int, SerialBlock] = {}
        for block in blocks:
            self._of[block.position_id].append(block)

    def __iter__(self) -> Iterator[SerialBlock]:
        """Every block, position by position."""
        return (block for lying in self._of.values() for block in lying)

    @property
    def touched(self) -> list[SerialBlock]:
        """Those that changed or were made, in that order."""
        return list(self._touched.values())

    def issue(self, lot: Lot, position: int) -> tuple[int, int]:
        """Put all serials of a new lot on a position."""
        assert lot.serial_from is not None, "a lot of serials"
        assert lot.serial_to is not None, "a lot of serials"
        whole = SerialBlock(lot=lot, first=lot.serial_from, last=lot.serial_to)
        self._put(whole, position)
        return lot.serial_from, lot.serial_to

    def move(
        self, debit: int, credit: int, amount: int, *, first_of: Sequence[Run] = ()
    ) -> Iterator[Run]:
        """Move serials of a position to another, the lowest first; gives the runs that moved.

        Those in one of the runs `first_of` go before the others.
        """
        left = amount
        for wanted in (*first_of, ALL):
            for block in list(self._of[debit]):
                first, last = max(block.first, wanted[0]), min(block.last, wanted[1])
                last = min(last, first + left - 1)
                if first <= last:
                    left -= last - first + 1
                    self._put(self._cut(block, first, last), credit)
                    yield first, last
        assert not left, "a position has the serials of its balance"

    def _cut(self, block: SerialBlock, first: int, last: int) -> SerialBlock:
        """Cut a run out of a block; what is left of the block stays where it is.

        A block only ever shrinks, so that it can be written before what takes its serials over.
        """
        position, end = block.position_id, block.last
        self._of[position].remove(block)
        if block.first == first and end == last:
            return block
        if block.first < first:
            block.last = first - 1
            self._put(block, position)
            if last < end:
                self._put(SerialBlock(lot_id=block.lot_id, first=last + 1, last=end), position)
        else:
            block.first = last + 1
            self._put(block, position)
        return SerialBlock(lot_id=block.lot_id, first=first, last=last)

    def _put(self, block: SerialBlock, position: int) -> None:
        block.position_id = position
        lying = self._of[position]
        lying.append(block)
        lying.sort(key=lambda other: other.first)
        self._touched[id(block)] = block
