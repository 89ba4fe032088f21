"""Addresses of the allocation workspace, of the sheets, and of the published plans."""

from django.urls import path

from openets.web.allocation import board, plan, risk, run, sheet

urlpatterns = [
    path("allocation", board.workspace, name="allocation"),
    path("allocation/<int:year>", board.board, name="allocation_year"),
    path("allocation/<int:year>/plan", plan.plan, name="allocation_plan"),
    path("allocation/<int:year>/runs", run.year_runs, name="allocation_runs"),
    path("allocation/runs/<int:number>", run.run, name="allocation_run"),
    path("allocation/runs/<int:number>.json", run.run_file, name="allocation_run_file"),
    path("allocation/<int:year>/compare", run.compare, name="allocation_compare"),
    path("allocation/<int:year>/compare.csv", run.compare_file, {"form": "csv"}),
    path("allocation/<int:year>/compare.xlsx", run.compare_file, {"form": "xlsx"}),
    path("allocation/<int:year>/<str:code>", sheet.sheet, name="allocation_sheet"),
    path("allocation/<int:year>/<str:code>/risk", risk.risk, name="pre_allocation_risk"),
    path("allocation-plans", plan.published_plans, name="published_plans"),
    path("allocation-plans/<int:year>", plan.published_plan, name="published_plan"),
    path("allocation-plans/<int:year>.csv", plan.published_file, {"form": "csv"}),
    path("allocation-plans/<int:year>.xlsx", plan.published_file, {"form": "xlsx"}),
]
