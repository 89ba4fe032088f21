"""Section 2: what is surrendered, and by when."""

from datetime import UTC, date, datetime, timedelta

import pytest

from openets.compliance.obligation import (
    ExtensionNotAllowed,
    ExtensionNotLater,
    NotNotified,
    Obligation,
    check_surrender,
    extended_deadline,
    is_on_time,
    surrender_deadline,
)
from openets.kernel.clock import at
from openets.rulebook.load import law

CQ = law("cq")
REJECT = CQ.for_year("surrender.excess", 2021)
MAY_EXTEND = CQ.for_year("surrender.extension_allowed", 2021)


@pytest.mark.requirement("CQ208-2")
def test_no_surrender_before_the_verified_amount_is_notified():
    with pytest.raises(NotNotified):
        check_surrender(obligation=Obligation(2021, None), quantity=100_000, excess=REJECT)
    notified = Obligation(2021, 100_000)
    assert check_surrender(obligation=notified, quantity=100_000, excess=REJECT) == 100_000


@pytest.mark.requirement("CQ208-2b")
@pytest.mark.parametrize(
    ("year", "moment", "on_time"),
    [
        (2021, at(date(2023, 12, 30), 23, 59, 59), True),
        (2021, at(date(2023, 12, 31), 23, 59, 59), True),
        (2021, at(date(2023, 12, 31), 23, 59, 59) + timedelta(milliseconds=999), True),
        (2021, at(date(2024, 1, 1), 0), False),
        (2021, datetime(2023, 12, 31, 15, 59, 59, tzinfo=UTC), True),
        (2021, datetime(2023, 12, 31, 16, 0, 0, tzinfo=UTC), False),
        (2022, at(date(2024, 3, 31), 23, 59, 59), True),
        (2022, at(date(2024, 4, 1), 0), False),
    ],
)
def test_the_last_day_ends_at_midnight_in_chongqing(year, moment, on_time):
    deadline = surrender_deadline(law=CQ, year=year)
    assert is_on_time(moment=moment, deadline=deadline) == on_time


@pytest.mark.requirement("AMB-60")
@pytest.mark.parametrize(("jurisdiction", "year"), [("bj", 2024), ("cn", 2024), ("cq", 2023)])
def test_where_no_deadline_is_set_nothing_is_late(jurisdiction, year):
    deadline = surrender_deadline(law=law(jurisdiction), year=year)
    assert deadline is None
    assert is_on_time(moment=at(date(2099, 1, 1)), deadline=deadline)


@pytest.mark.requirement("AMB-31")
def test_an_extension_gives_more_time_where_the_rule_allows_one():
    deadline, later = date(2023, 12, 31), date(2024, 1, 1)
    assert extended_deadline(deadline=deadline, to=later, allowed=MAY_EXTEND) == later
    with pytest.raises(ExtensionNotLater):
        extended_deadline(deadline=deadline, to=deadline, allowed=MAY_EXTEND)
    never = CQ.instead({"surrender.extension_allowed": False})
    with pytest.raises(ExtensionNotAllowed):
        extended_deadline(
            deadline=deadline,
            to=later,
            allowed=never.for_year("surrender.extension_allowed", 2021),
        )
