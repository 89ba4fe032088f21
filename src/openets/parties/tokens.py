"""Access tokens (访问令牌): how a program asks in one membership of a person."""

from datetime import date, datetime, timedelta

from django.db import transaction

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties.models import AccessToken, Membership
from openets.parties.secret import digest_of, new_secret
from openets.rulebook.load import Law

PREFIX = "oets_"
"""Tells a leaked token for what it is."""


class NotYourMembership(Refusal):
    """A program acts as the person who made its token, and no further."""

    code = "not_your_membership"
    article = "CQETS-4"
    zh = "只能为本人当前有效的身份创建访问令牌"
    en = "A token is made for a standing membership of one's own"
    remedy_zh = "请先切换到相应身份"
    remedy_en = "Switch to that membership first"


class TokenTooLong(Refusal):
    """A token ends, and not later than the rule says."""

    code = "token_too_long"
    zh = "有效期须在 {earliest} 至 {latest} 之间，所填为 {until_date}"
    en = "A token ends between {earliest} and {latest}, not on {until_date}"
    remedy_zh = "请缩短有效期，到期前另建新令牌"
    remedy_en = "Choose a shorter term and make a new one before it ends"


class TokenMade(Refusal):
    """The same request made a token before."""

    code = "token_made"
    zh = "该请求已创建过令牌；令牌只显示一次"
    en = "This request has made a token already; a token is shown once"
    remedy_zh = "如未记下，请吊销后另建"
    remedy_en = "If you did not keep it, revoke it and make another"


class NoSuchToken(Refusal):
    """The person has no such token, or it was revoked."""

    code = "no_such_token"
    zh = "本人没有编号为 {number} 的有效令牌"
    en = "You have no valid token of the number {number}"
    remedy_zh = "请查看本人的令牌清单"
    remedy_en = "See the list of your tokens"


@transaction.atomic
def make_token(
    *,
    membership: Membership,
    purpose: str,
    reference: str,
    until_date: date,
    law: Law,
    acting: Acting,
    at: datetime,
) -> str:
    """Make a token for a program; returns it, and keeps only its digest.

    It acts as the membership does, until the day `until_date` (exclusive), the end of the
    membership, or until it is revoked.

    Raises:
        NotYourMembership, TokenTooLong.
        TokenMade: by the same reference of the membership; its text is not to be had again.
    """
    today = market_date(at)
    if (membership.person.username, membership.organisation.code, membership.role) != (
        acting.person,
        acting.organisation,
        acting.role,
    ) or not membership.is_in_force(today):
        raise NotYourMembership
    days = law.on("people.token_days_max", today).whole
    earliest, latest = today + timedelta(days=1), today + timedelta(days=days)
    if not earliest <= until_date <= latest:
        raise TokenTooLong(
            field="until_date", until_date=until_date, earliest=earliest, latest=latest
        )
    Membership.objects.select_for_update().get(pk=membership.pk)
    if AccessToken.objects.filter(membership=membership, reference=reference).exists():
        raise TokenMade
    token = PREFIX + new_secret()
    made = AccessToken.objects.create(
        membership=membership,
        purpose=purpose,
        reference=reference,
        digest=digest_of(token),
        made_at=at,
        until_date=until_date,
    )
    _note("make_token", made, acting, at, purpose=purpose, until=until_date.isoformat())
    return token


@transaction.atomic
def revoke_token(*, number: int, acting: Acting, at: datetime) -> None:
    """Revoke a token of one's own; from now on it opens nothing.

    Raises:
        NoSuchToken.
    """
    rows = AccessToken.objects.filter(membership__person__username=acting.person, revoked_at=None)
    found = rows.select_for_update(of=("self",)).filter(pk=number).first()
    if found is None:
        raise NoSuchToken(number=number)
    found.revoked_at = at
    found.save(update_fields=["revoked_at"])
    _note("revoke_token", found, acting, at)


def _note(operation: str, token: AccessToken, acting: Acting, at: datetime, **content: str) -> None:
    journal.record(
        operation=f"parties.{operation}",
        subject=f"token/{token.pk}",
        acting=acting,
        at=at,
        article="CQETS-5.4b",
        content=content,
    )
