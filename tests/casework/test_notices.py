"""Notices: who is told, what counts as receipt, reminders, and the way out by mail and SMS."""

import json
from datetime import date

import pytest

from openets.casework import notices, queries
from openets.casework.models import Delivery, Notice
from openets.casework.notices import NotYourNotice
from openets.casework.objection import ObjectionTooLate
from openets.casework.transports import DeliveryFailed, to_console, to_folder
from openets.journal import queries as journal
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.parties import operations as parties
from openets.parties.models import Person
from openets.rulebook.load import NotSet
from tests.casework.procedures import (
    CLOCK,
    CQ,
    ENTITY,
    RESULT,
    STRANGER,
    TUESDAY,
    everybody,
    found,
    moved,
)
from tests.concurrently import at_once
from tests.markets import FOUNDED, FOUNDER

FRIDAY = at(date(2023, 11, 17), 9)
BY_OPENING = CQ.instead({"notice.receipt": "opening"})


@pytest.fixture
def firms(db):
    return begun()


def begun():
    made = everybody()
    found(made["E1"])
    return made


def with_mail(firms, code="E1", **term):
    person = parties.add_member(
        username=f"{code}-1",
        display_name="经办",
        organisation=firms[code],
        acting=FOUNDER,
        at=FOUNDED,
        **term,
    )
    Person.objects.filter(pk=person.pk).update(email=f"{code}@example.org")


def opened(notice, *, acting=ENTITY, moment=FRIDAY, rules=CQ):
    return notices.open_notice(notice=notice.pk, law=rules, acting=acting, at=moment)


def delivered(**transports):
    return notices.deliver(transports=transports, law=CQ, acting=CLOCK, at=FRIDAY)


def refusing(message):
    raise DeliveryFailed("no route")


class TestTelling:
    def test_the_entity_and_its_district_are_told_of_a_result_and_nobody_else(self, firms):
        moved("notify")
        told = {code for code, firm in firms.items() if queries.inbox(firm).exists()}
        assert told == {"E1", "D1"}
        (notice,) = queries.inbox(firms["E1"])
        assert (notice.zh, notice.article) == ("结果 合成单位1（2022 年度）：告知", "CQETS-25")
        assert (notice.delivered_at, notice.opened_at) == (TUESDAY, None)

    def test_the_authority_is_told_of_an_objection_and_the_entity_of_the_decision(self, firms):
        moved("notify")
        moved("object", acting=ENTITY)
        moved("decide", note="维持")
        assert [n.en for n in queries.inbox(firms["bureau"])] == [
            "Result 合成单位1 (2022): Ask for review"
        ]
        assert queries.inbox(firms["E1"])[0].en == (
            "Result 合成单位1 (2022): Decide the review: 维持"
        )


@pytest.mark.requirement("AMB-63")
@pytest.mark.usefixtures("firms")
class TestReceipt:
    def test_delivery_counts_and_the_first_opening_is_kept_beside_it(self, firms):
        moved("notify")
        notice = opened(queries.inbox(firms["E1"])[0])
        assert (notice.opened_at, notice.opened_by) == (FRIDAY, "E1-1")
        assert queries.case(RESULT, "result/E1").due_date == date(2023, 11, 23)
        opened(notice, moment=at(date(2023, 11, 20)))
        assert Notice.objects.get(pk=notice.pk).opened_at == FRIDAY
        assert journal.trail(notice.key).count() == 1

    def test_where_opening_counts_the_window_begins_with_it(self, firms):
        assert moved("notify", rules=BY_OPENING).due_date is None
        opened(queries.inbox(firms["E1"])[0], rules=BY_OPENING)
        assert queries.case(RESULT, "result/E1").due_date == date(2023, 11, 28)
        with pytest.raises(ObjectionTooLate):
            moved("object", acting=ENTITY, moment=at(date(2023, 11, 29)), rules=BY_OPENING)

    def test_a_copy_for_the_district_starts_nothing(self, firms):
        moved("notify", rules=BY_OPENING)
        district = type(ENTITY)("D1-1", "district_bureau", "D1")
        opened(queries.inbox(firms["D1"])[0], acting=district, rules=BY_OPENING)
        assert queries.case(RESULT, "result/E1").due_date is None

    def test_an_opening_after_the_case_went_on_starts_nothing(self, firms):
        moved("notify", rules=BY_OPENING)
        moved("let_stand", rules=BY_OPENING)
        opened(queries.inbox(firms["E1"])[0], rules=BY_OPENING)
        assert queries.case(RESULT, "result/E1").due_date is None

    def test_where_receipt_is_deemed_the_days_must_be_set(self):
        deemed = CQ.instead({"notice.receipt": "deemed_after_days"})
        with pytest.raises(NotSet):
            moved("notify", rules=deemed)
        in_three_days = deemed.instead({"notice.deemed_days": 3})
        assert moved("notify", rules=in_three_days).due_date == date(2023, 11, 28)

    def test_nobody_opens_the_notice_of_another(self, firms):
        moved("notify")
        with pytest.raises(NotYourNotice):
            opened(queries.inbox(firms["E1"])[0], acting=STRANGER)
        assert queries.inbox(firms["E1"])[0].opened_at is None


@pytest.mark.requirement("CQETS-11.2b")
@pytest.mark.usefixtures("firms")
class TestReminding:
    def remind(self, day, acting=CLOCK):
        return notices.remind([RESULT], law=CQ, acting=acting, at=at(day))

    def test_who_decides_is_warned_before_the_due_day_once(self, firms):
        moved("notify")
        moved("object", acting=ENTITY, moment=at(date(2023, 11, 20)))
        assert self.remind(date(2023, 11, 28)) == []
        (notice,) = self.remind(date(2023, 11, 29))
        assert notice.recipient == firms["bureau"]
        assert notice.en == "Result 合成单位1 (2022): “Under review” due by 2023-12-04"
        assert self.remind(date(2023, 11, 30)) == []
        assert journal.trail(notice.key).count() == 1

    def test_who_has_a_right_is_warned_and_not_who_lets_it_end(self, firms):
        moved("notify")
        (notice,) = self.remind(date(2023, 11, 21))
        assert notice.recipient == firms["E1"]

    def test_a_delay_is_reported_once_to_the_city_bureau(self):
        moved("notify")
        moved("object", acting=ENTITY, moment=at(date(2023, 11, 20)))
        assert self.remind(date(2023, 12, 5))[0].zh.endswith("“复核中”逾期未办 2023-12-04")
        assert self.remind(date(2023, 12, 6)) == []

    def test_an_entity_does_not_run_the_round(self):
        with pytest.raises(NotYourRole):
            self.remind(date(2023, 12, 5), ENTITY)


class TestTheOutbox:
    def test_members_with_an_address_get_a_copy_and_it_is_sent_once(self, firms, tmp_path):
        with_mail(firms)
        moved("notify")
        (copy,) = delivered(mail=to_folder(tmp_path))
        assert (copy.state, copy.attempts, copy.address) == ("sent", 1, "E1@example.org")
        (written,) = tmp_path.iterdir()
        assert json.loads(written.read_text("utf-8"))["zh"] == "结果 合成单位1（2022 年度）：告知"
        assert delivered(mail=to_folder(tmp_path)) == []
        assert [c.state for c in queries.outbox()] == ["sent"]

    def test_whose_authority_has_ended_gets_no_copy(self, firms):
        with_mail(firms, until_date=TUESDAY.date())
        moved("notify")
        assert not Delivery.objects.exists()

    def test_what_fails_is_tried_again_until_its_attempts_are_used_up(self, firms):
        with_mail(firms)
        moved("notify")
        states = [delivered(mail=refusing)[0].state for _ in range(5)]
        assert states == ["waiting"] * 4 + ["failed"]
        assert delivered(mail=refusing) == []
        assert Delivery.objects.get().fault == "no route"

    def test_a_short_message_waits_for_a_transport_of_its_own(self, firms, capsys):
        moved("notify")
        notice = queries.inbox(firms["E1"])[0]
        for _ in range(2):
            notices.copy_by_sms(notice=notice, number="+8613800000000", acting=CLOCK, at=FRIDAY)
        assert delivered(mail=to_console) == []
        assert len(delivered(sms=to_console)) == 1
        assert json.loads(capsys.readouterr().out)["address"] == "+8613800000000"

    def test_an_entity_empties_no_outbox_and_sends_no_short_messages(self, firms):
        moved("notify")
        notice = queries.inbox(firms["E1"])[0]
        with pytest.raises(NotYourRole):
            notices.deliver(transports={}, law=CQ, acting=ENTITY, at=FRIDAY)
        with pytest.raises(NotYourRole):
            notices.copy_by_sms(notice=notice, number="1", acting=ENTITY, at=FRIDAY)

    def test_a_folder_that_cannot_be_written_is_a_failed_attempt(self, firms, tmp_path):
        blocked = tmp_path / "file"
        blocked.write_text("")
        with_mail(firms)
        moved("notify")
        (copy,) = delivered(mail=to_folder(blocked))
        assert (copy.state, copy.attempts) == ("waiting", 1)


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_two_rounds_send_a_reminder_once(self):
        begun()
        moved("notify")
        day = at(date(2023, 11, 21))

        def remind():
            return notices.remind([RESULT], law=CQ, acting=CLOCK, at=day)

        assert at_once(remind, remind) == ["done", "done"]
        assert Notice.objects.filter(key__startswith="remind/").count() == 1

    def test_two_deliveries_send_a_copy_once(self, tmp_path):
        with_mail(begun())
        moved("notify")

        def deliver():
            delivered(mail=to_folder(tmp_path))

        assert at_once(deliver, deliver) == ["done", "done"]
        assert len(list(tmp_path.iterdir())) == 1
