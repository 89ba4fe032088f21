"""Open cases and move them: the only way any procedure of the law goes forward."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from openets.casework import queries
from openets.casework.clocks import last_day, received_date
from openets.casework.models import Case, Comment, TrailLine
from openets.casework.notices import tell
from openets.casework.objection import ObjectionTooLate, ReasonsMissing
from openets.casework.procedure import Move, Procedure, State
from openets.casework.scope import must_take_part
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import operations as parties
from openets.parties.models import Organisation
from openets.rulebook.load import Law
from openets.select import Select

_TAKEN = Select(Case, "procedure = %s and subject = any(%s) order by id limit 1")
_LOCKED = Select(
    Case,
    "t.procedure = %s and t.subject = any(%s) order by t.id for update of t",
    along=["organisation", "handler"],
)


class CaseExists(Refusal):
    """The subject has a case of this procedure already."""

    code = "case_exists"
    zh = "“{procedure}”事项 {subject} 已存在，不能重复提出"
    en = "There is a case “{procedure}” of {subject} already"
    remedy_zh = "请在原有事项中继续办理"
    remedy_en = "Go on with the existing case"


class NoSuchCase(Refusal):
    """No case of the procedure is about this subject."""

    code = "no_such_case"
    zh = "没有“{procedure}”事项 {subject}"
    en = "There is no case “{procedure}” of {subject}"
    remedy_zh = "请先提出申请"
    remedy_en = "Open the case first"


class WrongState(Refusal):
    """The move cannot be made from where the case stands."""

    code = "wrong_state"
    zh = "{subject} 当前处于“{state_zh}”，不能办理“{move_zh}”"
    en = "{subject} stands at “{state_en}”; “{move_en}” cannot be done from there"
    remedy_zh = "当前可办理：{next_zh}"
    remedy_en = "Possible now: {next_en}"


class SamePerson(Refusal):
    """The step needs a second pair of eyes."""

    code = "second_person_needed"
    zh = "{person} 已办理前一环节“{earlier_zh}”，本环节须由他人办理"
    en = "{person} did “{earlier_en}”; this step needs somebody else"
    remedy_zh = "请由另一名有权限的人员办理"
    remedy_en = "Let another authorised person do it"


class NothingSaid(Refusal):
    """A comment says something."""

    code = "nothing_said"
    zh = "留言内容为空"
    en = "The comment is empty"
    remedy_zh = "请填写留言"
    remedy_en = "Write the comment, then send it"


@dataclass(frozen=True, slots=True)
class NewCase:
    """What a case is about, and the body that handles it where there are several."""

    subject: str
    organisation: Organisation
    year: int
    due_date: date | None = None
    handler: Organisation | None = None


@transaction.atomic
def open_cases(
    procedure: Procedure, cases: Sequence[NewCase], *, acting: Acting, at: datetime, article: str
) -> list[Case]:
    """Open a case for each subject, in the first state of the procedure.

    Whoever opens cases about the same organisations waits, so that a subject opened twice at once
    is refused like one opened twice.

    Raises:
        CaseExists: one of the subjects has a case already.
    """
    parties.lock_organisations([new.organisation for new in cases])
    subjects = [new.subject for new in cases]
    taken = _TAKEN.first(procedure.name, subjects)
    if taken:
        raise CaseExists(procedure=procedure.zh, subject=taken.subject, article=article)
    made = Case.objects.bulk_create(
        Case(
            procedure=procedure.name,
            subject=new.subject,
            organisation=new.organisation,
            handler=new.handler,
            year=new.year,
            state=procedure.start,
            opened_at=at,
            moved_at=at,
            due_date=new.due_date,
        )
        for new in cases
    )
    _remember(procedure, "open", made, [""] * len(made), acting, at, article, "")
    return made


@transaction.atomic
def move_cases(
    procedure: Procedure,
    move_name: str,
    subjects: Sequence[str],
    *,
    acting: Acting,
    at: datetime,
    note: str = "",
    law: Law | None = None,
    due_date: date | None = None,
) -> list[Case]:
    """Move the cases of these subjects, all or none, and tell whom the table names.

    Where the table gives the next state a clock, `law` says its last day; elsewhere `due_date` may.
    Rows are locked in id order, so two decisions on one case follow each other and the second
    finds the state changed. Source: AMB-01, AMB-63.

    Raises:
        NotYourRole, ReasonsMissing, NoSuchCase, WrongState, ObjectionTooLate, SamePerson.
        UnknownYear: the next step would be due beyond the known calendar.
    """
    move = procedure.moves[move_name]
    acting.must_be(*move.roles, article=move.article)
    if move.reasons and not note.strip():
        raise ReasonsMissing(article=move.article)
    cases = _LOCKED.rows(procedure.name, list(subjects))
    _must_all_exist(procedure, subjects, cases)
    for case in cases:
        if case.state not in move.sources:
            raise _wrong_state(procedure, case, move_name)
    _must_be_in_time(move, cases, at)
    if move.second_eyes:
        _must_be_another(procedure, move.second_eyes, cases, acting, move.article)
    sources = [case.state for case in cases]
    due_date = _due_date(procedure.states[move.target], due_date, law, at)
    changed: dict[str, Any] = {"state": move.target, "moved_at": at, "due_date": due_date}
    if procedure.starts_retention(move_name):
        changed["kept_from_date"] = market_date(at)
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(**changed)
    for case in cases:
        vars(case).update(changed)
    lines = _remember(procedure, move_name, cases, sources, acting, at, move.article, note)
    if move.tells:
        tell(procedure, move, dict(zip(lines, cases, strict=True)), at=at)
    return cases


def lock_cases(procedure: str, numbers: Sequence[int]) -> list[Case]:
    """The cases of these numbers, locked in id order until the commit, for a decision on a list.

    Two lists decided at once follow each other whatever their order; an unknown number is absent.
    """
    wanted = Case.objects.filter(procedure=procedure, pk__in=numbers).order_by("id")
    return list(wanted.select_for_update(of=("self",)).select_related("organisation"))


@transaction.atomic
def comment(
    procedure: Procedure,
    subject: str,
    *,
    text: str,
    acting: Acting,
    at: datetime,
    reference: str = "",
) -> Comment:
    """Say something about a case (留言), in any of its states.

    What comes again under the same `reference` was said already.

    Raises:
        NothingSaid, NoSuchCase.
        NotYourCase: whoever has no part in it.
    """
    if not text.strip():
        raise NothingSaid
    wanted = Case.objects.filter(procedure=procedure.name, subject=subject)
    case = wanted.select_for_update().first()
    if case is None:
        raise NoSuchCase(procedure=procedure.zh, subject=subject)
    must_take_part(procedure, case, acting)
    said = case.comments.filter(person=acting.person, reference=reference).first()
    if reference and said:
        return said
    journal.record(
        operation=f"{procedure.name}.comment",
        subject=subject,
        acting=acting,
        at=at,
        article="",
        content={"text": text.strip()},
    )
    return Comment.objects.create(
        case=case, at=at, text=text.strip(), reference=reference, **acting.as_json()
    )


def _must_be_in_time(move: Move, cases: Sequence[Case], at: datetime) -> None:
    for case in cases:
        ends = case.due_date if move.in_time else None
        if ends is not None and market_date(at) > ends:
            raise ObjectionTooLate(article=move.article, last_day=ends.isoformat())


def _due_date(state: State, given: date | None, law: Law | None, at: datetime) -> date | None:
    if state.due is None:
        return given
    assert law is not None, "a clock of the table runs by the law"
    assert given is None, "a clock of the table leaves nothing to the room"
    start: date | None = market_date(at)
    if state.due.from_receipt:
        start = received_date(delivered=market_date(at), opened=None, law=law)
    if start is None:
        return None
    return last_day(state.due, start=start, law=law, calendar=queries.calendar(law.jurisdiction))


def _must_all_exist(procedure: Procedure, subjects: Sequence[str], cases: Sequence[Case]) -> None:
    missing = set(subjects) - {case.subject for case in cases}
    if missing:
        raise NoSuchCase(procedure=procedure.zh, subject=min(missing))


def _wrong_state(procedure: Procedure, case: Case, move_name: str) -> WrongState:
    move, state = procedure.moves[move_name], procedure.states[case.state]
    following = procedure.moves_from(case.state).values()
    return WrongState(
        article=move.article,
        subject=case.subject,
        state_zh=state.zh,
        state_en=state.en,
        move_zh=move.zh,
        move_en=move.en,
        next_zh="、".join(m.zh for m in following) or "无",
        next_en=", ".join(m.en for m in following) or "nothing",
    )


def _must_be_another(
    procedure: Procedure, earlier: str, cases: Sequence[Case], acting: Acting, article: str
) -> None:
    lines = TrailLine.objects.filter(case__in=cases, move=earlier, person=acting.person)
    if lines.exists():
        before = procedure.moves.get(earlier)
        raise SamePerson(
            article=article,
            person=acting.person,
            earlier_zh=before.zh if before else procedure.zh,
            earlier_en=before.en if before else procedure.en,
        )


def _remember(
    procedure: Procedure,
    move_name: str,
    cases: Sequence[Case],
    sources: Sequence[str],
    acting: Acting,
    at: datetime,
    article: str,
    note: str,
) -> list[TrailLine]:
    lines = TrailLine.objects.bulk_create(
        TrailLine(
            case=case,
            move=move_name,
            source=source,
            target=case.state,
            at=at,
            person=acting.person,
            role=acting.role,
            organisation=acting.organisation,
            article=article,
            note=note,
        )
        for case, source in zip(cases, sources, strict=True)
    )
    journal.record_many(
        [
            journal.Record(
                operation=f"{procedure.name}.{move_name}",
                subject=case.subject,
                acting=acting,
                at=at,
                article=article,
                content={"from": source, "to": case.state, "note": note},
            )
            for case, source in zip(cases, sources, strict=True)
        ]
    )
    return lines
