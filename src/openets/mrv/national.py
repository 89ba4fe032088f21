"""Which part of an entity's emissions of a year the national market manages (全国碳市场管理)."""

from datetime import datetime

from django.db import transaction

from openets.casework.objection import ReasonsMissing
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.mrv.models import NationalPart, Report
from openets.mrv.records import report_subject
from openets.parties import operations as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role


@transaction.atomic
def record_national(
    *,
    organisation: Organisation,
    year: int,
    whole: bool,
    basis: str,
    acting: Acting,
    at: datetime,
) -> NationalPart:
    """Record that the national market manages all of an entity's year, or not after all.

    Nothing is allocated for such a year and no duty opened; what was issued or opened before
    stands. `basis` names the national list. The same again changes nothing.
    Source: CQETS-2.2, CQETS-10.i3.

    Raises:
        NotYourRole, ReasonsMissing.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-2.2")
    if not basis.strip():
        raise ReasonsMissing(article="CQETS-2.2", field="basis")
    parties.lock_organisations([organisation])
    part = _part(organisation, year)
    if part.pk and (part.whole, part.basis) == (whole, basis.strip()):
        return part
    part.whole, part.basis, part.recorded_at, part.person = whole, basis.strip(), at, acting.person
    part.save()
    journal.record(
        operation="mrv.record_national",
        subject=report_subject(organisation, year),
        acting=acting,
        at=at,
        article="CQETS-2.2",
        content={"whole": whole, "basis": part.basis},
    )
    return part


def keep_captive(report: Report, captive_t: Tonnes, *, acting: Acting, at: datetime) -> None:
    """Keep with a submitted report what its captive power plant emitted (自备电厂).

    It is managed nationally and no part of the report's total. Source: CQETS-2.2, CQ208-A1.1.1b.
    """
    part = _part(report.organisation, report.year)
    if not captive_t and not part.pk:
        return
    part.captive_tco2e, part.recorded_at, part.person = captive_t, at, acting.person
    part.save()


def _part(organisation: Organisation, year: int) -> NationalPart:
    found = NationalPart.objects.filter(organisation=organisation, year=year).first()
    return found or NationalPart(organisation=organisation, year=year)
