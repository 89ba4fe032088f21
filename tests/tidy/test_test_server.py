"""Tests run on the throw-away server and leave the developer's own alone."""

import pytest
from django.db import connection

from config import embedded
from config.environment import ENVIRONMENT
from conftest import HOME


@pytest.mark.skipif(bool(ENVIRONMENT.database_url), reason="a server of one's own is used as it is")
@pytest.mark.django_db
def test_the_tests_run_on_the_throwaway_server_which_never_waits_for_the_disk():
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_setting('unix_socket_directories'), current_setting('fsync')"
        )
        assert cursor.fetchone() == (str(embedded.place_of(HOME).socket), "off")
