"""Why the exchange intervenes (异常情况). Pure."""

from collections.abc import Mapping
from enum import StrEnum


class Cause(StrEnum):
    """What happened. Source: BJETS-18b."""

    FORCE_MAJEURE = "force_majeure"
    TECHNICAL_FAULT = "technical_fault"
    ABNORMAL_PRICE = "abnormal_price"
    ERRONEOUS_TRADE = "erroneous_trade"
    VIOLATION = "violation"


CAUSES: Mapping[Cause, tuple[str, str]] = {
    Cause.FORCE_MAJEURE: ("不可抗力", "force majeure"),
    Cause.TECHNICAL_FAULT: ("技术故障", "technical fault"),
    Cause.ABNORMAL_PRICE: ("价格异常波动", "abnormal price"),
    Cause.ERRONEOUS_TRADE: ("错误成交", "erroneous trade"),
    Cause.VIOLATION: ("违规交易", "violation of the trading rules"),
}
