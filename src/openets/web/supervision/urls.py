"""Addresses of rules, reports and assistance."""

from django.urls import path

from openets.web.supervision import districts, reports, rules
from openets.web.supervision import help as assistance

urlpatterns = [
    path("operating-rules", rules.versions, name="operating_rules"),
    path("operating-rules/<str:kind>/<int:number>", rules.version, name="rule_version"),
    path("operating-reports", reports.reports, name="operating_reports"),
    path("districts", districts.completion, name="district_completion"),
    path("districts/<int:year>.csv", districts.table, name="district_completion_csv"),
    path("assistance", assistance.page, name="assistance"),
]
