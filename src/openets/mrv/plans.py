"""What an entity may do with its monitoring plan: draft it, file it, file a changed version."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from openets.casework import operations as casework
from openets.casework.objection import ReasonsMissing
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.mrv import report_queries as queries
from openets.mrv.drafts import DraftChanged
from openets.mrv.models import MonitoringPlan
from openets.mrv.plan import KINDS, check_plan
from openets.mrv.procedures import MONITORING_PLAN
from openets.mrv.records import must_be_own
from openets.mrv.sheets import cleaned
from openets.parties import operations as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role


class NoPlanDrafted(Refusal):
    """There is no draft of a plan to file."""

    code = "no_plan_drafted"
    article = "CNETS-24"
    zh = "没有待备案的监测计划草稿"
    en = "There is no draft of a plan to file"
    remedy_zh = "请先填写并保存"
    remedy_en = "Fill it in and save it first"


class PlanNotReady(Refusal):
    """The check of the plan found faults."""

    code = "plan_not_ready"
    article = "CNETS-24"
    zh = "校验发现 {faults} 处错误，不能备案。{first_zh}"
    en = "The check found {faults} faults. {first}"
    remedy_zh = "请按错误清单逐项更正后备案"
    remedy_en = "Correct each of the list, then file"


class BeforeTheLast(Refusal):
    """A change of the plan does not reach back behind the version before."""

    code = "before_the_last"
    article = "CNETS-25"
    zh = "第 {version} 版自 {last} 起生效，新版本不能自 {day} 起生效"
    en = "Version {version} is in force from {last}; the next cannot begin on {day}"
    remedy_zh = "生效日期须晚于上一版本"
    remedy_en = "Let it begin on a later day"


def plan_subject(organisation: Organisation, version: int) -> str:
    """The name under which cases and the journal know a version of a plan."""
    return f"plan/{organisation.code}/{version}"


@transaction.atomic
def save_plan(
    *,
    organisation: Organisation,
    content: Mapping[str, Sequence[Mapping[str, Any]]],
    revision: int,
    acting: Acting,
    at: datetime,
) -> MonitoringPlan:
    """Save the draft of a plan, the first or that of the next version. Source: CNETS-24.

    `revision` is that of the draft it was made from, 0 for a new one.

    Raises:
        NotYourRole, NotYourOwn, DraftChanged, TooManyRows, CellNotKept.
    """
    acting.must_be(Role.KEY_EMITTING_ENTITY, article="CNETS-24")
    must_be_own(acting, organisation.code, plan_subject(organisation, 1))
    grid = {name: list(rows) for name, rows in cleaned(KINDS, content).items()}
    parties.lock_organisations([organisation])
    draft = queries.plan_draft(organisation)
    if draft and draft.content == grid:
        return draft
    now = draft.revision if draft else 0
    if now != revision:
        raise DraftChanged(
            article="CNETS-24", person=draft.saved_by if draft else "-", now=now, seen=revision
        )
    if draft is None:
        version = queries.plans(organisation).count() + 1
        draft = MonitoringPlan(organisation=organisation, version=version, revision=0)
        new = casework.NewCase(
            plan_subject(organisation, version), organisation, market_date(at).year
        )
        casework.open_cases(MONITORING_PLAN, [new], acting=acting, at=at, article="CNETS-24")
    draft.content = grid
    draft.revision += 1
    draft.digest = _digest(grid)
    draft.saved_at, draft.saved_by = at, acting.person
    draft.save()
    _journal("mrv.save_plan", draft, acting, at)
    return draft


@transaction.atomic
def file_plan(
    *,
    organisation: Organisation,
    revision: int,
    from_date: date,
    reasons: str,
    acting: Acting,
    at: datetime,
) -> MonitoringPlan:
    """File the drafted version (备案); it gets a filing number and supersedes the one before.

    From the second version on the change is described and its reason given.
    Source: CNETS-24, CNETS-25, BJETS-22b.

    Raises:
        NotYourRole, NotYourOwn, NoPlanDrafted, DraftChanged.
        PlanNotReady: with the first fault, such as a plan without sources.
        ReasonsMissing: a changed version without its reason.
        BeforeTheLast: it would be in force before the version it replaces.
    """
    acting.must_be(Role.KEY_EMITTING_ENTITY, article="CNETS-24")
    must_be_own(acting, organisation.code, plan_subject(organisation, 1))
    parties.lock_organisations([organisation])
    draft = queries.plan_draft(organisation)
    if draft is None:
        raise NoPlanDrafted
    if draft.revision != revision:
        raise DraftChanged(
            article="CNETS-24", person=draft.saved_by, now=draft.revision, seen=revision
        )
    found = check_plan(queries.plan_grid(draft), today=market_date(at))
    if found.faults:
        first = found.faults[0].refusal
        raise PlanNotReady(
            faults=len(found.faults), first=first.message("en"), first_zh=first.message("zh")
        )
    _supersede(queries.filed_plans(organisation).first(), from_date, reasons, acting, at)
    casework.move_cases(
        MONITORING_PLAN, "file", [plan_subject(organisation, draft.version)], acting=acting, at=at
    )
    draft.filing_number = f"MP-{organisation.code}-{draft.version:02}"
    draft.filed_at, draft.filed_by = at, acting.person
    draft.from_date, draft.change_reason = from_date, reasons.strip()
    draft.save()
    _journal("mrv.file_plan", draft, acting, at)
    return draft


def _supersede(
    before: MonitoringPlan | None, from_date: date, reasons: str, acting: Acting, at: datetime
) -> None:
    if before is None:
        return
    if not reasons.strip():
        raise ReasonsMissing(article="CNETS-25", field="reasons")
    assert before.from_date is not None, "a filed plan is in force from a day"
    if from_date <= before.from_date:
        raise BeforeTheLast(
            field="from_date", version=before.version, last=before.from_date, day=from_date
        )
    subject = plan_subject(before.organisation, before.version)
    casework.move_cases(MONITORING_PLAN, "supersede", [subject], acting=acting, at=at, note=reasons)


def _digest(grid: Mapping[str, Any]) -> str:
    text = json.dumps(grid, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _journal(operation: str, plan: MonitoringPlan, acting: Acting, at: datetime) -> None:
    journal.record(
        operation=operation,
        subject=plan_subject(plan.organisation, plan.version),
        acting=acting,
        at=at,
        article="CNETS-24",
        content={
            "revision": plan.revision,
            "digest": plan.digest,
            "filing_number": plan.filing_number,
            "from_date": plan.from_date.isoformat() if plan.from_date else "",
        },
    )
