"""Programs under one supervisor: one that dies is started again, all end together."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHILD = "import os, sys, time; open(sys.argv[1] + str(os.getpid()), 'w').close(); time.sleep(60)"
SUPERVISOR = textwrap.dedent(
    """
    import os, sys
    from openets.doors import supervisor
    supervisor.PAUSE_SECONDS = 0.1
    child = [sys.executable, "-c", sys.argv[1]]
    programs = {name: [*child, f"{sys.argv[2]}/{name}-"] for name in ("web", "floor")}
    supervisor.supervise(programs, environment=os.environ)
    """
)


def pids(folder, name):
    return sorted(int(path.name.split("-")[1]) for path in folder.glob(f"{name}-*"))


def wait_until(happens):
    for _ in range(1000):
        if happens():
            return
        time.sleep(0.02)
    raise AssertionError("it never happened")


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_program_that_dies_is_started_again_and_all_end_with_the_supervisor(tmp_path, end):
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    command = [sys.executable, "-c", SUPERVISOR, CHILD, str(tmp_path)]
    with subprocess.Popen(command, env=environment) as supervisor:
        wait_until(lambda: pids(tmp_path, "web") and pids(tmp_path, "floor"))
        (first,) = pids(tmp_path, "floor")
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: len(pids(tmp_path, "floor")) == 2)
        assert len(pids(tmp_path, "web")) == 1
        supervisor.send_signal(end)
        assert supervisor.wait(20) == 0
    assert not any(is_alive(pid) for name in ("web", "floor") for pid in pids(tmp_path, name))
