"""How the duties of a year stand."""

from datetime import date

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema

from openets.compliance import queries as compliance
from openets.compliance.obligation import surrender_deadline
from openets.parties import queries as parties
from openets.rulebook.load import law
from openets.web import clock
from openets.web.guards import open_in_demo
from openets.web.schemas import Tonnes, answers
from openets.web.viewer import must_see_all, viewer_of

router = Router(tags=["compliance"])


class StatusOut(Schema):
    """A duty as it stands, and as it stood when the deadline had passed."""

    no: int
    name: str
    status: str
    verified_tco2e: Tonnes | None
    counted_t: Tonnes
    open_t: Tonnes
    status_at_deadline: str | None


class StatusesOut(Schema):
    """Every duty of a year on a day."""

    year: int
    on: date
    deadline: date | None
    synthetic: bool
    items: list[StatusOut]


@router.get("/{year}/statuses", response=answers(StatusesOut))
@open_in_demo("surrender.read")
def statuses(request: HttpRequest, year: int) -> StatusesOut:
    """The status of every entity's duty of a year, live and frozen at the deadline."""
    must_see_all(viewer_of(request))
    rules, today = law(settings.JURISDICTION), clock.today(request)
    entities = {entity.code: entity for entity in parties.entities(year)}
    frozen = compliance.frozen(year)
    items = []
    for standing in compliance.standings(year, rules, on=today):
        entity = entities[standing.entity]
        at_deadline = frozen.get(entity.pk)
        items.append(
            StatusOut(
                no=entity.number or 0,
                name=entity.name,
                status=standing.status,
                verified_tco2e=standing.verified_t,
                counted_t=standing.counted_t,
                open_t=standing.open_t,
                status_at_deadline=at_deadline.status if at_deadline else None,
            )
        )
    return StatusesOut(
        year=year,
        on=today,
        deadline=surrender_deadline(law=rules, year=year),
        synthetic=settings.DEMO,
        items=items,
    )
