"""The real web server on the tests' database, in processes of its own."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client

from config import embedded
from config.environment import ENVIRONMENT

ROOT = Path(__file__).parents[1]
MOVES = "/api/registry/moves"


@dataclass
class Served:
    """A running web server."""

    process: subprocess.Popen[bytes]
    port: int

    def get(self, path: str) -> tuple[int, Any]:
        """The status and the JSON of an answer."""
        return self._asked("GET", path, None, {})

    def post(self, path: str, body: object, headers: Mapping[str, str]) -> tuple[int, Any]:
        """The status and the JSON of an answer; OSError or HTTPException where none comes."""
        return self._asked("POST", path, json.dumps(body), headers)

    def _asked(
        self, method: str, path: str, body: str | None, headers: Mapping[str, str]
    ) -> tuple[int, Any]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request(method, path, body, dict(headers))
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            line.close()

    def kill(self) -> None:
        """End the server and its workers at once, as a loss of power would."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


@contextmanager
def served(url: str = "", *, workers: int = 2, threads: int = 4) -> Iterator[Served]:
    """Serve the pages and the interface of the tests' database, or of the one at `url`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "granian", "config.wsgi:application", "--interface", "wsgi"),
        *("--host", "127.0.0.1", "--port", str(port), "--no-ws", "--log-level", "critical"),
        *("--workers", str(workers), "--blocking-threads", str(threads)),
    ]
    environment = os.environ | {
        "DATABASE_URL": url or url_of_tests(),
        "OPENETS_SECRET_KEY": settings.SECRET_KEY,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
    }
    process = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    running = Served(process, port)
    try:
        _wait_for(running)
        yield running
    finally:
        running.kill()


def url_of_tests() -> str:
    """The address of the database this test runs on."""
    name = connection.settings_dict["NAME"]
    if ENVIRONMENT.database_url:
        return ENVIRONMENT.database_url.rsplit("/", 1)[0] + f"/{name}"
    return embedded.place_of(ENVIRONMENT.home).url(name)


def headers_of(client: Client) -> dict[str, str]:
    """What a browser sends that signed in as this client did."""
    session, secret = client.cookies["sessionid"].value, _get_new_csrf_string()
    return {
        "Cookie": f"sessionid={session}; csrftoken={secret}",
        "X-CSRFToken": secret,
        "Content-Type": "application/json",
    }


def _wait_for(running: Served) -> None:
    for _ in range(900):
        assert running.process.poll() is None, "the web server ended by itself"
        with suppress(OSError):
            if running.get("/api/health")[0] == http.HTTPStatus.OK:
                return
        time.sleep(0.1)
    raise AssertionError("the web server never answered")
