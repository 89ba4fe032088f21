"""Who verifies whom: drawn or chosen, declared independent, confirmed by a second person."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.casework.objection import ReasonsMissing
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.mrv import operations as mrv
from openets.mrv.procedures import REPORT
from openets.parties import operations as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law
from openets.verification import bodies, eligibility
from openets.verification.draw import Lot, draw
from openets.verification.models import BodyEntry, DrawRecord, Work
from openets.verification.procedures import WORK
from openets.verification.team import must_be_own


class NothingToDraw(Refusal):
    """Every complete report of the year has its body."""

    code = "nothing_to_draw"
    article = "CNETS-27"
    zh = "{year} 年度没有待分派核查的排放报告"
    en = "No report of {year} waits for a verification body"
    remedy_zh = "报告在线和纸质均收齐后方可分派"
    remedy_en = "Reports are assigned once they are in online and on paper"


class NoDrawYet(Refusal):
    """A round of verification begins with a stored random draw."""

    code = "no_draw_yet"
    article = "CNETS-27"
    zh = "{year} 年度尚无随机抽取记录，不能分派"
    en = "There is no stored random draw for {year}; nobody can be assigned"
    remedy_zh = "请先办理随机抽取；个别调整须在抽取之后说明理由办理"
    remedy_en = "Draw first; single choices come after it, with reasons"


class NotEligible(Refusal):
    """A body that fails a condition does not verify the entity."""

    code = "body_not_eligible"
    article = "BJETS-24"
    zh = "{body} 不符合核查 {name} 的条件：{failed_zh}"
    en = "{body} does not meet the conditions to verify {name}: {failed}"
    remedy_zh = "请补正登记材料，或由其他机构核查"
    remedy_en = "Put the register right, or choose another body"


class WorkRuns(Refusal):
    """A report is verified by one body."""

    code = "work_runs"
    article = "CQETS-25.3"
    zh = "{name} {year} 年度已由 {body} 核查"
    en = "{name} is verified by {body} for {year} already"
    remedy_zh = "请先对原分派不予确认"
    remedy_en = "Reject that assignment first"


@transaction.atomic
def draw_bodies(
    *, year: int, seed: str, reference: str, law: Law, acting: Acting, at: datetime
) -> DrawRecord:
    """Draw a body for every complete report of a year that has none (双随机抽取).

    The record keeps seed, loads and lots, so that anybody can draw again. An entity whom no body
    may verify stands in it without one. The same reference again is the same draw.
    Source: CNETS-27, CNETS-28, CQETS-25.3.

    Raises:
        NotYourRole, NothingToDraw.
    """
    acting.must_be(Role.CITY_BUREAU, article="CNETS-27")
    before = DrawRecord.objects.filter(reference=reference).first()
    if before:
        return before
    waiting = {entity.code: entity for entity in _waiting(year)}
    register = {entry.body.code: entry.body for entry in BodyEntry.objects.select_related("body")}
    parties.lock_organisations([*waiting.values(), *register.values()])
    taken = {work.organisation.code for work in standing_works(year)}
    waiting = {code: entity for code, entity in waiting.items() if code not in taken}
    if not waiting:
        raise NothingToDraw(year=year)
    today = market_date(at)
    loads = Counter(work.body.code for work in standing_works(year))
    depth_share = law.on("verification.depth_share", today).number
    lots = draw(
        seed=seed,
        entities=waiting,
        bodies=register,
        barred=_barred(list(waiting.values()), list(register.values()), law, today),
        loads=loads,
        depth_share=depth_share,
    )
    record = DrawRecord.objects.create(
        year=year,
        reference=reference,
        seed=seed,
        drawn_at=at,
        person=acting.person,
        depth_share=depth_share,
        loads=dict(sorted(loads.items())),
        lots=[lot.as_json() for lot in lots],
    )
    journal.record(
        operation="verification.draw_bodies",
        subject=f"draw/{year}",
        acting=acting,
        at=at,
        article="CNETS-27",
        content={"seed": seed, "lots": [[lot.entity, lot.body] for lot in lots]},
    )
    _open(
        [_drawn(record, lot, waiting[lot.entity], register[lot.body]) for lot in lots if lot.body],
        acting,
        at,
        "CNETS-27",
    )
    return record


@transaction.atomic
def choose_body(
    *,
    organisation: Organisation,
    year: int,
    body: Organisation,
    reasons: str,
    in_depth: bool = False,
    requirement: str = "",
    law: Law,
    acting: Acting,
    at: datetime,
) -> Work:
    """Choose a body by hand (指定分派), with reasons; a second person confirms it like a drawn one.

    Source: CQETS-25.3, BJETS-24.2, BJETS-24.i5.

    Raises:
        NotYourRole, ReasonsMissing, NoDrawYet, WorkRuns, NotRegistered, NotEligible.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-25.3")
    if not reasons.strip():
        raise ReasonsMissing(article="CQETS-25.3", field="reasons")
    today = market_date(at)
    drawn = DrawRecord.objects.filter(year=year).exists()
    if law.on("verification.draw_required", today).flag and not drawn:
        raise NoDrawYet(year=year)
    parties.lock_organisations([organisation, body])
    running = standing_works(year).filter(organisation=organisation).first()
    if running:
        raise WorkRuns(name=organisation.name, year=year, body=running.body.name)
    must_be_eligible(body, organisation, law=law, on=today)
    work = Work(
        organisation=organisation,
        year=year,
        attempt=_attempt(organisation, year),
        body=body,
        reasons=reasons.strip(),
        in_depth=in_depth,
        requirement=requirement.strip(),
    )
    _open([work], acting, at, "CQETS-25.3")
    return work


@transaction.atomic
def declare_independence(*, work: Work, law: Law, acting: Acting, at: datetime) -> None:
    """Declare that the body has no interest in the entity (独立性声明), and take the work.

    Source: BJETS-24.i5.

    Raises:
        NotYourRole, NotYourOwn, WrongState, NotEligible.
    """
    must_be_own(work, acting)
    must_be_eligible(work.body, work.organisation, law=law, on=market_date(at))
    casework.move_cases(WORK, "declare", [work.subject], acting=acting, at=at)
    Work.objects.filter(pk=work.pk).update(declared_by=acting.person)


@transaction.atomic
def decline_work(*, work: Work, reasons: str, acting: Acting, at: datetime) -> None:
    """Decline a work (回避), with the interest as the reason. Source: BJETS-24.i5.

    Raises:
        NotYourRole, NotYourOwn, ReasonsMissing, WrongState.
    """
    must_be_own(work, acting)
    casework.move_cases(WORK, "decline", [work.subject], acting=acting, at=at, note=reasons)
    Work.objects.filter(pk=work.pk).update(ended_at=at)


@transaction.atomic
def confirm_works(*, works: Sequence[Work], law: Law, acting: Acting, at: datetime) -> None:
    """Confirm assignments (确认分派), by another person than the one who drew or chose.

    Source: CQETS-25.3, CNETS-28.

    Raises:
        NotYourRole, SamePerson, WrongState, NotEligible.
    """
    subjects = [work.subject for work in works]
    casework.move_cases(WORK, "confirm", subjects, acting=acting, at=at)
    for work in works:
        must_be_eligible(work.body, work.organisation, law=law, on=market_date(at))
    for year in sorted({work.year for work in works}):
        assigned = {work.organisation: work.body for work in works if work.year == year}
        mrv.assign_verification(bodies=assigned, year=year, acting=acting, at=at)


@transaction.atomic
def reject_work(*, work: Work, reasons: str, acting: Acting, at: datetime) -> None:
    """Do not confirm an assignment; the entity waits for another draw. Source: CQETS-25.3.

    Raises:
        NotYourRole, SamePerson, ReasonsMissing, WrongState.
    """
    casework.move_cases(WORK, "reject", [work.subject], acting=acting, at=at, note=reasons)
    Work.objects.filter(pk=work.pk).update(ended_at=at)


def standing_works(year: int) -> QuerySet[Work]:
    """The works of a year that were not declined or rejected."""
    works = Work.objects.filter(year=year, ended_at=None)
    return works.select_related("organisation", "body")


def must_be_eligible(body: Organisation, organisation: Organisation, *, law: Law, on: date) -> None:
    """Refuse a body that fails a condition, naming each it fails. Source: BJETS-24.

    Raises:
        NotRegistered, NotEligible.
    """
    failed = eligibility.failed(bodies.conditions(body, organisation, law=law, on=on))
    if failed:
        raise NotEligible(
            article=failed[0].article,
            body=body.name,
            name=organisation.name,
            failed_zh="；".join(f"（{c.name}）{c.zh}：{c.found_zh}" for c in failed),
            failed="; ".join(f"{c.name} {c.en}: {c.found}" for c in failed),
        )


def _waiting(year: int) -> list[Organisation]:
    complete = cases.in_state(REPORT, year, "complete").select_related("organisation")
    return [case.organisation for case in complete.order_by("organisation_id")]


def _barred(
    entities: Sequence[Organisation], register: Sequence[Organisation], law: Law, on: date
) -> dict[str, dict[str, str]]:
    """Why which body may not verify which entity, by their codes."""
    facts, interests = bodies.facts_of(register, on), bodies.interests_of(register)
    found: dict[str, dict[str, str]] = {}
    for entity in entities:
        for body in register:
            conditions = eligibility.check_body(
                facts[body.pk],
                interests.get((body.pk, entity.pk), []),
                industry=entity.industry,
                law=law,
                on=on,
            )
            failed = eligibility.failed(conditions)
            if failed:
                why = "; ".join(f"{c.name} {c.found}" for c in failed)
                found.setdefault(entity.code, {})[body.code] = why
    return found


def _drawn(record: DrawRecord, lot: Lot, entity: Organisation, body: Organisation) -> Work:
    return Work(
        organisation=entity,
        year=record.year,
        attempt=_attempt(entity, record.year),
        body=body,
        draw=record,
        in_depth=lot.in_depth,
    )


def _attempt(organisation: Organisation, year: int) -> int:
    return Work.objects.filter(organisation=organisation, year=year).count() + 1


def _open(works: Sequence[Work], acting: Acting, at: datetime, article: str) -> None:
    Work.objects.bulk_create(works)
    new = [casework.NewCase(w.subject, w.organisation, w.year, handler=w.body) for w in works]
    casework.open_cases(WORK, new, acting=acting, at=at, article=article)
