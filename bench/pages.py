"""Pages with 50,000 entities, against the health address, which only asks the database for 1.

Usage: python bench/pages.py [--entities 50000] [--rounds 20]

A temporary server, filled by plain SQL with what the pages read: the list, cases, verified figures,
allowances, duties and positions of both years. Every round asks for each page once, in this
process, with all middleware. Percentiles in milliseconds, and the ratio of the medians.
"""

import argparse
import logging
import statistics
import time

import server
from django.conf import settings
from django.db import connection
from django.test import Client

PAGES = ("/", "/?year=2021", "/entities", "/entities?status=overdue", "/api/conservation")
BASELINE = "/api/health"

FILL = """
set session_replication_role = replica;
insert into parties_organisation
  (id, code, credit_code, name, role, district, industry, number, synthetic)
select n, 'E' || n, '', 'Entity ' || n, 'key_emitting_entity', 'd' || n % 38, 'i' || n % 20, n, true
from generate_series(1, {n}) n;
insert into parties_listing (year, listed_at, source, organisation_id)
select year, now(), 'CQ208-A1.L', n from generate_series(1, {n}) n, (values {years}) y(year);
insert into casework_case
  (procedure, subject, organisation_id, year, state, opened_at, moved_at)
select p, 'E' || n || '/' || year, n, year, s, now(), now()
from generate_series(1, {n}) n, (values {years}) y(year), (values ('report', 'confirmed'),
  ('verification', 'final'), ('determination', 'issued')) c(p, s);
insert into mrv_report (id, organisation_id, year, version, inventory, submitted_at, statement_by,
  digest, total_tco2e, synthetic)
select n + {n} * (year - 2021), n, year, 1, false, now(), '', '', 10000 + n, true
from generate_series(1, {n}) n, (values {years}) y(year);
insert into mrv_verification (report_id, body_id, assigned_at, entered_at, notified_at, final_at,
  verified_tco2e, version)
select id, 1, now(), now(), now(), now(), total_tco2e, 1 from mrv_report;
insert into allocation_determination (id, organisation_id, year, verified_t, allowance_t, gap_t,
  relief, determined_t, advance_limit_t, explanation, calculated_at, notified_at)
select id, organisation_id, year, total_tco2e, total_tco2e - 50, 50, 'none', total_tco2e - 50, 0,
  '[]', now(), now() from mrv_report;
insert into allocation_linedetermination
  (determination_id, line, product, method, base_years, allowance_exact, explanation)
select id, 'L' || l, 'p', (array['benchmark', 'historical_intensity', 'historical_total'])[l], '',
  (allowance_t / 3.0)::text, '[]' from allocation_determination, generate_series(1, 3) l;
insert into compliance_dutyevent (organisation_id, year, kind, day, at, amount_t, reference, "of")
select organisation_id, year, kind, '2023-11-28', '2023-11-28 10:00+8',
  case kind when 'verified' then total_tco2e else total_tco2e - (organisation_id % 9 = 0)::int end,
  case kind when 'verified' then '' else 'E' || organisation_id || '/' || year end, ''
from (values ('verified'), ('surrendered')) k(kind), mrv_report;
insert into compliance_liveduty (organisation_id, year, verified_t, counted_t, offset_t,
  is_excluded, last_day)
select organisation_id, year, total_tco2e, total_tco2e - (organisation_id % 9 = 0)::int, 0, false,
  '2023-11-28' from mrv_report;
insert into registry_lot (id, code, jurisdiction, kind, vintage_year, origin, project, project_type,
  origin_place, origin_class, batch)
select v, 'CQ/allowance/' || v || '/free', 'cq', 'allowance', v, 'free', '', '', '', '', ''
from generate_series(2021, 2023) v;
insert into registry_registryaccount (id, number, kind, opened_at, measured, holder_id)
select n * 2 + k, kind || '-E' || n, kind, now(), false, n
from generate_series(1, {n}) n, (values (0, 'registry'), (1, 'trading')) x(k, kind);
insert into registry_position (account_id, lot_id, traded, ledger_account)
select a.id, l.id, a.kind = 'trading', (a.id - 1) * 3 + l.id - 2021
from registry_registryaccount a, registry_lot l;
insert into ledger_account (id, code, asset, may_go_negative, credits_posted, batch_id)
select ledger_account, ledger_account, l.code, false, 1000, 1
from registry_position p join registry_lot l on l.id = p.lot_id;
set session_replication_role = default;
vacuum analyze;
"""


def fill(entities: int) -> None:
    """A market of so many entities in which every duty is met, every ninth but for a tonne."""
    with connection.cursor() as cursor:
        for statement in FILL.format(n=entities, years="(2021), (2022)").split(";\n"):
            if statement.strip():
                cursor.execute(statement)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    logging.disable(logging.INFO)
    settings.ALLOWED_HOSTS = ["*"]
    settings.DEMO = True  # The list of entities is open to everybody there.
    with server.running():
        fill(options.entities)
        client = Client()
        taken: dict[str, list[float]] = {page: [] for page in (BASELINE, *PAGES)}
        for page in taken:
            assert client.get(page).status_code == 200, page
        for _ in range(options.rounds):
            for page, times in taken.items():
                started = time.perf_counter()
                client.get(page)
                times.append((time.perf_counter() - started) * 1000)
        base = statistics.median(taken[BASELINE])
        for page, times in taken.items():
            middle, late = statistics.median(times), statistics.quantiles(times, n=20)[-1]
            print(f"p50 {middle:7.1f} ms  p95 {late:7.1f} ms  {middle / base:6.1f} x  {page}")


if __name__ == "__main__":
    main()
