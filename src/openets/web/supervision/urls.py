"""Addresses of rules, reports and assistance."""

from django.urls import path

from openets.web.supervision import help as assistance
from openets.web.supervision import reports, rules

urlpatterns = [
    path("operating-rules", rules.versions, name="operating_rules"),
    path("operating-rules/<str:kind>/<int:number>", rules.version, name="rule_version"),
    path("operating-reports", reports.reports, name="operating_reports"),
    path("assistance", assistance.page, name="assistance"),
]
