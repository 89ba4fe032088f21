"""An offset application's way: filed with its units locked, forwarded, decided."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.compliance import duties
from openets.compliance.models import OffsetApplication, OffsetUnit
from openets.compliance.obligation import NOTHING, NotNotified, Obligation, countable
from openets.compliance.offset import examine_application
from openets.compliance.offset_rules import OffsetRules
from openets.compliance.own import must_be_own
from openets.compliance.procedures import OFFSET
from openets.compliance.reduction import KindNotAdmitted, Reduction
from openets.compliance.status import Kind
from openets.compliance.used import lot_reduction, used_reductions
from openets.crediting import operations as crediting
from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.registry import operations as registry
from openets.registry.kinds import LockCause, UnitKind
from openets.registry.models import Lot
from openets.rulebook.load import Law

Run = tuple[Lot, Reduction]
"""Serials of a lot that are offered together."""


class PartAboveWhole(Refusal):
    """No more is confirmed than was applied for."""

    code = "part_above_whole"
    article = "CQ208-A5.4b"
    zh = "确认 {part_t} 吨超过申请的 {amount_t} 吨"
    en = "{part_t} t cannot be confirmed of an application for {amount_t} t"
    remedy_zh = "请改为不超过 {amount_t} 吨"
    remedy_en = "Confirm {amount_t} t or less"


@transaction.atomic
def file_offset(
    *,
    organisation: Organisation,
    year: int,
    offered: Mapping[Lot, int],
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> OffsetApplication:
    """Apply to use reductions for a year (履约抵消申请); the units are locked at once.

    The application is tested whole before anything is locked; the same application sent again is
    the earlier one. Source: CQ208-A5.4, CQ208-A1.5.2.

    Raises:
        NotYourDuty, NotNotified, NotPositive, NotWholeTonnes, KindNotAdmitted, the first refusal
        of the examination, NotEnoughUnits, CaseExists.
        NotCertified: a company uses CQCER by its certified account of the platform (CQ208-A5.1.2).
    """
    must_be_own(acting, organisation)
    duty = duties.lock(organisation, year)
    before = _filed_before(organisation, year, offered, reference)
    if before:
        return before
    if any(lot.kind == UnitKind.CQCER for lot in offered):
        crediting.must_be_certified(organisation)
    rules = OffsetRules.of(law, year)
    if duty.verified_t is None:
        raise NotNotified(year=year)
    runs = _offered_runs(offered, rules)
    must_pass(rules, duty, used_reductions(organisation, year), runs)
    casework.open_cases(
        OFFSET,
        [casework.NewCase(reference, organisation, year)],
        acting=acting,
        at=at,
        article="CQ208-A5.4",
    )
    application = _remember(organisation, year, runs, reference, at)
    for lot, amount in offered.items():
        registry.lock_units(
            holder=organisation,
            amount_t=Tonnes(amount),
            lots=[lot],
            cause=LockCause.OFFSET,
            reference=reference,
            article="CQ208-A5.4",
            law=law,
            acting=acting,
            at=at,
        )
    amount_t = Tonnes(application.amount_t)
    duties.note(organisation, year, Kind.OFFSET_FILED, at, amount_t, law=law, reference=reference)
    return application


@transaction.atomic
def forward_offset(*, application: OffsetApplication, acting: Acting, at: datetime) -> None:
    """Take the sealed form in and pass the application to the authority.

    Source: CQ208-A5.4, CQ208-A5.4b.

    Raises:
        NotYourRole, WrongState.
    """
    for move in ("receive_paper", "forward"):
        casework.move_cases(OFFSET, move, [application.reference], acting=acting, at=at)


@transaction.atomic
def decide_offset(
    *,
    application: OffsetApplication,
    confirm: bool,
    reasons: str,
    law: Law,
    acting: Acting,
    at: datetime,
    part_t: int | None = None,
) -> Obligation:
    """Confirm an offset, which cancels its units, or reject it, which frees them.

    `part_t` confirms only so many tonnes, the first offered, and frees the rest. What is confirmed
    is tested again: the duty may have been met otherwise since. Source: CQ208-A5.4b, CQVER-29,
    AMB-38.

    Raises:
        NotYourRole, WrongState, SamePerson, NotPositive, NotWholeTonnes, PartAboveWhole, the first
        refusal of the examination, NothingLocked.
    """
    organisation, year = application.organisation, application.year
    duty = duties.lock(organisation, year)
    move = "confirm" if confirm else "reject"
    casework.move_cases(OFFSET, move, [application.reference], acting=acting, at=at, note=reasons)
    amount_t = _part_of(application, part_t) if confirm else NOTHING
    kept = _keep_first(application, amount_t)
    if confirm:
        used = used_reductions(organisation, year, leave_out=application)
        must_pass(OffsetRules.of(law, year), duty, used, kept)
    done = registry.use_locked(
        holder=organisation,
        kind="offset",
        reference=application.reference,
        amount_t=amount_t,
        cause=LockCause.OFFSET,
        acting=acting,
        at=at,
    )
    application.decided_at, application.confirmed = at, confirm
    application.confirmed_t = amount_t
    application.save()
    kind = Kind.OFFSET_CONFIRMED if confirm else Kind.OFFSET_REJECTED
    duties.note(
        organisation,
        year,
        kind,
        at,
        amount_t if confirm else None,
        law=law,
        of=application.reference,
        registry_entry=done.pk if done else None,
    )
    return duties.after_counting(organisation, year, acting=acting, at=at)


def _filed_before(
    organisation: Organisation, year: int, offered: Mapping[Lot, int], reference: str
) -> OffsetApplication | None:
    """The application of this reference if it offered the same; casework refuses any other."""
    found = OffsetApplication.objects.filter(
        organisation=organisation, year=year, reference=reference, decided_at__isnull=True
    ).first()
    if found is None:
        return None
    amounts: dict[int, int] = {}
    for unit in found.units.all():
        amounts[unit.lot_id] = amounts.get(unit.lot_id, 0) + unit.amount_t
    return found if amounts == {lot.pk: amount for lot, amount in offered.items()} else None


def must_pass(
    rules: OffsetRules, duty: Obligation, used: Sequence[Reduction], runs: Sequence[Run]
) -> None:
    """Refuse an application of which any part breaks the year's rule.

    Raises:
        The first refusal of the examination.
    """
    examined = examine_application(
        rules=rules,
        verified_t=duty.verified_t or NOTHING,
        open_t=duty.open_t,
        used_before=used,
        offered=[unit for _, unit in runs],
    )
    if examined.refused:
        refusal = examined.refused[0].refusal
        assert refusal is not None, "a refused part says why"
        raise refusal


def _remember(
    organisation: Organisation, year: int, runs: Sequence[Run], reference: str, at: datetime
) -> OffsetApplication:
    application = OffsetApplication.objects.create(
        organisation=organisation,
        year=year,
        reference=reference,
        amount_t=sum(unit.amount_t for _, unit in runs),
        filed_at=at,
    )
    OffsetUnit.objects.bulk_create(
        OffsetUnit(
            application=application,
            lot=lot,
            serial_from=unit.serials.first,
            serial_to=unit.serials.last,
        )
        for lot, unit in runs
    )
    return application


def _offered_runs(offered: Mapping[Lot, int], rules: OffsetRules) -> list[Run]:
    """Give each offered tonne a serial of its lot that no other application has.

    Raises:
        NotPositive, NotWholeTonnes, KindNotAdmitted.
    """
    countable(sum(offered.values()), field="offered")
    wanted = Lot.objects.filter(pk__in=[lot.pk for lot in offered]).order_by("id")
    locked = {lot.pk: lot for lot in wanted.select_for_update(no_key=True)}
    runs: list[Run] = []
    for lot, amount in offered.items():
        if lot.serial_from is None:
            admitted = ", ".join(rules.kinds.items)
            raise KindNotAdmitted(article=rules.kinds.cite.source, kind=lot.kind, admitted=admitted)
        amount_t = countable(amount, field="offered")
        runs += [
            (lot, lot_reduction(lot, first, last))
            for first, last in _free_serials(locked[lot.pk], amount_t)
        ]
    return runs


def _free_serials(lot: Lot, amount_t: int) -> list[tuple[int, int]]:
    assert lot.serial_from is not None, "credits have serials"
    assert lot.serial_to is not None, "credits have serials"
    taken = OffsetUnit.objects.filter(lot=lot, released=False).order_by("serial_from")
    runs, start, left = [], lot.serial_from, amount_t
    ends = [(unit.serial_from, unit.serial_to) for unit in taken]
    for first, last in [*ends, (lot.serial_to + 1, lot.serial_to + 1)]:
        size = min(left, first - start)
        if size > 0:
            runs.append((start, start + size - 1))
            left -= size
        start = last + 1
    if left:
        # More than the lot still has: the registry will refuse it with the holder's numbers.
        runs.append((lot.serial_to + 1, lot.serial_to + left))
    return runs


def _part_of(application: OffsetApplication, part_t: int | None) -> Tonnes:
    asked = application.amount_t if part_t is None else part_t
    amount_t = countable(asked, field="part_t")
    if amount_t > application.amount_t:
        raise PartAboveWhole(field="part_t", part_t=amount_t, amount_t=application.amount_t)
    return amount_t


def _keep_first(application: OffsetApplication, amount_t: int) -> list[Run]:
    """Release the serials beyond the first `amount_t` tonnes; the kept runs."""
    left, kept = amount_t, []
    for unit in application.units.select_related("lot").order_by("id"):
        size = unit.amount_t
        take = min(left, size)
        left -= take
        if take:
            last = unit.serial_from + take - 1
            kept.append((unit.lot, lot_reduction(unit.lot, unit.serial_from, last)))
        if 0 < take < size:
            OffsetUnit.objects.create(
                application=application,
                lot=unit.lot,
                serial_from=unit.serial_from + take,
                serial_to=unit.serial_to,
                released=True,
            )
            unit.serial_to = unit.serial_from + take - 1
        unit.released = not take
        unit.save()
    return kept
