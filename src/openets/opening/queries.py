"""What may be asked about openings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from openets.casework import queries as casework
from openets.casework.models import Case
from openets.casework.procedure import Procedure
from openets.crediting import queries as crediting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.opening import material, papers
from openets.opening.models import (
    Contact,
    FormerAccount,
    PaperReceipt,
    PlatformAccount,
    RegistryOpening,
    TemplatePack,
    TradingOpening,
)
from openets.opening.platform import LICENCE
from openets.opening.procedures import PLATFORM_CERTIFICATION, REGISTRY_OPENING, TRADING_OPENING
from openets.opening.registry_opening import registry_uploads
from openets.opening.trading_opening import trading_uploads
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import queries as registry
from openets.registry.kinds import AccountKind
from openets.registry.models import RegistryAccount
from openets.rulebook.load import Law
from openets.settlement import queries as settlement
from openets.settlement.models import CashAccount

PROCEDURES = (REGISTRY_OPENING, TRADING_OPENING, PLATFORM_CERTIFICATION)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an organisation has come with each of its accounts."""

    registry_account: RegistryAccount | None
    registry_case: Case | None
    trading_account: RegistryAccount | None
    trading_case: Case | None
    cash_account: CashAccount | None
    platform_case: Case | None
    certified: bool

    @property
    def missing_applications(self) -> list[str]:
        """Which of the two applications is not sent yet, `registry` and `trading` by name.

        Source: CQ208-A4.2.2.
        """
        waiting = {
            "registry": not self.registry_account and _unsent(self.registry_case),
            "trading": not self.trading_account and _unsent(self.trading_case),
        }
        return [name for name, is_missing in waiting.items() if is_missing]

    @property
    def linked(self) -> bool:
        """Whether units may move between the two accounts. Source: CQ208-A4.2.6."""
        return bool(self.trading_account and self.trading_account.linked_to_id)

    @property
    def bank_bound(self) -> bool:
        """Whether a bank account is bound. Source: CQ208-A4.2.5."""
        return bool(self.cash_account and self.cash_account.bound_at)


@dataclass(frozen=True, slots=True)
class Entitled:
    """Old paid holdings of a linked former account, and how much of them came over."""

    former: FormerAccount
    paid_t: Tonnes
    carried_t: Tonnes


def standing(organisation: Organisation) -> Standing:
    """How far an organisation has come. Source: CQ208-A4.2.2."""
    latest = trading_opening(organisation)
    return Standing(
        registry_account=registry.open_account(organisation, AccountKind.REGISTRY),
        registry_case=casework.case(REGISTRY_OPENING, organisation.code),
        trading_account=registry.open_account(organisation, AccountKind.TRADING),
        trading_case=casework.case(TRADING_OPENING, latest.subject) if latest else None,
        cash_account=settlement.cash_account(organisation),
        platform_case=casework.case(PLATFORM_CERTIFICATION, organisation.code),
        certified=crediting.is_certified(organisation),
    )


def registry_opening(organisation: Organisation) -> RegistryOpening | None:
    """The application of an organisation for a registry account, or None."""
    return RegistryOpening.objects.filter(organisation=organisation).first()


def trading_opening(organisation: Organisation) -> TradingOpening | None:
    """The latest application of an organisation for a trading account, or None."""
    rows = TradingOpening.objects.filter(organisation=organisation)
    return rows.select_related("organisation").last()


def trading_opening_of(case: Case) -> TradingOpening:
    """The application a case is about."""
    number = int(case.subject.rpartition("/")[2])
    rows = TradingOpening.objects.select_related("organisation")
    return rows.get(organisation_id=case.organisation_id, number=number)


def platform_account(organisation: Organisation) -> PlatformAccount | None:
    """The platform account of an organisation, or None."""
    return PlatformAccount.objects.filter(organisation=organisation).first()


def cases(procedures: Sequence[Procedure]) -> QuerySet[Case]:
    """The cases of these procedures, the one that moved last first."""
    found = Case.objects.filter(procedure__in=[procedure.name for procedure in procedures])
    return found.select_related("organisation").order_by("-moved_at", "-id")


def known_in_former_register(organisation: Organisation) -> bool:
    """Whether the former register had an account of this organisation (老用户).

    By its credit code where that is on file, or by its name. Source: CQ208-A3.0.
    """
    same = Q(holder=organisation.name)
    if organisation.credit_code:
        same |= Q(credit_code=organisation.credit_code)
    return FormerAccount.objects.filter(same).exists()


def former_accounts() -> QuerySet[FormerAccount]:
    """The imported accounts of the former register."""
    return FormerAccount.objects.select_related("linked_to")


def eligible_for_carry_over() -> list[Entitled]:
    """The linked former accounts with paid holdings (可结转), and what was carried over of them.

    Source: CQ208-A3.1.3, CQ208-3.
    """
    found = former_accounts().filter(linked_to__isnull=False).exclude(paid_holdings={})
    return [
        Entitled(
            former=former,
            paid_t=Tonnes(sum(former.paid_holdings.values())),
            carried_t=registry.carried_over_t(former.linked_to),
        )
        for former in found
        if former.linked_to is not None
    ]


def contact(organisation: Organisation, kind: AccountKind) -> Contact | None:
    """Who is asked about an account now, or None."""
    rows = Contact.objects.filter(organisation=organisation, account_kind=kind)
    return rows.filter(until_at__isnull=True).first()


def contacts(organisation: Organisation) -> list[Contact]:
    """Everybody who was or is a contact of an organisation's accounts, oldest first."""
    return list(Contact.objects.filter(organisation=organisation))


def uploads_of(case: Case, law: Law, at: datetime) -> Sequence[papers.Paper]:
    """The documents to be uploaded with an application.

    Raises:
        NotSet.
    """
    if case.procedure == REGISTRY_OPENING.name:
        return registry_uploads(case.organisation, law, at)
    if case.procedure == TRADING_OPENING.name:
        return trading_uploads(case.organisation, law, at)
    listed = papers.papers(law, papers.PLATFORM_LIST, market_date(at))
    return papers.uploads(listed, [LICENCE])


def listed_papers(case: Case, law: Law, today: date) -> Sequence[papers.Paper]:
    """The paper a case of trading account or certification takes.

    Raises:
        NotSet.
    """
    if case.procedure == PLATFORM_CERTIFICATION.name:
        return papers.papers(law, papers.PLATFORM_LIST, today)
    applied = trading_opening_of(case).applied_date or today
    return papers.papers(law, papers.LISTS[Role(case.organisation.role)], applied)


def paper_receipts(case: Case) -> list[PaperReceipt]:
    """Everything that came in on paper for a case, void or not, oldest first."""
    return list(PaperReceipt.objects.filter(case=case))


def missing_paper(case: Case, law: Law, today: date) -> list[papers.Missing]:
    """Which papers of a case are not there in full.

    Raises:
        NotSet.
    """
    given = material.copies_in(material.receipts(case))
    return papers.missing(listed_papers(case, law, today), given)


def packs() -> list[TemplatePack]:
    """The versions of the template pack that are offered, newest first. Source: CQ208-A4.2.1."""
    return list(TemplatePack.objects.filter(withdrawn_at__isnull=True).defer("content"))


def pack(version: str) -> TemplatePack | None:
    """A version of the template pack that is offered, or None."""
    return TemplatePack.objects.filter(version=version, withdrawn_at__isnull=True).first()


def _unsent(case: Case | None) -> bool:
    return (
        case is None
        or case.state in {"asked", "verifying", "filling", "returned"}
        or (
            case.procedure == TRADING_OPENING.name
            and case.state in {"rejected", "lapsed", "withdrawn"}
        )
    )
