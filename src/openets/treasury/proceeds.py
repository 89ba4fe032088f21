"""Income and expenditure on two lines: proceeds paid to the treasury, budget granted and spent."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.quantity import Fen, Tonnes
from openets.kernel.refusal import Refusal
from openets.parties.roles import Role
from openets.settlement import operations as settlement
from openets.treasury.models import BudgetEntry, PaidIssue, TreasuryPayment
from openets.treasury.terms import must_be_positive, must_be_said, must_be_same

ARTICLE = "CQETS-19"


class Line(StrEnum):
    """What the market's budget is for. Source: CQETS-4.2."""

    BUILDING = "building"
    VERIFICATION = "verification"
    REGISTRATION = "registration"


class Side(StrEnum):
    """Granted or spent; one is never set off against the other."""

    GRANTED = "granted"
    SPENT = "spent"


class NotPaidInFull(Refusal):
    """What a sale brought reaches the treasury in full, nothing taken off."""

    code = "not_paid_in_full"
    article = ARTICLE
    zh = "该次出让应缴国库 {owed} 分，登记缴库 {paid} 分，相差 {missing} 分：须全额上缴"
    en = "The sale owes the treasury {owed} fen; {paid} fen leave {missing} fen unpaid"
    remedy_zh = "请按应缴数全额登记，不得坐支抵扣；支出另列"
    remedy_en = "Pay the whole amount; what was spent is a line of its own"


@dataclass(frozen=True, slots=True)
class Proceeds:
    """What a paid issue brought, in tonnes and fen, and how much of it the treasury has."""

    issue: PaidIssue
    sold_t: Tonnes
    income_fen: Fen
    paid_over_fen: Fen

    @property
    def owed_fen(self) -> Fen:
        """Not yet in the treasury."""
        return Fen(self.income_fen - self.paid_over_fen)


@transaction.atomic
def pay_over(
    *, issue: PaidIssue, amount_fen: Fen, receipt: str, acting: Acting, at: datetime
) -> TreasuryPayment:
    """Record that a paid issue's proceeds reached the treasury (全额缴入国库), all that is owed.

    `receipt` is the number of the treasury's receipt; the same again is the same payment.
    Source: CQETS-19.

    Raises:
        NotYourRole, NotPaidInFull, NotAnOffer, ReferenceUsed.
    """
    acting.must_be(Role.FINANCE_BUREAU, article=ARTICLE)
    must_be_said("receipt", "缴款书编号", "The number of the receipt", receipt)
    row = PaidIssue.objects.select_for_update().get(pk=issue.pk)
    found = TreasuryPayment.objects.filter(receipt=receipt).first()
    if found:
        must_be_same(found, receipt, issue_id=row.pk, amount_fen=amount_fen)
        return found
    owed = proceeds_of(row).owed_fen
    if amount_fen != owed or not owed:
        raise NotPaidInFull(
            field="amount_fen", owed=owed, paid=amount_fen, missing=owed - amount_fen
        )
    settlement.pay_over(amount_fen=amount_fen, reference=receipt, acting=acting, at=at)
    return TreasuryPayment.objects.create(
        issue=row, amount_fen=amount_fen, receipt=receipt, at=at, person=acting.person
    )


@transaction.atomic
def record_budget(
    *,
    year: int,
    line: Line,
    side: Side,
    amount_fen: Fen,
    note: str,
    reference: str,
    acting: Acting,
    at: datetime,
) -> BudgetEntry:
    """Record money granted for, or spent on, a line of the market's budget (工作经费).

    Source: CQETS-4.2.

    Raises:
        NotYourRole, NotAnOffer, ReferenceUsed.
    """
    acting.must_be(Role.CITY_BUREAU, Role.FINANCE_BUREAU, article="CQETS-4.2")
    must_be_positive("amount_fen", "金额（分）", "The amount (fen)", amount_fen)
    must_be_said("note", "说明", "The note", note)
    asked = {"year": year, "line": line.value, "side": side.value, "amount_fen": amount_fen}
    made, is_new = BudgetEntry.objects.get_or_create(
        reference=reference,
        defaults={**asked, "note": note.strip(), "at": at, "person": acting.person},
    )
    if not is_new:
        must_be_same(made, reference, **asked)
        return made
    journal.record(
        operation="treasury.record_budget",
        subject=f"budget/{reference}",
        acting=acting,
        at=at,
        article="CQETS-4.2",
        content={**asked, "note": made.note},
    )
    return made


def proceeds_of(issue: PaidIssue) -> Proceeds:
    """What a paid issue brought so far, and what of it the treasury has. Source: CQETS-19."""
    sold = sum(
        application.awarded_t or 0
        for application in issue.applications.all()
        if application.bought_at
    )
    won = issue.auctioned.all()
    income = sold * issue.price_fen + sum(one.amount_t * one.price_fen for one in won)
    paid = sum(payment.amount_fen for payment in issue.payments.all())
    sold += sum(one.amount_t for one in won)
    return Proceeds(issue, Tonnes(sold), Fen(income), Fen(paid))
