"""The programming interface: one router a room, joined here.

A room writes `web/<room>/api.py` with `router = Router(tags=["<room>"])` and typed answers. It
calls operations and queries and lets refusals rise: they leave as status 422 with the article,
the numbers and the remedy in both languages.
"""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema

from openets.kernel.refusal import Refusal
from openets.web.law.api import router as law_router

api = NinjaAPI(
    title="OpenETS API",
    version="1",
    description="Exact decimals are strings, money is integer fen, allowances are integer tonnes, "
    "days are ISO 8601. An expected no is status 422 with code, article, numbers and remedy.",
    urls_namespace="api",
)
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
    return api.create_response(request, refusal.as_json(), status=422)
