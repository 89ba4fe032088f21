"""CQETS art. 5(4): the exchange's report tells exactly the settled trades of the month."""

from datetime import date

import pytest

from openets.kernel.clock import at
from openets.parties.models import Organisation
from openets.supervision import operations as supervision
from openets.trading.models import Trade
from tests.web.market import LAW, acts

MONTHLY = LAW.instead({"periods.operating_report": 1})


@pytest.mark.django_db
@pytest.mark.requirement("CQETS-5.4")
@pytest.mark.usefixtures("market")
def test_the_volume_of_the_report_is_the_sum_of_the_trades():
    trades = Trade.objects.filter(day__range=(date(2023, 11, 1), date(2023, 11, 30)))
    assert trades.exists()
    report = supervision.report_operation(
        start=date(2023, 11, 1),
        end=date(2023, 11, 30),
        matters="",
        law=MONTHLY,
        acting=acts("exchange"),
        at=at(date(2023, 12, 1)),
    )
    (figures,) = report.figures.values()
    assert figures["trades"] == len(trades)
    assert figures["volume_t"] == sum(trade.qty for trade in trades)
    assert figures["turnover_fen"] == sum(trade.turnover_fen for trade in trades)
    assert report.organisation == Organisation.objects.get(code="exchange")
