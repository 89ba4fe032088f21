"""The play: Chongqing's compliance years 2021 and 2022, every step the real operation.

The clock is the play's own: it goes down as an argument, so that thirteen months pass in under a
minute and the same seed gives the same chain of the journal.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from openets.casework import queries as cases
from openets.casework.storage import Store
from openets.clearing import operations as clearing
from openets.clearing.reports import PeriodKind, period_of
from openets.journal import operations as journal
from openets.kernel.clock import at
from openets.kernel.refusal import Refusal
from openets.reconciliation import operations as reconciliation
from openets.rulebook.load import Law
from openets.simulation import preparation, reporting
from openets.simulation.duties import DutyDays
from openets.simulation.models import PlayRun
from openets.simulation.openings import file_openings
from openets.simulation.preparation import Stage
from openets.simulation.summary import summarise
from openets.simulation.trading_day import TradingDay
from openets.trading import queries as trading
from openets.trading.floor import Floor

Progress = Callable[[str, str, float], None]
"""Told the chapter in Chinese and English and the share of the play that is done."""

TRADING_BEGINS_AT = 0.35
"""Share of the play's time that the chapters before the market take, for the progress display."""


class PlayedAlready(Refusal):
    """The market has been played; a play needs a clean one."""

    code = "played_already"
    zh = "演示市场已推演完毕（种子 {seed}）"
    en = "The market has been played already (seed {seed})"
    remedy_zh = "运行 ./run reset 得到一个干净的市场"
    remedy_en = "Run ./run reset for a clean market"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the play before the market opens."""

    zh: str
    en: str
    play: Callable[[Stage], None]


CHAPTERS = (
    Chapter("登记机构与名录", "Institutions and the list", preparation.found),
    Chapter("导入盘查结果", "Inventory", preparation.import_inventory),
    Chapter("提交排放报告", "Reports", preparation.report),
    Chapter("核查与复核", "Verification and review", preparation.verify),
    Chapter("核查机构考评", "Assessment of the bodies", preparation.assess_bodies),
    Chapter("公开排放报告", "Publication of reports", reporting.publish_reports),
    Chapter("配额核定与告知", "Allocation and notice", preparation.allocate),
    Chapter("开户与减排量登记", "Accounts and reductions", preparation.open_accounts),
    Chapter("发放配额", "Issue", preparation.issue),
)


def play(
    *,
    law: Law,
    seed: int,
    progress: Progress,
    store: Store,
    entities: int | None = None,
) -> PlayRun:
    """Play both compliance years on an empty market and keep the summary.

    With `entities`, only so many of the listed ones take part, those with a special case first:
    a small market for tests, in which each is what it is in the whole one. The documents of the
    applicants lie in `store`.

    Raises:
        PlayedAlready.
    """
    before = PlayRun.objects.first()
    if before is not None:
        raise PlayedAlready(seed=before.seed)
    stage = Stage.begin(law=law, seed=seed, entities=entities)
    run = PlayRun.objects.create(seed=seed, clock_at=stage.moment("founding"))
    for number, chapter in enumerate(CHAPTERS):
        progress(chapter.zh, chapter.en, TRADING_BEGINS_AT * number / len(CHAPTERS))
        chapter.play(stage)
        journal.seal(at=stage.now)
    _trade_and_comply(stage, store, progress)
    run.clock_at, run.finished = stage.now, True
    run.summary = summarise(law=law, years=stage.script["years"])
    run.save()
    progress("推演完成", "The play is over", 1.0)
    return run


def _trade_and_comply(stage: Stage, store: Store, progress: Progress) -> None:
    days = list(_days(stage.script["trading_from"], _day_after_last_deadline(stage)))
    floor = Floor(law=stage.law, day=days[0], acting=stage.acts("exchange"))
    try:
        market = TradingDay(
            cast=stage.cast,
            floor=floor,
            plans=stage.plans,
            law=stage.law,
            calendar=cases.calendar(stage.law.jurisdiction),
            seed=stage.seed,
        )
        duties = DutyDays(stage)
        known = cases.calendar(stage.law.jurisdiction)
        for number, day in enumerate(days):
            share = TRADING_BEGINS_AT + (1 - TRADING_BEGINS_AT) * number / len(days)
            progress(f"交易与履约 {day}", f"Trading and compliance {day}", share)
            is_traded = known.is_trading_day(day) and day <= max(stage.plans.deadlines.values())
            _publish(stage, day)
            duties.before_trading(day)
            if day == stage.script["openings"]["day"]:
                _file_openings(stage, store, day)
            if day == stage.script["next_year"]["day"]:
                reporting.begin_next_year(stage)
            if is_traded:
                market.run(day)
            duties.after_trading(day)
            if is_traded:
                _serve_statements(stage, day)
                _close_books(stage, day)
            stage.now = at(day, 23, 59, 59)
            journal.seal(at=stage.now)
    finally:
        floor.close()


def _file_openings(stage: Stage, store: Store, day: date) -> None:
    file_openings(
        law=stage.law,
        store=store,
        day=day,
        exchange=stage.acts("exchange"),
        registrar=stage.acts("registry"),
        platform=stage.acts("platform"),
    )


def _serve_statements(stage: Stage, day: date) -> None:
    """The market's clock serves everybody the clearing statement of the day."""
    clearing.serve(day=day, law=stage.law, acting=stage.acts("clock"), at=at(day, 15, 30))


def _publish(stage: Stage, day: date) -> None:
    """The exchange publishes the month that has just ended, and the year."""
    before = day - timedelta(days=1)
    for kind in (PeriodKind.MONTH, PeriodKind.YEAR):
        if period_of(kind, before).end == before and trading.first_day():
            clearing.publish(
                kind=kind, day=before, analysis="", acting=stage.acts("exchange"), at=at(day, 8, 30)
            )


def _close_books(stage: Stage, day: date) -> None:
    """The market's clock reconciles the day; the exchange and the registration agency close it."""
    reconciliation.reconcile(day=day, acting=stage.acts("clock"), at=at(day, 18, 30))
    reconciliation.confirm(day=day, acting=stage.acts("exchange"), at=at(day, 19))
    reconciliation.close(day=day, acting=stage.acts("registry"), at=at(day, 19, 30))


def _days(start: date, end: date) -> Iterator[date]:
    return (start + timedelta(days=n) for n in range((end - start).days + 1))


def _day_after_last_deadline(stage: Stage) -> date:
    return max(stage.plans.deadlines.values()) + timedelta(days=2)
