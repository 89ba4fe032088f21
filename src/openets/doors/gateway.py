"""The door `openets gateway`: streams of market data and of orders, a process of their own."""

import argparse
import os
import sys
from collections.abc import Sequence

from openets.doors.refusals import answer

PORT = 8001


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where it listens."""
    parser.add_argument("--host", default="127.0.0.1", help="default 127.0.0.1")
    parser.add_argument("--port", type=int, default=PORT, help=f"default {PORT}")


def run(options: argparse.Namespace) -> int:
    """Become the server of the streams."""
    os.execv(sys.executable, command(options.host, options.port))  # noqa: S606 - our own server


def command(host: str, port: int) -> list[str]:
    """The server of the streams; one process, which has one line to the floor."""
    return [
        *(sys.executable, "-m", "granian", "config.asgi:application", "--interface", "asgi"),
        *("--host", host, "--port", str(port), "--workers", "1", "--loop", "asyncio"),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets gateway",
        description="Streams of market data and orders.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )
