"""The page of one case, filled."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.conf import settings

from openets.casework import queries as casework
from openets.casework.models import Case, Delivery, Document, Notice
from openets.casework.procedure import Procedure
from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.web import words
from openets.web.cases.action import Asking, CaseAction, Elsewhere, MoveForm
from openets.web.cases.actions import ACTIONS, UNKNOWN, facts_of
from openets.web.cases.due import Days
from openets.web.cases.page import (
    CasePage,
    DeliveryRow,
    DocumentRow,
    MoveShown,
    NoticeRow,
    TrailRow,
)
from openets.web.forms import ActForm
from openets.web.language import Said
from openets.web.parts import Tone

SECONDS_AN_HOUR = 3600
HOURS_A_DAY = 24
ANOTHER = Said("须由另一名有权限的人员办理", "Another authorised person must do this")
TOO_LATE = Said("期限已过", "The time for it has ended")
SEES_EVERY_NOTICE = (Role.CITY_BUREAU, Role.REGISTRY_OPERATOR)

CHANNELS = {"mail": Said("邮件", "Mail"), "sms": Said("短信", "SMS")}
DELIVERY_STATES: Mapping[str, tuple[Said, Tone]] = {
    Delivery.State.WAITING: (Said("待发送", "Waiting"), ""),
    Delivery.State.SENT: (Said("已发送", "Sent"), "good"),
    Delivery.State.FAILED: (Said("发送失败", "Failed"), "bad"),
}
SCANS = {
    "not_scanned": Said("未扫描", "Not scanned"),
    "clean": Said("未发现病毒", "Clean"),
    "infected": Said("有病毒", "Infected"),
}


def case_page(
    procedure: Procedure,
    asking: Asking,
    days: Days,
    *,
    forms: Mapping[str, MoveForm],
    comment_form: ActForm | None,
    document_form: ActForm | None,
    removal_form: ActForm | None,
) -> CasePage:
    """The page of a case, with the forms of the moves that whoever asks may make."""
    case, state = asking.case, procedure.states[asking.case.state]
    moves = moves_shown(procedure, asking, forms)
    following = procedure.moves_from(case.state)
    shown = {move.name for move in moves if move.form}
    return CasePage(
        number=case.pk,
        title=Said(procedure.zh, procedure.en),
        which=words.which(procedure, case),
        organisation=case.organisation.name,
        organisation_number=case.organisation.number,
        state=Said(state.zh, state.en),
        is_final=state.final,
        due=days.due(procedure, case),
        due_article=state.due.article if state.due else "",
        waits_for=[office.name for office in casework.waits_for(procedure, case)],
        comes_by_itself=[Said(m.zh, m.en) for m in following.values() if m.comes_by_itself],
        facts=facts_of(asking),
        moves=moves,
        refused=next((f.refused for name, f in forms.items() if name not in shown), None),
        trail=trail_rows(procedure, case),
        comments=list(case.comments.all()),
        comment_form=comment_form,
        documents=_documents(procedure, asking),
        document_form=document_form,
        removal_form=removal_form,
        notices=notice_rows(case, asking.acting),
    )


def moves_shown(
    procedure: Procedure, asking: Asking, forms: Mapping[str, MoveForm]
) -> list[MoveShown]:
    """The moves the role of whoever asks may make from where the case stands."""
    case, acting = asking.case, asking.acting
    shown = []
    for found in casework.next_moves(procedure, case, acting.role, acting.person):
        move, action = found.move, ACTIONS.get((procedure.name, found.name), UNKNOWN)
        label = Said(move.zh, move.en)
        late = move.in_time and case.due_date is not None and asking.today > case.due_date
        if isinstance(action, Elsewhere):
            address = action.address(case) if action.address else ""
            row = MoveShown(found.name, label, move.article, why_not=action.said, address=address)
        elif found.needs_another or late:
            why_not = ANOTHER if found.needs_another else TOO_LATE
            row = MoveShown(found.name, label, move.article, why_not=why_not)
        elif found.name in forms:
            form = forms[found.name]
            row = MoveShown(found.name, label, move.article, form=form, effect=action.effect)
        else:
            continue
        shown.append(row)
    return shown


def makeable(procedure: Procedure, case: Case, acting: Acting) -> list[str]:
    """The moves for which the page of a case has a form for somebody."""
    return [
        found.name
        for found in casework.next_moves(procedure, case, acting.role, acting.person)
        if isinstance(ACTIONS.get((procedure.name, found.name)), CaseAction)
    ]


def trail_rows(procedure: Procedure, case: Case) -> list[TrailRow]:
    """The trail (办理轨迹) of a case, in order."""
    steps = casework.steps(case, settings.JURISDICTION)
    offices = parties.organisations({step.line.organisation for step in steps})
    names = dict(offices.values_list("code", "name"))
    return [
        TrailRow(
            at=step.line.at,
            move=words.move_of(procedure, step.line.move),
            state=words.state_of(procedure, step.line.target),
            person=step.line.person,
            role=words.role_of(step.line.role),
            organisation=names.get(step.line.organisation, ""),
            article=step.line.article,
            note=words.note_of(procedure, step.line.move, step.line.note),
            waited=_waited(int(step.waited.total_seconds()) // SECONDS_AN_HOUR),
            working_days=step.working_days,
        )
        for step in steps
    ]


def notice_rows(case: Case, acting: Acting) -> list[NoticeRow]:
    """The notices sent about a case: all for the offices that send them, else one's own."""
    sees_all = acting.role in SEES_EVERY_NOTICE
    return [
        NoticeRow(
            notice,
            notice_text(notice),
            [delivery_row(copy) for copy in notice.deliveries.all()] if sees_all else [],
        )
        for notice in casework.notices(case)
        if sees_all or notice.recipient.code == acting.organisation
    ]


def notice_text(notice: Notice) -> Said:
    """What a notice says."""
    return Said(notice.zh, notice.en)


def delivery_row(copy: Delivery) -> DeliveryRow:
    """A copy of a notice with its words."""
    state, tone = DELIVERY_STATES[copy.state]
    return DeliveryRow(copy, CHANNELS[copy.channel], state, tone)


def removable(procedure: Procedure, asking: Asking) -> list[Document]:
    """The documents of a case that whoever asks filed and may remove. Source: CQETS-24b."""
    must_keep = _must_keep(procedure, asking)
    return [
        document
        for document in casework.documents(asking.case)
        if document.organisation == asking.acting.organisation and document.pk not in must_keep
    ]


def _must_keep(procedure: Procedure, asking: Asking) -> dict[int, date | None]:
    kept = casework.kept_documents(
        [procedure], asking.case.organisation, law=asking.law, today=asking.today
    )
    return {each.document.pk: each.removable_from for each in kept}


def _documents(procedure: Procedure, asking: Asking) -> list[DocumentRow]:
    found = casework.documents(asking.case)
    must_keep = _must_keep(procedure, asking) if found else {}
    return [_document(procedure, document, _keeping(document, must_keep)) for document in found]


def _keeping(document: Document, must_keep: Mapping[int, date | None]) -> Said:
    """How long a document is to be kept, given until when each must be that still has to."""
    if document.pk not in must_keep:
        return Said("保存期已满", "Kept long enough")
    end = must_keep[document.pk]
    if end is None:
        return Said("自办结后起算", "Counts once it is decided")
    last_day = end - timedelta(days=1)
    return Said(f"至 {last_day}", f"until {last_day}")


def _document(procedure: Procedure, document: Document, keeping: Said) -> DocumentRow:
    kind = procedure.documents[document.kind]
    return DocumentRow(
        number=document.pk,
        name=document.name,
        kind=Said(kind.zh, kind.en),
        size_bytes=document.size_bytes,
        sha256=document.sha256,
        scan=SCANS[document.scan],
        added_at=document.added_at,
        person=document.person,
        keeping=keeping,
    )


def _waited(all_hours: int) -> Said:
    days, hours = divmod(all_hours, HOURS_A_DAY)
    return Said(f"{days} 天 {hours} 小时", f"{days} d {hours} h")
