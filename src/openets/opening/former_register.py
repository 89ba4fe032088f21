"""The former register (原登记簿): imported accounts, their passwords, their link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.db import transaction

from openets.casework import operations as casework
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.opening.former_rows import FormerRow
from openets.opening.models import FormerAccount, PasswordReset
from openets.opening.procedures import REGISTRY_OPENING
from openets.parties import operations as parties
from openets.parties import queries as people
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry.kinds import AccountKind, Origin, UnitKind
from openets.rulebook.load import Law

AUTOMATIC = Acting("clock", Role.MARKET_CLOCK, "clock")
"""Who opens an account that needs no review."""


class FormerAccountDiffers(Refusal):
    """An account of the former register is imported once, as it was."""

    code = "former_account_differs"
    article = "CQ208-A3.1.3"
    zh = "原登记簿账户 {account} 已导入，且内容不同"
    en = "The former account {account} was imported before with other content"
    remedy_zh = "请核对导出文件；密码遗失的，由联交所凭纸质材料重置"
    remedy_en = "Check the export; a lost password is reset by the exchange on paper"


class WrongCredentials(Refusal):
    """Account and password do not go together."""

    code = "wrong_credentials"
    article = "CQ208-A3.1.3"
    zh = "原登记簿账号或密码不正确；连续 {most} 次错误后账户将被锁定"
    en = "Account or password is wrong; {most} wrong entries lock the account"
    remedy_zh = "请核对后重试；遗失的，请向联交所提交纸质材料重置密码"
    remedy_en = "Try again; if they are lost, hand in a paper request to the exchange"


class FormerAccountLocked(Refusal):
    """Too many wrong passwords were entered."""

    code = "former_account_locked"
    article = "CQ208-A3.1.4"
    zh = "原登记簿账户已因 {most} 次密码错误锁定"
    en = "The former account is locked after {most} wrong passwords"
    remedy_zh = "请向联交所提交纸质材料重置密码"
    remedy_en = "Hand in a paper request to the exchange to have the password reset"


class FormerAccountLinked(Refusal):
    """One former account is linked once."""

    code = "former_account_linked"
    article = "CQ208-A3.1.3"
    zh = "原登记簿账户 {account} 已完成关联，不能再次使用"
    en = "The former account {account} is linked already; it is linked once"
    remedy_zh = "请核对账号；如有疑问请联系注册登记机构"
    remedy_en = "Check the account, or ask the registration agency"


class NoSuchFormerAccount(Refusal):
    """The former register has no account of that name."""

    code = "no_such_former_account"
    article = "CQ208-A3.1.4"
    zh = "原登记簿没有账户 {account}"
    en = "The former register has no account {account}"
    remedy_zh = "请核对账号"
    remedy_en = "Check the account"


class ResetWithoutDocument(Refusal):
    """A password is reset on paper material only, and has some characters."""

    code = "reset_without_document"
    article = "CQ208-A3.1.4"
    zh = "重置密码须有纸质材料编号和新密码"
    en = "A reset needs the reference of the paper request and a new password"
    remedy_zh = "请登记线下提交的纸质材料编号"
    remedy_en = "Record the reference of the paper that was handed in"


class NotLinkedYet(Refusal):
    """Old holdings follow a former account that was linked."""

    code = "former_account_not_linked"
    article = "CQ208-3"
    zh = "原登记簿账户 {account} 尚未关联新账户，不能结转"
    en = "The former account {account} is not linked to a new one; nothing is carried over"
    remedy_zh = "市场主体完成开户后方可结转"
    remedy_en = "Carry over once the participant has opened its account"


@dataclass(frozen=True, slots=True)
class Imported:
    """How many accounts of an export are new, and how many were known alike."""

    new: int
    known: int


@transaction.atomic
def import_former_accounts(rows: Sequence[FormerRow], *, acting: Acting, at: datetime) -> Imported:
    """Import accounts of the former register, all or none; those imported alike stay.

    A password that is no hash yet is hashed. Source: CQ208-A3.0, CQ208-A3.1.3.

    Raises:
        NotYourRole.
        FormerAccountDiffers: its `row` is the place in `rows`, from 0.
    """
    acting.must_be(Role.REGISTRY_OPERATOR, article="CQ208-A3.1.3")
    parties.one_at_a_time("opening.former_register")
    names = [row.account for row in rows]
    known = {f.account: f for f in FormerAccount.objects.filter(account__in=names)}
    fresh: dict[str, FormerRow] = {}
    for place, row in enumerate(rows):
        before = known.get(row.account)
        twin = fresh.get(row.account)
        if (before and not _is_alike(before, row)) or (twin and twin != row):
            raise FormerAccountDiffers(row=place, field="account", account=row.account)
        if not before:
            fresh[row.account] = row
    FormerAccount.objects.bulk_create(
        FormerAccount(
            account=row.account,
            holder=row.holder,
            credit_code=row.credit_code,
            password=row.password if _is_hash(row.password) else make_password(row.password),
            paid_holdings=_paid(row),
            imported_at=at,
        )
        for row in fresh.values()
    )
    journal.record(
        operation="opening.import_former_accounts",
        subject="former_register",
        acting=acting,
        at=at,
        article="CQ208-A3.1.3",
        content={"accounts": sorted(fresh), "paid": {a: _paid(row) for a, row in fresh.items()}},
    )
    return Imported(new=len(fresh), known=len(known))


def link_former_account(
    *,
    organisation: Organisation,
    account: str,
    password: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> FormerAccount:
    """Verify an old user by its former account (验证) and open its registry account at once.

    A wrong password is counted and stays counted. Source: CQ208-A3.1.3.

    Raises:
        NotYourRole, OutsideYourScope, NoSuchCase, WrongState.
        WrongCredentials, FormerAccountLocked, FormerAccountLinked.
    """
    people.must_be_allowed(acting, "registry_opening.verify", organisation)
    most = law.on("opening.former_wrong_entries", market_date(at)).whole
    with transaction.atomic():
        found = FormerAccount.objects.select_for_update().filter(account=account.strip()).first()
        refusal = _refusal(found, password, most, acting, at)
        if found is not None and refusal is None:
            _link(found, organisation, law, acting, at)
            return found
    # Raised after the commit, so that the wrong entry stays counted.
    raise refusal or WrongCredentials(field="password", most=most)


@transaction.atomic
def reset_former_password(
    *, account: str, password: str, document_reference: str, acting: Acting, at: datetime
) -> PasswordReset:
    """Reset a password of the former register on a paper request (线下重置密码), and unlock it.

    Source: CQ208-A3.1.4.

    Raises:
        NotYourRole, ResetWithoutDocument, NoSuchFormerAccount, FormerAccountLinked.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article="CQ208-A3.1.4")
    if not document_reference.strip():
        raise ResetWithoutDocument(field="document_reference")
    if not password:
        raise ResetWithoutDocument(field="password")
    found = FormerAccount.objects.select_for_update().filter(account=account.strip()).first()
    if found is None:
        raise NoSuchFormerAccount(field="account", account=account)
    if found.linked_to_id:
        raise FormerAccountLinked(field="account", account=found.account)
    found.password, found.wrong_entries = make_password(password), 0
    found.save()
    journal.record(
        operation="opening.reset_former_password",
        subject=found.account,
        acting=acting,
        at=at,
        article="CQ208-A3.1.4",
        content={"document_reference": document_reference.strip()},
    )
    return PasswordReset.objects.create(
        account=found,
        document_reference=document_reference.strip(),
        at=at,
        person=acting.person,
    )


@transaction.atomic
def carry_over_former(*, account: str, law: Law, acting: Acting, at: datetime) -> Tonnes:
    """Carry the paid holdings of a linked former account over, once; tell how much (结转).

    A second run adds nothing. Source: CQ208-3, CQ208-A1.5.4.

    Raises:
        NoSuchFormerAccount, NotLinkedYet, and what the registry refuses.
    """
    rows = FormerAccount.objects.select_related("linked_to")
    found = rows.filter(account=account).first()
    if found is None:
        raise NoSuchFormerAccount(account=account)
    if found.linked_to is None:
        raise NotLinkedYet(account=account)
    for year, tonnes in found.paid_holdings.items():
        registry.carry_over(
            holder=found.linked_to,
            amount_t=Tonnes(tonnes),
            lot=registry.LotOf(law.jurisdiction, UnitKind.ALLOWANCE, int(year), Origin.PAID),
            acting=acting,
            at=at,
        )
    return Tonnes(sum(found.paid_holdings.values()))


def _is_alike(before: FormerAccount, row: FormerRow) -> bool:
    """Whether the row says what was imported; a password reset since then is no difference."""
    told = (before.holder, before.credit_code, before.paid_holdings)
    return told == (row.holder, row.credit_code, _paid(row))


def _paid(row: FormerRow) -> dict[str, int]:
    return {str(year): int(tonnes) for year, tonnes in sorted(row.paid.items())}


def _is_hash(password: str) -> bool:
    try:
        identify_hasher(password)
    except ValueError:
        return False
    return True


def _refusal(
    found: FormerAccount | None, password: str, most: int, acting: Acting, at: datetime
) -> Refusal | None:
    """Why the entry is refused, or None; a wrong password of a known account is counted."""
    if found is None:
        return WrongCredentials(field="password", most=most)
    if found.wrong_entries >= most:
        return FormerAccountLocked(field="account", most=most)
    if check_password(password, found.password):
        return FormerAccountLinked(account=found.account) if found.linked_to_id else None
    found.wrong_entries += 1
    found.save()
    journal.record(
        operation="opening.wrong_former_password",
        subject=found.account,
        acting=acting,
        at=at,
        article="CQ208-A3.1.3",
        content={"wrong_entries": found.wrong_entries},
    )
    return WrongCredentials(field="password", most=most)


def _link(
    found: FormerAccount, organisation: Organisation, law: Law, acting: Acting, at: datetime
) -> None:
    casework.move_cases(
        REGISTRY_OPENING,
        "verify",
        [organisation.code],
        acting=acting,
        at=at,
        note=found.account,
        law=law,
    )
    found.linked_to, found.linked_at, found.wrong_entries = organisation, at, 0
    found.save()
    registry.open_accounts(
        holders=[organisation], kind=AccountKind.REGISTRY, acting=AUTOMATIC, at=at
    )
