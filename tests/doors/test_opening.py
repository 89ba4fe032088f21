"""The door that imports the former register: good rows, refused rows, who may."""

import json

import pytest
from django.contrib.auth.hashers import check_password

from openets.doors.main import main
from openets.doors.refusals import DONE, REFUSED
from openets.opening.models import FormerAccount
from openets.parties import operations as parties
from tests.markets import FOUNDED, FOUNDER, founded_market

pytestmark = pytest.mark.django_db
HEADER = "account,holder,credit_code,password,paid_holdings\n"


@pytest.fixture(autouse=True)
def _quick_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def imports(tmp_path, capsys):
    market = founded_market(entities=1)
    for code in ("registry", "exchange"):
        parties.add_member(
            username=code,
            display_name=code,
            organisation=market[code],
            acting=FOUNDER,
            at=FOUNDED,
        )

    def run(rows, person="registry"):
        path = tmp_path / "former.csv"
        path.write_text(HEADER + rows, "utf-8")
        status = main(["opening", "import-former", str(path), "--person", person])
        told = capsys.readouterr()
        refused = [json.loads(line) for line in told.err.splitlines()]
        return status, json.loads(told.out) if told.out else None, refused

    return run


@pytest.mark.requirement("CQ208-A3.1.3")
def test_accounts_come_in_with_hashed_passwords_and_paid_holdings(imports):
    status, done, refused = imports(
        "CQ-1,甲厂,91500000MA5U00000W,first,2018:1200;2019:800\nCQ-2,乙厂,,second,\n"
    )
    assert (status, done, refused) == (DONE, {"imported": 2, "known": 0, "refused": 0}, [])
    first, second = FormerAccount.objects.all()
    assert (first.credit_code, first.paid_holdings) == (
        "91500000MA5U00000W",
        {"2018": 1200, "2019": 800},
    )
    assert check_password("first", first.password)
    assert (second.holder, second.paid_holdings) == ("乙厂", {})


def test_the_same_file_again_adds_nothing(imports):
    for new in (1, 0):
        status, done, _ = imports("CQ-1,甲厂,,first,\n")
        assert (status, done["imported"], done["known"]) == (DONE, new, 1 - new)


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        (",甲厂,,x,", "former_cell_missing", "account"),
        ("CQ-1,,,x,", "former_cell_missing", "holder"),
        ("CQ-1,甲厂,,,", "former_cell_missing", "password"),
        ("CQ-1,甲厂,915,x,", "bad_credit_code", "credit_code"),
        ("CQ-1,甲厂,,x,2018", "bad_paid_holdings", "paid_holdings"),
        ("CQ-1,甲厂,,x,18:5", "bad_paid_holdings", "paid_holdings"),
        ("CQ-1,甲厂,,x,2018:0", "bad_paid_holdings", "paid_holdings"),
        ("CQ-1,甲厂,,x,2018:1.5", "bad_paid_holdings", "paid_holdings"),
        ("CQ-1,甲厂,,x,2018:1;2018:2", "bad_paid_holdings", "paid_holdings"),
        ("CQ-1,甲厂,,x,2018:many", "not_a_number", "paid_holdings"),
        ("CQ-1,甲厂,,x", "wrong_cell_count", None),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_the_good_ones_come_in(imports, row, code, field):
    status, done, (refused,) = imports(f"CQ-9,好厂,,x,\n{row}\n")
    assert (refused["code"], refused["row"], refused["field"]) == (code, 3, field)
    assert (status, done) == (REFUSED, {"imported": 1, "known": 0, "refused": 1})


def test_an_account_twice_with_other_content_lets_nothing_in(imports):
    status, done, (refused,) = imports("CQ-1,甲厂,,x,\nCQ-1,乙厂,,x,\n")
    assert (status, done, refused["code"], refused["row"]) == (
        REFUSED,
        None,
        "former_account_differs",
        3,
    )
    assert not FormerAccount.objects.exists()


@pytest.mark.parametrize(
    ("person", "code"), [("exchange", "not_your_role"), ("nobody", "nobody_acts")]
)
def test_the_registration_agency_imports_and_nobody_else(imports, person, code):
    status, _, (refused,) = imports("CQ-1,甲厂,,x,\n", person)
    assert (status, refused["code"]) == (REFUSED, code)
    assert not FormerAccount.objects.exists()
