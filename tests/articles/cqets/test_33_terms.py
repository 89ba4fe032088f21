"""CQETS art. 33: the terms of each jurisdiction, with the meaning of its own text."""

import html
import re

import pytest

pytestmark = pytest.mark.django_db

CQ = ("温室气体", "碳排放", "碳排放权", "碳排放权交易", "国家核证自愿减排量", "本市核证自愿减排量")
BJ = ("碳排放权", "碳排放配额", "本市审定的自愿减排量")


def terms(client, jurisdiction):
    page = client.get("/law/terms", {"jurisdiction": jurisdiction}).content.decode()
    rows = re.findall(r'<th scope="row">(.*?)<span.*?<td class="basis">(.*?)</td>', page, re.DOTALL)
    return {term: html.unescape(meaning) for term, meaning in rows}


@pytest.mark.requirement(
    "CQETS-33", "CQETS-33.i1", "CQETS-33.i2", "CQETS-33.i4", "CQETS-33.i5", "CQETS-33.i6"
)
def test_chongqings_page_shows_its_six_terms_with_their_meaning(client):
    shown = terms(client, "cq")
    assert tuple(shown) == CQ
    assert shown["碳排放权"] == "是指分配给重点排放单位的规定时期内的碳排放额度"
    assert "三氟化氮（NF3）" in shown["温室气体"]
    assert "外购的电力和热力" in shown["碳排放"]
    assert "通过交易机构" in shown["碳排放权交易"]
    assert "国家温室气体自愿减排交易注册登记系统" in shown["国家核证自愿减排量"]
    assert "按本市规定" in shown["本市核证自愿减排量"]


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
