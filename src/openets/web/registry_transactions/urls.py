"""Addresses of the movements of units and of certificates."""

from django.urls import path

from openets.web.registry_transactions import approvals, certificates, own, serials, views

urlpatterns = [
    path("registry/kinds", views.kinds, name="transaction_kinds"),
    path("registry/transactions", views.register, name="transactions"),
    path("registry/transactions/<int:number>", views.transaction, name="transaction"),
    path("registry/serials", serials.lots, name="serial_lots"),
    path("registry/serials/<int:number>", serials.life, name="serials"),
    path("registry/serials/<int:number>.<table:form>", serials.life_table, name="serials_table"),
    path("registry/moves", own.own, name="own_moves"),
    path("registry/approvals", approvals.filings, name="filings"),
    path("registry/approvals/new", approvals.new, name="new_filing"),
    path("registry/approvals/<int:number>", approvals.filing, name="filing"),
    path("certificates", certificates.ask, name="certificates"),
    path("certificates/<str:code>", certificates.certificate, name="certificate"),
]
