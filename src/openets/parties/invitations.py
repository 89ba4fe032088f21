"""Invitations: the one-time link by which a person sets the password of their account."""

from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties.models import Invitation, Person
from openets.parties.roles import Role
from openets.parties.secret import digest_of, new_secret
from openets.rulebook.load import Law


class InvitationOver(Refusal):
    """The link was used, replaced by a newer one, has expired, or never was one."""

    code = "invitation_over"
    zh = "邀请链接无效：已使用、已被新链接取代或已过期"
    en = "This invitation is no longer valid: it was used, replaced or has expired"
    remedy_zh = "请联系市生态环境局重新发送邀请；已设密码的请直接登录"
    remedy_en = "Ask the city bureau for a new one, or sign in if you have set a password"


class WeakPassword(Refusal):
    """The password is too easily guessed."""

    code = "weak_password"
    zh = "密码不符合要求：{why}"
    en = "The password is not good enough: {why}"
    remedy_zh = "请换一个更长、更不易猜到的密码"
    remedy_en = "Choose a longer one that is harder to guess"


@transaction.atomic
def invite(*, person: Person, law: Law, acting: Acting, at: datetime) -> str:
    """Invite a person to set a password (邀请); returns the secret of the link, kept nowhere.

    An earlier invitation of the person is no longer valid. A person who has a password keeps it
    until the invitation is accepted. Source: CQETS-4.

    Raises:
        NotYourRole: only the city bureau invites.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-4")
    days = law.on("people.invitation_days", market_date(at)).whole
    Person.objects.select_for_update().get(pk=person.pk)
    Invitation.objects.filter(person=person, used_at=None, expires_at__gt=at).update(expires_at=at)
    secret = new_secret()
    Invitation.objects.create(
        person=person,
        digest=digest_of(secret),
        made_at=at,
        expires_at=at + timedelta(days=days),
    )
    journal.record(
        operation="parties.invite",
        subject=f"person/{person.username}",
        acting=acting,
        at=at,
        article="CQETS-4",
        content={"days": days},
    )
    return secret


@transaction.atomic
def accept_invitation(*, secret: str, password: str, at: datetime) -> Person:
    """Set the password of the person who holds the link; it works once.

    Whoever holds it acts for nobody yet, so there is no `acting`.

    Raises:
        InvitationOver, WeakPassword.
    """
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("person")
    found = rows.filter(digest=digest_of(secret), used_at=None, expires_at__gt=at).first()
    if found is None or not found.person.is_active:
        raise InvitationOver
    person = found.person
    try:
        validate_password(password, person)
    except ValidationError as fault:
        raise WeakPassword(field="password", why=" ".join(fault.messages)) from fault
    person.set_password(password)
    person.save(update_fields=["password"])
    found.used_at = at
    found.save(update_fields=["used_at"])
    journal.record(
        operation="parties.accept_invitation",
        subject=f"person/{person.username}",
        acting=Acting(person.username, Role.PUBLIC, ""),
        at=at,
        article="CQETS-4",
        content={},
    )
    return person
