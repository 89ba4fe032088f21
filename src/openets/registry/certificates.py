"""Voluntary cancellation (自愿注销) and its certificate, which anyone can verify by its code."""

import re
import secrets
from base64 import b32encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from openets.journal import operations as journal
from openets.journal import queries as entries
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.registry import movement
from openets.registry.accounts import locked_account, must_be_holder, system_account
from openets.registry.kinds import AccountKind, UnitKind
from openets.registry.lots import chosen
from openets.registry.minimum import must_keep_minimum
from openets.registry.models import Certificate, Lot, Transaction
from openets.registry.movement import Movement, ReferenceReused
from openets.registry.parts import choose
from openets.rulebook.load import Law

_KIND = "voluntary_cancellation"
_CODE_BYTES = 10
_CODE = re.compile(r"[A-Z2-7]{16}")
_GROUP = 4
_READ_AS = str.maketrans("018", "OIB")
"""Digits that are no letter of a code, and the letter people saw."""


class NoSuchCertificate(Refusal):
    """No certificate has this code."""

    code = "no_such_certificate"
    article = "CQETS-5.2c"
    zh = "没有编号为 {code} 的注销证书"
    en = "There is no certificate of the code {code}"
    remedy_zh = "请核对证书上的 16 位编号；查不到的证书不能证明任何注销"
    remedy_en = "Check the 16 characters on the paper; one that is not found proves nothing"


@dataclass(frozen=True, slots=True)
class Verified:
    """A certificate with what the registry and the journal say of it today."""

    code: str
    cancelled: Transaction
    holder: Organisation
    beneficiary: str
    reason: str
    journal_entry: int
    batch: int | None
    """The sealed batch of the journal that holds the entry; None until the next sealing."""
    digest: str
    agrees: bool
    """Whether the journal's entry says what the certificate says."""
    chained: bool | None
    """Whether the batch still gives the digest it was sealed with; None until it is sealed."""
    corrected_by: Transaction | None
    """The opposite entry, where the cancellation was an error of the registry."""

    @property
    def holds(self) -> bool:
        """Whether the units are cancelled, as the certificate says."""
        return self.agrees and self.chained is not False and self.corrected_by is None


def new_code() -> str:
    """A code nobody can guess: 80 random bits as 16 letters and digits."""
    return b32encode(secrets.token_bytes(_CODE_BYTES)).decode()


def grouped(code: str) -> str:
    """A code as printed, in groups of four."""
    return "-".join(code[n : n + _GROUP] for n in range(0, len(code), _GROUP))


def read_code(text: str) -> str:
    """A code as people type it: any case, with or without the hyphens, 0 for O and 1 for I."""
    return re.sub(r"[^A-Z0-9]", "", text.upper()).translate(_READ_AS)


@transaction.atomic
def cancel_voluntarily(
    *,
    holder: Organisation,
    amount_t: Tonnes,
    unit: UnitKind,
    vintage_year: int | None,
    beneficiary: str,
    reason: str,
    code: str,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
    lots: Collection[str] = (),
) -> Certificate:
    """Cancel a holder's own units for good and certify it; `code` is a fresh one of `new_code`.

    Whoever owes a surrender keeps the minimum holding. A repeated request gives the certificate of
    the first. `lots` are the codes of those it chooses. Source: CQETS-5.2b, CQETS-26.3, CQVER-27,
    AMB-30.

    Raises:
        NotYourAccount, NotYourRole, NoAccount, NoSuchLot, NotAnAmount, NotEnoughUnits,
        BelowMinimumHolding, ReferenceReused.
    """
    assert _CODE.fullmatch(code), "a code is one of new_code"
    must_be_holder(acting, holder)
    debit = locked_account(holder, AccountKind.REGISTRY)
    found = Lot.objects.filter(kind=unit)
    if vintage_year is not None:
        found = found.filter(vintage_year=vintage_year)
    named = chosen(found, lots)
    own = f"{holder.code}/{reference}"
    before = movement.done_before(
        kind=_KIND,
        reference=own,
        debit=debit,
        amount_t=amount_t,
        lots=[lot for lot in found if lot.pk in named],
    )
    if before:
        return _same(before, beneficiary, reason)
    order = law.on("registry.lots_consumption", market_date(at)).text
    parts = choose(debit, amount_t, fits=lambda lot, _: lot.pk in named, order=order)
    if unit == UnitKind.ALLOWANCE:
        must_keep_minimum(debit, parts, law=law, at=at)
    moved = Movement(_KIND, own, debit, system_account(AccountKind.CANCELLED), parts)
    (done,) = movement.post([moved], acting=acting, at=at)
    return _certify(done, code, beneficiary.strip(), reason.strip(), acting, at)


def certificate(code: str) -> Verified:
    """The certificate of a code, held against the journal. Source: CQETS-5.2c, CQETS-5.4b.

    Raises:
        NoSuchCertificate.
    """
    read = read_code(code)
    rows = Certificate.objects.select_related("transaction__debit__holder")
    found = rows.filter(code=read).first()
    if found is None:
        raise NoSuchCertificate(code=grouped(read)[:40], field="code")
    entry = entries.entry(found.journal_entry)
    done = found.transaction
    return Verified(
        code=grouped(found.code),
        cancelled=done,
        holder=done.debit.holder,
        beneficiary=found.beneficiary,
        reason=found.reason,
        journal_entry=entry.pk,
        batch=entry.batch.number if entry.batch else None,
        digest=entry.batch.digest if entry.batch else "",
        agrees=(entry.subject, entry.content, entry.at) == (done.key, _content(found), done.at),
        chained=entries.is_sealed_as_told(entry.batch) if entry.batch else None,
        corrected_by=Transaction.objects.filter(undoes=done).first(),
    )


def certificates_of(holder: Organisation) -> Sequence[Certificate]:
    """A holder's certificates, newest first."""
    rows = Certificate.objects.filter(transaction__debit__holder=holder)
    return list(rows.select_related("transaction").order_by("-id"))


def _certify(
    done: Transaction, code: str, beneficiary: str, reason: str, acting: Acting, at: datetime
) -> Certificate:
    made = Certificate(code=code, transaction=done, beneficiary=beneficiary, reason=reason)
    made.journal_entry = journal.record(
        operation="registry.certify",
        subject=done.key,
        acting=acting,
        at=at,
        article=done.article,
        content=_content(made),
    )
    made.save()
    return made


def _content(certificate: Certificate) -> dict[str, object]:
    return {
        "code": certificate.code,
        "amount_t": certificate.transaction.amount_t,
        "parts": certificate.transaction.parts,
        "beneficiary": certificate.beneficiary,
        "reason": certificate.reason,
    }


def _same(before: Transaction, beneficiary: str, reason: str) -> Certificate:
    found: Certificate = before.certificate
    if (found.beneficiary, found.reason) != (beneficiary.strip(), reason.strip()):
        raise ReferenceReused(reference=before.key, before=before.amount_t, now=before.amount_t)
    return found
