"""What must hold of any played market, recomputed slowly from its rows and from nothing else."""

from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from django.db import connection

from openets.doors import live
from openets.doors.checks import CHECKS
from openets.rulebook.load import law
from openets.simulation.failures import KINDS, Failure, failures
from tests.journeys.conftest import Played

RULES = law("cq")
YEARS = (2021, 2022)
DEADLINES = {2021: "2023-12-31", 2022: "2024-03-31"}
HELD = {"registry", "trading", "reserve"}


def rows(statement: str, *values: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def units_by_lot() -> dict[str, Counter[str]]:
    """Tonnes of each lot by kind of account, replayed from the transfers alone."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for lot, debit, credit, amount in rows(
        """select l.code, da.kind, ca.kind, t.amount from ledger_transfer t
        join registry_position dp on dp.ledger_account = t.debit_id
        join registry_position cp on cp.ledger_account = t.credit_id
        join registry_registryaccount da on da.id = dp.account_id
        join registry_registryaccount ca on ca.id = cp.account_id
        join registry_lot l on l.id = dp.lot_id and l.id = cp.lot_id where t.kind in (0, 2)"""
    ):
        found[lot][debit] -= amount
        found[lot][credit] += amount
    return found


def no_unit_appears_vanishes_or_is_used_twice(played: Played) -> None:
    told = {row["lot"]: row for row in played.summary["conservation"]["lots"]}
    found = units_by_lot()
    assert told.keys() == found.keys()
    for lot, sums in found.items():
        held = sum(sums[kind] for kind in HELD)
        ends = [sums[kind] for kind in ("surrendered", "cancelled", "withdrawn")]
        assert -sums["issued"] == held + sum(ends), lot
        assert min(held, *ends) >= 0
        figures = dict(zip(("surrendered_t", "cancelled_t", "withdrawn_t"), ends, strict=True))
        assert told[lot] == {"lot": lot, "issued_t": -sums["issued"], "held_t": held, **figures}
    assert played.summary["conservation"]["units"]
    for lot, first, last in rows(
        "select code, serial_from, serial_to from registry_lot where serial_from is not null"
    ):
        assert -found[lot]["issued"] == last - first + 1


def no_money_appears_or_vanishes(played: Played) -> None:
    balances: Counter[str] = Counter()
    for debit, credit, amount in rows(
        """select d.code, c.code, amount from ledger_transfer t join ledger_account d
        on d.id = debit_id join ledger_account c on c.id = credit_id
        where d.asset = 'CNY' and t.kind in (0, 2)"""
    ):
        balances[debit] -= amount
        balances[credit] += amount
    paid = dict(rows("select kind, sum(amount_fen) from settlement_payment group by kind"))
    assert -balances["cash/bank"] == paid["deposit"] - paid.get("withdraw", 0)
    assert sum(balances.values()) == 0
    fees = Decimal(0)
    for turnover, day in rows("select turnover_fen, day from trading_trade"):
        ratio = RULES.on("trading.fee_ratio", day).number
        fees += 2 * (turnover * ratio).quantize(Decimal(1), ROUND_HALF_UP)
    # A share of the fees goes to the reserve against the risks of settlement.
    assert balances["cash/exchange-fees"] + balances["cash/risk-reserve"] == fees
    assert all(fen >= 0 for code, fen in balances.items() if code != "cash/bank")
    assert played.summary["conservation"]["cash"]


def every_duty_stands_as_its_events_say(played: Played) -> None:
    """The frozen status of each entity and year, from a plain walk over the events."""
    frozen = {
        (code, year): tuple(rest)
        for code, year, *rest in rows(
            """select o.code, year, status, verified_t, counted_t, open_t from
            compliance_frozenstatus f join parties_organisation o on o.id = organisation_id"""
        )
    }
    counts: dict[int, Counter[str]] = {year: Counter() for year in YEARS}
    events = rows(
        """select o.code, year, kind, day::text, amount_t, reference, of from compliance_dutyevent
        join parties_organisation o on o.id = organisation_id order by compliance_dutyevent.id"""
    )
    for (code, year), found in frozen.items():
        deadline = DEADLINES[year]
        own = [event for event in events if event[:2] == (code, year)]
        filed = {e[5]: e[3] for e in own if e[2] == "offset_filed"}
        (verified,) = [e[4] for e in own if e[2] == "verified"]
        counted = sum(e[4] for e in own if e[2] == "surrendered" and e[3] <= deadline)
        counted += sum(e[4] for e in own if e[2] == "offset_confirmed" and filed[e[6]] <= deadline)
        status = "fulfilled" if counted >= verified else "overdue"
        assert found == (status, verified, counted, max(0, verified - counted)), (code, year)
        counts[year][status] += 1
    assert played.summary["status_at_deadline"] == {str(y): dict(n) for y, n in counts.items()}
    assert len(frozen) == sum(played.summary["entities"].values())


def the_cap_is_the_sum_of_the_allowances_and_the_reserve(played: Played) -> None:
    for year in YEARS:
        told = played.summary["totals"][str(year)]
        statement = "select sum(determined_t) from allocation_determination where year = %s"
        ((allowances,),) = rows(statement, year)
        assert told["entities_t"] == allowances
        assert told["total_t"] == told["entities_t"] + told["reserve_t"]
        share = RULES.for_year("alloc.reserve_share", year).number
        assert abs(Fraction(share) * told["total_t"] - told["reserve_t"]) < 1
        issued = units_by_lot()[f"CQ/allowance/{year}/reserved"]
        assert -issued["issued"] == told["reserve_t"] == issued["cancelled"]
        assert -units_by_lot()[f"CQ/allowance/{year}/free"]["issued"] == allowances


def every_method_gave_what_its_lines_say(played: Played) -> None:
    for year in YEARS:
        sums: dict[str, Fraction] = defaultdict(Fraction)
        lines: Counter[str] = Counter()
        entities: dict[str, set[int]] = defaultdict(set)
        for determination, method, exact in rows(
            """select determination_id, method, allowance_exact from allocation_linedetermination
            join allocation_determination d on d.id = determination_id where year = %s""",
            year,
        ):
            sums[method] += Fraction(exact)
            lines[method] += 1
            entities[method].add(determination)
        told = played.summary["methods"][str(year)]
        assert told.keys() == sums.keys()
        for method, share in told.items():
            assert abs(int(share["allowance_t"]) - sums[method]) <= Fraction(1, 2)
            found = (lines[method], len(entities[method]))
            assert (share["lines"], share["entities"]) == found


def trades_and_journal_are_told_as_they_are(played: Played) -> None:
    trades = rows("select price_fen, qty from trading_trade")
    assert played.summary["trades"] == {
        "number": len(trades),
        "volume_t": sum(qty for _, qty in trades),
        "turnover_fen": sum(price * qty for price, qty in trades),
    }
    assert trades
    statement = "select number, digest from journal_batch order by number desc limit 1"
    ((number, digest),) = rows(statement)
    assert played.summary["journal"] == {"batches": number, "head": digest}
    assert rows("select count(*) from journal_entry where batch_id is null") == [(0,)]
    for year in YEARS:
        listed = rows("select count(*) from parties_listing where year = %s", year)
        assert listed == [(played.summary["entities"][str(year)],)]


def what_everybody_holds_follows_from_what_they_did(played: Played) -> None:
    """Issued, carried over or credited + bought - sold - surrendered, offset or withdrawn."""
    did: dict[str, Counter[str]] = defaultdict(Counter)
    into = {"issue", "carry_over", "register_credits"}
    for kind, debit, credit, amount in rows(
        """select t.kind, d.code, c.code, amount_t from registry_transaction t
        join registry_registryaccount da on da.id = debit_id
        join registry_registryaccount ca on ca.id = credit_id
        join parties_organisation d on d.id = da.holder_id
        join parties_organisation c on c.id = ca.holder_id"""
    ):
        if kind in into:
            did[credit]["in"] += amount
        elif kind in {"surrender", "offset", "withdraw_pre_allocation"}:
            did[debit]["out"] += amount
    money: Counter[str] = Counter()
    for buyer, seller, qty, turnover in rows(
        """select b.code, s.code, qty, turnover_fen from trading_trade
        join parties_organisation b on b.id = buyer_id
        join parties_organisation s on s.id = seller_id"""
    ):
        assert buyer != seller
        did[buyer]["in"] += qty
        did[seller]["out"] += qty
        money[buyer] -= turnover
        money[seller] += turnover
    held = dict(
        rows(
            """select o.code, sum(credits_posted - debits_posted)::bigint from registry_position p
            join registry_registryaccount a on a.id = account_id
            join parties_organisation o on o.id = a.holder_id
            join ledger_account l on l.id = ledger_account
            where a.kind in ('registry', 'trading') group by o.code"""
        )
    )
    for code, done in did.items():
        if code != "registry":
            assert held.get(code, 0) == done["in"] - done["out"], code
    assert sum(money.values()) == 0
    for code, verified, surrendered, offset in rows(
        """select o.code, sum(amount_t) filter (where kind = 'verified'),
        coalesce(sum(amount_t) filter (where kind = 'surrendered'), 0),
        coalesce(sum(amount_t) filter (where kind = 'offset_confirmed'), 0)
        from compliance_dutyevent join parties_organisation o on o.id = organisation_id
        group by o.code"""
    ):
        assert surrendered + offset <= verified, code
        withdrawn = sum(
            tonnes
            for (tonnes,) in rows(
                """select amount_t from registry_transaction t join registry_registryaccount a
                on a.id = debit_id join parties_organisation o on o.id = a.holder_id
                where t.kind = 'withdraw_pre_allocation' and o.code = %s""",
                code,
            )
        )
        sold = rows(
            """select coalesce(sum(qty), 0)::bigint from trading_trade
            join parties_organisation o on o.id = seller_id where o.code = %s""",
            code,
        )[0][0]
        assert did[code]["out"] == surrendered + offset + withdrawn + sold, code


def whoever_was_planted_to_fail_failed_and_was_seen(played: Played) -> None:
    status = statuses()
    drawn = planted(played.seed)
    assert {failure.kind for failure in drawn} == set(KINDS)
    fails = {failure.kind.name: code_of(failure) for failure in drawn}
    ((rejected,),) = rows(
        """select o.code from compliance_dutyevent join parties_organisation o
        on o.id = organisation_id where kind = 'offset_rejected'"""
    )
    if rejected != fails["offset_rejected"]:
        assert fails["offset_rejected"] not in applicants(2022)
        fails["offset_rejected"] = rejected
    for kind in KINDS:
        for year in kind.years:
            assert status[fails[kind.name], year][0] == "overdue", kind
    assert status[fails["one_tonne_short"], 2021] == ("overdue", 1)
    bought = """select count(*) from trading_trade join parties_organisation o on o.id = buyer_id
        where o.code = %s"""
    assert rows(bought, fails["never_buys"]) == [(0,)]
    withdrawn = rows(
        """select o.code from registry_transaction t join registry_registryaccount a
        on a.id = debit_id join parties_organisation o on o.id = a.holder_id
        where t.kind = 'withdraw_pre_allocation'"""
    )
    assert withdrawn in ([], [(fails["never_buys"],)])
    late = surrender_days(fails["surrenders_too_late"], 2021)
    assert late
    assert min(late) > DEADLINES[2021]
    assert surrender_days(fails["forgets_second_year"], 2022) == []


def applicants(year: int) -> set[str]:
    found = rows(
        """select o.code from compliance_offsetapplication join parties_organisation o
        on o.id = organisation_id where year = %s""",
        year,
    )
    return {code for (code,) in found}


def whoever_else_failed_had_nothing_left_to_surrender(played: Played) -> None:
    excused = {code_of(failure) for failure in planted(played.seed)}
    left = dict(
        rows(
            """select o.code, sum(l.credits_posted - l.debits_posted)::bigint
            from registry_position p join registry_lot lot on lot.id = lot_id
            join registry_registryaccount a on a.id = account_id
            join parties_organisation o on o.id = a.holder_id
            join ledger_account l on l.id = ledger_account
            where a.kind in ('registry', 'trading') and lot.kind = 'allowance'
            and lot.vintage_year <= 2022 group by o.code"""
        )
    )
    for (code, year), (status, _) in statuses().items():
        if status == "overdue" and year == 2022 and code not in excused:
            assert left.get(code, 0) == 0, code


def statuses() -> dict[tuple[str, int], tuple[str, int]]:
    """Status and open tonnes at the deadline, by entity and year."""
    found = rows(
        """select o.code, year, status, open_t from compliance_frozenstatus
        join parties_organisation o on o.id = organisation_id"""
    )
    return {(code, year): (status, open_t) for code, year, status, open_t in found}


def code_of(failure: Failure) -> str:
    return f"E{failure.entity:03}"


def planted(seed: int) -> list[Failure]:
    numbers = [
        number for (number,) in rows("select number from parties_organisation where number > 0")
    ]
    short = rows(
        """select number from allocation_determination join parties_organisation o
        on o.id = organisation_id where gap_t > 0 group by number having count(*) = 2"""
    )
    return list(failures(numbers=numbers, short=[n for (n,) in short], seed=seed))


def surrender_days(code: str, year: int) -> list[str]:
    found = rows(
        """select day::text from compliance_dutyevent join parties_organisation o
        on o.id = organisation_id where o.code = %s and year = %s and kind = 'surrendered'""",
        code,
        year,
    )
    return [day for (day,) in found]


def verify_agrees(played: Played) -> None:
    found: dict[str, Any] = {}
    with live.database() as source:
        for check in CHECKS:
            found |= check(source)
    assert found["journal"]["head"] == played.head
    assert found["trading"]["trades"] == played.summary["trades"]["number"]


EXPECTATIONS: tuple[Callable[[Played], None], ...] = (
    no_unit_appears_vanishes_or_is_used_twice,
    no_money_appears_or_vanishes,
    every_duty_stands_as_its_events_say,
    the_cap_is_the_sum_of_the_allowances_and_the_reserve,
    every_method_gave_what_its_lines_say,
    trades_and_journal_are_told_as_they_are,
    what_everybody_holds_follows_from_what_they_did,
    whoever_was_planted_to_fail_failed_and_was_seen,
    whoever_else_failed_had_nothing_left_to_surrender,
    verify_agrees,
)
