"""Addresses of verification: works, findings, the register of bodies, the scores."""

from django.urls import path

from openets.web.verification import bodies, results, scores, views, work

urlpatterns = [
    path("verification", views.works, name="verification"),
    path("verification/works/<int:number>", work.work, name="verification_work"),
    path("verification/results", results.results, name="verification_results"),
    path(
        "verification/results/<int:year>/<int:number>",
        results.result,
        name="verification_result",
    ),
    path("verification/findings", views.findings, name="verification_findings"),
    path("verification/bodies", bodies.register, name="verification_bodies"),
    path("verification/scores", scores.scores, name="verification_scores"),
    path("verification/scores.csv", scores.table, {"form": "csv"}, name="verification_scores_csv"),
    path(
        "verification/scores.xlsx", scores.table, {"form": "xlsx"}, name="verification_scores_xlsx"
    ),
]
