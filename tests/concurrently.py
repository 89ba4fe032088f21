"""Requests made at the same moment, each in a thread with a connection of its own."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from openets.kernel.refusal import Refusal


def at_once(*requests: Callable[[], object], jitter_seconds: float = 0.0) -> list[str]:
    """Start all requests together; what became of each, sorted: "done" or its refusal's code.

    With jitter each waits up to as long by lot, so that they meet in other places each time.
    """
    start = threading.Barrier(len(requests))

    def answer(request):
        try:
            start.wait()
            time.sleep(random.random() * jitter_seconds)
            request()
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(requests)) as pool:
        return sorted(pool.map(answer, requests))
