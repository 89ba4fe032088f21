"""Article 23: reports and verification reports are checked and the year's emissions confirmed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from openets.compliance import operations as compliance
from openets.compliance import queries as duties
from openets.mrv import operations as mrv
from openets.mrv import queries as results
from openets.verification.models import Work
from tests.markets import CQ, FOUNDER
from tests.verified import (
    ENTERED,
    YEAR,
    approve,
    begun_round,
    do_work,
    raise_finding,
    sign,
    submit,
)

pytestmark = pytest.mark.django_db
TOLD = ENTERED + timedelta(days=1)


def owed(made):
    compliance.open_duties(year=YEAR, law=CQ, acting=FOUNDER, at=TOLD)
    found = duties.duty(made.market["E001"], YEAR, CQ, on=date(2023, 12, 1))
    return found.standing.verified_t if found else None


@pytest.mark.requirement("BJETS-23")
def test_the_confirmed_emissions_make_the_duty_and_unconfirmed_ones_none():
    made = begun_round(1)
    work = made.work()
    reported = results.reported_years(made.market["E001"])[-1].total_tco2e
    raise_finding(made, work, candidate=Decimal(reported + 1_000))
    do_work(made, work)
    submit(made, work)
    approve(made, work)
    sign(made, work)
    assert Work.objects.get().verified_tco2e == reported + 1_000
    assert owed(made) is None
    mrv.notify_results(
        organisations=[made.market["E001"]], year=YEAR, law=CQ, acting=FOUNDER, at=TOLD
    )
    assert owed(made) == reported + 1_000
