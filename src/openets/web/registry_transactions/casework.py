"""What may be done about a registry transaction that waits for approval, on its case's page."""

from collections.abc import Mapping, Sequence

from openets.registry import operations as registry
from openets.registry import queries as units
from openets.registry.basis import BASIS_TITLES, Basis
from openets.web.cases.action import Asking, CaseAction, Elsewhere, Fact, Given, Reasoned, Tell
from openets.web.language import Said
from openets.web.numbers import grouped
from openets.web.registry_transactions.page import kind_said


def _approve(given: Given) -> None:
    filing = units.filing(given.case.subject)
    registry.approve(filing=filing, law=given.law, acting=given.acting, at=given.at)


def _reject(given: Given) -> None:
    filing = units.filing(given.case.subject)
    registry.reject(filing=filing, why=given.reason, acting=given.acting, at=given.at)


def _withdraw(given: Given) -> None:
    filing = units.filing(given.case.subject)
    registry.withdraw_filing(filing=filing, acting=given.acting, at=given.at)


BY_ITSELF = Elsewhere(Said("到期由系统自动办理", "Made by itself when its day comes"))
ACTIONS: Mapping[tuple[str, str], CaseAction | Elsewhere] = {
    ("registry_transaction", "approve"): CaseAction(
        _approve,
        effect=Said("批准后到期自动执行", "Once approved it is executed when its day comes"),
    ),
    ("registry_transaction", "reject"): CaseAction(_reject, Reasoned, for_many=Reasoned),
    ("registry_transaction", "withdraw"): CaseAction(_withdraw),
    ("registry_transaction", "execute"): BY_ITSELF,
    ("registry_transaction", "expire"): BY_ITSELF,
}


def _facts(asking: Asking) -> Sequence[Fact]:
    filing = units.filing(asking.case.subject)
    amount_t = grouped(filing.amount_t)
    return [
        Fact(Said("业务", "Transaction"), kind_said(filing.kind)),
        Fact(Said("数量", "Amount"), Said(f"{amount_t} 吨", f"{amount_t} t")),
        Fact(Said("依据", "Basis"), Said(*BASIS_TITLES[Basis(filing.basis)])),
        Fact(Said("文号", "Document"), filing.document),
        Fact(Said("事由", "Reason"), filing.reason),
    ]


FACTS: Mapping[str, Tell] = {"registry_transaction": _facts}
