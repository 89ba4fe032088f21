"""A case of the room as pages show it, and the applicant's path."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from openets.casework import queries as casework
from openets.casework.models import Case, Document
from openets.casework.procedure import Procedure
from openets.kernel.clock import market_date
from openets.opening import queries
from openets.opening.material import INFORMATION, copies_in
from openets.opening.papers import Paper
from openets.opening.procedures import (
    PLATFORM_CERTIFICATION,
    REGISTRY_OPENING,
    TRADING_OPENING,
)
from openets.opening.queries import Standing
from openets.parties.models import Organisation
from openets.registry.kinds import AccountKind
from openets.rulebook.load import law
from openets.web import words
from openets.web.language import Said
from openets.web.opening.forms import has_template
from openets.web.opening.page import (
    CasePart,
    FactRow,
    FileRow,
    GuidePage,
    PaperRow,
    Task,
    UploadRow,
)
from openets.web.parts import Status, Step, StepState, Tone

PATHS: Mapping[str, Sequence[tuple[str, Said]]] = {
    REGISTRY_OPENING.name: (
        ("asked", Said("选择用户类型", "Old or new user")),
        ("filling", Said("填报信息、上传材料", "Information and documents")),
        ("submitted", Said("审核", "Review")),
        ("active", Said("开户完成", "Active")),
    ),
    TRADING_OPENING.name: (
        ("filling", Said("填报信息、上传材料", "Information and documents")),
        ("applied", Said("递交纸质材料", "Hand in the paper")),
        ("reviewing", Said("审核", "Review")),
        ("active", Said("开户完成", "Active")),
    ),
    PLATFORM_CERTIFICATION.name: (
        ("registered", Said("手机号码注册", "Register by mobile number")),
        ("filling", Said("填报信息、上传营业执照", "Information and licence")),
        ("submitted", Said("递交纸质材料", "Hand in the paper")),
        ("reviewing", Said("审核", "Review")),
        ("certified", Said("认证完成", "Certified")),
    ),
}
"""The straight way through each procedure, for the bar on top of its pages."""
FORMER_PATH = (
    ("asked", Said("选择用户类型", "Old or new user")),
    ("verifying", Said("验证原登记簿账户", "Verify the former account")),
    ("active", Said("开户完成", "Active")),
)
STANDS_AT = {"returned": "filling", "rejected": "filling", "withdrawn": "filling"}
TONES: Mapping[str, Tone] = {
    **dict.fromkeys(("active", "certified"), "good"),
    **dict.fromkeys(("returned", "rejected", "lapsed"), "bad"),
    **dict.fromkeys(("submitted", "applied", "reviewing", "verifying", "filling"), "warn"),
}
NOT_BEGUN = Status(Said("未申请", "Not applied for"))
APPLICATIONS = {
    "registry": Said("注册登记账户开户申请", "the application for the registry account"),
    "trading": Said("交易账户开户申请", "the application for the trading account"),
}


def case_part(case: Case, at: datetime) -> CasePart:
    """A case with everything its pages show of it."""
    rules, procedure = law(settings.JURISDICTION), words.PROCEDURES[case.procedure]
    takes_paper = procedure is not REGISTRY_OPENING
    listed = queries.listed_papers(case, rules, market_date(at)) if takes_paper else ()
    receipts = queries.paper_receipts(case) if takes_paper else []
    given = copies_in([receipt for receipt in receipts if receipt.voided_at is None])
    wanted = () if _is_former(case) else queries.uploads_of(case, rules, at)
    filed = casework.documents(case)
    kinds = {paper.kind for paper in wanted}
    return CasePart(
        case=case,
        title=Said(procedure.zh, procedure.en),
        state=state_of(procedure, case),
        steps=steps_of(procedure, case),
        last_call=_last_call(case),
        due_date=case.due_date,
        facts=_facts(case),
        uploads=_uploads(wanted, filed, procedure),
        others=[_file(document, procedure) for document in filed if document.kind not in kinds],
        papers=[PaperRow(paper, given.get(paper.kind, 0)) for paper in listed],
        receipts=receipts,
    )


def state_of(procedure: Procedure, case: Case) -> Status:
    """Where a case stands, as a chip."""
    return Status(words.state_of(procedure, case.state), TONES.get(case.state, ""))


def steps_of(procedure: Procedure, case: Case) -> list[Step]:
    """The bar on top: what is done, where the case stands, what is ahead."""
    path = FORMER_PATH if _is_former(case) else PATHS[procedure.name]
    names = [name for name, _ in path]
    if case.state == "lapsed":
        now = names.index("applied")
    else:
        now = names.index(STANDS_AT.get(case.state, case.state))
    over = case.state == names[-1]
    return [
        Step(
            label,
            _step_state(place, now, over=over, late=case.state == "lapsed"),
            case.due_date if place == now and not over else None,
        )
        for place, (_, label) in enumerate(path)
    ]


def guide(organisation: Organisation) -> GuidePage:
    """The way of an applicant, from the templates to the link."""
    standing = queries.standing(organisation)
    registry, trading = standing.registry_account, standing.trading_account
    paper_in = bool(trading) or _state(standing.trading_case) in {"reviewing", "active"}
    applied = paper_in or _state(standing.trading_case) == "applied"
    done = [True, bool(registry), applied, paper_in, bool(trading)]
    done += [standing.bank_bound, standing.linked]
    labels = [
        Said("下载模板", "Download the templates"),
        Said("注册登记账户", "Registry account"),
        Said("交易账户申请", "Apply for trading"),
        Said("递交纸质材料", "Hand in the paper"),
        Said("审核开户", "Review"),
        Said("绑定银行账户", "Bind a bank account"),
        Said("关联登记账户", "Link the accounts"),
    ]
    now = done.index(False) if False in done else len(done)
    steps = [
        Step(label, "done" if done[n] else "now" if n == now else "ahead")
        for n, label in enumerate(labels)
    ]
    return GuidePage(
        organisation=organisation.name,
        steps=steps,
        tasks=[*tasks_of(standing), *_afterwards(standing), _platform(standing)],
        missing=[APPLICATIONS[name] for name in standing.missing_applications],
        equity_number=registry.number if registry else "",
        contacts=queries.contacts(organisation),
    )


def tasks_of(standing: Standing) -> list[Task]:
    """How the two applications stand (注册登记账户、交易账户)."""
    return [
        Task(
            title=Said("注册登记账户", "Registry account"),
            text=Said(
                "登记、持有、清缴配额和减排量；由注册登记机构审核。",
                "Holds and surrenders units; the registration agency reviews it.",
            ),
            status=_status(standing.registry_account, standing.registry_case),
            article="CQ208-A4.1.1",
            href=reverse("opening_registry"),
            verb=_verb(standing.registry_account, standing.registry_case),
        ),
        Task(
            title=Said("交易账户", "Trading account"),
            text=Said(
                "在线申请后一个月内须递交完整合规的纸质材料；由交易机构审核，结果以短信告知。",
                "Complete paper comes in within a month; the exchange reviews it and tells by SMS.",
            ),
            status=_status(standing.trading_account, standing.trading_case),
            article="CQ208-A4.1.2",
            href=reverse("opening_trading"),
            verb=_verb(standing.trading_account, standing.trading_case),
        ),
    ]


def file_href(case: int, document: int) -> str:
    """Where a document of the case of a number is read."""
    return reverse("api:read_document", kwargs={"number": case, "document": document})


def _afterwards(standing: Standing) -> list[Task]:
    opened = standing.trading_account is not None
    bound, linked = standing.bank_bound, standing.linked
    wait = Said("待交易账户开立", "After the trading account")
    return [
        Task(
            title=Said("我的银行卡", "My bank account"),
            text=Said(
                "实名绑定本单位银行账户，交易日 9:30-15:30 办理；绑定后方可入金和交易。",
                "Bind one in your own name on a trading day, 9:30-15:30, to pay in and trade.",
            ),
            status=_simple(wait, is_done=bound, opened=standing.cash_account is not None),
            article="CQ208-A4.2.5",
            href=reverse("opening_bank"),
            verb=None if standing.cash_account is None else _see(is_done=bound),
        ),
        Task(
            title=Said("登记簿（关联登记账户）", "Register (link the accounts)"),
            text=Said(
                "关联本单位权益账户号后，方可在登记账户与交易账户之间划转。",
                "Units move between the two accounts once the number is linked.",
            ),
            status=_simple(wait, is_done=linked, opened=opened),
            article="CQ208-A4.2.6",
            href=reverse("opening_link"),
            verb=_see(is_done=linked) if opened else None,
        ),
    ]


def _platform(standing: Standing) -> Task:
    return Task(
        title=Said("“碳惠通”平台企业认证", "Certification on the Tanhuitong platform"),
        text=Said(
            "办理 CQCER 登记、下账和履约抵消前，须完成企业认证。",
            "CQCER functions are for companies the platform has certified.",
        ),
        status=_certification(standing),
        article="CQ208-A5.1.2",
        href=reverse("opening_platform"),
        verb=_see(is_done=standing.certified),
    )


def _certification(standing: Standing) -> Status:
    if standing.certified:
        return Status(Said("已认证", "Certified"), "good")
    case = standing.platform_case
    return state_of(PLATFORM_CERTIFICATION, case) if case else NOT_BEGUN


def _see(*, is_done: bool) -> Said:
    return Said("查看", "See") if is_done else Said("办理", "Go on")


def _simple(wait: Said, *, is_done: bool, opened: bool) -> Status:
    if is_done:
        return Status(Said("已完成", "Done"), "good")
    return Status(Said("待办理", "To be done"), "warn") if opened else Status(wait)


def _status(account: object, case: Case | None) -> Status:
    if account is not None:
        return Status(Said("已开户", "Active"), "good")
    return state_of(words.PROCEDURES[case.procedure], case) if case else NOT_BEGUN


def _verb(account: object, case: Case | None) -> Said:
    if account is None and case is None:
        return Said("申请开户", "Apply")
    return _see(is_done=account is not None)


def _state(case: Case | None) -> str:
    return case.state if case else ""


def _is_former(case: Case) -> bool:
    if case.procedure != REGISTRY_OPENING.name:
        return False
    opening = queries.registry_opening(case.organisation)
    was_linked = queries.former_accounts().filter(linked_to=case.organisation).exists()
    return was_linked or (opening is not None and opening.former_user)


def _step_state(place: int, now: int, *, over: bool, late: bool) -> StepState:
    if over or place < now:
        return "done"
    if place == now:
        return "late" if late else "now"
    return "ahead"


def _last_call(case: Case) -> Said | None:
    """Why the applicant has to act again, or could not go on."""
    if case.state not in {"returned", "rejected", "lapsed", "applied", "submitted"}:
        return None
    line = case.trail.exclude(note="").last()
    if line is None or line.target != case.state:
        return None
    return Said(line.note, line.note)


def _facts(case: Case) -> list[FactRow]:
    organisation, kind = case.organisation, None
    mobile = ""
    if case.procedure == TRADING_OPENING.name:
        information = queries.trading_opening_of(case).information
        kind = AccountKind.TRADING
    elif case.procedure == REGISTRY_OPENING.name:
        opening = queries.registry_opening(organisation)
        information = opening.information if opening else {}
        kind = AccountKind.REGISTRY
    else:
        account = queries.platform_account(organisation)
        information = account.information if account else {}
        mobile = account.mobile if account else ""
    rows = [
        FactRow(Said(zh, en.capitalize()), information[name])
        for name, (zh, en) in INFORMATION.items()
        if information.get(name)
    ]
    contact = queries.contact(organisation, kind) if kind else None
    if contact:
        rows.append(FactRow(Said("联系人", "Contact"), contact.name))
        mobile = contact.mobile
    if mobile:
        rows.append(FactRow(Said("手机号码", "Mobile number"), mobile))
    return rows


def _uploads(
    wanted: Sequence[Paper], filed: Sequence[Document], procedure: Procedure
) -> list[UploadRow]:
    pack = next(iter(queries.packs()), None)
    return [
        UploadRow(
            paper=paper,
            files=[_file(document, procedure) for document in filed if document.kind == paper.kind],
            template_href=template_href(pack.version, paper.kind) if pack else "",
        )
        for paper in wanted
    ]


def template_href(version: str, name: str) -> str:
    """Where the template of a name is downloaded, or empty where there is none."""
    from_pack = {"version": version, "name": name}
    return reverse("download_template", kwargs=from_pack) if has_template(name) else ""


def _file(document: Document, procedure: Procedure) -> FileRow:
    kind = procedure.documents[document.kind]
    return FileRow(
        name=document.name,
        label=Said(kind.zh, kind.en),
        size_bytes=document.size_bytes,
        at=document.added_at,
        href=file_href(document.case_id, document.pk),
    )
