"""Addresses of accounts, statements and receipts."""

from django.urls import path, register_converter

from openets.web.accounts import statement, views
from openets.web.accounts.holder import holder


class TableForm:
    """A form a table is taken away in."""

    regex = "xlsx|csv"

    def to_python(self, value: str) -> str:
        """As written."""
        return value

    def to_url(self, value: str) -> str:
        """As written."""
        return value


register_converter(TableForm, "table")

urlpatterns = [
    path("accounts", views.accounts, name="accounts"),
    path("overview", views.overview, name="registry"),
    path("holders", views.holders, name="holders"),
    path("holders/<str:code>", holder, name="holder"),
    path("holders/<str:code>/holdings.<table:form>", views.holdings_table, name="holdings_table"),
    path("accounts/<str:number>/statement", statement.statement, name="statement"),
    path("accounts/<str:number>/statement.<table:form>", statement.export, name="statement_table"),
    path("transactions.<table:form>", views.transactions_table, name="transactions_table"),
    path("transactions/<int:number>/receipt", views.receipt, name="receipt"),
    path("certificates/<str:code>/paper", views.certificate, name="certificate_paper"),
]
