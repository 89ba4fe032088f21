"""`openets surveil`: the patterns of a day as JSON and CSV, nothing kept."""

import csv
import json

import pytest

from openets.doors import surveil
from openets.kernel.clock import at
from openets.surveillance.models import Alert
from tests.exchange import DAY, PRICE, TEN, open_floor, order, trading_market

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("CQETS-21")
def test_the_signals_of_the_last_day_are_written_and_none_is_kept(tmp_path, capsys):
    market = trading_market(1)
    with open_floor(market) as floor:
        floor.submit(
            [
                order(market, "E001", "sell", 2_000, PRICE),
                order(market, "I1", "buy", 2_000, PRICE),
            ],
            at=TEN,
        )
        floor.close_day(at=at(DAY, 16))
    assert surveil.main(["--csv", str(tmp_path / "signals.csv")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["day"], told["not_configured"]) == ("2023-12-04", ["price_move"])
    assert {s["pattern"] for s in told["signals"]} == {"concentration"}
    rows = list(csv.DictReader((tmp_path / "signals.csv").read_text("utf-8").splitlines()))
    assert [row["parties"] for row in rows] == ["I1", "E001"]
    assert not Alert.objects.exists()


def test_before_any_day_was_closed_it_is_refused(capsys):
    assert surveil.main([]) == 2
    assert json.loads(capsys.readouterr().err)["code"] == "nothing_traded"
