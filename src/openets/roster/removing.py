"""What may happen to a place on the list at its end: removal proposed, decided, not decided."""

from datetime import datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.mrv import queries as mrv
from openets.parties import operations as parties
from openets.parties import queries as people
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.roster.listing import candidacy_of
from openets.roster.models import Removal
from openets.roster.procedures import LISTING
from openets.roster.queries import with_standards
from openets.roster.removal import Ground, check_ground
from openets.rulebook.load import Law


@transaction.atomic
def propose_removal(
    *,
    organisation: Organisation,
    ground: Ground,
    effective_year: int,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Removal:
    """Propose that an entity leaves the lists of a year and later, on one ground (拟移出).

    Years below the scale are shown by the final verified emissions on file. Source: CQETS-10.

    Raises:
        NotYourRole, OutsideYourScope, NeverListed, NoGroundForRemoval, WrongState.
    """
    acting.must_be(Role.CITY_BUREAU, Role.DISTRICT_BUREAU, article="CQETS-10")
    people.must_be_allowed(acting, "listing.propose_removal", organisation)
    candidacy = candidacy_of(organisation)
    verified = mrv.verified_years(organisation)
    shown = check_ground(
        ground,
        emissions={v.year: v.verified_tco2e for v in verified if v.final_at is not None},
        effective_year=effective_year,
        on=market_date(at),
        law=with_standards(law),
    )
    casework.move_cases(
        LISTING, "propose_removal", [candidacy.subject], acting=acting, at=at, note=ground.article
    )
    return Removal.objects.create(
        candidacy=candidacy,
        article=ground.article,
        effective_year=effective_year,
        working=shown.as_json(),
        proposed_at=at,
    )


@transaction.atomic
def remove_entity(*, organisation: Organisation, acting: Acting, at: datetime) -> Removal:
    """Confirm a proposed removal (移出名录): the lists from its year on are without the entity.

    Its duties of earlier years stay. Source: CQETS-10, AMB-10.

    Raises:
        NotYourRole, NeverListed, WrongState.
        SamePerson: who proposed it does not decide on it.
    """
    removal = _decided(organisation, "remove", acting, at)
    parties.delist_entity(
        organisation=organisation,
        from_year=removal.effective_year,
        article=removal.article,
        acting=acting,
        at=at,
    )
    return removal


@transaction.atomic
def keep_entity(*, organisation: Organisation, acting: Acting, at: datetime) -> Removal:
    """Decide that a proposed removal does not take place (不予移出). Source: CQETS-10.

    Raises:
        NotYourRole, NeverListed, WrongState.
    """
    return _decided(organisation, "keep", acting, at)


def _decided(organisation: Organisation, move: str, acting: Acting, at: datetime) -> Removal:
    candidacy = candidacy_of(organisation)
    casework.move_cases(LISTING, move, [candidacy.subject], acting=acting, at=at)
    removal = candidacy.removals.get(decided_at__isnull=True)
    removal.decided_at, removal.decided_by = at, acting.person
    removal.removed = move == "remove"
    removal.save(update_fields=["decided_at", "decided_by", "removed"])
    return removal
