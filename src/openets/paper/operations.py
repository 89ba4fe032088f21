"""What may happen on paper: a paper is issued, once, and remembered with what it said."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from django.db import transaction

from openets.allocation import queries as allocation
from openets.clearing import queries as clearing
from openets.clearing.models import MarketReport
from openets.journal import operations as journal
from openets.journal import queries as log
from openets.kernel.acting import Acting
from openets.kernel.clock import MARKET_ZONE, market_date
from openets.kernel.refusal import Refusal
from openets.mrv import queries as mrv
from openets.paper import clearing_sheet, sheets
from openets.paper.models import Paper
from openets.paper.press import Press
from openets.paper.queries import readable
from openets.paper.sheet import PaperKind, Seal, Sheet
from openets.paper.sheets import Period, Setting
from openets.paper.verification_report import verification_report
from openets.parties import operations as organisations
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import queries as registry
from openets.registry import statements
from openets.registry.models import Transaction
from openets.verification import queries as verification
from openets.verification.models import Work

ARTICLE = "CQETS-5.2b"
OPERATIONS = {
    PaperKind.HOLDING: "paper.issue_holding_statement",
    PaperKind.RECEIPT: "paper.issue_receipt",
    PaperKind.STATEMENT: "paper.issue_account_statement",
    PaperKind.CANCELLATION: "paper.issue_cancellation_certificate",
    PaperKind.VERIFICATION: "paper.issue_verification_report",
    PaperKind.ALLOCATION: "paper.issue_allocation_sheet",
    PaperKind.CLEARING: "paper.issue_clearing_statement",
    PaperKind.MARKET_REPORT: "paper.issue_market_report",
}
"""What the journal calls each."""

ISSUERS = {
    PaperKind.ALLOCATION: Role.CITY_BUREAU,
    PaperKind.CLEARING: Role.EXCHANGE_OPERATOR,
    PaperKind.MARKET_REPORT: Role.EXCHANGE_OPERATOR,
}
"""Whose word a paper is, and who may ask for it, where not the registry's."""

MOST_LINES = 2000
"""A paper of more lines is nobody's reading; the tables for spreadsheets have no such end."""


class NotYetPassed(Refusal):
    """Nobody can certify what is still to come."""

    code = "not_yet_passed"
    article = ARTICLE
    zh = "{moment} 尚未到来，不能出具截至该时刻的证明"
    en = "{moment} has not come yet; nothing can be certified as of it"
    remedy_zh = "请选择不晚于 {now} 的时刻"
    remedy_en = "Choose a moment no later than {now}"


class TooManyLines(Refusal):
    """The statement is too long for a paper."""

    code = "too_many_lines"
    article = ARTICLE
    zh = "该期间的明细超过 {most} 行，不能出具纸质对账单"
    en = "The period has more than {most} entries, too many for a paper"
    remedy_zh = "请缩短期间，或下载 Excel、CSV 明细"
    remedy_en = "Choose a shorter period, or download the entries as Excel or CSV"


class PaperDiffers(Refusal):
    """The reference stands for another paper."""

    code = "paper_differs"
    article = "CQ208-A1.4"
    zh = "申请编号 {reference} 已用于另一份文件（验证码 {before}）"
    en = "The reference {reference} was used for another paper, {before}"
    remedy_zh = "请使用新的申请编号"
    remedy_en = "Use a new reference"


class NotAParty(Refusal):
    """A receipt is for the two whose accounts a transaction joins."""

    code = "not_a_party"
    article = "CQETS-14"
    zh = "{holder} 不是业务 {number} 的当事方，不能出具其回单"
    en = "{holder} is no party to the transaction {number}; it has no receipt of it"
    remedy_zh = "只能出具本单位业务的回单"
    remedy_en = "Ask for receipts of your own transactions"


class NoLongerCancelled(Refusal):
    """The cancellation was corrected since, or the journal says otherwise."""

    code = "no_longer_cancelled"
    article = "CQETS-5.2c"
    zh = "证书 {certificate} 所载注销已被冲正或与日志不符，不能出具证书"
    en = "The cancellation of certificate {certificate} was corrected or differs from the journal"
    remedy_zh = "请查询该证书的核验页"
    remedy_en = "See the page where the certificate is checked"


class NotSigned(Refusal):
    """A verification report is printed as it was signed."""

    code = "report_not_signed"
    article = "BJETS-25"
    zh = "核查 {subject} 的结果尚未签署提交，不能出具核查报告"
    en = "The result of the verification {subject} is not signed; there is no report of it"
    remedy_zh = "请先由核查组负责人签署并提交"
    remedy_en = "Let the lead sign and enter it first"


class NotToldYet(Refusal):
    """The entity and its district have the report once the result was told."""

    code = "result_not_told"
    article = "CQETS-25"
    zh = "{name} {year} 年度核查结果尚未告知，不能出具核查报告"
    en = "The result of {name} for {year} is not told yet; its report is not handed out"
    remedy_zh = "核查结果告知后即可出具"
    remedy_en = "It can be had once the result is told"


@dataclass(frozen=True, slots=True)
class Printing:
    """How a paper is asked for: once under its reference, with a code nobody can guess."""

    reference: str
    code: str
    address: str
    """Where anybody can check the code."""
    press: Press
    setting: Setting


def issue_holding_statement(
    *,
    holder: Organisation,
    moment: datetime | None,
    printing: Printing,
    acting: Acting,
    at: datetime,
) -> Paper:
    """Certify what an organisation held at a moment, or holds now, by account and lot (持有证明).

    Source: CQETS-5.2b.

    Raises:
        NotYourRole, OutsideYourScope, NotYetPassed, PaperDiffers, NoChineseFont.
    """
    if moment and moment > at:
        raise NotYetPassed(field="day", moment=_said(moment), now=_said(at))
    day = moment or at

    def sheet() -> Sheet:
        held = statements.held_at([holder], day)
        return sheets.holding(printing.setting, holder, day, held)

    # Asked again for «now» a minute later, it is still the same request.
    subject = _said(moment) if moment else "now"
    return _issue(PaperKind.HOLDING, subject, holder, sheet, printing, acting, at)


def issue_receipt(
    *, number: int, holder: Organisation, printing: Printing, acting: Acting, at: datetime
) -> Paper:
    """Certify a transaction to one whose account it joined (业务回单). Source: CQETS-14.

    Raises:
        NotYourRole, OutsideYourScope, NoSuchTransaction, NotAParty, PaperDiffers, NoChineseFont.
    """
    done = statements.transaction(number)
    if holder not in {done.debit.holder, done.credit.holder}:
        raise NotAParty(holder=holder.name, number=number)

    def sheet() -> Sheet:
        serials = registry.serials_of(done.transfer_keys)
        return sheets.receipt(printing.setting, done, _journalled(done), serials)

    return _issue(PaperKind.RECEIPT, done.key, holder, sheet, printing, acting, at)


def issue_account_statement(
    *, number: str, period: Period, printing: Printing, acting: Acting, at: datetime
) -> Paper:
    """Certify every entry of an account over a period (对账单). Source: CQETS-5.2b.

    Raises:
        NotYourRole, OutsideYourScope, NoSuchAccount, NotYetPassed, TooManyLines, PaperDiffers,
        NoChineseFont.
    """
    account = statements.account(number)
    if period.since > at:
        raise NotYetPassed(field="since", moment=_said(period.since), now=_said(at))
    ended = Period(period.since, min(period.until, at))

    def sheet() -> Sheet:
        entries = statements.statement(
            account, size=MOST_LINES + 1, since=ended.since, until=ended.until
        )
        if len(entries) > MOST_LINES:
            raise TooManyLines(most=MOST_LINES)
        opening = statements.lot_balances_before(account, ended.since)
        closing = statements.lot_balances_before(account, ended.until)
        summary = sheets.turnovers(opening, closing, entries)
        return sheets.account_statement(printing.setting, account, ended, summary, entries[::-1])

    subject = f"{number} {period}"
    return _issue(PaperKind.STATEMENT, subject, account.holder, sheet, printing, acting, at)


def issue_cancellation_certificate(
    *, certificate: str, printing: Printing, acting: Acting, at: datetime
) -> Paper:
    """Print the certificate of a voluntary cancellation for its holder (注销证书).

    Source: CQETS-5.2c, CQVER-27.

    Raises:
        NotYourRole, OutsideYourScope, NoSuchCertificate, NoLongerCancelled, PaperDiffers,
        NoChineseFont.
    """
    verified = registry.certificate(certificate)
    if not verified.holds:
        raise NoLongerCancelled(certificate=verified.code)

    def sheet() -> Sheet:
        serials = registry.serials_of(verified.cancelled.transfer_keys)
        return sheets.cancellation(printing.setting, verified, serials)

    kind = PaperKind.CANCELLATION
    return _issue(kind, verified.code, verified.holder, sheet, printing, acting, at)


def issue_verification_report(
    *, work: Work, printing: Printing, acting: Acting, at: datetime
) -> Paper:
    """Print a signed verification report (核查报告), with its findings and workings.

    Its body issues it. Once the result is told the entity, and whoever is told with it, has a copy
    of its own; before, it is for the body and those who see the works of all.
    Source: CQETS-25, CQETS-25.3, BJETS-25.

    Raises:
        NotYourRole, OutsideYourScope, NotSigned, NotToldYet, PaperDiffers, NoChineseFont.
    """
    entity, is_own = work.organisation, acting.organisation == work.body.code
    assigned = [entity.code] if is_own else []
    parties.must_be_allowed(acting, "verification.read", entity, assigned=assigned)
    if work.signed_at is None:
        raise NotSigned(subject=work.subject)
    is_told = bool(mrv.results_told(entity, work.year))
    sees_all = parties.may(acting, "verification_work.read")
    if not (is_told or is_own or sees_all):
        raise NotToldYet(name=entity.name, year=work.year)
    holder = entity if is_told and not is_own else work.body

    def sheet() -> Sheet:
        reported = mrv.reported_figures(work.organisation, work.year)
        findings, photographs = verification.findings(work), verification.photographs(work)
        return verification_report(printing.setting, work, reported, findings, photographs)

    kind = PaperKind.VERIFICATION
    return _print(kind, work.subject, holder, sheet, printing, acting, at, issuer=work.body)


def issue_allocation_sheet(
    *, holder: Organisation, year: int, printing: Printing, acting: Acting, at: datetime
) -> Paper:
    """Print the notice of an entity's allowance with its calculation (核定通知单).

    Source: CQETS-11b.

    Raises:
        NotYourRole, OutsideYourScope, NotPublished, PaperDiffers, NoChineseFont.
    """
    row = allocation.published_of(holder, year)

    def sheet() -> Sheet:
        return sheets.allocation(printing.setting, holder, row)

    return _issue(PaperKind.ALLOCATION, str(year), holder, sheet, printing, acting, at)


def issue_clearing_statement(
    *, holder: Organisation, day: date, printing: Printing, acting: Acting, at: datetime
) -> Paper:
    """Print a participant's clearing statement of a day as it was served (清算单).

    Source: CQETS-22, CQ208-A4.1.3.

    Raises:
        NotYourRole, OutsideYourScope, NoSuchStatement, PaperDiffers, NoChineseFont.
    """
    served = clearing.served_to(holder, day)

    def sheet() -> Sheet:
        return clearing_sheet.clearing(printing.setting, served)

    return _issue(PaperKind.CLEARING, day.isoformat(), holder, sheet, printing, acting, at)


def issue_market_report(
    *, report: MarketReport, printing: Printing, acting: Acting, at: datetime
) -> Paper:
    """Print a published report of the market (交易情况报告). Source: CQVER-36.2.

    Raises:
        NotYourRole, PaperDiffers, NoChineseFont.
    """
    exchange = parties.must_be_designated(Role.EXCHANGE_OPERATOR, market_date(report.published_at))

    def sheet() -> Sheet:
        return clearing_sheet.market_report(printing.setting, report)

    kind = PaperKind.MARKET_REPORT
    return _issue(kind, report.subject, exchange, sheet, printing, acting, at)


def _issue(
    kind: PaperKind,
    subject: str,
    holder: Organisation,
    sheet: Callable[[], Sheet],
    printing: Printing,
    acting: Acting,
    at: datetime,
) -> Paper:
    # Whoever may read what a paper says may ask for the paper.
    parties.must_be_allowed(acting, readable(kind), holder)
    return _print(kind, subject, holder, sheet, printing, acting, at)


@transaction.atomic
def _print(
    kind: PaperKind,
    subject: str,
    holder: Organisation,
    sheet: Callable[[], Sheet],
    printing: Printing,
    acting: Acting,
    at: datetime,
    *,
    issuer: Organisation | None = None,
) -> Paper:
    # The same reference at once finds the first.
    organisations.one_at_a_time(f"paper/{printing.reference}")
    before = Paper.objects.filter(reference=printing.reference).first()
    if before:
        if (before.kind, before.subject, before.holder_id) != (kind, subject, holder.pk):
            raise PaperDiffers(reference=printing.reference, before=before.code)
        return before
    said = sheet().as_json()
    content = printing.press.pdf(said, _seal(kind, printing, at, issuer), at)
    digest = sha256(content).hexdigest()
    journal.record(
        operation=OPERATIONS[kind],
        subject=f"paper/{printing.code}",
        acting=acting,
        at=at,
        article=ARTICLE,
        content={"holder": holder.code, "of": subject, "sha256": digest},
    )
    return Paper.objects.create(
        reference=printing.reference,
        code=printing.code,
        kind=kind,
        holder=holder,
        subject=subject,
        issued_at=at,
        **acting.as_json(),
        sheet=said,
        sha256=digest,
        content=content,
    )


def _seal(kind: PaperKind, printing: Printing, at: datetime, issuer: Organisation | None) -> Seal:
    if issuer is None and kind in ISSUERS:
        issuer = parties.of_role(ISSUERS[kind]).first()
    elif issuer is None:
        issuer = parties.designated(Role.REGISTRY_OPERATOR, market_date(at))
    number, digest = log.head()
    return Seal(
        code=printing.code,
        address=printing.address,
        issuer=issuer.name if issuer else printing.setting.market,
        at=_said(at),
        chain_batch=number,
        chain_digest=digest,
        chain_entry=log.latest_number(),
    )


def _journalled(done: Transaction) -> str:
    """The journal entry of a transaction, and the batch whose digest vouches for it."""
    entry = registry.journal_entry(done)
    if entry is None:
        return ""
    batch = f" · 批 batch {entry.batch_id}" if entry.batch_id else " · 待封存 unsealed"
    return f"{entry.pk}{batch}"


def _said(moment: datetime) -> str:
    return moment.astimezone(MARKET_ZONE).strftime("%Y-%m-%d %H:%M")
