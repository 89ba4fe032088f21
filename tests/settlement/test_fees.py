"""The fee schedule: one rate, and what differs from it by method and side."""

from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from openets.settlement import fees
from tests.markets import CQ

DAY = date(2023, 12, 4)


def test_every_method_and_side_has_its_fee():
    told = {(fee.method, fee.side): fee.ratio for fee in fees.schedule(CQ, DAY)}
    rate = CQ.on("trading.fee_ratio", DAY).number
    methods = CQ.on("trading.methods", DAY).items
    assert {"open_bidding", "negotiated_transfer"} <= set(methods)
    assert told == dict.fromkeys(product(methods, ("buyer", "seller")), rate)
    assert fees.ratio(CQ, DAY) == rate


def test_a_method_that_is_not_enabled_has_its_rate_and_no_row():
    law = CQ.instead({"trading.methods": ["negotiated_transfer"]})
    assert {fee.method for fee in fees.schedule(law, DAY)} == {"negotiated_transfer"}
    assert fees.ratio(law, DAY) == CQ.on("trading.fee_ratio", DAY).number


def test_an_exception_is_for_its_method_and_side_only():
    exceptions = [{"method": "block", "side": "buyer", "ratio": "0.001"}]
    told = fees.in_full(["block", "bidding"], Decimal("0.007"), exceptions)
    assert [str(fee.ratio) for fee in told] == ["0.001", "0.007", "0.007", "0.007"]


@pytest.mark.parametrize(("turnover", "fee"), [(0, 0), (71, 0), (72, 1), (10_000, 70)])
def test_a_fee_is_rounded_half_up_to_the_fen(turnover, fee):
    assert fees.Fee("m", "buyer", Decimal("0.007")).fen(turnover) == fee
