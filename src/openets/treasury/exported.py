"""The tables of the treasury as a verifier or an export holds them."""

from collections.abc import Generator
from typing import Any

from openets.journal.queries import exported
from openets.treasury.models import AuctionedSale, PaidApplication, SoldBack, TreasuryPayment
from openets.treasury.reconcile import BOUGHT, SOLD


def sales() -> Generator[dict[str, Any], None, None]:
    """What was sold and bought back: tonnes, the price of one, and the reference of both legs."""
    bought = PaidApplication.objects.filter(bought_at__isnull=False).select_related("issue")
    for row in bought.order_by("id").iterator():
        assert row.issue is not None, "what was bought was bought in a sale"
        yield {
            "kind": SOLD,
            "reference": row.subject,
            "amount_t": row.awarded_t,
            "price_fen": row.issue.price_fen,
        }
    for won in AuctionedSale.objects.order_by("id").iterator():
        yield {
            "kind": SOLD,
            "reference": won.reference,
            "amount_t": won.amount_t,
            "price_fen": won.price_fen,
        }
    for sale in (
        SoldBack.objects.select_related("buy_back", "organisation").order_by("id").iterator()
    ):
        yield {
            "kind": BOUGHT,
            "reference": sale.name,
            "amount_t": sale.amount_t,
            "price_fen": sale.price_fen,
        }


TABLES = {
    "treasury_sale": sales,
    "treasury_payment": exported(TreasuryPayment, "receipt", "amount_fen"),
}
"""What gives the rows of each table."""
