"""A new year's holidays: imported once, whole, by the bureau; then every period counts by them."""

from datetime import date

import pytest

from openets.casework import holidays, queries
from openets.casework.holidays import BadHoliday, NoHolidays, YearKnown
from openets.casework.models import Holiday
from openets.journal import queries as journal
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.rulebook.load import calendar
from tests.casework.procedures import CQ, ENTITY, SECOND, everybody, found, moved
from tests.concurrently import at_once
from tests.markets import FOUNDER

NOON = at(date(2026, 11, 20), 12)
ROWS = [
    {"date": "2027-01-01", "kind": "off", "name": "元旦"},
    {"date": "2027-01-02", "kind": "off", "name": "元旦"},
    {"date": "2027-01-03", "kind": "off", "name": "元旦"},
    {"date": "2027-01-09", "kind": "work", "name": "元旦"},
]


def imported(rows=ROWS, *, year=2027, acting=FOUNDER):
    return holidays.import_holidays(
        year=year,
        rows=dict(enumerate(rows, start=1)),
        notice="合成通知〔2026〕1号",
        law=CQ,
        acting=acting,
        at=NOON,
    )


@pytest.mark.requirement("AMB-01")
def test_a_period_into_an_imported_year_is_computed(db):
    found(everybody()["E1"])
    assert imported() == 4
    assert moved("notify", moment=at(date(2026, 12, 28))).due_date == date(2027, 1, 7)
    known = queries.calendar("cq")
    assert known.is_working_day(date(2027, 1, 9))
    assert known.why_off(date(2027, 1, 1)) == "元旦"
    assert 2027 not in calendar("cq").years


def test_the_import_is_journalled_with_the_notice_and_every_day(db):
    imported()
    (entry,) = journal.trail("calendar/2027")
    assert (entry.operation, entry.content["notice"]) == ("calendar.import", "合成通知〔2026〕1号")
    assert entry.content["days"][3] == ["2027-01-09", "work", "元旦"]


def test_only_the_city_bureau_imports(db):
    with pytest.raises(NotYourRole):
        imported(acting=ENTITY)


def test_a_known_year_is_refused_whether_from_the_rulebook_or_imported(db):
    with pytest.raises(YearKnown):
        imported([{"date": "2026-01-01", "kind": "off", "name": "元旦"}], year=2026)
    imported()
    with pytest.raises(YearKnown):
        imported()


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"date": "2027-02-30", "kind": "off", "name": "春节"}, "date"),
        ({"date": "2028-02-03", "kind": "off", "name": "春节"}, "date"),
        ({"date": "2027-01-01", "kind": "off", "name": "元旦"}, "date"),
        ({"date": "2027-02-06", "kind": "rest", "name": "春节"}, "kind"),
        ({"date": "2027-02-05", "kind": "work", "name": "春节"}, "kind"),
        ({"date": "2027-02-06", "kind": "off", "name": " "}, "name"),
        ({}, "date"),
    ],
)
def test_a_bad_row_is_named_by_its_number_and_nothing_is_imported(db, bad, field):
    with pytest.raises(BadHoliday) as no:
        imported([*ROWS, bad])
    assert (no.value.row, no.value.field) == (5, field)
    assert not Holiday.objects.exists()


def test_a_year_without_holidays_is_refused(db):
    with pytest.raises(NoHolidays):
        imported([])


@pytest.mark.django_db(transaction=True)
def test_of_two_imports_at_once_one_is_refused():
    assert at_once(imported, lambda: imported(acting=SECOND)) == ["calendar_year_known", "done"]
    assert Holiday.objects.count() == 4
