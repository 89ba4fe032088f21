"""CCER through the national register, for programs."""

from datetime import date

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from openets.casework import queries as cases
from openets.compliance import national, operations
from openets.compliance.models import NationalOffset
from openets.compliance.procedures import NATIONAL_OFFSET
from openets.compliance.reduction import Origin
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.rulebook.load import law
from openets.web import clock
from openets.web.guards import acting_of, within
from openets.web.schemas import Tonnes, answers

router = Router(tags=["compliance"])


class NoSuchNationalOffset(Refusal):
    """Nothing within one's reach has the reference."""

    code = "no_such_national_offset"
    article = "CQ208-A6.1"
    zh = "没有国家登记簿抵销申请 {reference}"
    en = "There is no offset through the national register {reference}"
    remedy_zh = "请核对业务编号"
    remedy_en = "Check the reference"


class NationalUnitIn(Schema):
    """A run of serials handed in there, as the national system registered it."""

    registration: str = Field(max_length=60)
    project: str = Field(max_length=60)
    project_type: str = Field(max_length=40)
    origin_class: Origin
    place: str = Field(max_length=40)
    from_date: date
    to_date: date
    series: str = Field(min_length=1, max_length=40)
    serial_from: int = Field(ge=0, lt=2**62)
    serial_to: int = Field(ge=0, lt=2**62)
    amount_t: Tonnes


class AnnouncedIn(Schema):
    """What was handed in; the caller's `reference` makes it happen once."""

    reference: str = Field(min_length=1, max_length=40)
    national_account: str = Field(max_length=40)
    units: list[NationalUnitIn] = Field(min_length=1, max_length=1000)


class CheckOut(Schema):
    """One item of the check sheet."""

    item: str
    passes: bool
    why: str


class NationalOut(Schema):
    """An application through the national register, and where it stands."""

    reference: str
    organisation: str
    year: int
    amount_t: Tonnes
    national_account: str
    state: str
    sheet: list[CheckOut]


class ReasonsIn(Schema):
    """Why."""

    reasons: str = Field(max_length=4000)


class ExportRowIn(Schema):
    """A row of the register's export; `entity` is the organisation's code."""

    entity: str = Field(max_length=40)
    project: str = Field(max_length=60)
    series: str = Field(max_length=40)
    serial_from: int = Field(ge=0, lt=2**62)
    serial_to: int = Field(ge=0, lt=2**62)
    amount_t: Tonnes
    day: date


class ImportedOut(Schema):
    """How many rows were new."""

    imported: int


@router.get("", response=answers(list[NationalOut]))
@within("offset.read")
def listed(request: HttpRequest, year: int) -> list[NationalOut]:
    """The applications of a year within one's reach."""
    reach = parties.within_reach(acting_of(request), "offset.read")
    found = NationalOffset.objects.filter(year=year, organisation__in=reach)
    return [_out(application) for application in found.select_related("organisation")]


@router.post("/{year}", response=answers(NationalOut))
@within("compliance.announce_national")
def announce(request: HttpRequest, year: int, body: AnnouncedIn) -> NationalOut:
    """Announce CCER that the organisation one acts for handed in there for a year."""
    acting = acting_of(request)
    application = operations.announce_national(
        organisation=parties.organisation(acting.organisation),
        year=year,
        national_account=body.national_account,
        units=[national.NewNationalUnit(**unit.dict()) for unit in body.units],
        reference=f"{acting.organisation}/{year}/{body.reference}",
        law=law(settings.JURISDICTION),
        acting=acting,
        at=clock.now(request),
    )
    return _out(application)


@router.post("/exports/import", response=answers(ImportedOut))
@within("compliance.import_national")
def import_export(request: HttpRequest, body: list[ExportRowIn]) -> ImportedOut:
    """Import the national register's export, all rows or none."""
    imported = operations.import_national(
        rows=[national.ExportRow(**row.dict()) for row in body],
        acting=acting_of(request),
        at=clock.now(request),
    )
    return ImportedOut(imported=imported)


@router.post("/{path:reference}/review", response=answers(NationalOut))
@within("compliance.review_national")
def review(request: HttpRequest, reference: str) -> NationalOut:
    """Pass the review; refused while an item of the check sheet fails."""
    application = _reached(request, reference)
    operations.review_national(
        application=application,
        law=law(settings.JURISDICTION),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _out(application)


@router.post("/{path:reference}/reject", response=answers(NationalOut))
@within("national_offset.reject")
def reject(request: HttpRequest, reference: str, body: ReasonsIn) -> NationalOut:
    """Reject an application, with reasons."""
    application = _reached(request, reference)
    operations.reject_national(
        application=application,
        reasons=body.reasons,
        law=law(settings.JURISDICTION),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _out(application)


@router.post("/{path:reference}/complete", response=answers(NationalOut))
@within("compliance.complete_national")
def complete(request: HttpRequest, reference: str) -> NationalOut:
    """Carry out the offset in the local register."""
    application = _reached(request, reference)
    operations.complete_national(
        application=application,
        law=law(settings.JURISDICTION),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _out(application)


def _reached(request: HttpRequest, reference: str) -> NationalOffset:
    reach = parties.within_reach(acting_of(request), "offset.read")
    found = NationalOffset.objects.filter(reference=reference, organisation__in=reach).first()
    if found is None:
        raise NoSuchNationalOffset(reference=reference)
    return found


def _out(application: NationalOffset) -> NationalOut:
    case = cases.case(NATIONAL_OFFSET, application.reference)
    assert case is not None, "every application has its case"
    sheet = application.sheet or [
        {"item": check.item, "passes": check.passes, "why": check.why}
        for check in national.check_sheet(application, law(settings.JURISDICTION))
    ]
    return NationalOut(
        reference=application.reference,
        organisation=application.organisation.code,
        year=application.year,
        amount_t=application.amount_t,
        national_account=application.national_account,
        state=case.state,
        sheet=[CheckOut(**check) for check in sheet],
    )
