import random
from collections import defaultdict
from datetime import date
from decimal import Decimal
from hashlib import sha256

import pytest

from openets.simulation.calibration import calibration
from openets.simulation.operating import draw_market
from tests.simulation.listed import listed

THRESHOLD_T = 13_000
SEEDS = (1, 2023, 31)


@pytest.fixture(scope="module", params=SEEDS)
def market(request):
    return draw_market(entities=listed(), seed=request.param, threshold_t=THRESHOLD_T)


def emissions(rows):
    totals = defaultdict(Decimal)
    for row in rows:
        totals[row.entity, row.year] += row.co2_t + row.non_co2_t
    return totals


def lines_of(market, case):
    entities = {each.entity for each in market.cases if each.name == case}
    assert entities, case
    return [line for line in market.lines if line.entity in entities]


def rows_of(market, line):
    return [row for row in market.verified if row.line == line.code]


def test_the_market_of_a_seed_is_fixed_to_the_last_digit():
    market = draw_market(entities=listed(), seed=2023, threshold_t=THRESHOLD_T)
    text = "\n".join(map(repr, (*market.lines, *market.verified, *market.reported, *market.cases)))
    assert (
        sha256(text.encode()).hexdigest()
        == "897fe9b080a0aeaa9dcb25b200db45f21003b98ed5a7ae329b19a682e2e088cc"
    )


def test_the_order_of_the_list_does_not_matter():
    shuffled = listed()
    random.Random(5).shuffle(shuffled)
    expected = draw_market(entities=listed(), seed=1, threshold_t=THRESHOLD_T)
    assert draw_market(entities=shuffled, seed=1, threshold_t=THRESHOLD_T) == expected


def test_another_seed_draws_another_market():
    drawn = [draw_market(entities=listed(), seed=s, threshold_t=THRESHOLD_T) for s in (1, 2)]
    assert drawn[0].verified != drawn[1].verified


def test_an_entity_does_not_depend_on_other_industries():
    cement = [entity for entity in listed() if entity.industry == "水泥制造行业"]
    alone = draw_market(entities=cement, seed=1, threshold_t=THRESHOLD_T)
    among = draw_market(entities=listed(), seed=1, threshold_t=THRESHOLD_T)
    assert alone.verified == tuple(row for row in among.verified if row.entity <= len(cement))


def test_every_entity_has_data_for_every_year(market):
    years = defaultdict(set)
    for row in market.verified:
        years[row.entity].add(row.year)
    assert len(years) == 308
    assert all(found == set(calibration().years) for found in years.values())


def test_every_entity_reaches_the_threshold_in_an_inventory_year(market):
    totals = emissions(market.verified)
    for entity in listed():
        assert max(totals[entity.number, y] for y in (2018, 2019, 2020)) >= THRESHOLD_T


def test_a_higher_threshold_lifts_the_small_entities():
    market = draw_market(entities=listed(), seed=1, threshold_t=26_000)
    totals = emissions(market.verified)
    assert all(max(totals[e.number, y] for y in (2018, 2019, 2020)) >= 26_000 for e in listed())


def test_sizes_are_heavy_tailed_and_add_up_to_a_city(market):
    totals = emissions(market.verified)
    for year in calibration().years:
        sizes = sorted((t for (_, y), t in totals.items() if y == year), reverse=True)
        assert 75_000_000 <= sum(sizes) <= 95_000_000
        assert Decimal("0.60") <= sum(sizes[:20]) / sum(sizes) <= Decimal("0.75")
        assert sizes[0] <= 9_000_000
        assert sizes[154] < 60_000


def test_amounts_are_positive_decimals_with_two_places_and_days_fit_the_year(market):
    for row in market.verified:
        days = 366 if row.year == 2020 else 365
        assert row.output > 0
        assert row.co2_t > 0
        assert row.non_co2_t >= 0
        assert {amount.as_tuple().exponent for amount in (row.output, row.co2_t)} == {-2}
        assert 0 < row.production_days <= days - row.shutdown_days


def test_days_off_are_the_enterprises(market):
    days = defaultdict(set)
    for row in market.verified:
        days[row.entity, row.year].add(row.shutdown_days)
    assert all(len(found) == 1 for found in days.values())


def test_clinker_intensities_lie_on_both_sides_of_the_benchmark(market):
    clinker = {line.code for line in market.lines if line.process == "clinker"}
    intensities = [
        row.co2_t / row.output
        for row in market.verified
        if row.line in clinker and row.year == 2021
    ]
    below = sum(intensity < Decimal("0.8289") for intensity in intensities)
    assert len(intensities) // 4 < below < len(intensities) * 3 // 4


def test_every_case_is_planted_at_most_once_an_entity(market):
    assert {case.name for case in market.cases} == {rule.name for rule in calibration().cases}
    entities = [case.entity for case in market.cases]
    assert len(entities) == len(set(entities))


@pytest.mark.parametrize(
    ("case", "process"), [("new_benchmark_line", "clinker"), ("new_other_line", "other")]
)
def test_a_new_line_has_data_from_its_year_only(market, case, process):
    new = [x for x in lines_of(market, case) if x.commissioned_date >= date(2021, 1, 1)]
    assert [line.process for line in new] == [process]
    rows = rows_of(market, new[0])
    assert sorted({row.year for row in rows}) == [2021, 2022]
    in_operation = (date(2022, 1, 1) - new[0].commissioned_date).days
    assert all(row.production_days <= in_operation for row in rows if row.year == 2021)


def test_one_line_stood_still_for_more_than_half_of_one_base_year(market):
    (line,) = lines_of(market, "one_year_stopped")
    off = {row.year: row.shutdown_days for row in rows_of(market, line)}
    assert [year for year, days in off.items() if days > 183] == [2019]
    assert line.lacks


def test_one_entity_stood_still_for_183_days_and_more_in_two_base_years(market):
    (line,) = lines_of(market, "two_years_stopped")
    off = {row.year: row.shutdown_days for row in rows_of(market, line)}
    assert [off[2019], off[2020]] == [183, 240]


def test_one_line_makes_three_comparable_products(market):
    (line,) = lines_of(market, "three_products")
    assert len(set(line.products)) == 3
    assert not line.lacks
    assert {row.product for row in rows_of(market, line)} == set(line.products)


def test_one_line_with_one_product_is_not_comparable(market):
    (line,) = lines_of(market, "not_comparable")
    assert len(line.products) == 1
    assert line.lacks


def test_one_line_has_exactly_one_base_year_off_by_a_fifth(market):
    (line,) = lines_of(market, "outlier_year")
    rows = [row for row in rows_of(market, line) if row.year <= 2020]
    average = sum(row.co2_t for row in rows) / sum(row.output for row in rows)
    off = [row.year for row in rows if abs(row.co2_t / row.output / average - 1) >= Decimal("0.2")]
    assert off == [2019]


def test_one_line_counts_from_its_abatement_project_on(market):
    (line,) = lines_of(market, "abatement_project")
    rows = {row.year: row for row in rows_of(market, line)}
    assert rows[2018].usable.output == rows[2018].usable.co2_t == 0
    part = rows[2019].usable
    assert 0 < part.output < rows[2019].output
    assert part.co2_t / part.output < rows[2018].co2_t / rows[2018].output * Decimal("0.9")
    assert rows[2020].usable is None


def test_the_gas_fields_the_furnaces_and_the_smelters_are_marked(market):
    processes = defaultdict(set)
    for line in market.lines:
        processes[line.process].add(line.entity)
    assert processes["shale_gas"] == {238, 241}
    assert processes["waste_incineration"] == set(range(135, 142))
    assert processes["aluminium"] == {42, 43, 44}
    assert sum(row.non_co2_t > 0 for row in market.verified) > 100


def test_some_reports_differ_slightly_from_what_was_verified(market):
    truth = {(row.line, row.product, row.year): row for row in market.verified}
    differing = set()
    for row in market.reported:
        verified = truth.pop((row.line, row.product, row.year))
        if row != verified:
            differing.add((row.entity, row.year))
            assert abs(row.co2_t / verified.co2_t - 1) < Decimal("0.03")
    assert {year for _, _, year in truth} == {2018, 2019, 2020}
    assert 120 < len(differing) < 250
