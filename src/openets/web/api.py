"""The programming interface: one router a room, joined here.

A room writes `web/<room>/api.py` with `router = Router(tags=["<room>"])` and typed answers. It
calls operations and queries and lets refusals rise: they leave as status 422 with the article,
the numbers and the remedy in both languages.
"""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import ValidationError

from openets.allocation.queries import NotPublished
from openets.casework.documents import NoSuchDocument
from openets.casework.notices import NotYourNotice
from openets.casework.scope import NotYourCase
from openets.kernel.acting import NotYourRole
from openets.kernel.refusal import Refusal
from openets.parties.queries import NoSuchEntity, OutsideYourScope
from openets.trading.queries import NoSuchProduct
from openets.web.cases.api import router as cases_router
from openets.web.compliance.api import router as compliance_router
from openets.web.entities.api import router as entities_router
from openets.web.law.api import router as law_router
from openets.web.market.api import router as market_router
from openets.web.overview.api import router as overview_router
from openets.web.refusals import NotUnderstood
from openets.web.registry.api import router as registry_router
from openets.web.viewer import NotForYou

STATUS_OF = {
    NoSuchDocument: 404,
    NoSuchEntity: 404,
    NoSuchProduct: 404,
    NotPublished: 404,
    NotForYou: 403,
    NotYourCase: 403,
    NotYourNotice: 403,
    NotYourRole: 403,
    OutsideYourScope: 403,
}
"""Refusals that HTTP has a status of its own for; every other is 422."""

api = NinjaAPI(
    title="OpenETS API",
    version="1",
    description="Exact decimals are strings, money is integer fen, allowances are integer tonnes, "
    "days are ISO 8601. An expected no is status 422, or 403 or 404 where it is about who asks or "
    "what is asked for, with code, article, numbers and remedy.",
    urls_namespace="api",
)
api.add_router("/entities", entities_router)
api.add_router("/market", market_router)
api.add_router("/cases", cases_router)
api.add_router("/compliance", compliance_router)
api.add_router("/registry", registry_router)
api.add_router("", overview_router)
api.add_router("/law", law_router)


class Health(Schema):
    """Whether pages can be served."""

    status: str


@api.get("/health", response=Health, tags=["system"])
def health(request: HttpRequest) -> dict[str, str]:
    """Answer only when the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"status": "ok"}


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Turn an expected no into its JSON."""
    status = STATUS_OF.get(type(refusal), 422)
    return api.create_response(request, refusal.as_json(), status=status)


@api.exception_handler(ValidationError)
def not_understood(request: HttpRequest, fault: ValidationError) -> HttpResponse:
    """Turn a value of the wrong kind into a refusal that names it."""
    first = fault.errors[0]
    name = str(first["loc"][-1])
    refusal = NotUnderstood(field=name, name=name, why=str(first["msg"]))
    return api.create_response(request, refusal.as_json(), status=422)
