"""Requests made at the same moment, each in a thread with a connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from openets.kernel.refusal import Refusal


def at_once(*requests: Callable[[], object]) -> list[str]:
    """Start all requests together; what became of each, sorted: "done" or its refusal's code."""
    start = threading.Barrier(len(requests))

    def answer(request):
        try:
            start.wait()
            request()
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(requests)) as pool:
        return sorted(pool.map(answer, requests))
