"""The exchange's day as a process: what is done, by whom it was checked, and what is open."""

from datetime import date, time

import pytest

from openets.kernel.clock import at
from openets.reconciliation import operations as reconciliation
from openets.trading.floor import Floor
from openets.trading.session import Phase
from openets.web.market.day import timed_steps, with_now
from tests.web.market import LAW, TODAY, acts
from tests.web.people import browser, text

PHASES = (
    Phase("call", time(9, 15), time(9, 30)),
    Phase("continuous", time(9, 30), time(11, 30)),
    Phase("continuous", time(13), time(15)),
)
DAY = date(2024, 1, 2)


class TestTheBar:
    @pytest.mark.parametrize(
        ("moment", "states"),
        [
            (at(DAY, 9), ["ahead", "ahead", "ahead", "ahead"]),
            (at(DAY, 9, 15), ["now", "ahead", "ahead", "ahead"]),
            (at(DAY, 9, 30), ["done", "now", "ahead", "ahead"]),
            (at(DAY, 12), ["done", "done", "now", "ahead"]),
            (at(DAY, 15), ["done", "done", "done", "done"]),
            (at(date(2024, 1, 3), 9), ["done", "done", "done", "done"]),
            (at(date(2024, 1, 1), 12), ["ahead", "ahead", "ahead", "ahead"]),
        ],
    )
    def test_each_phase_and_the_break_run_by_the_clock(self, moment, states):
        rows = timed_steps(PHASES, day=DAY, at=moment, has_closed=False)
        assert [row.state for row in rows] == states
        assert [row.window for row in rows][2] == "11:30–13:00"

    def test_a_day_whose_sheets_are_published_is_over(self):
        rows = timed_steps(PHASES, day=DAY, at=at(DAY, 10), has_closed=True)
        assert {row.state for row in rows} == {"done"}

    def test_where_nothing_runs_the_first_open_step_is_the_next(self):
        rows = with_now(timed_steps(PHASES, day=DAY, at=at(DAY, 9), has_closed=False))
        assert [row.state for row in rows] == ["now", "ahead", "ahead", "ahead"]
        over = timed_steps(PHASES, day=DAY, at=at(DAY, 16), has_closed=False)
        assert with_now(over) == over


@pytest.mark.django_db
@pytest.mark.usefixtures("market")
class TestThePage:
    def steps(self, day=""):
        """The state of each step in words, by its name."""
        page = browser("exchange").get(f"/exchange/day/{day}".rstrip("/"))
        assert page.status_code == 200
        return text(page)

    def test_who_works_on_the_day_sees_it_and_nobody_else(self, client):
        assert "/sign-in" in client.get("/exchange/day")["Location"]
        for code, status in (
            ("exchange", 200),
            ("registry", 200),
            ("bureau", 200),
            ("T1", 403),
            ("E001", 403),
            ("bank", 403),
        ):
            assert browser(code).get("/exchange/day").status_code == status

    def test_its_desks_open_for_whomever_they_are_shown_to(self):
        shown = {}
        for code in ("exchange", "registry", "bureau"):
            desks = browser(code).get("/exchange/day").context["page"].desks
            shown[code] = {desk.href for desk in desks}
            assert {browser(code).get(href).status_code for href in shown[code]} == {200}
        work = {"/risk", "/auctions", "/deals", "/settlement", "/settlement/day-end"}
        assert work <= shown["exchange"]
        assert "/deals" not in shown["bureau"]

    def test_a_running_day_shows_its_phase_its_numbers_and_what_is_ahead(self):
        page = self.steps()
        assert "当日运行 2023-11-22" in page
        assert "连续竞价 09:30–11:30 进行中" in page
        assert "收市 — 未开始" in page
        assert "成交量 200 吨" in page
        assert "7,500.00" in page
        assert "参与交易单位 2" in page
        assert "未成交 3" in page

    @pytest.mark.requirement("CQETS-23")
    def test_a_closed_day_names_who_confirmed_and_who_closed_it(self):
        page = self.steps("2023-11-21")
        closed = page.partition("交易机构确认，登记机构日结")[2]
        assert "exchange 经办" in closed
        assert "registry 经办" in closed
        assert "1 笔委托到期释放" in page
        assert "未开始" not in page

    @pytest.mark.requirement("CQETS-23")
    def test_after_the_close_the_books_wait_for_both_institutions(self):
        floor = Floor(law=LAW, day=TODAY, acting=acts("exchange"))
        floor.close_day(at=at(TODAY, 15, 5))
        floor.close()
        assert "收市 15:05 完成" in self.steps(TODAY)
        assert "日终对账 — 进行中" in self.steps(TODAY)
        reconciliation.reconcile(day=TODAY, acting=acts("clock"), at=at(TODAY, 18))
        page = self.steps(TODAY)
        assert "日终对账 — 完成 0 项差异" in page
        assert "日结 — 进行中 对账相符，待日结" in page
        reconciliation.confirm(day=TODAY, acting=acts("exchange"), at=at(TODAY, 19))
        page = self.steps(TODAY)
        assert "交易机构已确认" in page
        assert page.partition("对账相符")[2] == "" or "exchange 经办" in page

    @pytest.mark.requirement("CQETS-23")
    def test_an_earlier_day_that_is_not_closed_holds_the_opening_up(self):
        floor = Floor(law=LAW, day=TODAY, acting=acts("exchange"))
        floor.close_day(at=at(TODAY, 15, 5))
        floor.close()
        page = self.steps("2023-11-23")
        assert "开市前检查 — 待处理 市场日 2023-11-22 尚未日结" in page

    def test_a_day_that_is_none_is_not_found_and_a_day_off_says_so(self):
        for none in ("2023-11-31", "today", "2010-01-04"):
            assert browser("exchange").get(f"/exchange/day/{none}").status_code == 404
        assert "非交易日" in self.steps("2023-11-25")
