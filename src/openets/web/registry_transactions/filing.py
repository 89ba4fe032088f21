"""What a form or a program files, as the operations take it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.registry import operations
from openets.registry.basis import Basis, Ground
from openets.registry.kinds import TRANSACTION_KINDS, AccountKind, UnitKind
from openets.registry.models import Filing
from openets.registry.operations import Wanted
from openets.rulebook.load import law

FILED = ("transfer", "compulsory_cancellation", "withdraw")
"""The kinds that take units from a holder once they are approved."""


class UnknownHolder(Refusal):
    """Nobody has this code, number or credit code."""

    code = "unknown_holder"
    article = "CQ208-3d"
    zh = "没有代码、名录序号或统一社会信用代码为“{name}”的单位"
    en = "Nobody has the code, number on the list or credit code “{name}”"
    remedy_zh = "请核对；可在重点排放单位名录中查找"
    remedy_en = "Check it; entities are found on the list"


def may_file(acting: Acting) -> list[str]:
    """The kinds that somebody may file."""
    return [name for name in FILED if acting.role in TRANSACTION_KINDS[name].roles]


def file(data: Mapping[str, Any], *, acting: Acting, at: datetime) -> Filing:
    """File what was asked, of one of the kinds `FILED`.

    Raises:
        UnknownHolder, and what the operation refuses.
    """
    asked: dict[str, Any] = {
        "wanted": Wanted(
            holder=_holder(data["holder"], "holder"),
            amount_t=Tonnes(data["amount"]),
            unit=UnitKind(data["unit"]),
            vintage_year=data["vintage_year"],
            account=AccountKind(data["account"]),
            lot_codes=data["lots"],
        ),
        "ground": Ground(Basis(data["basis"]), data["document"], data["reason"]),
        "reference": data["reference"],
        "law": law(settings.JURISDICTION),
        "acting": acting,
        "at": at,
    }
    if data["kind"] == "transfer":
        receiver = _holder(data["receiver"], "receiver")
        return operations.file_transfer(receiver=receiver, **asked)
    return operations.file_taking(kind=data["kind"], **asked)


def _holder(name: str, field: str) -> Organisation:
    found = parties.named(name.strip())
    if found is None:
        raise UnknownHolder(name=name, field=field)
    return found
