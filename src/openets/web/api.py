"""The programming interface: one router a room, joined here.

A room writes `web/<room>/api.py` with `router = Router(tags=["<room>"])` and typed answers. It
calls operations and queries and lets refusals rise: they leave as status 422 with the article,
the numbers and the remedy in both languages.
"""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import ValidationError

from openets.allocation.plans import NoSuchPlan
from openets.allocation.queries import NotPublished
from openets.allocation.runs import NoSuchRun
from openets.auctions.queries import NoSuchAuction
from openets.casework.documents import NoSuchDocument
from openets.casework.notices import NotYourNotice
from openets.casework.scope import NotYourCase
from openets.clearing.operations import NoSuchStatement
from openets.deals.queries import NoSuchDeal
from openets.history.queries import NoSuchSource
from openets.kernel.acting import NotYourRole
from openets.kernel.refusal import Refusal
from openets.paper.queries import NotIssued
from openets.parties.queries import (
    NoSuchEntity,
    NoSuchOrganisation,
    NoSuchPerson,
    OutsideYourScope,
)
from openets.reconciliation.queries import NoSuchDay
from openets.registry.certificates import NoSuchCertificate
from openets.registry.statements import NoSuchAccount, NoSuchTransaction
from openets.trading.queries import NoSuchHalt, NoSuchProduct
from openets.verification.queries import NoSuchWork
from openets.web.accounting.api import router as accounting_router
from openets.web.accounts.api import NoSuchHolder
from openets.web.accounts.api import documents as documents_router
from openets.web.accounts.api import router as registry_router
from openets.web.allocation.api import router as allocation_router
from openets.web.auctions.api import router as auctions_router
from openets.web.cases.api import router as cases_router
from openets.web.compliance.api import router as compliance_router
from openets.web.compliance.national_api import NoSuchNationalOffset
from openets.web.compliance.national_api import router as national_router
from openets.web.compliance.offset_api import router as offsets_router
from openets.web.deals.api import router as deals_router
from openets.web.entities.api import router as entities_router
from openets.web.guards import NotGranted, NotSignedIn, public
from openets.web.law.api import router as law_router
from openets.web.market.api import router as market_router
from openets.web.money.api import NoSuchReport, settlement_router
from openets.web.money.api import router as money_router
from openets.web.opening.api import router as opening_router
from openets.web.orders.api import router as orders_router
from openets.web.overview.api import router as overview_router
from openets.web.people.api import router as people_router
from openets.web.people.programs import FormNotOurs, TokenNotValid, WhoAsks
from openets.web.reconciliation.api import router as reconciliation_router
from openets.web.refusals import NotUnderstood
from openets.web.registry_transactions.api import router as registry_transactions_router
from openets.web.registry_transactions.serials_api import router as serials_router
from openets.web.reports.api import router as reports_router
from openets.web.risk.api import router as risk_router
from openets.web.roster.api import router as roster_router
from openets.web.standing.api import router as standing_router
from openets.web.standing.matters import NoSuchMatter
from openets.web.supervision.api import router as supervision_router
from openets.web.treasury.api import NoSuchOffer
from openets.web.treasury.api import router as treasury_router
from openets.web.verification.api import router as verification_router
from openets.web.viewer import NotForYou

STATUS_OF = {
    NoSuchDay: 404,
    NoSuchReport: 404,
    NoSuchStatement: 404,
    NoSuchDocument: 404,
    NoSuchAccount: 404,
    NoSuchEntity: 404,
    NoSuchHolder: 404,
    NotIssued: 404,
    NoSuchOrganisation: 404,
    NoSuchPerson: 404,
    NoSuchNationalOffset: 404,
    NoSuchMatter: 404,
    NoSuchHalt: 404,
    NoSuchProduct: 404,
    NoSuchSource: 404,
    NoSuchPlan: 404,
    NoSuchRun: 404,
    NoSuchCertificate: 404,
    NoSuchTransaction: 404,
    NoSuchOffer: 404,
    NoSuchDeal: 404,
    NoSuchAuction: 404,
    NoSuchWork: 404,
    NotPublished: 404,
    NotForYou: 403,
    NotYourCase: 403,
    NotYourNotice: 403,
    NotYourRole: 403,
    OutsideYourScope: 403,
    NotGranted: 403,
    FormNotOurs: 403,
    NotSignedIn: 401,
    TokenNotValid: 401,
}
"""Refusals that HTTP has a status of its own for; every other is 422."""

api = NinjaAPI(
    title="OpenETS API",
    version="1",
    description="Exact decimals are strings, money is integer fen, allowances are integer tonnes, "
    "days are ISO 8601. An expected no is status 422, or 401, 403 or 404 where it is about who "
    "asks or what is asked for, with code, article, numbers and remedy.",
    urls_namespace="api",
    auth=WhoAsks(),
)
api.add_router("/entities", entities_router)
api.add_router("/market", market_router)
api.add_router("/orders", orders_router)
api.add_router("/cases", cases_router)
api.add_router("/roster", roster_router)
api.add_router("/compliance", compliance_router)
api.add_router("/opening", opening_router)
api.add_router("/reconciliation", reconciliation_router)
api.add_router("/money", money_router)
api.add_router("/settlement", settlement_router)
api.add_router("/offsets", offsets_router)
api.add_router("/national-offsets", national_router)
api.add_router("", overview_router)
api.add_router("/accounting", accounting_router)
api.add_router("/allocation", allocation_router)
api.add_router("/reports", reports_router)
api.add_router("/law", law_router)
api.add_router("/registry", registry_router)
api.add_router("/documents", documents_router)
api.add_router("/registry", registry_transactions_router)
api.add_router("/registry", serials_router)
api.add_router("/risk", risk_router)
api.add_router("/standing", standing_router)
api.add_router("/supervision", supervision_router)
api.add_router("/treasury", treasury_router)
api.add_router("/deals", deals_router)
api.add_router("/auctions", auctions_router)
api.add_router("/verification", verification_router)
api.add_router("", people_router)


class Health(Schema):
    """Whether pages can be served."""

    status: str


@api.get("/health", response=Health, tags=["system"], auth=None)
@public
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
