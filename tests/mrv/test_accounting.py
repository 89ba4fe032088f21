"""Accounting: formulas at their edges, refusals, factor sets that stay, restatements."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from openets.kernel.refusal import Refusal
from openets.mrv.accounting.account import METHODS, account_line, exact_text
from openets.mrv.accounting.factors import (
    FactorSet,
    UnknownGas,
    UnknownItem,
    factor_set,
    factor_sets,
    gases,
    gwp_sets,
)
from openets.mrv.accounting.restate import NothingToRestate, restate
from openets.mrv.accounting.totals import total_of
from openets.mrv.accounting.working import NoDefault
from openets.rulebook.load import law
from tests.mrv.accounted import activity, line, tonnes

F = Fraction


def with_grid_factor(factors: FactorSet, value: str, *years: int) -> FactorSet:
    """A set with another factor of the Chongqing grid, as a new edition would have."""
    changed = tuple(
        replace(one, values={"factor": Decimal(value)})
        if (one.table, one.key) == ("electricity", "chongqing")
        else one
        for one in factors.factors
    )
    return replace(factors, factors=changed, years=years or factors.years)


class TestFormulas:
    def test_a_fuel_takes_every_default_it_is_not_measured_for(self) -> None:
        assert tonnes("fuel", "diesel", 100) == 100 * F("42.652") * F("0.0202") * F("0.98") * F(
            44, 12
        )
        assert tonnes("fuel", "diesel", 100, ncv=42) == 100 * 42 * F("0.0202") * F("0.98") * F(
            44, 12
        )

    def test_the_chinese_name_and_the_smaller_unit_give_the_same(self) -> None:
        assert tonnes("fuel", "柴油", 100_000, "kg") == tonnes("fuel", "DIESEL", 100)
        assert tonnes("fuel", "天然气", 50_000, "Nm3") == tonnes("fuel", "natural_gas", 5, "1e4Nm3")

    def test_energy_measured_in_gj_needs_no_calorific_value(self) -> None:
        assert tonnes("fuel", "diesel", 1000, "GJ") == 1000 * F("0.0202") * F("0.98") * F(44, 12)
        assert tonnes("fuel", "diesel", 1, "GJ") == tonnes("fuel", "diesel", 1000, "MJ")

    def test_nothing_burnt_is_nothing_emitted(self) -> None:
        assert tonnes("fuel", "diesel", 0) == 0

    def test_clinker_is_relieved_by_alternative_raw_materials_but_never_below_zero(self) -> None:
        def clinker(**raw: Any) -> Any:
            return tonnes("process", "clinker", 1000, factors="cement-2024", **raw)

        assert clinker() == 535
        assert clinker(carbide_slag=100, fly_ash=10) == 535 - 48 - F("0.55")
        assert clinker(slaked_lime=891) == F("0.4")
        assert clinker(slaked_lime=892) == 0

    def test_clinker_by_its_oxides_leaves_out_what_was_no_carbonate(self) -> None:
        oxides = {
            "cao": "0.65",
            "cao_without_carbonate": "0.02",
            "mgo": "0.02",
            "mgo_without_carbonate": 0,
        }
        exact = 1000 * (F("0.63") * F(44, 56) + F("0.02") * F(44, 40))
        assert (
            tonnes(
                "process", "clinker_by_oxides", 1000, year=2021, factors="general-2021", **oxides
            )
            == exact
        )

    def test_aluminium_has_its_anodes_and_its_anode_effects(self) -> None:
        def process(item: str, **measured: Any) -> Any:
            return tonnes("process", item, 1000, factors="aluminium-2024", **measured)

        assert process("anode") == 1000 * F("0.411") * F("0.976") * F(44, 12)
        assert process("anode_effect") == F("0.034") * 6630 + F("0.0034") * 11100
        minutes = process("anode_effect", anode_effect_minutes="0.5")
        assert minutes == F("0.0715") * 6630 + F("0.00715") * 11100
        assert line("process", "anode_effect", 1, factors="aluminium-2024").gas == "PFCs"

    def test_steel_deducts_the_carbon_that_leaves_in_products(self) -> None:
        assert tonnes("process", "pig_iron", 10) == F("1.72")
        assert tonnes("product", "pig_iron", 10) == -F("1.72")

    def test_what_is_sold_is_deducted_at_the_same_factor(self) -> None:
        assert tonnes("electricity", "重庆", 1000, "MWh") == F("558.1")
        assert tonnes("electricity_sold", "chongqing", 1_000_000, "kWh") == -F("558.1")
        assert tonnes("heat", "heat", 100, "GJ") + tonnes("heat_sold", "heat", 100, "GJ") == 0

    def test_steam_and_hot_water_carry_the_heat_above_their_water(self) -> None:
        assert tonnes("heat", "steam", 100, enthalpy="2793.8") == F("2710.06") / 10 * F("0.11")
        assert tonnes("heat", "steam", 100, enthalpy="83.74") == 0
        assert tonnes("heat", "hot_water", 100, temperature=70) == 50 * F("4.1868") / 10 * F("0.11")

    def test_a_process_nobody_lists_goes_by_its_own_factor(self) -> None:
        assert tonnes("process", "other", 12, factor="0.25") == 3


class TestGases:
    @pytest.mark.requirement("CQETS-33.i1")
    def test_the_gases_are_of_the_seven_kinds_of_the_law_and_no_other(self) -> None:
        kinds = law("cq").for_year("ghg.gases", 2022).items
        assert {gas.kind for gas in gases().values()} == set(kinds)

    @pytest.mark.requirement("CQETS-33.i1")
    def test_nitrogen_trifluoride_is_accepted_by_its_potential(self) -> None:
        assert tonnes("gas", "NF3", 2, "kg") == F("32.2")
        assert line("gas", "HFC-23", 1).gas == "HFCs"

    @pytest.mark.requirement("CQETS-33.i1")
    @pytest.mark.parametrize("gas", ["CO", "O3", "PFCs", "nf3", ""])
    def test_another_gas_or_only_its_kind_is_refused(self, gas: str) -> None:
        with pytest.raises(UnknownGas) as refused:
            line("gas", gas, 1)
        assert (refused.value.article, refused.value.field) == ("CQETS-33.i1", "item")

    def test_the_set_of_potentials_is_named_with_the_result(self) -> None:
        by_name = {
            name: line("gas", "CH4", 1, factors=factor_set("steel-2024").with_gwp(name))
            for name in gwp_sets()
        }
        assert {name: exact_text(one.tco2e) for name, one in by_name.items()} == {
            "SAR": "21",
            "AR4": "25",
            "AR5": "28",
            "AR6": "27.9",
        }
        assert all(one.factors.gwp.name == name for name, one in by_name.items())
        assert len({one.factors.digest for one in by_name.values()}) == len(by_name)

    def test_a_potential_that_a_report_lacks_is_lent_and_the_working_names_the_lender(self) -> None:
        lent = line("gas", "NF3", 1, year=2021, factors="general-2021")
        assert lent.tco2e == 16_100
        (origin,) = [g.origin for s in lent.explanation.steps for g in s.given if "NF3" in g.name]
        assert origin.startswith("SAR: ")
        assert origin.endswith("; NF3 as in AR5")


class TestRefusals:
    @pytest.mark.parametrize(
        ("given", "measured", "field", "code"),
        [
            (("fuel", "wood", 1), {}, "item", "unknown_item"),
            (("fuel", "limestone", 1), {}, "item", "unknown_item"),
            (("electricity", "firewood", 1, "MWh"), {}, "item", "unknown_item"),
            (("fuel", "diesel", 1, "MWh"), {}, "unit", "unit_mismatch"),
            (("fuel", "diesel", 1, "1e4Nm3"), {}, "unit", "unit_mismatch"),
            (("fuel", "natural_gas", 1, "t"), {}, "unit", "unit_mismatch"),
            (("electricity", "chongqing", 1, "GJ"), {}, "unit", "unit_mismatch"),
            (("heat", "heat", 1, "MWh"), {}, "unit", "unit_mismatch"),
            (("process", "limestone", 1, "吨"), {}, "unit", "unit_mismatch"),
            (("fuel", "other", 1), {"carbon_content": "0.02", "oxidation": 1}, "ncv", "no_default"),
            (("process", "other", 1), {}, "factor", "no_default"),
            (("heat", "steam", 1), {}, "enthalpy", "no_default"),
            (("fuel", "diesel", "-0.01"), {}, "quantity", "negative_amount"),
            (("fuel", "diesel", 1), {"ncv": -1}, "ncv", "negative_amount"),
            (("electricity", "chongqing", -1, "MWh"), {}, "quantity", "bought_and_sold_mixed"),
            (("electricity_sold", "chongqing", -1, "MWh"), {}, "quantity", "bought_and_sold_mixed"),
            (("heat", "heat", -1, "GJ"), {}, "quantity", "bought_and_sold_mixed"),
            (("fuel", "diesel", 1), {"oxidation": "1.000001"}, "oxidation", "ratio_above_one"),
            (("fuel", "diesel", 1), {"oxidation": 98}, "oxidation", "ratio_above_one"),
            (("fuel", "diesel", 1), {"nvc": 42}, "nvc", "parameter_not_used"),
            (("fuel", "diesel", 1, "GJ"), {"ncv": 42}, "ncv", "parameter_not_used"),
            (
                ("fuel", "diesel", 1),
                {"carbon_per_unit": 1, "ncv": 42},
                "ncv",
                "parameters_conflict",
            ),
            (("heat", "steam", 1), {"enthalpy": "83.73"}, "enthalpy", "colder_than_feed_water"),
            (
                ("heat", "hot_water", 1),
                {"temperature": "19.9"},
                "temperature",
                "colder_than_feed_water",
            ),
            (("fuel", "diesel", 1), {"captive": "1.01"}, "captive_quantity", "captive_above_total"),
            (
                ("electricity", "chongqing", 9, "MWh"),
                {"captive": 1},
                "captive_quantity",
                "captive_of_energy",
            ),
            (("fuel", "diesel", 1, "t", 2023), {}, "year", "year_not_covered"),
            (("fuel", "diesel", 1, "t", 2025), {}, "year", "year_not_covered"),
        ],
    )
    def test_a_line_that_cannot_be_is_refused_in_its_field(
        self, given: Any, measured: Any, field: str, code: str
    ) -> None:
        with pytest.raises(Refusal) as refused:
            line(*given, **measured)
        assert (refused.value.field, refused.value.code) == (field, code)
        assert refused.value.remedy("zh")
        assert refused.value.remedy("en")

    def test_a_coal_without_an_oxidation_rate_in_its_guide_needs_a_measured_one(self) -> None:
        with pytest.raises(NoDefault) as refused:
            line("fuel", "anthracite", 1, factors="cement-2024")
        assert refused.value.field == "oxidation"
        measured = tonnes("fuel", "anthracite", 1, factors="cement-2024", oxidation="0.99")
        assert measured == F("22.867") * F("0.02749") * F("0.99") * F(44, 12)

    def test_more_carbon_out_than_in_is_no_sink(self) -> None:
        measured = {
            "calcined": 70,
            "undercalcined": 0,
            "dust": 0,
            "carbon_in": "0.01",
            "carbon_out": "0.02",
        }
        more = {"volatile_in": 0, "volatile_out": 0, "methane_share": 0}
        with pytest.raises(Refusal, match="carbon going out is more than carbon coming in"):
            line("process", "calcination", 100, factors="carbon-material-2024", **measured, **more)


class TestWhy:
    def test_a_line_answers_why_with_formula_values_units_sources_and_rounding(self) -> None:
        (step,) = line("fuel", "diesel", 100, ncv=42).explanation.as_json()
        assert step["formula"] == "quantity × ncv × carbon_content × oxidation × 44/12"
        told = {one["name"]: (one["value"], one["unit"], one["origin"]) for one in step["given"]}
        assert told["quantity"] == ("100", "t", "reported")
        assert told["ncv"] == ("42", "GJ/t", "measured, reported")
        assert told["oxidation"] == (
            "0.98",
            "ratio",
            "steel-2024: CETS-AG-03.01-V01-2024, tables A.1 and A.2 (confidence high)",
        )
        assert "half-up to 2 decimals" in step["rounding"]
        assert factor_set("steel-2024").digest[:16] in step["note"]

    @pytest.mark.parametrize("name", factor_sets())
    def test_every_factor_of_every_set_has_source_and_confidence_and_a_formula(
        self, name: str
    ) -> None:
        for factor in factor_set(name).factors:
            assert factor.source
            assert factor.confidence in {"high", "medium", "low"}
            assert factor.method in {*METHODS, ""}
            assert factor.zh
            assert all(value >= 0 for value in factor.values.values())

    def test_every_formula_is_named_by_some_set(self) -> None:
        named = {factor.method for one in factor_sets().values() for factor in one.factors}
        assert set(METHODS) - named <= {"electricity"}


class TestCaptivePower:
    @pytest.mark.requirement("CQ208-A1.1.1b")
    @pytest.mark.parametrize(
        ("captive", "managed"), [(100_000, 13_000), (100_001, 12_999), (113_000, 0)]
    )
    def test_the_power_part_is_split_off_the_total(self, captive: int, managed: int) -> None:
        totals = total_of([line("process", "other", 113_000, factor=1, captive=captive)])
        assert (totals.total_t, totals.captive_t, totals.managed_t) == (113_000, captive, managed)

    def test_a_line_tells_the_plants_part_and_how_it_was_split(self) -> None:
        found = line("fuel", "diesel", 100, captive=25)
        assert found.captive_tco2e == found.tco2e / 4
        assert found.explanation.steps[1].cites[0].source == "CQ208-A1.1.1b"

    def test_the_plant_may_not_emit_more_than_deductions_leave_of_the_whole(self) -> None:
        burnt = line("process", "other", 100, factor=1, captive=100)
        assert total_of([burnt]).managed_t == 0
        sold = line("heat_sold", "heat", "0.1", "GJ")
        with pytest.raises(Refusal) as refused:
            total_of([burnt, sold])
        assert (refused.value.code, refused.value.article) == (
            "captive_above_total",
            "CQ208-A1.1.1b",
        )

    def test_rounded_parts_add_up_to_the_rounded_whole(self) -> None:
        totals = total_of([line("process", "other", 1, factor="1", captive="0.5")])
        assert totals.captive_t + totals.managed_t == totals.total_t == 1


class TestTotals:
    @pytest.mark.requirement("AMB-03")
    def test_the_sum_is_rounded_and_not_its_lines(self) -> None:
        lines = [line("process", "other", "10.4", factor=1)] * 2
        assert total_of(lines).total_t == 21

    def test_no_line_is_no_emission(self) -> None:
        assert total_of([]).total_t == 0


class TestSetsAndRestatement:
    def test_a_result_keeps_the_set_it_used_when_the_set_changes(self) -> None:
        old = factor_set("general-2022")
        before = line("electricity", "chongqing", 10_000, "MWh", year=2022, factors=old)
        kept = (before.tco2e, before.explanation.as_json(), before.factors.digest)
        new = with_grid_factor(old, "0.5")
        after = line("electricity", "chongqing", 10_000, "MWh", year=2022, factors=new)
        assert (before.tco2e, before.explanation.as_json(), before.factors.digest) == kept
        assert (before.tco2e, after.tco2e) == (5227, 5000)
        assert old.digest != new.digest

    def test_what_if_gives_both_results_kept_apart(self) -> None:
        what = [activity("fuel", "diesel", 100), activity("electricity", "chongqing", 10, "MWh")]
        one, other = (
            [account_line(activity=one, factors=factor_set(name)) for one in what]
            for name in ("steel-2024", "cement-2024")
        )
        assert {line.factors.name for line in one} == {"steel-2024"}
        assert {line.factors.name for line in other} == {"cement-2024"}
        assert [line.tco2e for line in one] == [line.tco2e for line in other]
        coke = activity("fuel", "coke", 100, oxidation="0.99")
        earlier = replace(factor_set("general-2023"), years=(2024,))
        apart = [
            account_line(activity=coke, factors=f).tco2e
            for f in (factor_set("steel-2024"), earlier)
        ]
        assert apart[0] != apart[1]

    @pytest.mark.requirement("CQ208-A1.M.2.2d", "CQ208-A1.M.3.2d", "AMB-18")
    def test_a_base_year_restated_with_another_factor_keeps_both_versions(self) -> None:
        then = with_grid_factor(factor_set("general-2021"), "0.6", 2019)
        now = with_grid_factor(factor_set("general-2021"), "0.5", 2021)
        reported = [line("electricity", "chongqing", 10_000, "MWh", year=2019, factors=then)]
        found = restate(reported=reported, factors=now)
        assert (found.reported[0].tco2e, found.restated[0].tco2e) == (6000, 5000)
        assert found.reported[0] is reported[0]
        assert found.change_tco2e == -1000
        assert found.step.result == "-1000"
        assert found.step.cites[0].source == "CQ208-A1.M.2.2d"

    def test_what_was_measured_stays_measured_in_a_restatement(self) -> None:
        reported = [line("fuel", "coke", 1, year=2023, factors="general-2023", ncv=28)]
        found = restate(reported=reported, factors=factor_set("steel-2024"))
        assert found.restated[0].tco2e == 28 * F("0.02942") * F("0.99") * F(44, 12)

    @pytest.mark.requirement("CQ208-A1.M.2.2d", "CQ208-A1.M.3.2d")
    def test_without_activity_data_the_correction_is_impossible(self) -> None:
        with pytest.raises(NothingToRestate) as refused:
            restate(reported=[], factors=factor_set("general-2021"))
        assert refused.value.article == "CQ208-A1.M.2.2d"

    @pytest.mark.requirement("CQ208-A1.M.3.2d")
    def test_a_missing_factor_stops_the_correction(self) -> None:
        reported = [line("electricity", "chongqing", 1, "MWh", year=2021, factors="general-2021")]
        with pytest.raises(UnknownItem):
            restate(reported=reported, factors=factor_set("general-2020"))
