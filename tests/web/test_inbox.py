"""The inbox, the outbox, the board of deadlines and the calendar."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from openets.allocation import operations as allocation
from openets.casework import notices
from openets.casework import queries as casework
from openets.casework.models import Delivery, Notice
from openets.casework.transports import DeliveryFailed
from openets.kernel.clock import at
from openets.parties.models import Person
from openets.roster.procedures import LISTING
from openets.web import words
from tests.markets import CQ, NOTIFIED, notified_market
from tests.web.people import browser, goes_to, sends, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def market():
    return notified_market(entities=2)


def newest(code):
    return Notice.objects.filter(recipient__code=code).last()


class TestInbox:
    def test_unread_notices_are_counted_beside_the_bell_and_marked(self):
        page = browser("E001").get("/inbox")
        unread = Notice.objects.filter(recipient__code="E001", opened_at=None).count()
        assert f"收件箱 {unread}" in text(page)
        assert page.content.decode().count('class="unread"') == unread

    @pytest.mark.requirement("AMB-63", "CQETS-11b")
    def test_looking_opens_nothing_the_button_does_and_the_first_opening_is_kept(self):
        client, notice = browser("E001"), newest("E001")
        path = f"/inbox/{notice.pk}"
        assert "尚未打开" in text(client.get(path))
        assert newest("E001").opened_at is None
        goes_to(at(date(2023, 11, 17)))
        assert sends(client, path, "open").status_code == 303
        goes_to(at(date(2023, 11, 20)))
        sends(client, path, "open")
        opened = newest("E001")
        assert (opened.opened_at, opened.opened_by) == (at(date(2023, 11, 17)), "E001-1")
        page = text(client.get(path))
        assert "2023-11-17 09:00 · E001-1" in page
        assert "查看事项" in page

    def test_the_notice_of_another_is_not_found(self):
        assert browser("E002").get(f"/inbox/{newest('E001').pk}").status_code == 404
        assert Client().get("/inbox")["Location"] == "/sign-in?next=/inbox"

    def test_only_unread_ones_are_shown_when_asked_for(self, market):
        client = browser("E001")
        sends(client, f"/inbox/{newest('E001').pk}", "open")
        before = casework.inbox(market["E001"]).count()
        assert f"共 {before - 1} 条" in text(client.get("/inbox?only=unread"))


class TestOutbox:
    @pytest.fixture
    def failed(self, market):
        def broken(message):
            raise DeliveryFailed("mailbox full")

        client = browser("bureau")
        Person.objects.filter(username="bureau-1").update(email="a@example.org")
        notices.copy_by_sms(
            notice=newest("E001"), number="13800000000", acting=market.acts("bureau"), at=NOTIFIED
        )
        for _ in range(CQ.on("casework.delivery_attempts", date(2023, 11, 14)).whole):
            transports = {"sms": broken, "mail": broken}
            notices.deliver(
                transports=transports, law=CQ, acting=market.acts("bureau"), at=NOTIFIED
            )
        return client

    def test_a_failed_copy_shows_its_fault_and_goes_again(self, failed):
        page = text(failed.get("/outbox?state=failed"))
        assert "mailbox full" in page
        copy = Delivery.objects.get(state="failed")
        done = sends(failed, "/outbox?state=failed", "retry", copy=copy.pk)
        assert done.status_code == 303
        copy.refresh_from_db()
        assert (copy.state, copy.attempts) == ("waiting", 0)
        sends(failed, "/outbox", "retry", copy=copy.pk)
        assert "0 件将在下一轮" in text(failed.get("/outbox"))

    def test_it_is_the_bureau_s_and_the_registry_s(self):
        assert browser("registry").get("/outbox").status_code == 200
        assert browser("E001").get("/outbox").status_code == 403
        assert Client().get("/outbox").status_code == 302


class TestBoard:
    @pytest.fixture(autouse=True)
    def late(self, market):
        allocation.object_to_result(
            organisation=market["E001"],
            year=2022,
            grounds="有误",
            law=CQ,
            acting=market.acts("E001"),
            at=at(date(2023, 11, 20)),
        )
        goes_to(at(date(2023, 12, 6)))
        return market

    @pytest.mark.requirement("CQETS-11.2b")
    def test_overdue_stands_first_and_what_was_reported_is_marked(self, late):
        notices.remind(
            tuple(words.PROCEDURES.values()),
            law=CQ,
            acting=late.acts("bureau"),
            at=at(date(2023, 12, 6)),
        )
        page = text(browser("bureau").get("/deadlines"))
        assert page.index("逾期 2 个工作日") < page.index("期满，待系统办结")
        assert "已督办" in page

    def test_a_district_sees_its_own_area_and_others_nothing(self):
        page = text(browser("D-涪陵区").get("/deadlines"))
        assert "合成重点排放单位0" in page
        assert "合成重点排放单位1" not in page
        assert browser("E001").get("/deadlines").status_code == 403
        assert Client().get("/deadlines").status_code == 302

    def test_it_leaves_as_csv_with_every_row(self):
        answer = browser("bureau").get("/deadlines.csv?time=overdue")
        head, row = answer.content.decode().splitlines()
        assert head.startswith("case,procedure,subject")
        assert row.split(",")[8:11] == ["2023-12-04", "-2", "1"]

    def test_it_is_filtered(self):
        client = browser("bureau")
        assert "没有符合条件的事项" in text(client.get("/deadlines?procedure=offset"))
        assert "共 2 条" in text(client.get("/deadlines?district=长寿区"))
        assert "本周 " not in text(client.get("/deadlines?time=overdue"))

    def test_who_is_listed_rests_and_does_not_stand_there(self):
        assert not casework.unfinished([LISTING]).exists()


HEADER = b"date,kind,name\n"
NEW_YEAR = HEADER + "2027-01-01,off,元旦\n".encode()


class TestCalendar:
    def test_everybody_sees_days_off_and_make_up_days(self):
        page = text(Client().get("/calendar?of=2024"))
        assert "2024-02-10 – 2024-02-17 放假 春节" in page
        assert "2024-02-18 调休上班" in page
        assert "251 个工作日" in page

    def test_an_unknown_next_year_is_warned_of(self):
        goes_to(at(date(2026, 11, 2)))
        assert "2027 年的节假日安排尚未录入" in text(Client().get("/calendar"))
        assert "2027 年的节假日安排尚未录入" in text(browser("bureau").get("/deadlines"))

    def imported(self, client, content, year=2027):
        file = SimpleUploadedFile("2027.csv", content)
        return sends(client, "/calendar/import", "holidays", year=year, notice="合成1号", file=file)

    @pytest.mark.requirement("AMB-01")
    def test_the_bureau_imports_a_year_once_and_from_then_on_it_counts(self):
        goes_to(at(date(2026, 11, 2)))
        client = browser("bureau")
        done = self.imported(client, NEW_YEAR)
        assert (done.status_code, done["Location"]) == (303, "/calendar?of=2027")
        page = text(client.get(done["Location"]))
        assert "2027-01-01 放假 元旦" in page
        assert "尚未录入" not in page
        again = self.imported(client, NEW_YEAR)
        assert (again.status_code, "已在册" in text(again)) == (422, True)

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"day,kind,name\n", "表头有误"),
            (HEADER + b"2026-01-01,off,x\n", "第 2 行"),
            (HEADER, "安排为空"),
            (b"\xff\xfe", "不是 UTF-8"),
        ],
    )
    def test_a_file_that_cannot_stand_is_refused(self, content, why):
        refused = self.imported(browser("bureau"), content)
        assert refused.status_code == 422
        assert why in text(refused)

    def test_others_do_not_import(self):
        assert self.imported(browser("E001"), NEW_YEAR).status_code == 403
        assert self.imported(Client(), NEW_YEAR).status_code == 302
