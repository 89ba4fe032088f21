"""Movements of units for programs: own moves, cancellations, approvals, the register."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from openets.casework import queries as casework
from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.parties import queries as parties
from openets.parties.matrix import scope
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import operations
from openets.registry import queries as registry
from openets.registry.basis import Basis, Ground
from openets.registry.certificates import Verified
from openets.registry.kinds import AccountKind, UnitKind
from openets.registry.models import Filing, Transaction
from openets.registry.procedures import REGISTRY_TRANSACTION
from openets.registry.statements import NoSuchTransaction
from openets.rulebook.load import law
from openets.web import clock
from openets.web.guards import acting_of, public, within
from openets.web.registry_transactions.filing import file
from openets.web.registry_transactions.page import kind_rows
from openets.web.schemas import Lots, answers
from openets.web.schemas import Tonnes as TonnesOf
from openets.web.viewer import NotForYou, viewer_of

router = Router(tags=["registry"])
PER_PAGE = 100

Reference = Annotated[str, Field(min_length=1, max_length=40)]
Runs = Annotated[
    list[tuple[int, int]], Field(description="first and last serial of each run that moved")
]
Vintage = Annotated[int, Field(ge=2000, le=2100)]


class PartOut(Schema):
    """Units of a lot that move together."""

    lot: str
    traded: bool
    amount_t: TonnesOf
    serials: Runs


class TransactionOut(Schema):
    """A movement of units."""

    number: int
    kind: str
    reference: str
    debit: str
    credit: str
    amount_t: TonnesOf
    parts: list[PartOut]
    at: datetime
    article: str
    batch: int | None
    undoes: int | None


class CheckOut(Schema):
    """A numbered check."""

    number: int
    zh: str
    en: str
    article: str


class KindOut(Schema):
    """A kind of transaction."""

    kind: str
    zh: str
    en: str
    article: str
    units: list[str]
    debits: list[str]
    credits: list[str]
    filed_by: list[str]
    approved_by: str | None
    delay_working_days: int | None
    undoes: list[str]
    checks: list[CheckOut]


class OwnIn(Schema):
    """Own units; the caller's reference makes it happen once."""

    unit: UnitKind
    vintage_year: Vintage | None = None
    amount_t: TonnesOf
    reference: Reference
    lots: Lots = ()


class MoveIn(OwnIn):
    """To which of one's own accounts."""

    to: Annotated[str, Field(pattern="^(trading|registry)$")]


class CancelIn(OwnIn):
    """For whom or what, and why; both are public."""

    beneficiary: Annotated[str, Field(max_length=120)] = ""
    reason: Annotated[str, Field(max_length=300)] = ""


class CertificateOut(Schema):
    """A voluntary cancellation, held against the journal."""

    code: str
    holds: bool
    holder: str
    amount_t: TonnesOf
    parts: list[PartOut]
    beneficiary: str
    reason: str
    at: datetime
    transaction: int
    journal_entry: int
    journal_agrees: bool
    journal_batch: int | None
    journal_digest: str
    batch_verifies: bool | None
    corrected_by: int | None


class GroundIn(Schema):
    """The legal basis and its paper."""

    basis: Basis
    document: Annotated[str, Field(max_length=200)]
    reason: Annotated[str, Field(max_length=1000)] = ""
    reference: Reference


class FileIn(GroundIn):
    """A transfer, a compulsory cancellation or a withdrawal."""

    kind: Annotated[str, Field(pattern="^(transfer|compulsory_cancellation|withdraw)$")]
    holder: Annotated[str, Field(max_length=40)]
    account: AccountKind = AccountKind.REGISTRY
    receiver: Annotated[str, Field(max_length=40)] = ""
    unit: UnitKind
    vintage_year: Vintage | None = None
    amount_t: TonnesOf
    lots: Lots = ()


class OppositeIn(GroundIn):
    """A reversal or a correction of a transaction."""

    kind: Annotated[str, Field(pattern="^(reversal|correction)$")]
    amount_t: TonnesOf


class WhyIn(Schema):
    """The reasons of a decision."""

    why: Annotated[str, Field(max_length=1000)]


class FilingOut(Schema):
    """What was filed, as it stands."""

    number: int
    kind: str
    reference: str
    state: str
    due_date: date | None
    debit: str
    credit: str
    amount_t: TonnesOf
    parts: list[PartOut]
    basis: str
    document: str
    filed_by: str
    undoes: int | None
    transaction: int | None


@router.get("/kinds", response=answers(list[KindOut]))
@public
def kinds(request: HttpRequest) -> list[KindOut]:
    """The table of kinds, for everybody."""
    return [
        KindOut(
            kind=row.name,
            zh=row.title.zh,
            en=row.title.en,
            article=row.article,
            units=[str(unit) for unit in row.units],
            debits=[str(account) for account in row.debits],
            credits=[str(account) for account in row.credits],
            filed_by=[str(role) for role in row.files],
            approved_by=str(row.approver) if row.approver else None,
            delay_working_days=row.delay.whole if row.delay else None,
            undoes=[str(undone) for undone in row.undoes],
            checks=[
                CheckOut(number=c.number, zh=c.zh, en=c.en, article=c.article) for c in row.checks
            ],
        )
        for row in kind_rows(law(settings.JURISDICTION), clock.today(request))
    ]


@router.post("/moves", response=answers(TransactionOut))
@within("transaction.move_to_trading")
def move(request: HttpRequest, body: MoveIn) -> TransactionOut:
    """Move own units between the registry and the trading account."""
    acting = acting_of(request)
    done = operations.move_between_own(
        holder=_own(request, f"transaction.move_to_{body.to}"),
        kind=f"move_to_{body.to}",
        amount_t=Tonnes(body.amount_t),
        unit=body.unit,
        vintage_year=body.vintage_year,
        reference=body.reference,
        lots=body.lots,
        law=law(settings.JURISDICTION),
        acting=acting,
        at=clock.now(request),
    )
    return _transaction(done)


@router.post("/cancellations", response=answers(CertificateOut))
@within("transaction.voluntary_cancellation")
def cancel(request: HttpRequest, body: CancelIn) -> CertificateOut:
    """Cancel own units for good; answers the certificate."""
    acting = acting_of(request)
    made = operations.cancel_voluntarily(
        holder=_own(request, "transaction.voluntary_cancellation"),
        amount_t=Tonnes(body.amount_t),
        unit=body.unit,
        vintage_year=body.vintage_year,
        beneficiary=body.beneficiary,
        reason=body.reason,
        code=operations.new_code(),
        reference=body.reference,
        lots=body.lots,
        law=law(settings.JURISDICTION),
        acting=acting,
        at=clock.now(request),
    )
    return _certificate(registry.certificate(made.code))


@router.get("/certificates/{code}", response=answers(CertificateOut))
@public
def certificate(request: HttpRequest, code: str) -> CertificateOut:
    """What was cancelled under a code, for everybody."""
    return _certificate(registry.certificate(code))


@router.get("/transactions", response=answers(list[TransactionOut]))
@within("registry_transfer.read")
def transactions(
    request: HttpRequest, kind: str = "", q: str = "", page: Annotated[int, Field(ge=1)] = 1
) -> list[TransactionOut]:
    """The movements within reach, newest first, a hundred a page."""
    found = registry.register(
        holders=_reach(acting_of(request), "registry_transfer.read"), kind=kind, text=q
    )
    first = (page - 1) * PER_PAGE
    return [_transaction(row) for row in found[first : first + PER_PAGE]]


@router.get("/transactions/{number}", response=answers(TransactionOut))
@within("registry_transfer.read")
def transaction(request: HttpRequest, number: int) -> TransactionOut:
    """One movement within reach."""
    return _transaction(_done(request, number))


@router.post("/transactions/{number}/opposite", response=answers(FilingOut))
@within("transaction.reversal")
def file_opposite(request: HttpRequest, number: int, body: OppositeIn) -> FilingOut:
    """File the reversal or correction of a movement."""
    _must_be_granted(acting_of(request), f"transaction.{body.kind}")
    filed = operations.file_opposite(
        kind=body.kind,
        undone=_done(request, number),
        amount_t=Tonnes(body.amount_t),
        ground=Ground(body.basis, body.document, body.reason),
        reference=body.reference,
        law=law(settings.JURISDICTION),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _filing(filed)


@router.post("/filings", response=answers(FilingOut))
@within("transaction.transfer")
def file_for_approval(request: HttpRequest, body: FileIn) -> FilingOut:
    """File a transfer, a compulsory cancellation or a withdrawal."""
    _must_be_granted(acting_of(request), f"transaction.{body.kind}")
    asked = {**body.dict(), "amount": body.amount_t}
    return _filing(file(asked, acting=acting_of(request), at=clock.now(request)))


@router.get("/filings/{number}", response=answers(FilingOut))
@within("registry_transaction.read")
def filing(request: HttpRequest, number: int) -> FilingOut:
    """What was filed under a number, within reach."""
    return _filing(_filed(request, number))


@router.post("/filings/{number}/approve", response=answers(FilingOut))
@within("registry_transaction.approve")
def approve(request: HttpRequest, number: int) -> FilingOut:
    """Approve what somebody else filed."""
    _must_be_granted(acting_of(request), "registry_transaction.approve")
    return _filing(
        operations.approve(
            filing=_filed(request, number), law=law(settings.JURISDICTION), **_now(request)
        )
    )


@router.post("/filings/{number}/reject", response=answers(FilingOut))
@within("registry_transaction.reject")
def reject(request: HttpRequest, number: int, body: WhyIn) -> FilingOut:
    """Do not approve it, with reasons."""
    _must_be_granted(acting_of(request), "registry_transaction.reject")
    found = _filed(request, number)
    operations.reject(filing=found, why=body.why, **_now(request))
    return _filing(found)


@router.post("/filings/{number}/withdraw", response=answers(FilingOut))
@within("registry_transaction.withdraw")
def withdraw(request: HttpRequest, number: int) -> FilingOut:
    """Take back what one's own office filed."""
    _must_be_granted(acting_of(request), "registry_transaction.withdraw")
    found = _filed(request, number)
    operations.withdraw_filing(filing=found, **_now(request))
    return _filing(found)


def _now(request: HttpRequest) -> dict[str, Any]:
    return {"acting": acting_of(request), "at": clock.now(request)}


def _own(request: HttpRequest, operation: str) -> Organisation:
    """Whoever acts, if the roles matrix grants them the operation for themselves."""
    viewer = viewer_of(request)
    assert viewer is not None, "the guard lets only members in"
    _must_be_granted(viewer.acting, operation)
    return viewer.organisation


def _must_be_granted(acting: Acting, operation: str) -> None:
    if scope(Role(acting.role), operation) is None:
        raise NotForYou(what="该登记业务", what_en="or do this in the registry")


def _reach(acting: Acting, operation: str) -> QuerySet[Organisation] | None:
    """Whose movements are shown; None for everybody's."""
    _must_be_granted(acting, operation)
    return None if parties.may(acting, operation) else parties.within_reach(acting, operation)


def _done(request: HttpRequest, number: int) -> Transaction:
    reach = _reach(acting_of(request), "registry_transfer.read")
    found = registry.register(holders=reach).filter(pk=number).first()
    if found is None:
        raise NoSuchTransaction(number=number)
    return found


def _filed(request: HttpRequest, number: int) -> Filing:
    reach = _reach(acting_of(request), "registry_transaction.read")
    found = registry.filings(holders=reach).filter(pk=number).first()
    if found is None:
        raise NoSuchTransaction(number=number)
    return found


def _parts(kept: list[Any], serials: Sequence[Runs] = ()) -> list[PartOut]:
    moved = serials or [[] for _ in kept]
    return [
        PartOut(lot=lot, traded=traded, amount_t=amount, serials=runs)
        for (lot, traded, amount), runs in zip(kept, moved, strict=True)
    ]


def _moved_parts(done: Transaction) -> list[PartOut]:
    serials = registry.serials_of(done.transfer_keys)
    return _parts(done.parts, [serials.get(key, []) for key in done.transfer_keys])


def _transaction(done: Transaction) -> TransactionOut:
    return TransactionOut(
        number=done.pk,
        kind=done.kind,
        reference=done.reference,
        debit=done.debit.number,
        credit=done.credit.number,
        amount_t=done.amount_t,
        parts=_moved_parts(done),
        at=done.at,
        article=done.article,
        batch=done.batch,
        undoes=done.undoes_id,
    )


def _filing(found: Filing) -> FilingOut:
    case = casework.case(REGISTRY_TRANSACTION, found.subject)
    assert case is not None, "what was filed has its case"
    return FilingOut(
        number=found.pk,
        kind=found.kind,
        reference=found.reference,
        state=case.state,
        due_date=case.due_date,
        debit=found.debit.number,
        credit=found.credit.number,
        amount_t=found.amount_t,
        parts=_parts(found.parts),
        basis=found.basis,
        document=found.document,
        filed_by=found.person,
        undoes=found.undoes_id,
        transaction=found.transaction_id,
    )


def _certificate(shown: Verified) -> CertificateOut:
    return CertificateOut(
        code=shown.code,
        holds=shown.holds,
        holder=shown.holder.name,
        amount_t=shown.cancelled.amount_t,
        parts=_moved_parts(shown.cancelled),
        beneficiary=shown.beneficiary,
        reason=shown.reason,
        at=shown.cancelled.at,
        transaction=shown.cancelled.pk,
        journal_entry=shown.journal_entry,
        journal_agrees=shown.agrees,
        journal_batch=shown.batch,
        journal_digest=shown.digest,
        batch_verifies=shown.chained,
        corrected_by=shown.corrected_by.pk if shown.corrected_by else None,
    )
