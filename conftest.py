"""Tests run on a throw-away server of their own, which never waits for the disk."""

import os
from collections.abc import Iterator
from pathlib import Path

import django
import hypothesis
import pytest

HOME = Path(__file__).parent / "var" / "test"
os.environ["OPENETS_HOME"] = str(HOME)
os.environ["OPENETS_THROWAWAY"] = "1"
os.environ["OPENETS_DEMO"] = "1"
# Named here and not in pyproject.toml, where it would be read before the lines above.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

# The same examples in every run of CI; elsewhere new ones each time. A busy machine is no fault.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")

# pytest-django reads the settings before any conftest; which server to use is asked later, here.
from django.conf import settings  # noqa: E402

from config import environment  # noqa: E402
from config.database import base  # noqa: E402

base.ENVIRONMENT = environment.ENVIRONMENT = environment.read_environment()

# The slow hash of real passwords would cost each sign-in of a test half a second.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server when the last process of the run is done with it."""
    if not hasattr(config, "workerinput"):
        from config import embedded

        embedded.stop(HOME)


@pytest.fixture(scope="session", autouse=True)
def _clean_up_past_the_guards() -> Iterator[None]:
    # Tests that commit are cleaned up by TRUNCATE, which append-only tables refuse to everybody.
    from django.db.backends.postgresql.operations import (
        DatabaseOperations,
    )

    flush = DatabaseOperations.execute_sql_flush

    def unguarded(self: DatabaseOperations, statements: list[str]) -> None:
        flush(self, ["set local session_replication_role = replica", *statements])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", unguarded)
        yield
