"""The market day after its close, as a table: the exchange opens the case when it closes trading.

The books are compared and the day is closed above, in `reconciliation`.
"""

from openets.casework.procedure import Move, Procedure, State
from openets.parties.roles import Role

_RESULT = ("open", "reconciled", "differences", "confirmed")

MARKET_DAY = Procedure(
    name="market_day",
    zh="市场日终",
    en="Market day",
    which_zh="{0}",
    which_en="{0}",
    states={
        "open": State("已收市，待对账", "Trading closed, to be reconciled"),
        "reconciled": State("对账相符，待日结", "Books agree, to be closed"),
        "differences": State("存在差异", "Differences found"),
        "confirmed": State("交易机构已确认，待登记机构日结", "Confirmed by the exchange"),
        "closed": State("已日结", "Closed", rests=True),
    },
    moves={
        "agree": Move(
            sources=_RESULT,
            target="reconciled",
            roles=(Role.REGISTRY_OPERATOR, Role.MARKET_CLOCK),
            article="CQETS-23",
            zh="对账（相符）",
            en="Reconcile: the books agree",
        ),
        "differ": Move(
            sources=_RESULT,
            target="differences",
            roles=(Role.REGISTRY_OPERATOR, Role.MARKET_CLOCK),
            article="CQETS-5.2c",
            zh="对账（有差异）",
            en="Reconcile: differences",
            tells=(Role.EXCHANGE_OPERATOR, Role.REGISTRY_OPERATOR, Role.CITY_BUREAU),
        ),
        "confirm": Move(
            sources=("reconciled", "differences"),
            target="confirmed",
            roles=(Role.EXCHANGE_OPERATOR,),
            article="CQETS-23",
            zh="交易机构确认",
            en="Confirm for the exchange",
        ),
        "close": Move(
            sources=("confirmed",),
            target="closed",
            roles=(Role.REGISTRY_OPERATOR,),
            article="CQETS-5.2c",
            zh="登记机构日结",
            en="Close for the registry",
            second_eyes="confirm",
        ),
        "reopen": Move(
            sources=("closed",),
            target="open",
            roles=(Role.CITY_BUREAU,),
            article="CQETS-5.4",
            zh="重新打开",
            en="Reopen",
            reasons=True,
            tells=(Role.EXCHANGE_OPERATOR, Role.REGISTRY_OPERATOR),
        ),
    },
    kept_from="close",
)
"""日终对账与日结: a day of the market from the end of trading until both institutions closed it."""

CLOSED = "closed"
