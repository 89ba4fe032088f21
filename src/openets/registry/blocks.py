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


def follow(steps: Sequence[Step]) -> None:
    """Let the blocks follow what the ledger has moved, in its transaction and its order.

    The ledger holds the accounts of the steps locked, so that nobody else moves their blocks.
    Source: CQETS-5.2b, CQ208-A6.3.
    """
    sources = {step.debit for step in steps if step.debit is not None}
    blocks = Blocks(SerialBlock.objects.filter(position__in=sources).order_by("lot", "first"))
    new = Lot.objects.in_bulk({step.lot for step in steps if step.debit is None})
    moves: list[SerialMove] = []
    for step in steps:
        if step.debit is None:
            moved = [blocks.issue(new[step.lot], step.credit)]
        else:
            moved = list(blocks.move(step.debit, step.credit, step.amount))
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
    SerialBlock.objects.bulk_update(known, ["first", "position"])
    SerialBlock.objects.bulk_create(block for block in blocks.touched if not block.pk)
    SerialMove.objects.bulk_create(moves)


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
        self._put(
            SerialBlock(lot=lot, first=lot.serial_from, last=lot.serial_to, position_id=position)
        )
        return lot.serial_from, lot.serial_to

    def move(self, debit: int, credit: int, amount: int) -> Iterator[tuple[int, int]]:
        """Move the lowest serials of a position to another; gives the runs that moved."""
        left = amount
        while left:
            block = self._of[debit].pop(0)
            first, last = block.first, min(block.last, block.first + left - 1)
            left -= last - first + 1
            if last < block.last:
                block.first = last + 1
                self._of[debit].insert(0, block)
                self._touch(block)
                part = SerialBlock(lot_id=block.lot_id, first=first, last=last)
            else:
                part = block
            part.position_id = credit
            self._put(part)
            yield first, last

    def _put(self, block: SerialBlock) -> None:
        lying = self._of[block.position_id]
        lying.append(block)
        lying.sort(key=lambda other: (other.lot_id, other.first))
        self._touch(block)

    def _touch(self, block: SerialBlock) -> None:
        self._touched[id(block)] = block
