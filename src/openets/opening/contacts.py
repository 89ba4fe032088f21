"""Who is asked about an account (联系人): exactly one at a time, with its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.opening.models import Contact
from openets.opening.procedures import APPLICANTS
from openets.parties import operations as parties
from openets.parties import queries as people
from openets.parties.models import Organisation
from openets.registry.kinds import AccountKind
from openets.rulebook.load import Law

CARDS = {AccountKind.REGISTRY: "registry.contacts", AccountKind.TRADING: "trading.contacts"}
ARTICLES = {AccountKind.REGISTRY: "CQ208-A4.1.1", AccountKind.TRADING: "CQ208-A4.1.2"}
LEAST_DIGITS, MOST_DIGITS = 6, 15
"""Of a telephone number: a fact of numbering plans, not of the law."""


class WrongContactCount(Refusal):
    """An account has exactly as many contacts as the guide says."""

    code = "wrong_contact_count"
    zh = "应指定 {required} 名联系人，填写了 {given} 名"
    en = "The account takes {required} contact, not {given}"
    remedy_zh = "请指定 {required} 名联系人"
    remedy_en = "Name {required} contact"


class BadContact(Refusal):
    """A contact has a name and a mobile number."""

    code = "bad_contact"
    zh = "联系人姓名为空，或手机号码“{mobile}”不正确"
    en = "The contact has no name, or “{mobile}” is no mobile number"
    remedy_zh = "请填写联系人姓名和手机号码"
    remedy_en = "Give the name and the mobile number of the contact"


@dataclass(frozen=True, slots=True)
class NewContact:
    """A person to be named as contact."""

    name: str
    mobile: str


def checked(
    contacts: Sequence[NewContact], kind: AccountKind, *, law: Law, at: datetime
) -> NewContact:
    """The one contact of an application. Source: CQ208-A4.1.1, CQ208-A4.1.2.

    Raises:
        WrongContactCount, BadContact.
    """
    required = law.on(CARDS[kind], market_date(at)).whole
    if len(contacts) != required:
        raise WrongContactCount(
            article=ARTICLES[kind], field="contact_name", required=required, given=len(contacts)
        )
    contact = NewContact(contacts[0].name.strip(), contacts[0].mobile.strip())
    if not contact.name or not is_mobile(contact.mobile):
        raise BadContact(article=ARTICLES[kind], field="contact_mobile", mobile=contact.mobile)
    return contact


def is_mobile(number: str) -> bool:
    """Whether a text can be a mobile number: digits, perhaps after a plus sign."""
    digits = number.removeprefix("+")
    return digits.isascii() and digits.isdigit() and LEAST_DIGITS <= len(digits) <= MOST_DIGITS


def name_contact(
    organisation: Organisation,
    kind: AccountKind,
    contact: NewContact,
    *,
    acting: Acting,
    at: datetime,
) -> Contact:
    """Let a contact follow the one before; the same one stays. The caller holds the lock."""
    rows = Contact.objects.filter(organisation=organisation, account_kind=kind)
    now = rows.filter(until_at__isnull=True).first()
    if now and (now.name, now.mobile) == (contact.name, contact.mobile):
        return now
    if now:
        now.until_at = at
        now.save()
    journal.record(
        operation="opening.name_contact",
        subject=f"{organisation.code}/{kind}",
        acting=acting,
        at=at,
        article=ARTICLES[kind],
        content={"name": contact.name, "before": now.name if now else ""},
    )
    return Contact.objects.create(
        organisation=organisation,
        account_kind=kind,
        name=contact.name,
        mobile=contact.mobile,
        from_at=at,
    )


@transaction.atomic
def replace_contact(
    *,
    organisation: Organisation,
    kind: AccountKind,
    contact: NewContact,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Contact:
    """Let another contact follow (更换联系人); who was it before is kept. Source: CQ208-A4.1.1.

    Raises:
        NotYourRole, OutsideYourScope, BadContact.
    """
    acting.must_be(*APPLICANTS, article=ARTICLES[kind])
    people.must_be_allowed(acting, "opening.replace_contact", organisation)
    parties.lock_organisations([organisation])
    new = checked([contact], kind, law=law, at=at)
    return name_contact(organisation, kind, new, acting=acting, at=at)
