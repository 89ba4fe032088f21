"""What a change of registration does: who becomes whom, with which units. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal

UnitClass = tuple[str, int]
"""A unit kind and a vintage year."""


class ChangeKind(StrEnum):
    """What changes (名称变更、合并、分立)."""

    RENAME = "rename"
    MERGER = "merger"
    DIVISION = "division"


class PlanDoesNotFit(Refusal):
    """The plan is not one of its kind."""

    code = "plan_does_not_fit"
    article = "CQETS-14.2"
    zh = "变更方案不完整：名称变更须有新名称；合并须有一个承继单位；分立须由一个单位分为两个以上"
    en = "A rename needs a name, a merger one successor, a division one entity and two successors"
    remedy_zh = "请补正变更方案"
    remedy_en = "Correct the plan"


class NotConserved(Refusal):
    """The shares are not what the entity holds."""

    code = "change_not_conserved"
    article = "CQETS-14.2"
    zh = "{predecessor} 持有 {unit} {vintage_year} 共 {held} 吨，方案分配 {shared} 吨"
    en = "{predecessor} holds {held} t of {unit} {vintage_year}; the plan shares out {shared} t"
    remedy_zh = "各承继单位的数量之和须等于原单位的持有量"
    remedy_en = "The shares of the successors must add up to what is held"


@dataclass(frozen=True, slots=True)
class Share:
    """Tonnes of one class of units that go from one organisation to another, by their codes.

    What stays with an entity that goes on is a share to itself.
    """

    predecessor: str
    successor: str
    unit: str
    vintage_year: int
    amount_t: Tonnes


@dataclass(frozen=True, slots=True)
class Plan:
    """A change as reported and confirmed; organisations by their codes."""

    kind: ChangeKind
    predecessors: tuple[str, ...]
    successors: tuple[str, ...] = ()
    takes_duties: str = ""
    """The successor that owes what is still open."""
    shares: tuple[Share, ...] = ()
    name: str = ""
    """The new name, of a rename."""

    def as_json(self) -> dict[str, Any]:
        """Shape in which a plan is kept."""
        return asdict(self)

    @staticmethod
    def from_json(kept: Mapping[str, Any]) -> "Plan":
        """The plan that was kept."""
        return Plan(
            kind=ChangeKind(kept["kind"]),
            predecessors=tuple(kept["predecessors"]),
            successors=tuple(kept["successors"]),
            takes_duties=kept["takes_duties"],
            shares=tuple(Share(**share) for share in kept["shares"]),
            name=kept["name"],
        )


def check_plan(plan: Plan) -> None:
    """Refuse a plan that is not one of its kind (变更方案). Source: CQETS-14.2.

    Raises:
        PlanDoesNotFit.
    """
    gone, come = set(plan.predecessors), set(plan.successors)
    within = {(s.predecessor in gone, s.successor in come) for s in plan.shares} <= {(True, True)}
    positive = all(share.amount_t > 0 for share in plan.shares)
    match plan.kind:
        case ChangeKind.RENAME:
            fits = len(gone) == 1 and not come and bool(plan.name.strip()) and not plan.shares
        case ChangeKind.MERGER:
            fits = bool(gone) and len(come) == 1 and not come & gone
        case ChangeKind.DIVISION:
            fits = len(gone) == 1 and len(come) > 1
    owes = plan.takes_duties in come if come else not plan.takes_duties
    if not (fits and within and positive and owes):
        raise PlanDoesNotFit


def check_conserved(plan: Plan, held: Mapping[str, Mapping[UnitClass, Tonnes]]) -> None:
    """Refuse shares that are not exactly what each predecessor holds (数量守恒).

    `held` are tonnes by organisation code and class of units; a rename touches none.
    Source: CQETS-14.2.

    Raises:
        NotConserved.
    """
    if plan.kind == ChangeKind.RENAME:
        return
    for predecessor in plan.predecessors:
        shared = _sums(share for share in plan.shares if share.predecessor == predecessor)
        has = held[predecessor]
        for unit, vintage_year in sorted(shared.keys() | has.keys()):
            given, wanted = shared.get((unit, vintage_year), 0), has.get((unit, vintage_year), 0)
            if given != wanted:
                raise NotConserved(
                    predecessor=predecessor,
                    unit=unit,
                    vintage_year=vintage_year,
                    held=wanted,
                    shared=given,
                )


def _sums(shares: Iterable[Share]) -> dict[UnitClass, Tonnes]:
    sums: defaultdict[UnitClass, int] = defaultdict(int)
    for share in shares:
        sums[share.unit, share.vintage_year] += share.amount_t
    return {unit: Tonnes(total) for unit, total in sums.items()}
