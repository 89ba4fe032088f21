"""Addresses under /opening and /downloads."""

from django.urls import path

from openets.web.opening import applicant, downloads, office

urlpatterns = [
    path("opening", applicant.overview, name="opening"),
    path("opening/registry", applicant.registry_account, name="opening_registry"),
    path("opening/trading", applicant.trading_account, name="opening_trading"),
    path("opening/bank-cards", applicant.bank, name="opening_bank"),
    path("opening/link", applicant.link, name="opening_link"),
    path("opening/contacts", applicant.contacts, name="opening_contacts"),
    path("opening/platform", applicant.platform, name="opening_platform"),
    path("opening/queue", office.queue, name="opening_queue"),
    path("opening/queue/<int:number>", office.review, name="opening_review"),
    path("opening/former-register", office.former, name="opening_former"),
    path("downloads", downloads.centre, name="downloads"),
    path("downloads/<str:version>.zip", downloads.pack, name="download_pack"),
    path("downloads/<str:version>/<str:name>.xlsx", downloads.template, name="download_template"),
]
