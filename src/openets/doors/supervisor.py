"""Several programs as one: each is started again when it ends, and all end together."""

import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from types import FrameType

import structlog

LOOK_SECONDS = 0.2
PAUSE_SECONDS = 1.0
"""Between two starts of the same program."""
END_SECONDS = 15.0
"""How long a program may take to end before it is killed."""

_log = structlog.get_logger("supervisor")


def supervise(commands: Mapping[str, Sequence[str]], *, environment: Mapping[str, str]) -> None:
    """Run programs, by name, until this process is interrupted or told to end; then end them."""
    is_over = False

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal's shape
        nonlocal is_over
        is_over = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    running = {name: _started(command, environment) for name, command in commands.items()}
    begun = dict.fromkeys(commands, time.monotonic())
    while not is_over:
        time.sleep(LOOK_SECONDS)
        for name, process in running.items():
            now = time.monotonic()
            if process.poll() is None or now < begun[name] + PAUSE_SECONDS:
                continue
            _log.warning("started_again", program=name, ended_with=process.returncode)
            running[name], begun[name] = _started(commands[name], environment), now
    for process in running.values():
        process.terminate()
    for process in running.values():
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _started(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, env=environment)  # noqa: S603 - our own programs
