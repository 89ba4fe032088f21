"""Addresses of money, the settlement desk, fees and market reports."""

from django.urls import path

from openets.web.money import desk, own, published

urlpatterns = [
    path("money", own.money, name="money"),
    path("clearing/<str:day>/<str:code>", own.statement, name="clearing_statement"),
    path(
        "clearing/<str:day>/<str:code>/statement.csv",
        own.download_statement,
        {"form": "csv"},
        name="clearing_statement_csv",
    ),
    path(
        "clearing/<str:day>/<str:code>/statement.xlsx",
        own.download_statement,
        {"form": "xlsx"},
        name="clearing_statement_xlsx",
    ),
    path("settlement", desk.requests, name="settlement_desk"),
    path("settlement/suspense", desk.suspense, name="suspense"),
    path("settlement/files", desk.files, name="bank_files"),
    path("settlement/files/<int:number>", desk.file, name="bank_file"),
    path("settlement/files/<int:number>/content", desk.content, name="bank_file_content"),
    path("settlement/day-end", desk.day_end, name="day_end"),
    path("settlement/reserve", desk.reserve, name="risk_reserve"),
    path("fees", published.fees, name="fees"),
    path("market-reports", published.reports, name="market_reports"),
    path("market-reports/<str:kind>/<str:start>", published.report, name="market_report"),
    path(
        "market-reports/<str:kind>/<str:start>/report.csv",
        published.report_csv,
        name="market_report_csv",
    ),
]
