"""A working reads in Chinese as in English: every phrase, name and code has both."""

import ast
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openets.allocation.entity import allocate_entity
from openets.allocation.methods import Departure, Method
from openets.allocation.reserve import reserve_of
from openets.kernel.explain import Explanation
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.mrv.accounting.account import account_line
from openets.mrv.accounting.activity import Activity, Source
from openets.mrv.accounting.factors import factor_set, factor_sets
from openets.roster.inclusion import YearEmissions, inclusion
from openets.rulebook.load import law
from openets.web.law.page import jurisdictions
from openets.web.phrases import CODES, NAMES, OPTIONS, PHRASES
from openets.web.reasons import reasons_zh
from openets.web.workings import formula_worded, worded
from tests.allocation.rows import changed, cq, history
from tests.allocation.test_twin import entities

SOURCE = Path(__file__).parents[2] / "src" / "openets"
CALCULATORS = (
    *(f"allocation/{name}.py" for name in ("base", "entity", "methods", "relief", "reserve")),
    "allocation/results.py",
    *("roster/inclusion.py", "roster/removal.py"),
    *(
        "mrv/accounting/working.py",
        "mrv/accounting/account.py",
        "mrv/accounting/base_year.py",
        "mrv/accounting/restate.py",
    ),
)
HAN = re.compile(r"[\u4e00-\u9fff]")
CODE = re.compile(r"\b[a-z0-9]+_[a-z0-9_]+\b")
WORD = re.compile(r"[A-Za-z]{3,}")
OUR_OWN = re.compile(
    r"AMB-\d+|CQ[A-Z0-9]*-[\w.]+|GWP|max|sha256 [0-9a-f]+|(?:general|grid|cement)-\S+"
)
"""What stays Latin in Chinese: ids of the catalogue, symbols and the names of factor sets."""


BUILT = {
    "{} {}",
    "allowance {}",
    "exemption +{} t, relief: {}",
    "|intensity - mean| / mean {} limit",
    "the enterprise stood still {} days or more in ",
}
"""Texts whose gaps make one of several phrases; the random allocations below meet them."""


def in_words(text: str) -> str:
    found = worded(text)
    return found if found != text else formula_worded(text)


def phrases_of(path: Path) -> Iterator[str]:
    """Every text with a space that the functions of a calculator may write, gaps as {}."""
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(function, ast.FunctionDef):
            continue
        for statement in function.body[1:] if ast.get_docstring(function) else function.body:
            yield from _texts(statement)


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Raise | ast.Assert) or _is_refusal(node):
        return
    if isinstance(node, ast.keyword) and node.arg in {"title", "title_zh", "unit"}:
        return
    if isinstance(node, ast.JoinedStr):
        parts = (p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
        text = "".join(map(str, parts))
        if " " in text.strip():
            yield text
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from _texts(child)


def _is_refusal(node: ast.AST) -> bool:
    """A refusal's own texts and the words of `needed` belong to refusals, not to workings."""
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
    return name in {"needed", "incomplete", "NoBaseLeft", "NoGroundForRemoval", "_stated", "join"}


@pytest.mark.parametrize("path", CALCULATORS)
def test_every_phrase_a_calculator_writes_has_its_chinese(path: str) -> None:
    said = set(phrases_of(SOURCE / path))
    assert said or path.endswith(("results.py", "working.py"))
    with override("zh-hans"):
        missing = {text for text in said if not HAN.search(in_words(text.replace("{}", "7")))}
    assert missing <= BUILT


def test_chinese_is_chinese_and_english_is_english_and_both_have_the_same_gaps() -> None:
    for english, chinese in PHRASES.items():
        assert HAN.search(re.sub("[：（），。]", "", chinese)) or english.startswith("{}: {}"), (
            english
        )
        assert not HAN.search(english), english
        assert len(re.findall(r"{\d?}", chinese)) == len(re.findall("{#?}", english)), english
    for name, said in (NAMES | OPTIONS | CODES).items():
        assert HAN.search(said.zh) or name == "CO2", name
        assert not HAN.search(said.en), name
        assert not CODE.search(said.en), name


def test_every_choice_reason_and_note_of_the_rulebook_has_words_in_both_languages() -> None:
    for jurisdiction in jurisdictions():
        for rule in law(jurisdiction):
            named = [option for option in rule.options if isinstance(option, str)]
            lacking = [o for o in named if o not in OPTIONS and not re.search(r"[\d>A-Z]", o)]
            assert lacking == [], rule.key
            for text in (rule.cite.assumed, rule.note):
                assert not text or HAN.search(reasons_zh().get(text, "")), (rule.key, text)


def texts_of_factors() -> set[str]:
    sets = [factor_set(name) for name in factor_sets()]
    factors = {text for one in sets for row in one.factors for text in (row.source, row.note)}
    return (factors | {text for one in sets for text in (one.source, one.note)}) - {""}


def test_every_source_and_note_of_a_factor_has_its_chinese() -> None:
    assert {
        text for text in texts_of_factors() if not HAN.search(reasons_zh().get(text, ""))
    } == set()


def test_no_chinese_reason_is_left_over() -> None:
    used = {t for j in jurisdictions() for r in law(j) for t in (r.cite.assumed, r.note)}
    assert set(reasons_zh()) <= used | texts_of_factors()


def test_a_reasons_own_words_and_names_are_left_as_they_were_written() -> None:
    with override("zh-hans"):
        assert worded("熟料线 output") == "熟料线 output"
        assert worded("instead of historical_intensity, for the recorded reason: 计量器具失准") == (
            "代替历史排放强度下降法，记录的理由：计量器具失准"
        )
        assert worded("the enterprise stood still 183 days or more in 2018 and 2019") == (
            "企业在 2018、2019 年停产均达 183 天及以上"
        )
    with override("en"):
        assert worded("historical_intensity") == "historical intensity"
        assert formula_worded("quantity × ncv × 44/12") == "quantity × net calorific value × 44/12"


READINGS = {
    rule.key.removeprefix("alloc."): [str(option) for option in rule.options]
    for rule in law("cq")
    if rule.key.startswith("alloc.") and rule.reading
}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=entities(),
    readings=st.fixed_dictionaries({key: st.sampled_from(o) for key, o in READINGS.items()}),
)
def test_any_allocation_by_any_reading_reads_in_both_languages(
    rows: list[Any], readings: dict[str, str]
) -> None:
    rules = cq(**readings)
    try:
        found = allocate_entity(entity="E", year=2022, rows=rows, law=rules)
    except Refusal:
        return
    reserve = reserve_of(entities_sum_t=Tonnes(found.determined_t), year=2022, law=rules)
    for explanation in (found.explanation, reserve.explanation):
        must_read(explanation)
    for line in found.lines:
        must_read(line.explanation)


def test_a_recorded_departure_reads_in_both_languages() -> None:
    rows = changed(history(co2=[9, 9, 9, 9], output=[3, 3, 3, 3], days=[9, 9, 9, 9]), 2018)
    departure = Departure(Method.HISTORICAL_TOTAL, "计量器具失准")
    found = allocate_entity(
        entity="E", year=2021, rows=rows, law=law("cq"), departures={"L1": departure}
    )
    must_read(found.lines[0].explanation)


@pytest.mark.parametrize("name", factor_sets())
def test_every_default_of_every_factor_set_reads_in_both_languages(name: str) -> None:
    factors = factor_set(name)
    with override("zh-hans"):
        for factor in factors.factors:
            assert all(HAN.search(worded(value)) for value in factor.values), factor.key


def test_an_accounted_line_reads_in_both_languages() -> None:
    activity = Activity(
        facility="F",
        source=Source.FUEL,
        item="柴油",
        year=2024,
        quantity=Decimal(3),
        unit="t",
        measured={"oxidation": Decimal("0.98")},
        row=2,
    )
    line = account_line(activity=activity, factors=factor_set("steel-2024"))
    for step in line.explanation.as_json():
        with override("zh-hans"):
            assert formula_worded(step["formula"]) == (
                "数量 × 低位发热量 × 单位热值含碳量 × 碳氧化率 × 44/12"
            )
            told = [step["rounding"], step["note"], *(one["name"] for one in step["given"])]
            assert all(HAN.search(worded(text)) for text in told)


def test_an_inclusion_reads_in_both_languages() -> None:
    figures = {2019: YearEmissions(Decimal(20_000), Decimal(3_000))}
    must_read(inclusion(figures, industrial=True, year=2021, law=law("cq")).explanation)


def must_read(explanation: Explanation) -> None:
    for step in explanation.as_json():
        told = [step["result"], step["rounding"], step["note"]]
        told += [cite.get("assumed", "") for cite in step["cites"]]
        for one in step["given"]:
            told += [one["name"], one["origin"]]
        with override("zh-hans"):
            for text in [formula_worded(step["formula"]), *map(worded, told)]:
                assert not WORD.search(OUR_OWN.sub("", text)), text
        with override("en"):
            for text in [formula_worded(step["formula"]), *map(worded, told)]:
                assert not CODE.search(text), text
