"""Addresses of the pages and of the programming interface."""

from django.urls import include, path
from django.views.i18n import set_language

from openets.web.api import api
from openets.web.entities import views as entities
from openets.web.guards import public
from openets.web.overview import views as overview
from openets.web.streams import views as streams

urlpatterns = [
    path("api/", api.urls),  # The first to be tried, for programs ask the most.
    path("", overview.overview, name="overview"),
    path("entities", entities.listed, name="entities"),
    path("entities.csv", entities.export, {"form": "csv"}, name="entities_csv"),
    path("entities.xlsx", entities.export, {"form": "xlsx"}, name="entities_xlsx"),
    path("entities/<int:number>", entities.entity, name="entity"),
    path("entities/<int:number>/duties/<int:year>", entities.duties, name="entity_duties"),
    path("", include("openets.web.cases.urls")),
    path("", include("openets.web.market.urls")),
    path("", include("openets.web.people.urls")),
    path("", include("openets.web.opening.urls")),
    path("", include("openets.web.compliance.urls")),
    path("", include("openets.web.reconciliation.urls")),
    path("", include("openets.web.supervision.urls")),
    path("", include("openets.web.treasury.urls")),
    path("", include("openets.web.money.urls")),
    path("", include("openets.web.deals.urls")),
    path("", include("openets.web.auctions.urls")),
    path("", include("openets.web.verification.urls")),
    path("", include("openets.web.risk.urls")),
    path("", include("openets.web.desk.urls")),
    path("registry/", include("openets.web.accounts.urls")),
    path("documents/", include("openets.web.paper.urls")),
    path("", include("openets.web.registry_transactions.urls")),
    path("registry/", include("openets.web.standing.urls")),
    path("stream/market", streams.market, name="stream_market"),
    path("set-language", public(set_language), name="set_language"),
    path("", include("openets.web.roster.urls")),
    path("", include("openets.web.allocation.urls")),
    path("", include("openets.web.accounting.urls")),
    path("", include("openets.web.reports.urls")),
    path("", include("openets.web.law.urls")),
]
