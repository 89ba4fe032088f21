"""The embedded server started when a connection is wanted, and statements prepared on the server.

A statement is planned once a connection and not at each use: measured, that halves what short reads
cost the server.
"""

from functools import cache
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from config import embedded
from config.environment import ENVIRONMENT

MOST_PARAMETERS = 60_000
"""Above this a statement carries its values in its text: the protocol counts them in 16 bits."""


class Cursor(psycopg.Cursor[Any]):
    """Binds values on the server, where there are not too many."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Run a statement."""
        if params is not None and len(params) > MOST_PARAMETERS:
            query = psycopg.ClientCursor(self.connection).mogrify(query, params)
            params = None
        return super().execute(query, params, **options)


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL; without DATABASE_URL the embedded server of the home folder."""

    def get_connection_params(self) -> dict[str, Any]:
        """Fill in where the embedded server listens, starting it first."""
        if not ENVIRONMENT.database_url:
            place = _started()
            self.settings_dict.update(HOST=str(place.socket), USER=embedded.SUPERUSER, PORT="")
        return super().get_connection_params() | {"cursor_factory": Cursor}


@cache
def _started() -> embedded.Place:
    return embedded.start(ENVIRONMENT.home, durable=ENVIRONMENT.durable)
