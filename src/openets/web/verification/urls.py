"""Addresses of verification: works, findings, the register of bodies, the scores."""

from django.urls import path

from openets.web.verification import bodies, scores, views, work

urlpatterns = [
    path("verification", views.works, name="verification"),
    path("verification/works/<int:number>", work.work, name="verification_work"),
    path("verification/findings", views.findings, name="verification_findings"),
    path("verification/bodies", bodies.register, name="verification_bodies"),
    path("verification/scores", scores.scores, name="verification_scores"),
]
