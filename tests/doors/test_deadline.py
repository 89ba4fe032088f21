import json

import pytest

from openets.doors.deadline import main


def deadline(capsys, *options):
    assert main([*options, "--jurisdiction", "cq"]) == 0
    return json.loads(capsys.readouterr().out)


def test_seven_working_days_do_not_count_the_day_of_receipt_nor_the_weekend(capsys):
    assert deadline(capsys, "--from", "2023-11-14", "--working-days", "7") == {
        "from": "2023-11-14",
        "last_day": "2023-11-23",
        "skipped": [
            {"date": "2023-11-18", "why": "weekend"},
            {"date": "2023-11-19", "why": "weekend"},
        ],
    }


def test_ten_working_days_from_an_application(capsys):
    found = deadline(capsys, "--from", "2023-11-20", "--working-days", "10")
    assert found["last_day"] == "2023-12-04"


def test_a_holiday_is_skipped_and_named_and_a_weekend_at_work_counts(capsys):
    found = deadline(capsys, "--from", "2024-02-08", "--working-days", "3")
    assert found["last_day"] == "2024-02-19"  # Friday 9, then Sunday 18 at work, Monday 19.
    assert {"date": "2024-02-10", "why": "春节"} in found["skipped"]
    assert "2024-02-18" not in {day["date"] for day in found["skipped"]}


def test_months_and_years_keep_the_day_and_are_not_moved(capsys):
    assert deadline(capsys, "--from", "2024-01-31", "--months", "1") == {
        "from": "2024-01-31",
        "last_day": "2024-02-29",
        "skipped": [],
    }
    assert deadline(capsys, "--from", "2024-02-29", "--years", "1")["last_day"] == "2025-02-28"


def test_years_run_past_the_known_calendar(capsys):
    assert deadline(capsys, "--from", "2023-11-14", "--years", "100")["last_day"] == "2123-11-14"


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        (("--from", "2026-12-31", "--working-days", "1"), "calendar_year_unknown", None),
        (("--from", "2023-11-14", "--working-days", "9" * 9), "calendar_year_unknown", None),
        (("--from", "2023-11-14", "--working-days", "0"), "not_a_period", "working_days"),
        (("--from", "2023-11-14", "--working-days", "-1"), "not_a_period", "working_days"),
        (("--from", "2023-11-14", "--months", "1.5"), "not_a_period", "months"),
        (("--from", "2023-11-14", "--months", "七"), "not_a_period", "months"),
        (("--from", "2023-11-14", "--months", ""), "not_a_period", "months"),
        (("--from", "2023-11-14", "--years", "9000"), "period_too_long", "years"),
        (("--from", "2023-11-14", "--years", "9" * 5000), "period_too_long", "years"),
        (("--from", "9999-12-31", "--working-days", "1"), "period_too_long", "working_days"),
        (("--from", "2023-02-30", "--months", "1"), "not_a_date", "from"),
        (("--from", "20231114", "--months", "1"), "not_a_date", "from"),
        (("--from", "14.11.2023", "--months", "1"), "not_a_date", "from"),
    ],
)
def test_what_cannot_be_counted_is_refused(capsys, options, code, field):
    assert main([*options, "--jurisdiction", "cq"]) == 2
    out, err = capsys.readouterr()
    refusal = json.loads(err)
    assert (out, refusal["code"], refusal["field"]) == ("", code, field)
    assert refusal["remedy"]


@pytest.mark.parametrize(
    "options",
    [
        ("--from", "2023-11-14"),
        ("--from", "2023-11-14", "--months", "1", "--years", "1"),
        ("--months", "1"),
        ("--from", "2023-11-14", "--month", "1"),
    ],
)
def test_exactly_one_length_is_asked_for(capsys, options):
    with pytest.raises(SystemExit) as left:
        main([*options, "--jurisdiction", "cq"])
    assert left.value.code == 2
    assert json.loads(capsys.readouterr().err)["code"] == "bad_arguments"


@pytest.mark.parametrize("name", ["atlantis", "../cq", ""])
def test_an_unknown_jurisdiction_is_refused(capsys, name):
    assert main(["--from", "2023-11-14", "--months", "1", "--jurisdiction", name]) == 2
    assert json.loads(capsys.readouterr().err)["code"] == "unknown_jurisdiction"


def test_the_answer_goes_to_the_file_named(tmp_path, capsys):
    out = tmp_path / "deadline.json"
    options = ["--from", "2023-11-14", "--months", "1", "--out", str(out)]
    assert main([*options, "--jurisdiction", "cq"]) == 0
    assert json.loads(out.read_text("utf-8"))["last_day"] == "2023-12-14"
    assert capsys.readouterr().out == ""
