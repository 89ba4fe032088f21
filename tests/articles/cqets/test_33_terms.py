"""CQETS art. 33: the terms of each jurisdiction, with the meaning of its own text."""

import html
import re
from dataclasses import replace
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction

from openets.kernel.tables import TableRow
from openets.mrv.accounting.activity import Source
from openets.mrv.accounting.factors import UnknownGas, factor_set
from openets.mrv.accounting.rows import UnknownSource, read_activity
from openets.mrv.accounting.totals import total_of
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import Origin, UnitKind
from openets.registry.operations import Issue, LotOf
from tests.markets import ISSUED, open_unit_accounts, small_market
from tests.mrv.accounted import line
from tests.mrv.reported import checked

pytestmark = pytest.mark.django_db

CQ = ("温室气体", "碳排放", "碳排放权", "碳排放权交易", "国家核证自愿减排量", "本市核证自愿减排量")
BJ = ("碳排放权", "碳排放配额", "本市审定的自愿减排量")


def terms(client, jurisdiction):
    page = client.get("/law/terms", {"jurisdiction": jurisdiction}).content.decode()
    rows = re.findall(r'<th scope="row">(.*?)<span.*?<td class="basis">(.*?)</td>', page, re.DOTALL)
    return {term: html.unescape(meaning) for term, meaning in rows}


@pytest.mark.requirement("CQETS-33", "CQETS-33.i1", "CQETS-33.i5", "CQETS-33.i6")
def test_chongqings_page_shows_its_six_terms_with_their_meaning(client):
    shown = terms(client, "cq")
    assert tuple(shown) == CQ
    assert shown["碳排放权"] == "是指分配给重点排放单位的规定时期内的碳排放额度"
    assert "三氟化氮（NF3）" in shown["温室气体"]
    assert "外购的电力和热力" in shown["碳排放"]
    assert "通过交易机构" in shown["碳排放权交易"]
    assert "国家温室气体自愿减排交易注册登记系统" in shown["国家核证自愿减排量"]
    assert "按本市规定" in shown["本市核证自愿减排量"]


@pytest.mark.requirement("CQETS-33.i1")
@pytest.mark.parametrize("gas", ["CO", "O3"])
def test_an_emission_item_of_another_gas_is_rejected(gas):
    assert UnknownGas in [type(fault.refusal) for fault in released(gas).faults]


@pytest.mark.requirement("CQETS-33.i1")
def test_two_tonnes_of_nitrogen_trifluoride_are_accepted_though_the_set_of_the_year_lacks_it():
    found = released("NF3")
    assert found.faults == ()
    assert [line.tco2e for line in found.accounted.lines] == [32_200]


def released(gas):
    return checked({"facility": "L1", "source": "gas", "item": gas, "quantity": "2", "unit": "t"})


@pytest.mark.requirement("CQETS-33.i2")
class TestEmissions:
    """Fuel 60,000 t, process 30,000 t, bought electricity 9,000 t and heat 1,000 t."""

    def test_what_is_bought_is_indirect_and_counts_in_the_total(self):
        parts = {"fuel": 60_000, "process": 30_000, "electricity": 9_000, "heat": 1_000}
        given = replace(line("fuel", "diesel", 1), captive_tco2e=Fraction(0))
        totals = total_of(
            replace(
                given,
                activity=replace(given.activity, source=Source(source)),
                tco2e=Fraction(tco2e),
            )
            for source, tco2e in parts.items()
        )
        assert (totals.total_t, totals.direct_exact, totals.indirect_exact) == (
            100_000,
            90_000,
            10_000,
        )

    def test_an_unknown_source_class_is_rejected(self):
        row = {"facility": "F", "source": "forest", "item": "diesel", "quantity": "1", "unit": "t"}
        with pytest.raises(UnknownSource) as refused:
            read_activity(TableRow(2, row), factors=factor_set("steel-2024"))
        assert refused.value.field == "source"


@pytest.mark.requirement("CQETS-33.i3")
def test_units_have_a_year_and_without_one_none_are_issued():
    market = small_market(1)
    open_unit_accounts(market, ISSUED)

    def issue(year):
        registry.issue(
            items=[Issue(market["E001"], 100, "E001/x")],
            lot=LotOf("cq", UnitKind.ALLOWANCE, year, Origin.FREE),
            acting=market.acts("registry"),
            at=ISSUED,
        )

    with pytest.raises(IntegrityError), transaction.atomic():
        issue(None)
    assert holdings.holdings(market["E001"]) == []
    issue(2022)
    assert [h.lot.vintage_year for h in holdings.holdings(market["E001"])] == [2022]


@pytest.mark.requirement("BJETS-35", "BJETS-35.i1")
def test_beijings_three_terms_are_its_own(client):
    shown = terms(client, "bj")
    assert tuple(shown) == BJ
    assert shown["碳排放权"] != terms(client, "cq")["碳排放权"]


@pytest.mark.requirement("CNETS-50")
def test_the_six_national_terms_stand_in_a_draft(client):
    assert len(terms(client, "cn")) == 6
    assert "征求意见稿" in client.get("/law/terms", {"jurisdiction": "cn"}).content.decode()


def test_an_unknown_jurisdiction_has_no_terms(client):
    assert client.get("/law/terms", {"jurisdiction": "xx"}).status_code == 404
