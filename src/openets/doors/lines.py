"""Lines in, lines out: what the batch doors read and where they write."""

import argparse
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TextIO

from openets.kernel.refusal import Refusal


class CannotOpen(Refusal):
    """A file cannot be opened for reading or writing."""

    code = "file_cannot_be_opened"
    zh = "无法打开文件 {path}：{reason}"
    en = "The file {path} cannot be opened: {reason}"
    remedy_zh = "请核对文件路径和权限"
    remedy_en = "Check the path and its permissions"


def add_out(parser: argparse.ArgumentParser) -> None:
    """The option where to write."""
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")


@contextmanager
def written_to(path: Path | None) -> Iterator[TextIO]:
    """Open the file for writing, or give standard output.

    Raises:
        CannotOpen.
    """
    if path is None:
        yield sys.stdout
        return
    try:
        out = path.open("w", encoding="utf-8", newline="\n")
    except OSError as unopened:
        raise CannotOpen(field="out", path=str(path), reason=unopened.strerror) from unopened
    with out:
        yield out


@contextmanager
def numbered_lines(path: Path) -> Iterator[Iterator[tuple[int, bytes]]]:
    """Open a file and give its lines that are not blank, numbered from 1, without a leading BOM.

    Raises:
        CannotOpen.
    """
    try:
        file = path.open("rb")
    except OSError as unopened:
        raise CannotOpen(field="file", path=str(path), reason=unopened.strerror) from unopened
    with file:
        first = file.readline().removeprefix(BOM_UTF8)
        lines = enumerate(chain([first], file), start=1)
        yield ((number, line) for number, line in lines if line.strip())
