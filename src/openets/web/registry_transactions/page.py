"""What the pages of movements show."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest

from openets.casework.models import Case
from openets.journal.models import Entry
from openets.kernel.quantity import Tonnes
from openets.ledger.models import Transfer
from openets.parties.roles import TITLES
from openets.registry import queries as registry
from openets.registry.basis import BASIS_TITLES, Basis
from openets.registry.checks import CHECKS, CheckText
from openets.registry.kinds import ACCOUNT_TITLES, TRANSACTION_KINDS, AccountKind
from openets.registry.models import Filing, Lot, RegistryAccount, Transaction
from openets.registry.parts import Part, parts_from
from openets.registry.procedures import REGISTRY_TRANSACTION
from openets.registry.queries import Holding, SerialEvent
from openets.rulebook.load import Law, Rule
from openets.web import words
from openets.web.forms import ActForm
from openets.web.language import Said
from openets.web.numbers import grouped
from openets.web.parts import Choice, Status, Tone

_TONES: dict[str, Tone] = {
    "filed": "warn",
    "approved": "info",
    "executed": "good",
    "rejected": "bad",
    "expired": "bad",
}


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of transaction in words."""

    name: str
    title: Said
    article: str
    units: Sequence[Said]
    debits: Sequence[Said]
    credits: Sequence[Said]
    files: Sequence[Said]
    approver: Said | None
    delay: Rule | None
    undoes: Sequence[Said]
    checks: Sequence[CheckText]


@dataclass(frozen=True, slots=True)
class Line:
    """A movement as a row of the register."""

    number: int
    at: datetime
    kind: Said
    reference: str
    debit: RegistryAccount
    credit: RegistryAccount
    amount_t: Tonnes
    article: str
    role: str
    person: str


@dataclass(frozen=True, slots=True)
class PartRow:
    """Units of a lot that move together, with the serials that did."""

    label: Said
    part: Part
    serials: str


@dataclass(frozen=True, slots=True)
class SerialLine:
    """Something that happened to serials, in words."""

    event: SerialEvent
    title: Said
    href: str


@dataclass(frozen=True, slots=True)
class OnePage:
    """One movement with all that is known of it."""

    line: Line
    parts: Sequence[PartRow]
    transfers: Sequence[Transfer]
    entry: Entry | None
    filing: Filing | None
    case: Case | None
    undoes: Transaction | None
    undone_by: Transaction | None
    form: ActForm | None


@dataclass(frozen=True, slots=True)
class FilingRow:
    """A filed transaction as it stands."""

    filing: Filing
    kind: Said
    basis: Said
    status: Status
    due_date: date | None


def kind_said(name: str) -> Said:
    """A kind in words."""
    kind = TRANSACTION_KINDS[name]
    return Said(kind.zh, kind.en)


def kind_rows(rules: Law, today: date) -> list[KindRow]:
    """The table of kinds as it is in force on a day."""
    return [
        KindRow(
            name=name,
            title=kind_said(name),
            article=kind.article,
            units=[words.UNITS[unit] for unit in kind.units],
            debits=_accounts(kind.debits),
            credits=_accounts(kind.credits),
            files=[Said(*TITLES[role]) for role in kind.roles],
            approver=Said(*TITLES[kind.approver]) if kind.approver else None,
            delay=rules.on(kind.delay, today) if kind.delay else None,
            undoes=[kind_said(undone) for undone in kind.undoes],
            checks=sorted((CHECKS[check] for check in kind.checks), key=lambda c: c.number),
        )
        for name, kind in TRANSACTION_KINDS.items()
    ]


def lot_choices(held: Iterable[Holding]) -> list[Choice]:
    """The lots of which something may be used, each once, with how much on which account."""
    usable: dict[Lot, dict[str, int]] = {}
    for holding in held:
        if holding.available_t:
            on = usable.setdefault(holding.lot, {})
            on[holding.account_kind] = on.get(holding.account_kind, 0) + holding.available_t
    return [Choice(lot.code, _lot_choice(lot, on)) for lot, on in usable.items()]


def _lot_choice(lot: Lot, usable_t: Mapping[str, int]) -> Said:
    label, note = words.lot_label(lot), words.lot_note(lot)
    titles = [(ACCOUNT_TITLES[AccountKind(kind)], grouped(t)) for kind, t in usable_t.items()]
    zh = "，".join(f"{title[0]} {t} 吨" for title, t in titles)
    en = ", ".join(f"{title[1]} {t} t" for title, t in titles)
    return Said(f"{label.zh}：{zh}（{note.zh}）", f"{label.en}: {en} ({note.en})")


def line(done: Transaction) -> Line:
    """A movement as a row."""
    return Line(
        number=done.pk,
        at=done.at,
        kind=words.with_batch(kind_said(done.kind), done.batch),
        reference=done.reference,
        debit=done.debit,
        credit=done.credit,
        amount_t=Tonnes(done.amount_t),
        article=done.article,
        role=done.role,
        person=done.person,
    )


def part_rows(of: Transaction | Filing) -> list[PartRow]:
    """What moves, lot by lot; only a movement that was done tells its serials."""
    keys = of.transfer_keys if isinstance(of, Transaction) else []
    serials = registry.serials_of(keys)
    return [
        PartRow(words.lot_label(part.lot), part, runs_text(serials.get(key, ())))
        for part, key in zip_longest(parts_from(of.parts), keys)
    ]


def runs_text(runs: Iterable[tuple[int, int]]) -> str:
    """Runs of serials in figures."""
    return "、".join(f"{first}–{last}" for first, last in runs)


def filing_row(filing: Filing, case: Case) -> FilingRow:
    """A filed transaction with where its case stands."""
    label = words.state_of(REGISTRY_TRANSACTION, case.state)
    return FilingRow(
        filing=filing,
        kind=kind_said(filing.kind),
        basis=Said(*BASIS_TITLES[Basis(filing.basis)]),
        status=Status(label, _TONES.get(case.state, "")),
        due_date=case.due_date,
    )


def _accounts(kinds: Sequence[AccountKind]) -> list[Said]:
    return [Said(*ACCOUNT_TITLES[kind]) for kind in kinds]
