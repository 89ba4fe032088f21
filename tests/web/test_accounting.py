"""The accounting page and its interface: open to everybody, and nothing is kept."""

import json

import pytest
from django.test import Client

from openets.mrv.accounting.factors import factor_set, factor_sets
from openets.web.accounting.forms import EXAMPLE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]

ROWS = "facility,source,item,quantity,unit\nF1,fuel,diesel,100,t\n"


def sent(rows: str = ROWS, **more: str):
    form = {"factors": "steel-2024", "rows": rows, **more}
    return Client().post("/accounting", form)


def asked(**more):
    line = {"facility": "F1", "source": "fuel", "item": "柴油", "quantity": "100", "unit": "t"}
    body = {"factors": "steel-2024", "lines": [line], **more}
    return Client(enforce_csrf_checks=True).post(
        "/api/accounting/calculate", json.dumps(body), "application/json"
    )


class TestPage:
    def test_anybody_sees_the_form_with_an_example_that_works(self) -> None:
        answer = Client().get("/accounting")
        assert answer.status_code == 200
        assert "一号厂" in answer.content.decode()
        assert "CETS-AG-03.01-V01-2024" in answer.content.decode()
        (shown,) = sent(EXAMPLE).context["reports"]
        assert not shown.refused
        assert [one.name for one in shown.sums] == ["一号厂", "二号厂", ""]

    def test_rows_come_back_with_their_emissions_and_why(self) -> None:
        answer = sent()
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "309.59" in page
        assert "数量 × 低位发热量 × 单位热值含碳量 × 碳氧化率 × 44/12" in page

    def test_a_block_pasted_from_a_spreadsheet_has_tabs(self) -> None:
        (shown,) = sent(ROWS.replace(",", "\t").replace("\n", "\r\n")).context["reports"]
        assert str(shown.report.lines[0].emissions_t) == "309.59"

    def test_a_bad_row_is_told_beside_the_good_ones(self) -> None:
        answer = sent(ROWS + "F2,fuel,wood,1,t\n")
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "309.59" in page
        assert "没有“wood”" in page

    def test_another_set_stands_apart(self) -> None:
        reports = sent(restated="general-2023", gwp="AR6").context["reports"]
        assert [one.report.factors.name for one in reports] == ["steel-2024", "general-2023"]
        assert {one.report.factors.gwp.name for one in reports} == {"AR6"}
        assert len({one.report.lines[0].tco2e for one in reports}) == 2

    @pytest.mark.parametrize(
        "rows", ["facility,source\n", 'facility,source,item,quantity,unit\n"', "a\tb\n", "\x01"]
    )
    def test_a_table_that_cannot_be_read_is_refused_with_the_input_kept(self, rows: str) -> None:
        answer = sent(rows)
        assert answer.status_code == 422
        assert "reports" not in answer.context

    @pytest.mark.parametrize(
        "wrong", [{"factors": "../gwp"}, {"gwp": "AR9"}, {"rows": ""}, {"rows": "x" * 60_001}]
    )
    def test_a_form_that_is_wrong_comes_back(self, wrong: dict[str, str]) -> None:
        assert sent(**wrong).status_code == 422

    def test_what_is_typed_is_shown_as_text(self) -> None:
        page = sent(ROWS + "<script>x</script>,fuel,diesel,1,t\n").content.decode()
        assert "<script>x" not in page


class TestInterface:
    def test_the_sets_are_told_with_every_source(self) -> None:
        sets = Client().get("/api/accounting/factors").json()
        assert [one["name"] for one in sets] == list(factor_sets())
        assert all(f["source"] and f["confidence"] for one in sets for f in one["factors"])
        assert {one["digest"] for one in sets} == {one.digest for one in factor_sets().values()}

    def test_lines_come_back_exactly_with_why(self) -> None:
        answer = asked().json()
        (line,) = answer["reported"]["lines"]
        assert (line["emissions_exact"], line["emissions_t"], line["row"]) == (
            "309.59096373333333333333",
            "309.59",
            1,
        )
        assert line["explanation"][0]["given"][1]["value"] == "42.652"
        assert answer["reported"]["totals"][-1]["emissions_t"] == 310
        assert answer["reported"]["digest"] == factor_set("steel-2024").digest
        assert answer["restated"] is None

    def test_another_set_is_answered_apart(self) -> None:
        answer = asked(restate="general-2021").json()
        assert answer["restated"]["factor_set"] == "general-2021"
        assert answer["restated"]["lines"][0]["emissions_t"] == "314.51"

    def test_measured_values_and_the_captive_plant_count(self) -> None:
        line = {
            "facility": "F1",
            "source": "fuel",
            "item": "diesel",
            "quantity": "100",
            "unit": "t",
            "measured": {"ncv": "42"},
            "captive_quantity": "50",
        }
        (found,) = asked(lines=[line]).json()["reported"]["lines"]
        assert (found["emissions_t"], found["managed_t"]) == ("304.86", "152.43")

    def test_a_refused_line_stands_among_the_refusals(self) -> None:
        lines = [
            {"facility": "F", "source": "fuel", "item": item, "quantity": "1", "unit": "t"}
            for item in ("wood", "diesel")
        ]
        report = asked(lines=lines).json()["reported"]
        assert [one["row"] for one in report["lines"]] == [2]
        assert [one["code"] for one in report["refusals"]] == ["unknown_item", "report_incomplete"]
        assert report["refusals"][0]["row"] == 1

    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            ({"factors": "steel"}, "unknown_factor_set"),
            ({"restate": "steel"}, "unknown_factor_set"),
            ({"gwp": "AR9"}, "unknown_gwp_set"),
            ({"lines": [{"facility": "F1"}]}, "not_understood"),
            ({"lines": [{"quantity": 0.1}]}, "not_understood"),
        ],
    )
    def test_what_cannot_be_calculated_is_refused(
        self, wrong: dict[str, object], code: str
    ) -> None:
        answer = asked(**wrong)
        assert answer.status_code == 422
        assert answer.json()["code"] == code
