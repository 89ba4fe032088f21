import json
import os
import subprocess
import sys

import pytest

from openets.doors.main import DOORS, main


def test_a_door_gets_its_arguments_and_gives_its_status(capsys):
    asked = ["deadline", "--from", "2023-11-14", "--months", "1", "--jurisdiction", "cq"]
    assert main(asked) == 0
    assert json.loads(capsys.readouterr().out)["last_day"] == "2023-12-14"
    assert main([*asked[:-1], "atlantis"]) == 2


@pytest.mark.parametrize("words", [[], ["fly"], ["--fast"]])
def test_an_unknown_door_is_refused_as_json(capsys, words):
    assert main(words) == 2
    refusal = json.loads(capsys.readouterr().err)
    assert (refusal["code"], refusal["remedy"]) == (
        "bad_arguments",
        "See the usage: openets --help",
    )


def test_help_names_every_door(capsys):
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in DOORS)


def test_a_pure_door_loads_neither_django_nor_numpy():
    program = (
        "import sys; from openets.doors.main import main; "
        "main('deadline --from 2023-11-14 --months 1 --jurisdiction cq'.split()); "
        "main(['match', '/dev/null']); "
        "sys.exit(len({'django', 'numpy', 'psycopg'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0
