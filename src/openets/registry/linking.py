"""Link a trading account to its holder's registry account, so that units move between the two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry.accounts import NoAccount, must_be_holder
from openets.registry.kinds import AccountKind
from openets.registry.models import RegistryAccount

HOLDERS = (Role.KEY_EMITTING_ENTITY, Role.INVESTOR, Role.PROJECT_OWNER)


class NotLinked(Refusal):
    """Units move between linked accounts only."""

    code = "accounts_not_linked"
    article = "CQ208-A4.2.6"
    zh = "{holder} 的交易账户尚未关联注册登记账户，不能划转"
    en = "The trading account of {holder} is not linked to its registry account; no unit moves"
    remedy_zh = "请先在“登记簿”中关联本单位的权益账户号"
    remedy_en = "Link the number of your own registry account first"


class NotYourNumber(Refusal):
    """The number is no registry account of the holder."""

    code = "not_your_number"
    article = "CQ208-A4.2.6"
    zh = "权益账户号 {number} 不是 {holder} 的注册登记账户，不能关联"
    en = "{number} is not the number of the registry account of {holder}; it cannot be linked"
    remedy_zh = "请在业务管理系统“账户总览”中查看本单位的权益账户号"
    remedy_en = "Your own number stands in the account overview"


@dataclass(frozen=True, slots=True)
class Link:
    """What a holder asks: to link its trading account to the registry account of this number."""

    holder: Organisation
    number: str
    acting: Acting


@transaction.atomic
def link_accounts(links: Sequence[Link], *, at: datetime) -> None:
    """Link each holder's trading account to its registry account (关联登记账户), all or none.

    Each holder names the number (权益账户号) of its own; what is linked already stays as it is.
    Source: CQ208-A4.2.6.

    Raises:
        NotYourAccount, NotYourRole, NoAccount, NotYourNumber.
    """
    accounts = _locked_pairs([link.holder for link in links])
    fresh = []
    for link in links:
        link.acting.must_be(*HOLDERS, article=NotLinked.article)
        must_be_holder(link.acting, link.holder)
        registry, trading = accounts[link.holder.pk]
        if link.number != registry.number:
            raise NotYourNumber(field="number", number=link.number, holder=link.holder.name)
        if trading.linked_to_id != registry.pk:
            trading.linked_to = registry
            fresh.append((link, trading))
    RegistryAccount.objects.bulk_update([trading for _, trading in fresh], ["linked_to"])
    journal.record_many(
        [
            journal.Record(
                operation="registry.link_accounts",
                subject=trading.number,
                acting=link.acting,
                at=at,
                article=NotLinked.article,
                content={"registry_account": link.number},
            )
            for link, trading in fresh
        ]
    )


def must_be_linked(registry: RegistryAccount, trading: RegistryAccount) -> None:
    """Refuse to move units between accounts that are not linked.

    Raises:
        NotLinked.
    """
    if trading.linked_to_id != registry.pk:
        raise NotLinked(holder=registry.holder.name)


def _locked_pairs(
    holders: Sequence[Organisation],
) -> Mapping[int, tuple[RegistryAccount, RegistryAccount]]:
    """The registry and the trading account of each holder, by the holder's id."""
    kinds = (AccountKind.REGISTRY, AccountKind.TRADING)
    found = RegistryAccount.objects.select_for_update(no_key=True).order_by("id")
    wanted = found.filter(holder__in=holders, kind__in=kinds, closed_at__isnull=True)
    accounts = {(account.holder_id, account.kind): account for account in wanted}
    for holder in holders:
        for kind in kinds:
            if (holder.pk, kind) not in accounts:
                raise NoAccount(holder=holder.name, kind=kind.value)
    return {h.pk: (accounts[h.pk, kinds[0]], accounts[h.pk, kinds[1]]) for h in holders}
