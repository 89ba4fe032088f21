"""Addresses of cases, of what waits, and of what was told."""

from django.urls import path

from openets.web.cases import board, calendar, inbox, listing, to_do, views

urlpatterns = [
    path("cases", listing.listed, name="cases"),
    path("cases/<int:number>", views.case, name="case"),
    path("cases/<int:number>/documents/<int:document>", views.document, name="case_document"),
    path("to-do", to_do.to_do, name="to_do"),
    path("to-do/decision", to_do.decision, name="decision"),
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/<int:number>", inbox.notice, name="notice"),
    path("outbox", inbox.outbox, name="outbox"),
    path("deadlines", board.board, name="deadlines"),
    path("deadlines.csv", board.board_csv, name="deadlines_csv"),
    path("calendar", calendar.calendar, name="calendar"),
    path("calendar/import", calendar.import_holidays, name="import_holidays"),
]
