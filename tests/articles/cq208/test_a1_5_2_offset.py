"""Annex 1, 五（二）: how many and which reductions may be used instead of allowances."""

import pytest

from openets.compliance.obligation import NotWholeTonnes, Obligation, countable
from openets.compliance.offset_rules import OffsetRules, offset_cap_t
from openets.kernel.quantity import parse_decimal
from openets.rulebook.load import law
from tests.compliance.offering import codes, examine, passed_t, unit


@pytest.mark.requirement("CQ208-A1.5.2")
def test_one_tonne_of_reductions_offsets_one_allowance():
    before = Obligation(year=2022, verified_t=100_000)
    after = Obligation(year=2022, verified_t=100_000, offset_t=5_000)
    assert before.open_t - after.open_t == 5_000


@pytest.mark.requirement("CQ208-A1.5.2")
def test_an_unregistered_kind_is_refused():
    outcome = examine(unit(5_000, kind="other"), unit(100, kind="CCER"))
    assert codes(outcome) == ["kind_not_admitted"]
    assert outcome.refused[0].refusal.article == "CQ208-A1.5.2"
    assert passed_t(outcome) == [100]


@pytest.mark.requirement("CQ208-A1.5.2b", "AMB-34")
@pytest.mark.parametrize(
    ("offered_t", "refused"), [(7_999, []), (8_000, []), (8_001, ["above_cap"])]
)
def test_reductions_above_eight_percent_rounded_down_are_refused(offered_t, refused):
    outcome = examine(unit(offered_t), verified_t=100_010)
    assert outcome.cap_t == 8_000
    assert codes(outcome) == refused
    assert [part.would_pass_t for part in outcome.refused] == [8_000] * len(refused)


@pytest.mark.requirement("CQ208-A1.5.2b")
def test_the_cap_counts_what_was_used_before():
    used = [unit(7_000)]
    assert codes(examine(unit(1_000), used=used)) == []
    assert codes(examine(unit(1_001), used=used)) == ["above_cap"]


@pytest.mark.requirement("AMB-34")
@pytest.mark.parametrize(("base", "cap_t"), [("verified", 8_000), ("after_offset", 7_407)])
def test_the_base_of_the_cap_is_a_reading(base, cap_t):
    rules = OffsetRules.of(law("cq").instead({"offset.cap_base": base}), 2022)
    assert offset_cap_t(rules=rules, verified_t=100_000) == cap_t


@pytest.mark.requirement("CQ208-A1.5.2c", "AMB-35")
@pytest.mark.parametrize(("city_t", "refused"), [(6_401, 0), (6_400, 0), (6_399, 2)])
def test_less_than_eighty_percent_from_the_city_is_refused(city_t, refused):
    outcome = examine(unit(city_t), unit(8_000 - city_t, "elsewhere"))
    assert codes(outcome) == ["below_city_share"] * refused


@pytest.mark.requirement("CQ208-A1.5.2d", "AMB-35")
@pytest.mark.parametrize(("circle_t", "refused"), [(799, 0), (800, 0), (801, 2)])
def test_more_than_ten_percent_from_the_circle_is_refused(circle_t, refused):
    outcome = examine(unit(8_000 - circle_t), unit(circle_t, "circle"))
    assert codes(outcome) == ["above_circle_share"] * refused


@pytest.mark.requirement("AMB-35")
@pytest.mark.parametrize(
    ("city_t", "circle_t", "elsewhere_t", "reading", "refused"),
    [
        (6_400, 800, 800, "residual", []),
        (6_400, 900, 700, "residual", ["above_circle_share"] * 3),
        (6_400, 0, 1_600, "residual", []),
        (6_400, 0, 1_600, "none", ["elsewhere_not_admitted"]),
        (0, 0, 1_000, "residual", ["below_city_share"]),
    ],
)
def test_elsewhere_fills_what_city_and_circle_leave(
    city_t, circle_t, elsewhere_t, reading, refused
):
    shares = {"city": city_t, "circle": circle_t, "elsewhere": elsewhere_t}
    offered = [unit(tonnes, origin) for origin, tonnes in shares.items() if tonnes]
    assert codes(examine(*offered, elsewhere=reading)) == refused


@pytest.mark.requirement("AMB-35")
def test_shares_are_tested_on_all_that_was_used_unless_read_per_application():
    used, offered = [unit(6_400)], unit(700, "circle")
    assert codes(examine(offered, used=used)) == []
    refused = examine(offered, used=used, composition_test="per_application")
    assert codes(refused) == ["below_city_share"]


@pytest.mark.requirement("CQ208-A1.5.2e", "AMB-36")
@pytest.mark.parametrize(
    ("project_type", "refused"),
    [
        ("wind", []),
        ("hydrogen", []),
        ("non-hydro biomass", []),
        ("沼气利用", []),
        ("hydropower", ["project_type_not_admitted"]),
        ("Small_Hydropower", ["project_type_not_admitted"]),
        ("run-of-river hydro", ["project_type_not_admitted"]),
        ("小水电", ["project_type_not_admitted"]),
        ("ｈｙｄｒｏ", ["project_type_not_admitted"]),
        ("hydroelectric dam", ["project_type_not_admitted"]),
        ("hydroelectricity", ["project_type_not_admitted"]),
        ("水力发电", ["project_type_not_admitted"]),
        ("非水电", []),
        ("nonhydro_biomass", []),
        ("", ["project_type_missing"]),
        (" ", ["project_type_missing"]),
    ],
)
@pytest.mark.parametrize("kind", ["CCER", "CQCER"])
def test_hydropower_of_any_size_and_a_missing_type_are_refused(kind, project_type, refused):
    assert codes(examine(unit(10, kind=kind, project_type=project_type))) == refused


@pytest.mark.requirement("CQVER-26.3")
def test_half_a_tonne_is_refused():
    with pytest.raises(NotWholeTonnes):
        countable(parse_decimal("0.5"))


@pytest.mark.requirement("CQVER-29", "CQ208-A6.4")
def test_serials_used_before_or_offered_twice_are_refused():
    used = [unit(100, first=1)]
    outcome = examine(
        unit(50, first=100), unit(50, first=101), unit(1, first=150), unit(9, first=151), used=used
    )
    assert codes(outcome) == ["serials_used_twice", "serials_used_twice"]
    assert passed_t(outcome) == [50, 9]


@pytest.mark.requirement("CQVER-29")
def test_the_same_numbers_of_another_kind_are_other_units():
    assert codes(examine(unit(5, first=1), unit(5, first=1, kind="CCER"))) == []


@pytest.mark.requirement("CQ208-A5.4", "AMB-38")
@pytest.mark.parametrize(("offered_t", "refused"), [(500, []), (501, ["above_open_duty"])])
def test_an_application_above_the_open_duty_is_refused(offered_t, refused):
    outcome = examine(unit(offered_t), open_t=500)
    assert codes(outcome) == refused
    assert [part.would_pass_t for part in outcome.refused] == [500] * len(refused)
