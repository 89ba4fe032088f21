"""The report as a grid: accounted for, reconciled, compared, each fault at its place."""

from decimal import Decimal
from fractions import Fraction

import pytest

from openets.kernel.quantity import half_up
from openets.mrv.grid import LastYear
from openets.mrv.report_sheets import ACTIVITY, KINDS, LINES, quantities
from openets.mrv.sheets import MOST_ROWS, CellNotKept, TooManyRows, cleaned, differences
from tests.mrv.reported import FUEL, LINE, POWER, checked, content


def places(found):
    return [(f.refusal.code, f.sheet, f.row, f.column) for f in found.faults]


class TestAccounting:
    def test_the_lines_follow_from_the_activity_data_of_the_facility_of_their_name(self):
        found = checked()
        (figures,) = found.figures
        assert found.may_be_submitted
        assert figures.co2_t == half_up(found.totals.exact, 4)
        assert figures.non_co2_t == 0

    def test_every_accounted_row_has_its_working(self):
        lines = checked().lines
        assert sorted(lines) == [2, 3]
        assert all(line.explanation.steps for line in lines.values())

    def test_other_gases_and_the_captive_plant_stand_apart(self):
        gas = {**FUEL, "source": "gas", "item": "SF6", "quantity": "3.5", "unit": "kg"}
        captive = {**FUEL, "captive_quantity": "400"}
        found = checked(captive, gas)
        (figures,) = found.figures
        assert figures.non_co2_t == Decimal("83.65")
        assert figures.co2_t == half_up(found.lines[2].tco2e * Fraction(6, 10), 4)

    def test_written_emissions_must_agree_with_what_was_accounted_for(self):
        exact = checked().totals.exact
        for text, right in (
            (str(half_up(exact, 2)), True),
            (str(half_up(exact)), True),
            (str(half_up(exact) + 1), False),
            (str(half_up(exact, 2) + Decimal("0.01")), False),
        ):
            found = checked(lines=[{**LINE, "co2_t": text}])
            assert (places(found) == []) is right, text
        assert places(found) == [("lines_disagree", "lines", None, "")]

    def test_two_products_of_a_line_need_their_emissions_written(self):
        rows = [{**LINE, "product": "甲"}, {**LINE, "product": "乙"}]
        assert places(checked(lines=rows)) == [
            ("emissions_of_line_missing", "lines", 2, "G"),
            ("emissions_of_line_missing", "lines", 3, "G"),
        ]

    def test_nothing_can_be_submitted_of_an_empty_grid(self):
        found = checked({}, lines=[], summary={})
        assert [f.refusal.code for f in found.faults] == ["cell_empty"] * 3
        assert not found.figures
        assert found.totals is None


class TestFaults:
    @pytest.mark.parametrize(
        ("change", "code", "column"),
        [
            ({"quantity": "１２３"}, "wide_digits", "D"),
            ({"quantity": "1900-01-05"}, "day_for_number", "D"),
            ({"quantity": "1,234"}, "not_a_number", "D"),
            ({"quantity": "-5"}, "negative_amount", "D"),
            ({"quantity": ""}, "cell_empty", "D"),
            ({"unit": "吨"}, "unit_mismatch", "E"),
            ({"item": "煤"}, "unknown_item", "C"),
            ({"source": "烧"}, "unknown_source", "B"),
            ({"parameters": "x=1"}, "parameter_not_used", "J"),
            ({"oxidation": "98"}, "ratio_above_one", "H"),
            ({"from_date": "2021-12-31"}, "not_a_day", "M"),
            ({"from_date": "昨天"}, "not_a_day", "M"),
        ],
    )
    def test_a_bad_cell_of_activity_data_is_told_at_its_place(self, change, code, column):
        found = checked({**FUEL, **change}, POWER, lines=[{**LINE, "co2_t": "1"}])
        assert (code, "activity", 2, column) in places(found)
        assert not found.figures

    @pytest.mark.parametrize(
        ("change", "code", "column"),
        [
            ({"output": "多"}, "not_a_number", "C"),
            ({"output": "1.0000001"}, "out_of_range", "C"),
            ({"output": "1000000000000"}, "out_of_range", "C"),
            ({"output": "-1"}, "bad_figure", "C"),
            ({"line": "L9"}, "bad_figure", "A"),
            ({"production_days": "300.5"}, "not_whole", "E"),
            ({"production_days": "301"}, "bad_figure", "E"),
            ({"co2_t": "1.00001"}, "out_of_range", "G"),
            ({"usable_from": "2023-01-01"}, "not_a_day", "I"),
        ],
    )
    def test_a_bad_cell_of_a_line_is_told_at_its_place(self, change, code, column):
        found = checked(FUEL, lines=[{**LINE, "co2_t": "1", **change}])
        assert (code, "lines", 2, column) in places(found)
        assert not found.may_be_submitted

    def test_a_number_beyond_all_bounds_is_a_fault_and_no_crash(self):
        found = checked({**FUEL, "quantity": "9" * 39})
        assert "out_of_range" in [code for code, *_ in places(found)]

    @pytest.mark.requirement("BJETS-22")
    def test_a_report_names_who_accounts(self):
        assert places(checked(summary={})) == [("cell_empty", "summary", 2, "A")]


class TestLastYear:
    LAST = LastYear(
        quantities={("L1", "fuel", "烟煤"): Decimal(1250)}, outputs={("L1", "产品"): Decimal(800)}
    )

    def test_a_change_of_a_fifth_asks_and_a_smaller_one_does_not(self):
        found = checked(last=self.LAST)
        assert [(c.sheet, c.percent, c.asks) for c in found.changes] == [
            ("activity", Decimal("-20.0"), True),
            ("lines", Decimal("25.0"), True),
        ]
        assert [(q.sheet, q.row, q.column) for q in found.questions] == [
            ("activity", 2, "O"),
            ("lines", 2, "N"),
        ]
        assert not found.may_be_submitted
        close = LastYear(quantities={("L1", "fuel", "烟煤"): Decimal("1249.9")})
        assert checked(last=close).may_be_submitted

    def test_an_explanation_answers_it(self):
        found = checked(
            {**FUEL, "note": "检修"}, POWER, lines=[{**LINE, "note": "扩产"}], last=self.LAST
        )
        assert found.may_be_submitted
        assert [c.is_answered for c in found.changes] == [True, True]

    def test_the_total_asks_too_and_is_answered_in_the_report(self):
        total = LastYear(total_tco2e=1)
        assert [q.sheet for q in checked(last=total).questions] == ["summary"]
        told = {"responsible": "负责人", "note": "首年"}
        assert checked(last=total, summary=told).may_be_submitted

    def test_what_is_no_number_is_a_fault_and_no_change(self):
        found = checked({**FUEL, "quantity": "多"}, last=self.LAST)
        assert [c.sheet for c in found.changes] == ["lines"]

    def test_several_rows_of_a_source_are_compared_together(self):
        half = {**FUEL, "quantity": "625"}
        found = checked(half, {**half, "from_date": "2022-07-01"}, last=self.LAST)
        assert [c.percent for c in found.changes if c.sheet == "activity"] == [0, 0]


class TestVersions:
    def test_a_comparison_names_the_cell_the_row_and_what_came_or_went(self):
        before = cleaned(KINDS, content())
        after = cleaned(KINDS, content({**FUEL, "quantity": "1100"}))
        found = [
            (d.sheet, d.row, d.column, d.before, d.after) for d in differences(KINDS, before, after)
        ]
        assert found[0] == ("activity", "L1 · fuel · 烟煤", "quantity", "1000", "1100")
        assert {row[1] for row in found[1:]} == {"L1 · electricity · 重庆"}
        assert {row[4] for row in found[1:]} == {""}
        assert differences(KINDS, before, before) == []

    def test_rows_about_the_same_are_told_apart(self):
        before = cleaned(KINDS, content(FUEL, FUEL))
        after = cleaned(KINDS, content(FUEL, {**FUEL, "quantity": "2"}))
        assert [d.row for d in differences(KINDS, before, after)] == ["L1 · fuel · 烟煤 (2)"]

    def test_unknown_columns_and_empty_rows_are_not_kept(self):
        grid = cleaned(KINDS, {"activity": [{"facility": " L1 ", "x": "1"}, {"item": " "}]})
        assert grid["activity"] == ({"facility": "L1"},)

    def test_too_many_rows_and_too_long_cells_are_refused(self):
        with pytest.raises(TooManyRows):
            cleaned(KINDS, {"activity": [FUEL] * (MOST_ROWS + 1)})
        with pytest.raises(CellNotKept):
            cleaned(KINDS, {"activity": [{"facility": "长" * 1001}]})

    def test_quantities_are_summed_for_the_year_after(self):
        assert quantities(cleaned(KINDS, content(FUEL, FUEL)))["L1", "fuel", "烟煤"] == 2000

    def test_every_column_has_a_letter(self):
        assert ACTIVITY.letter("facility") == "A"
        assert LINES.letter("note") == "N"
        assert LINES.letter("nothing") == ""
