"""Files in, files out: what the batch doors read and where they write."""

import argparse
import io
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from openets.kernel.refusal import Refusal
from openets.kernel.tables import TableRow, read_rows

LONGEST_LINE = 1_000_000
"""Bytes; what is longer is no event, and is not read to its end."""


class FileNotReadable(Refusal):
    """The file cannot be opened."""

    code = "file_not_readable"
    zh = "无法读取文件 {path}：{why}"
    en = "Cannot read {path}: {why}"
    remedy_zh = "请核对路径和权限"
    remedy_en = "Check the path and its permissions"


class FileNotWritable(Refusal):
    """The output file cannot be written."""

    code = "file_not_writable"
    zh = "无法写入文件 {path}：{why}"
    en = "Cannot write {path}: {why}"
    remedy_zh = "请核对路径和权限"
    remedy_en = "Check the path and its permissions"


class LineTooLong(Refusal):
    """A line is longer than any event."""

    code = "line_too_long"
    zh = "该行超过 {most} 字节"
    en = "The line is longer than {most} bytes"
    remedy_zh = "请每行写一个 JSON 对象"
    remedy_en = "Write one JSON object a line"


class OutIsInput(Refusal):
    """The answer would replace the file it answers."""

    code = "out_is_input"
    zh = "输出文件 {path} 就是输入文件"
    en = "The output file {path} is the input file"
    remedy_zh = "请把结果写入另一个文件"
    remedy_en = "Write the answer to another file"


def read_table(
    path: Path, *, columns: Sequence[str], optional: Sequence[str] = ()
) -> list[TableRow]:
    """Read a CSV file of `columns` and perhaps `optional` ones, as `kernel.tables.read_rows` does.

    Raises:
        FileNotReadable, and what `read_rows` refuses.
    """
    return read_rows(content(path), columns=columns, optional=optional)


def add_out(parser: argparse.ArgumentParser) -> None:
    """The option where to write."""
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")


def content(path: Path) -> bytes:
    """Everything a file holds.

    Raises:
        FileNotReadable.
    """
    try:
        return path.read_bytes()
    except OSError as fault:
        raise _unreadable(path, fault) from fault


@contextmanager
def numbered_lines(path: Path) -> Iterator[Iterator[tuple[int, bytes]]]:
    """Open a file and give its lines that are not blank, numbered from 1, without a leading BOM.

    Raises:
        FileNotReadable.
    """
    try:
        file = path.open("rb")
    except OSError as fault:
        raise _unreadable(path, fault) from fault
    with file:
        yield ((number, line) for number, line in _lines(file) if line.strip())


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number, bom = 1, BOM_UTF8
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise LineTooLong(row=number, most=LONGEST_LINE)
        yield number, line.removeprefix(bom)
        number, bom = number + 1, b""


@contextmanager
def written_to(out: Path | None, *, answering: Path | None = None) -> Iterator[TextIO]:
    """A file to write, or standard output.

    The file takes its place once it is whole; until then it is called `FILE.part`, which stays
    behind when the door breaks off. `answering` is the input file, which is never replaced.

    Raises:
        OutIsInput, FileNotWritable.
    """
    if out is None:
        yield utf8(sys.stdout)
        return
    if answering is not None and _is_same_file(out, answering):
        raise OutIsInput(field="out", path=str(out))
    is_device = out.exists() and not out.is_file() and not out.is_dir()
    part = out if is_device else out.with_name(f"{out.name}.part")
    try:
        if out.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        stream = part.open("w", encoding="utf-8", newline="\n")
    except OSError as fault:
        raise FileNotWritable(field="out", path=str(out), why=fault.strerror or fault) from fault
    with stream:
        yield stream
    if part is not out:
        part.replace(out.resolve())


def utf8(stream: TextIO) -> TextIO:
    """A standard stream that writes UTF-8 and plain line feeds on every system."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    return stream


def _is_same_file(out: Path, answering: Path) -> bool:
    try:
        return out.is_file() and out.samefile(answering)
    except OSError:
        return False


def _unreadable(path: Path, fault: OSError) -> FileNotReadable:
    return FileNotReadable(field="file", path=str(path), why=fault.strerror or str(fault))
