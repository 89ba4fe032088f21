from decimal import Decimal

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import override

from openets.kernel.citation import Citation
from openets.kernel.explain import Explanation, Step, given
from openets.kernel.refusal import Refusal


def written(template, language="zh-hans", **context):
    with override(language):
        return Template(template).render(Context(context))


@pytest.mark.parametrize(("language", "text"), [("zh-hans", "配额"), ("en", "Allowances")])
def test_a_text_is_said_in_the_language_of_the_page(language, text):
    assert written('{% say "配额" "Allowances" %}', language) == text


def test_what_is_said_of_data_is_escaped():
    assert written("{% say a a %}", a="<b>") == "&lt;b&gt;"


def test_units_stand_apart_from_figures():
    assert written("{{ n|tonnes }}", n=1234) == (
        '<span class="figure">1,234<span class="unit">吨</span></span>'
    )
    assert ">yuan<" in written("{{ n|yuan }}", "en", n=3820)
    assert written("{{ n|tonnes }}", n=None) == "—"


@pytest.mark.parametrize(("change", "name"), [(3, "up"), (-3, "down"), (0, "flat"), (None, "flat")])
def test_a_change_names_its_direction(change, name):
    assert written("{{ n|rise }}", n=change) == name


def test_a_change_of_price_is_signed():
    assert [written("{{ n|price_change }}", n=n) for n in (15, -7, 0)] == ["+0.15", "−0.07", "0.00"]


def working():
    step = Step(
        title="Allowance",
        title_zh="核定配额",
        formula="a × b",
        result="188",
        unit="t",
        given=(given("系数", Decimal("0.9400"), origin="规则库"),),
        cites=(Citation(source="CQ208-A1.2", quote="引文"), Citation(assumed="文本未规定")),
        rounding="half-up",
    )
    return Explanation((step,)).as_json()


def test_why_shows_formula_inputs_articles_and_assumptions():
    page = written("{% why steps %}", steps=working())
    for shown in (
        "为什么",
        "核定配额",
        "a × b",
        "0.94",
        "规则库",
        "188",
        "/law/CQ208-A1.2",
        "引文",
    ):
        assert shown in page
    assert "文本未规定" in page
    assert "popovertarget" in page


def test_a_figure_without_working_has_no_question():
    assert written("{% why steps %}", steps=None).strip() == ""


def test_two_questions_open_two_drawers():
    page = written("{% why steps %}{% why steps %}", steps=working())
    ids = {part.split('"')[0] for part in page.split(' id="')[1:]}
    assert len(ids) == 2


class TooMuch(Refusal):
    code = "too_much"
    article = "CQ208-A1.5.2b"
    zh = "最多 {limit} 吨"
    en = "At most {limit} t"
    remedy_zh = "请减少数量"
    remedy_en = "Ask for less"


@pytest.mark.parametrize(
    ("language", "texts"),
    [("zh-hans", ("最多 8 吨", "请减少数量")), ("en", ("At most 8 t", "Ask for less"))],
)
def test_a_refusal_names_the_rule_and_the_remedy(language, texts):
    page = written("{% refusal refused %}", language, refused=TooMuch(limit=8))
    assert all(text in page for text in (*texts, "/law/CQ208-A1.5.2b", "too_much"))


def asked(path):
    return RequestFactory().get(path)


def test_the_pager_counts_and_keeps_the_question():
    rows = Paginator(range(308), 20).get_page(2)
    page = written("{% pager rows %}", rows=rows, request=asked("/entities?district=涪陵区&page=2"))
    assert "<b>308</b>" in page
    assert page.count("district=") >= 3
    assert "page=3" in page


@pytest.mark.parametrize(
    ("path", "order", "following"),
    [
        ("/", "none", "sort=gap"),
        ("/?sort=gap", "ascending", "sort=-gap"),
        ("/?sort=-gap", "descending", "sort=gap"),
        ("/?sort=name", "none", "sort=gap"),
    ],
)
def test_a_heading_sorts_one_way_then_the_other(path, order, following):
    page = written('{% sort_heading "gap" "盈缺" "number" %}', request=asked(path))
    assert f'aria-sort="{order}"' in page
    assert f'href="?{following}"' in page
