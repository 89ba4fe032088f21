"""How every batch door says no: one JSON object a line on standard error, and an exit status."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from openets.doors.lines import utf8
from openets.kernel.refusal import Refusal

DONE = 0
"""Every row was processed."""
REFUSED = 2
"""A row, or the command itself, was refused. Python itself ends with 1 on a fault of ours."""


class BadArguments(Refusal):
    """The command line does not say what to do."""

    code = "bad_arguments"
    zh = "命令行参数有误：{problem}"
    en = "The command line is wrong: {problem}"
    remedy_zh = "请查看用法：{command} --help"
    remedy_en = "See the usage: {command} --help"


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are refusals like all others."""

    def __init__(self, prog: str, description: str) -> None:
        """Options are written in full, so that a later option never changes an old script."""
        super().__init__(prog=prog, description=description, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Refuse the command line."""
        write_refusal(BadArguments(problem=message, command=self.prog))
        sys.exit(REFUSED)


def write_refusal(refusal: Refusal) -> None:
    """Write a refusal as one line of JSON on standard error."""
    utf8(sys.stderr).write(json.dumps(refusal.as_json(), ensure_ascii=False) + "\n")


def answer(
    *,
    prog: str,
    description: str,
    add_arguments: Callable[[argparse.ArgumentParser], None],
    run: Callable[[argparse.Namespace], int],
    argv: Sequence[str] | None,
) -> int:
    """Run a door: read its arguments, and give its exit status or REFUSED with the refusal."""
    parser = Parser(prog, description)
    add_arguments(parser)
    args = parser.parse_args(argv)
    try:
        return run(args)
    except Refusal as refusal:
        write_refusal(refusal)
        return REFUSED
