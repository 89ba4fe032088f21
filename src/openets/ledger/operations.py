"""What may happen to the ledger: accounts open, transfers are posted, reservations expire.

Two writers at once are the normal case. A batch locks the accounts it touches in the order of
their numbers before it reads a balance; a caller who needs several movements in one transaction
sends them as one batch, so that no two callers can wait for each other in a circle.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from django.db import transaction

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.ledger import store
from openets.ledger.posting import KEY_LENGTH, Outcome, Posting, Result, Transfer
from openets.ledger.refusals import REFUSALS, TransferRefused
from openets.ledger.rows import account_line, digest

_SMALL_BATCH = 64
"""Up to here the used keys are looked up at once; a larger batch first trusts that all are new."""

_ATTEMPTS = 3

_EXPIRED = """
select t.key from ledger_transfer t join journal_entry e on e.id = t.batch_id
join ledger_account a on a.id = t.debit_id and a.asset = coalesce(%s, a.asset)
where t.timeout_seconds > 0 and e.at + t.timeout_seconds * interval '1 second' <= %s
  and not exists (select from ledger_transfer r where r.pending = t.key and r.pending <> '')
order by t.id"""

_FOUND = """
select code, id, asset, may_go_negative from ledger_account where code = any(%s::text[])"""

_OPEN = """
insert into ledger_account (code, asset, may_go_negative, batch_id)
select code, asset, may_go_negative, %s
from unnest(%s::text[], %s::text[], %s::bool[]) with ordinality n(code, asset, may_go_negative, i)
order by i returning code, id"""


class AccountDiffers(Refusal):
    """The code belongs to an account of another asset or with another rule for its balance."""

    code = "account_differs"
    zh = "账户 {account} 已存在，资产或透支规则不同"
    en = "The account {account} exists with another asset or another rule for its balance"
    remedy_zh = "请使用其他账户编码"
    remedy_en = "Use another account code"


@dataclass(frozen=True, slots=True)
class AccountSpec:
    """An account to be opened: its code, its asset, and whether its own balance may be negative."""

    code: str
    asset: str
    may_go_negative: bool = False


def open_accounts(specs: Sequence[AccountSpec], *, acting: Acting, at: datetime) -> dict[str, int]:
    """Open the accounts that do not exist yet; give the number of each by its code.

    Raises:
        AccountDiffers: an account of that code exists with other properties.
    """
    wanted = {spec.code: spec for spec in specs}
    assert all(_is_code(spec.code) and _is_code(spec.asset) for spec in specs), "plain codes only"
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                return _open(wanted, acting=acting, at=at)
        except psycopg.errors.UniqueViolation:
            # Another writer opened one of them in the meantime; now it is visible.
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError


def post(
    transfers: Sequence[Transfer], *, acting: Acting, at: datetime, article: str, subject: str
) -> list[Outcome]:
    """Post a batch in which every event, or chain of linked events, has its own outcome.

    What is refused moves nothing, and its key is used up. Source: CQETS-5.2b, CQETS-22
    """
    return _post(transfers, False, acting=acting, at=at, article=article, subject=subject)


def post_all(
    transfers: Sequence[Transfer], *, acting: Acting, at: datetime, article: str, subject: str
) -> None:
    """Post a batch as a whole; nothing is written when any of it is refused.

    The keys of a refused batch stay free: it may be sent again once the reason is mended.
    Source: CQETS-5.2b, CQETS-14

    Raises:
        TransferRefused: names the first refused transfer, its code and the numbers compared.
    """
    _post(transfers, True, acting=acting, at=at, article=article, subject=subject)


def expire(*, acting: Acting, at: datetime, asset: str | None = None) -> int:
    """Void the reservations, of one asset or of all, whose time has run out by `at`; tell how many.

    Whoever keeps a clock of its own names its asset, and leaves the market's reservations alone.
    """
    with transaction.atomic():
        keys = [key for (key,) in store.rows(_EXPIRED, asset, at)]
        posting = store.load([Transfer("", pending=key) for key in keys], at=at, look_up=False)
        expired = sum(posting.expire(key) for key in keys)
        _write(posting, acting=acting, at=at, article="", subject="ledger")
    return expired


def _post(
    transfers: Sequence[Transfer],
    whole: bool,
    *,
    acting: Acting,
    at: datetime,
    article: str,
    subject: str,
) -> list[Outcome]:
    look_up = len(transfers) <= _SMALL_BATCH
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                posting = store.load(transfers, at=at, look_up=look_up)
                outcomes = posting.run(transfers)
                if whole:
                    _refuse_any(transfers, outcomes, posting)
                _write(posting, acting=acting, at=at, article=article, subject=subject)
                return outcomes
        except psycopg.errors.UniqueViolation:
            # A key was used before, or just now by another writer whose rows are visible by now.
            if attempt == _ATTEMPTS - 1:
                raise
            look_up = True
    raise AssertionError


def _write(posting: Posting, *, acting: Acting, at: datetime, article: str, subject: str) -> None:
    batch = 0
    endings = store.tails(posting)
    if posting.rows:
        summary = {
            "count": len(posting.rows),
            "total": sum(row.amount for row in posting.rows),
            "sha256": digest(store.lines(posting, endings)),
        }
        batch = journal.record(
            operation="ledger.post",
            subject=subject,
            acting=acting,
            at=at,
            article=article,
            content={"transfers": summary},
        )
    if posting.rows or posting.kept_back:
        store.write(posting, endings, batch)


def _refuse_any(
    transfers: Sequence[Transfer], outcomes: Sequence[Outcome], posting: Posting
) -> None:
    refused = (n for n, outcome in enumerate(outcomes) if outcome.refused)
    # Of a chain, the event that failed is named and not those that failed with it.
    position = min(
        refused, key=lambda n: outcomes[n].result is Result.LINKED_EVENT_FAILED, default=-1
    )
    if position < 0:
        return
    transfer, outcome = transfers[position], outcomes[position]
    account = posting.accounts.get(outcome.account)
    raise REFUSALS.get(outcome.result, TransferRefused)(
        result=outcome.result.value,
        position=position + 1,
        key=transfer.key,
        pending=transfer.pending,
        account=account.code if account else outcome.account,
        available=outcome.available,
        amount=outcome.amount or transfer.amount,
    )


def _open(wanted: dict[str, AccountSpec], *, acting: Acting, at: datetime) -> dict[str, int]:
    ids = {}
    for code, number, asset, may_go_negative in store.rows(_FOUND, list(wanted)):
        if AccountSpec(code, asset, may_go_negative) != wanted[code]:
            raise AccountDiffers(account=code)
        ids[code] = number
    new = [wanted[code] for code in sorted(wanted.keys() - ids.keys())]
    if new:
        lines = [account_line(spec.code, spec.asset, spec.may_go_negative) for spec in new]
        batch = journal.record(
            operation="ledger.open_accounts",
            subject="ledger",
            acting=acting,
            at=at,
            article="",
            content={"accounts": {"count": len(new), "sha256": digest(lines)}},
        )
        columns = zip(*((s.code, s.asset, s.may_go_negative) for s in new), strict=True)
        ids |= dict(store.rows(_OPEN, batch, *(list(column) for column in columns)))
    return ids


def _is_code(text: str) -> bool:
    return 0 < len(text) <= KEY_LENGTH and text.isprintable() and "\\" not in text
