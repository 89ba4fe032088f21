"""What an entity may do with its report until the bureau accepts it: draft, submit, withdraw."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from openets.casework import documents
from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.casework.storage import Store
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.mrv import operations as reports
from openets.mrv import report_queries as queries
from openets.mrv.accounting.account import exact_text
from openets.mrv.accounting.factors import factor_set
from openets.mrv.evidence import EVIDENCE, EvidenceWithoutRow, with_number
from openets.mrv.grid import Checked
from openets.mrv.models import MonitoringPlan, Report, ReportContent, ReportDraft
from openets.mrv.national import keep_captive
from openets.mrv.procedures import REPORT
from openets.mrv.records import due_date_of, kept_line, must_be_own, report_subject
from openets.mrv.report_sheets import KINDS
from openets.mrv.sheets import Row, cleaned
from openets.parties import operations as parties
from openets.parties import queries as listing
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law


class DraftChanged(Refusal):
    """Somebody saved the draft since it was opened here."""

    code = "draft_changed"
    article = "CQETS-24.2"
    zh = "草稿已被 {person} 保存为第 {now} 稿，本页所依据的是第 {seen} 稿"
    en = "{person} saved revision {now} of the draft since; this page knows revision {seen}"
    remedy_zh = "请重新打开草稿，核对后再保存或提交"
    remedy_en = "Open the draft again and look at the changes, then save or submit"


class ReportLocked(Refusal):
    """What was submitted is not changed."""

    code = "report_locked"
    article = "CQETS-24.2"
    zh = "{year} 年度报告处于“{state_zh}”，不能修改"
    en = "The report of {year} stands at “{state}” and cannot be changed"
    remedy_zh = "受理前可撤回；受理后须由主管部门退回"
    remedy_en = "Withdraw it before it is accepted; afterwards the bureau can return it"


class NothingDrafted(Refusal):
    """There is no draft to submit."""

    code = "nothing_drafted"
    article = "CQETS-24"
    zh = "{year} 年度没有已保存的草稿"
    en = "No draft of {year} was saved"
    remedy_zh = "请先填写并保存"
    remedy_en = "Fill it in and save it first"


class ReportNotReady(Refusal):
    """The check found faults, or changes that nobody explained."""

    code = "report_not_ready"
    article = "CQETS-24.2"
    zh = "校验发现 {faults} 处错误、{questions} 处未说明的变化，不能提交。{first_zh}"
    en = "The check found {faults} faults and {questions} unexplained changes. {first}"
    remedy_zh = "请按错误清单逐项更正或说明后提交"
    remedy_en = "Correct or explain each of the list, then submit"


class PlanNotFiled(Refusal):
    """The report rests on a filed monitoring plan."""

    code = "plan_not_filed"
    article = "CNETS-26"
    zh = "尚无已备案的监测计划，不能提交排放报告"
    en = "No monitoring plan is filed, so the report cannot be submitted"
    remedy_zh = "请先备案监测计划"
    remedy_en = "File the monitoring plan first"


@dataclass(frozen=True, slots=True)
class Attached:
    """A file to be filed as evidence beside a row: its sheet, and its place in the content."""

    sheet: str
    row: int
    name: str
    content: bytes


@transaction.atomic
def save_draft(
    *,
    organisation: Organisation,
    year: int,
    factors: str,
    content: Mapping[str, Sequence[Mapping[str, Any]]],
    revision: int,
    law: Law,
    acting: Acting,
    at: datetime,
    attached: Sequence[Attached] = (),
    store: Store | None = None,
) -> ReportDraft:
    """Save what is filled in (暂存), right or wrong; nothing is submitted by it.

    `revision` is that of the draft it was made from, 0 for the first. The same content again
    changes nothing. Each file `attached` is filed in the `store` with the report's case, and its
    number is written into the row it proves; a file on file already only lends its number.
    Source: CQETS-24, CQETS-24b.

    Raises:
        NotYourRole, NotYourOwn, NotOnTheList.
        UnknownFactorSet, YearNotCovered: the set is none, or not for that year.
        ReportLocked: it is submitted.
        DraftChanged: another revision was saved since.
        TooManyRows, CellNotKept.
        And what `documents.add_document` refuses of a file.
    """
    subject = _must_be_own_report(organisation, year, acting)
    factor_set(factors).must_cover(year)
    parties.lock_organisations([organisation])
    _must_be_open(subject, year)
    draft = queries.draft_of(organisation, year)
    on_file = {one.sha256: pk for pk, one in queries.evidence(organisation, year).items()}
    new = [one for one in attached if _sha256(one.content) not in on_file]
    grid = _kept(content, attached, on_file)
    if draft and not new and (draft.factors, draft.content) == (factors, grid):
        return draft
    _must_be_revision(draft, revision)
    _open_case(organisation, year, law, acting, at)
    for file in new:
        assert store is not None, "files need a store"
        digest = _sha256(file.content)
        if digest not in on_file:
            on_file[digest] = _file(subject, file, store, law, acting, at)
    grid = _kept(content, attached, on_file)
    if draft is None:
        draft = ReportDraft(organisation=organisation, year=year, revision=0)
    draft.factors, draft.content = factors, grid
    draft.revision += 1
    draft.saved_at, draft.saved_by = at, acting.person
    draft.save()
    journal.record(
        operation="mrv.save_draft",
        subject=subject,
        acting=acting,
        at=at,
        article="CQETS-24",
        content={"revision": draft.revision, "digest": _digest(factors, grid)},
    )
    return draft


@transaction.atomic
def attach_evidence(
    *,
    organisation: Organisation,
    year: int,
    file: Attached,
    revision: int,
    law: Law,
    acting: Acting,
    at: datetime,
    store: Store,
) -> ReportDraft:
    """File evidence beside a row of the draft as it stands (上传证据材料), and save it.

    The same file beside the same row again changes nothing. Source: CQETS-24b.

    Raises:
        NothingDrafted.
        EvidenceWithoutRow: the draft has no such row.
        And what `save_draft` refuses.
    """
    _must_be_own_report(organisation, year, acting)
    draft = queries.draft_of(organisation, year)
    if draft is None:
        raise NothingDrafted(year=year)
    if not 0 <= file.row < len(draft.content.get(file.sheet, ())):
        raise EvidenceWithoutRow(field="row")
    return save_draft(
        organisation=organisation,
        year=year,
        factors=draft.factors,
        content=draft.content,
        revision=revision,
        law=law,
        acting=acting,
        at=at,
        attached=[file],
        store=store,
    )


@transaction.atomic
def submit_draft(
    *,
    organisation: Organisation,
    year: int,
    revision: int,
    statement: bool,
    synthetic: bool,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Report:
    """Submit a draft online with a signed statement, which binds exactly this revision.

    The grid, its accounting and the factor set are kept with the version and never change. The
    rows per line and product follow from them. Source: CQETS-24, CQETS-24.2, CNETS-26.2.

    Raises:
        NotYourRole, NotYourOwn, NothingDrafted.
        DraftChanged: what was signed is not what is saved.
        ReportNotReady: with the first fault.
        PlanNotFiled: where the law asks for a plan.
        And what `submit_report` refuses.
    """
    _must_be_own_report(organisation, year, acting)
    parties.lock_organisations([organisation])
    draft = queries.draft_of(organisation, year)
    if draft is None:
        raise NothingDrafted(year=year)
    _must_be_revision(draft, revision)
    plan = queries.filed_plans(organisation).first()
    if plan is None and queries.plan_rule(law, year) == queries.REQUIRED:
        raise PlanNotFiled
    grid = queries.grid_of(draft)
    found = queries.check_draft(organisation, year, grid=grid, factors=draft.factors, law=law)
    if not found.checked.may_be_submitted:
        raise _not_ready(found.checked)
    report = reports.submit_report(
        organisation=organisation,
        year=year,
        figures=found.checked.figures,
        statement=statement,
        synthetic=synthetic,
        law=law,
        acting=acting,
        at=at,
    )
    content = _keep(report, draft, found.checked, plan)
    assert found.checked.totals is not None, "a report with faults is not kept"
    keep_captive(report, found.checked.totals.captive_t, acting=acting, at=at)
    journal.record(
        operation="mrv.submit_draft",
        subject=report_subject(organisation, year),
        acting=acting,
        at=at,
        article="CQETS-24.2",
        content={
            "version": report.version,
            "revision": draft.revision,
            "digest": content.digest,
            "total_tco2e": report.total_tco2e,
        },
    )
    return report


@transaction.atomic
def withdraw_report(
    *, organisation: Organisation, year: int, reasons: str, acting: Acting, at: datetime
) -> None:
    """Take a submitted report back (撤回) before the bureau has accepted it.

    The version stays on file; the next is submitted with a new statement.
    Source: CQETS-24, CQETS-24.2.

    Raises:
        NotYourRole, NotYourOwn, ReasonsMissing, NoSuchCase.
        WrongState: its written copy is in, or it went on.
    """
    subject = report_subject(organisation, year)
    must_be_own(acting, organisation.code, subject)
    casework.move_cases(REPORT, "withdraw", [subject], acting=acting, at=at, note=reasons)


def _kept(
    content: Mapping[str, Sequence[Mapping[str, Any]]],
    attached: Sequence[Attached],
    on_file: Mapping[str, int],
) -> dict[str, list[Row]]:
    """The grid as it is kept, with the numbers of those attached files that are on file."""
    rows = {name: [dict(row) for row in sheet] for name, sheet in content.items()}
    for file in attached:
        number = on_file.get(_sha256(file.content))
        if number is not None and file.row < len(rows.get(file.sheet, ())):
            row = rows[file.sheet][file.row]
            row[EVIDENCE] = with_number(str(row.get(EVIDENCE) or ""), number)
    return {name: list(sheet) for name, sheet in cleaned(KINDS, rows).items()}


def _open_case(
    organisation: Organisation, year: int, law: Law, acting: Acting, at: datetime
) -> None:
    subject = report_subject(organisation, year)
    if cases.case(REPORT, subject) is None:
        new = casework.NewCase(subject, organisation, year, due_date_of(law, year))
        casework.open_cases(REPORT, [new], acting=acting, at=at, article="CQETS-24")


def _file(
    subject: str, file: Attached, store: Store, law: Law, acting: Acting, at: datetime
) -> int:
    filed = documents.add_document(
        REPORT,
        subject,
        kind="supporting_record",
        name=file.name,
        content=file.content,
        store=store,
        law=law,
        acting=acting,
        at=at,
    )
    return int(filed.pk)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _must_be_own_report(organisation: Organisation, year: int, acting: Acting) -> str:
    subject = report_subject(organisation, year)
    acting.must_be(Role.KEY_EMITTING_ENTITY, article="CQETS-24")
    must_be_own(acting, organisation.code, subject)
    listing.must_be_listed(organisation, year)
    return subject


def _must_be_open(subject: str, year: int) -> None:
    case = cases.case(REPORT, subject)
    if case is not None and case.state != REPORT.start:
        state = REPORT.states[case.state]
        raise ReportLocked(year=year, state=state.en, state_zh=state.zh)


def _must_be_revision(draft: ReportDraft | None, revision: int) -> None:
    now = draft.revision if draft else 0
    if now != revision:
        raise DraftChanged(person=draft.saved_by if draft else "-", now=now, seen=revision)


def _not_ready(checked: Checked) -> ReportNotReady:
    first = (*checked.faults, *checked.questions)[0].refusal
    return ReportNotReady(
        faults=len(checked.faults),
        questions=len(checked.questions),
        first=first.message("en"),
        first_zh=first.message("zh"),
    )


def _keep(
    report: Report, draft: ReportDraft, checked: Checked, plan: MonitoringPlan | None
) -> ReportContent:
    factors, totals = checked.accounted.factors, checked.totals
    assert totals is not None, "a report with faults is not kept"
    return ReportContent.objects.create(
        report=report,
        grid=draft.content,
        factors=factors.name,
        factors_digest=factors.digest,
        gwp=factors.gwp.name,
        accounted=[kept_line(line, row=at) for at, line in sorted(checked.lines.items())],
        total_exact=exact_text(totals.exact),
        captive_exact=exact_text(totals.captive_exact),
        plan=plan,
        digest=_digest(draft.factors, draft.content),
    )


def _digest(factors: str, grid: Mapping[str, Any]) -> str:
    text = json.dumps([factors, grid], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
