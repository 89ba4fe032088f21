"""Addresses of the quotes, the daily sheets and the history; of a product, last."""

from django.urls import path

from openets.web.market import former, operator, sheets, trade, views

urlpatterns = [
    path("market", views.board, name="market"),
    path("market/sheets", sheets.listed, name="market_sheets"),
    path("market/sheets.csv", sheets.table, {"form": "csv"}, name="market_sheets_csv"),
    path("market/sheets.xlsx", sheets.table, {"form": "xlsx"}, name="market_sheets_xlsx"),
    path("market/history", former.shown, name="market_history"),
    path("market/history/<str:name>.csv", former.table, name="market_history_csv"),
    path("market/history/<str:name>", former.shown, name="market_history_of"),
    path("exchange/day", operator.day, name="exchange_day"),
    path("exchange/day/<str:day>", operator.day, name="exchange_day_of"),
    path("market/trade", trade.any_product, name="trade"),
    path("market/trade/<str:code>", trade.screen, name="trade_product"),
    path("market/trade/<str:code>/mine", trade.mine, name="trade_mine"),
    path("market/<str:code>", views.market, name="market_product"),
]
