"""What every door shares: a file is read, an answer takes its place whole, and never the input's."""

import json
import os
import threading

import pytest

from openets.doors import allocate, match, offset, status
from openets.doors.lines import (
    LONGEST_LINE,
    FileNotWritable,
    LineTooLong,
    OutIsInput,
    numbered_lines,
    written_to,
)

DOORS = [
    (allocate, ["--jurisdiction", "cq", "--year", "2021"], ",".join(allocate.COLUMNS)),
    (match, [], ""),
    (offset, [], '{"jurisdiction": "cq", "year": 2021, "entity": "E", "verified_t": 1, "obligation_t": 1}'),
    (status, ["--on", "2023-12-31"], ""),
]  # fmt: skip


@pytest.mark.parametrize(("door", "options", "content"), DOORS)
@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_no_door_writes_over_its_input(tmp_path, capsys, door, options, content, link):
    path = out = tmp_path / "input"
    path.write_text(content, "utf-8")
    if link:
        out = tmp_path / "other"
        link(path, out)
    assert door.main([*options, str(path), "--out", str(out)]) == 2
    refusal = json.loads(capsys.readouterr().err)
    assert (refusal["code"], refusal["field"]) == ("out_is_input", "out")
    assert path.read_text("utf-8") == content


@pytest.mark.parametrize(("door", "options", "content"), DOORS)
def test_every_door_writes_to_a_file_beside_its_input(tmp_path, capsys, door, options, content):
    path, out = tmp_path / "input", tmp_path / "out"
    path.write_text(content, "utf-8")
    out.write_text("before", "utf-8")
    assert door.main([*options, str(path), "--out", str(out)]) == 0
    assert "before" not in out.read_text("utf-8")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["input", "out"]


def test_an_answer_that_breaks_off_leaves_the_file_as_it_was(tmp_path):
    out = tmp_path / "out"
    out.write_text("before", "utf-8")
    with pytest.raises(ZeroDivisionError), written_to(out) as stream:
        stream.write(f"half{1 // 0}" if stream.write("half") else "")
    assert out.read_text("utf-8") == "before"
    assert (tmp_path / "out.part").read_text("utf-8") == "half"


def test_a_link_is_followed_and_stays(tmp_path):
    link, target = tmp_path / "link", tmp_path / "target"
    target.touch()
    link.symlink_to(target)
    with written_to(link) as stream:
        stream.write("甲\n")
    assert link.is_symlink()
    assert target.read_bytes() == "甲\n".encode()


def test_a_pipe_is_written_as_it_is(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text("utf-8")))
    reader.start()
    with written_to(pipe) as stream:
        stream.write("line\n")
    reader.join(10)
    assert read == ["line\n"]


@pytest.mark.parametrize("place", ["", "none/out"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path, place):
    with pytest.raises(FileNotWritable), written_to(tmp_path / place):
        pass


def test_an_input_that_does_not_exist_is_nobodys_answer(tmp_path):
    out = tmp_path / "out"
    out.touch()
    with written_to(out, answering=tmp_path / "none") as stream:
        stream.write("x")
    with pytest.raises(OutIsInput), written_to(out, answering=out):
        pass


def test_lines_are_numbered_without_mark_and_blank_lines(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(b"\xef\xbb\xbfa\r\n\n  \nb")
    with numbered_lines(path) as lines:
        assert list(lines) == [(1, b"a\r\n"), (4, b"b")]


def test_a_line_without_end_is_refused_before_it_fills_the_memory(tmp_path):
    path = tmp_path / "endless.jsonl"
    path.write_bytes(b"{}\n" + b"x" * (LONGEST_LINE + 1))
    with numbered_lines(path) as lines:
        assert next(lines) == (1, b"{}\n")
        with pytest.raises(LineTooLong) as refused:
            next(lines)
    assert refused.value.row == 2
