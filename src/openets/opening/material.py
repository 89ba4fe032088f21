"""What every application has in common: information, uploads, paper receipts, the result by SMS."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from stdnum.cn import uscc

from openets.casework import notices
from openets.casework import queries as casework
from openets.casework.models import Case
from openets.casework.operations import NoSuchCase
from openets.casework.procedure import Procedure
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.opening.models import PaperReceipt
from openets.opening.papers import Missing, Paper, missing
from openets.parties.operations import BadCreditCode

INFORMATION = {
    "credit_code": ("统一社会信用代码", "unified social credit code"),
    "address": ("注册地址", "registered address"),
    "principal": ("法定代表人或主要负责人", "legal representative or principal"),
}


class MaterialMissing(Refusal):
    """An application is sent with all its information and documents."""

    code = "material_missing"
    zh = "材料不齐，缺少：{missing_zh}"
    en = "The application is not complete; missing: {missing_en}"
    remedy_zh = "请填写或上传所列各项后再提交；有模板的请先下载模板"
    remedy_en = "Fill in or upload each of them, then send it; download the templates first"


class PaperDateWrong(Refusal):
    """Paper comes in after it was posted, and not before the application or after today."""

    code = "paper_date_wrong"
    article = "CQ208-A4.2.3"
    zh = "收件日期 {received} 不正确：应在 {earliest} 至 {latest} 之间，且不早于寄出日期"
    en = "{received} cannot be the day of receipt: from {earliest} to {latest}, not before posting"
    remedy_zh = "请按实际收到日期登记"
    remedy_en = "Enter the day on which the paper came in"


class UnknownPaper(Refusal):
    """A receipt counts papers of the list, in whole copies."""

    code = "unknown_paper"
    article = "CQ208-A4.2.3"
    zh = "“{kind}”{copies} 份不能登记：须为清单所列材料，份数为不小于 0 的整数"
    en = "{copies} of “{kind}” cannot be recorded: papers of the list, in whole copies"
    remedy_zh = "请按清单登记"
    remedy_en = "Record what the list names"


@dataclass(frozen=True, slots=True)
class Information:
    """What an applicant tells of itself."""

    credit_code: str
    address: str
    principal: str

    def as_json(self) -> dict[str, str]:
        """The information without blanks around it."""
        return {name: text.strip() for name, text in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Arrival:
    """Paper that came in: complete and compliant copies by kind, and on which days."""

    copies: Mapping[str, int]
    received_date: date
    posted_date: date | None = None


def case_of(procedure: Procedure, subject: str) -> Case:
    """The case of an application.

    Raises:
        NoSuchCase: it was never begun.
    """
    found = casework.case(procedure, subject)
    if found is None:
        raise NoSuchCase(procedure=procedure.zh, subject=subject)
    return found


def must_be_complete(
    case: Case, information: Information, required: Sequence[Paper], *, article: str
) -> dict[str, str]:
    """Refuse an application that lacks information or an upload, naming each; tell the information.

    Raises:
        MaterialMissing, BadCreditCode.
    """
    given = information.as_json()
    lacking = [INFORMATION[name] for name, text in given.items() if not text]
    lacking += [(paper.zh, paper.en) for paper in not_uploaded(case, required)]
    if lacking:
        raise MaterialMissing(
            article=article,
            missing_zh="、".join(zh for zh, _ in lacking),
            missing_en=", ".join(en for _, en in lacking),
        )
    if not uscc.is_valid(given["credit_code"]):
        raise BadCreditCode(
            field="credit_code",
            article=article,
            name=case.organisation.name,
            credit_code=given["credit_code"],
        )
    return given


def not_uploaded(case: Case, required: Sequence[Paper]) -> list[Paper]:
    """The papers of which the applicant has filed no document with the case."""
    own = case.organisation.code
    there = {d.kind for d in casework.documents(case) if d.organisation == own}
    return [paper for paper in required if paper.kind not in there]


def record_arrival(
    case: Case, arrival: Arrival, required: Sequence[Paper], *, acting: Acting, at: datetime
) -> tuple[PaperReceipt, list[Missing]]:
    """Remember what came in (接收登记); tell it and what is missing still.

    What came in before counts as well. Source: CQ208-A4.2.3, CQ208-A5.1.4.

    Raises:
        PaperDateWrong, UnknownPaper.
    """
    _must_be_a_day(case, arrival, at)
    known = {paper.kind for paper in required}
    for kind, copies in arrival.copies.items():
        if kind not in known or copies < 0:
            raise UnknownPaper(kind=kind, copies=copies)
    receipt = PaperReceipt(
        case=case,
        received_date=arrival.received_date,
        posted_date=arrival.posted_date,
        copies={kind: copies for kind, copies in arrival.copies.items() if copies},
        recorded_at=at,
        person=acting.person,
    )
    short = missing(required, copies_in([*receipts(case), receipt]))
    receipt.complete = not short
    receipt.save()
    return receipt, short


def receipts(case: Case) -> list[PaperReceipt]:
    """The receipts of a case that count, oldest first."""
    return list(PaperReceipt.objects.filter(case=case, voided_at__isnull=True))


def copies_in(received: Sequence[PaperReceipt]) -> dict[str, int]:
    """All copies together that came in with these receipts, by kind."""
    total: dict[str, int] = {}
    for receipt in received:
        for kind, copies in receipt.copies.items():
            total[kind] = total.get(kind, 0) + copies
    return total


def void_paper(case: Case, at: datetime) -> None:
    """Let the paper of a case count no more (失效). Source: CQ208-A4.2.4b."""
    PaperReceipt.objects.filter(case=case, voided_at__isnull=True).update(voided_at=at)


def in_words(short: Sequence[Missing]) -> str:
    """What is missing, for the trail and the notice: item, name, copies come and asked for."""
    return "；".join(
        f"第{m.paper.item}项 {m.paper.zh}（{m.given}/{m.paper.copies} 份）" for m in short
    )


def tell_by_sms(case: Case, mobile: str, *, acting: Acting, at: datetime) -> None:
    """Queue what the applicant was told last as an SMS (短信) to a mobile number.

    Source: CQ208-A4.2.4.
    """
    notice = casework.latest_notice(case, case.organisation)
    assert notice is not None, "the move before told the applicant"
    notices.copy_by_sms(notice=notice, number=mobile, acting=acting, at=at)


def _must_be_a_day(case: Case, arrival: Arrival, at: datetime) -> None:
    earliest, latest = market_date(case.opened_at), market_date(at)
    received, posted = arrival.received_date, arrival.posted_date
    if not earliest <= received <= latest or (posted is not None and posted > received):
        raise PaperDateWrong(
            field="received_date", received=received, earliest=earliest, latest=latest
        )
