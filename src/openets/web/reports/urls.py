"""Addresses under /reports, /monitoring-plans and /published-reports."""

from django.urls import path

from openets.web.reports import evidence, listing, one, plan, public

urlpatterns = [
    path("reports", listing.reports, name="reports"),
    path("reports/<str:code>/<int:year>", one.report, name="report"),
    path("reports/<str:code>/<int:year>.xlsx", one.workbook, name="report_workbook"),
    path(
        "reports/<str:code>/<int:year>/evidence/<int:number>",
        evidence.evidence,
        name="report_evidence",
    ),
    path("monitoring-plans", listing.plans, name="plans"),
    path("monitoring-plans/<str:code>.xlsx", plan.workbook, name="plan_workbook"),
    path("monitoring-plans/<str:code>", plan.plan, name="plan"),
    path("published-reports", public.reports, name="published_reports"),
    path("published-reports/<str:code>/<int:year>", public.report, name="published_report"),
]
