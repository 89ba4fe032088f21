"""Start the embedded server when a connection is wanted, and not when settings are imported."""

from functools import cache
from typing import Any

from django.db.backends.postgresql import base

from config import embedded
from config.environment import ENVIRONMENT


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL; without DATABASE_URL the embedded server of the home folder."""

    def get_connection_params(self) -> dict[str, Any]:
        """Fill in where the embedded server listens, starting it first."""
        if not ENVIRONMENT.database_url:
            place = _started()
            self.settings_dict.update(HOST=str(place.socket), USER=embedded.SUPERUSER, PORT="")
        return super().get_connection_params()


@cache
def _started() -> embedded.Place:
    return embedded.start(ENVIRONMENT.home, durable=ENVIRONMENT.durable)
