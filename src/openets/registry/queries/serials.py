"""Which serials (序列号) lie where, and which an event moved."""

from collections.abc import Sequence

from openets.parties.models import Organisation
from openets.registry.models import SerialBlock, SerialMove


def serials_of(event: str) -> Sequence[SerialMove]:
    """Which serials an event moved: a transaction by its key, a trade as trade/<number>.

    Source: CQ208-A6.3, CQVER-29.
    """
    found = SerialMove.objects.filter(key__startswith=f"{event}/").select_related("lot")
    return list(found)


def blocks(holder: Organisation) -> Sequence[SerialBlock]:
    """The serials an organisation holds, by account and lot."""
    found = SerialBlock.objects.filter(position__account__holder=holder)
    return list(found.select_related("lot", "position__account").order_by("lot", "first"))
