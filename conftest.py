"""Tests run on a throw-away server of their own, which never waits for the disk."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).parent / "var" / "test"
os.environ["OPENETS_HOME"] = str(HOME)
os.environ["OPENETS_THROWAWAY"] = "1"
os.environ["OPENETS_DEMO"] = "1"


@pytest.fixture(scope="session", autouse=True)
def _stop_the_server(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if not hasattr(request.config, "workerinput"):
        from config import embedded

        embedded.stop(HOME)
