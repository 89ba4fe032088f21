"""Addresses of the accounting page, of the factor sets and of restatements."""

from django.urls import path

from openets.web.accounting import restating, sets, views

urlpatterns = [
    path("accounting", views.accounting, name="accounting"),
    path("factor-sets", sets.listed, name="factor_sets"),
    path("factor-sets.csv", sets.all_csv, name="factor_sets_csv"),
    path("factor-sets.json", sets.all_json, name="factor_sets_json"),
    path("factor-sets/compare", sets.compare, name="factor_sets_compare"),
    path("factor-sets/<str:name>", sets.one, name="factor_set"),
    path("restatements", restating.listed, name="restatements"),
    path("restatements/<str:code>/<int:year>/<int:number>", restating.one, name="restatement"),
    path("restatements/<str:code>/<int:year>/activity", restating.supply, name="supply_activity"),
]
