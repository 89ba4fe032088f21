"""A trading day of a played market that runs by itself: agents, a floor process, and the close."""

import json
import os
import subprocess
import sys

import pytest

from openets.doors import verify
from openets.trading.models import Trade
from tests.journeys.conftest import ROOT, SEED, connected, fresh_database

pytestmark = pytest.mark.slow

ENTITIES, SPEED = 12, 3_600
"""An hour of the market in a second."""
DATABASE = "journey_live_day"
DAY = """
import django, json, sys
django.setup()
from openets.doors.day import run_day
from openets.doors.demo import prepare_market
from openets.rulebook.load import law
seed, entities, speed = map(int, sys.argv[1:])
prepare_market(seed, entities)
print(json.dumps(run_day(law=law("cq"), seed=seed, speed=speed)))
"""


@pytest.mark.requirement("CQETS-20", "CQETS-22", "CQETS-23")
def test_agents_trade_a_day_at_the_floor_and_it_closes_reconciled(
    tmp_path, django_db_blocker, capsys
):
    environment = os.environ | {
        "DATABASE_URL": fresh_database(DATABASE),
        "OPENETS_HOME": str(tmp_path),
        "OPENETS_SECRET_KEY": "of a live day",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
    }
    command = [sys.executable, "-c", DAY, str(SEED), str(ENTITIES), str(SPEED)]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["orders"].get("filled", 0) > 0, told
    traded = sum(sheet["trades"] for sheet in told["sheets"])
    assert traded > 0
    assert told["statements"] >= 2, "both sides of a trade at least"
    assert (told["bank_statement"], told["differences"], told["state"]) == (True, 0, "closed")
    assert {"exchange", "registry"} <= set(told["closed_by"])
    with django_db_blocker.unblock(), connected(DATABASE):
        assert Trade.objects.filter(day=told["day"]).count() == traded
        assert verify.main([]) == 0, capsys.readouterr().out
