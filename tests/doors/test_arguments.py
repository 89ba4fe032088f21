"""Every door refuses a command line it does not understand in the one way."""

import json

import pytest

from openets.doors.main import DOORS, main


@pytest.mark.parametrize("door", sorted(DOORS))
def test_an_unknown_option_is_refused_as_json(door, capsys):
    with pytest.raises(SystemExit) as ended:
        main([door, "--bogus"])
    assert ended.value.code == 2
    assert json.loads(capsys.readouterr().err)["code"] == "bad_arguments"
