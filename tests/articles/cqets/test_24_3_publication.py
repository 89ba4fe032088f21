"""Article 24: reports are published, but for what is secret, and that shows."""

import pytest

from openets.kernel.acting import NotYourRole
from openets.mrv import publishing
from openets.mrv import report_queries as queries
from openets.mrv.disclosure import NothingToMark, Secret, SecretWithoutReason, Withheld
from openets.mrv.models import Report
from openets.mrv.publishing import AlreadyPublished, NotYetFinal
from openets.mrv.records import NotYourOwn
from tests.concurrently import at_once
from tests.markets import FINAL, FOUNDER, reported_market, small_market

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CQETS-24.3")]


@pytest.fixture
def market(db):
    return small_market(entities=2)


def mark(market, field="output", reason="产量涉及商业秘密", **otherwise):
    given = {
        "organisation": market["E001"],
        "year": 2022,
        "field": field,
        "kind": Secret.TRADE,
        "reason": reason,
        "acting": market.acts("E001"),
        "at": FINAL,
    }
    return publishing.mark_secret(**(given | otherwise))


def publish(market, acting=FOUNDER):
    return publishing.publish_reports(
        organisations=market.entities, year=2022, acting=acting, at=FINAL
    )


def seen(market, code="E001"):
    return queries.public_view(Report.objects.get(organisation=market[code], year=2022))


def test_a_marked_field_shows_as_withheld_and_all_else_is_visible(market):
    mark(market)
    publish(market)
    view = seen(market)
    (row,) = view.rows
    assert view.total_tco2e == 100_000
    assert row["output"] == row["unit"] == Withheld(Secret.TRADE)
    assert (row["product"], row["co2_t"], row["production_days"]) == ("产品", 100_000, 300)
    assert view.withheld == ("output",)
    assert seen(market, "E002").withheld == ()
    assert seen(market, "E002").rows[0]["output"] == 1000


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_mark_without_a_reason_is_refused(market, reason):
    with pytest.raises(SecretWithoutReason):
        mark(market, reason=reason)


@pytest.mark.parametrize("field", ["total_tco2e", "", "x"])
def test_the_total_cannot_be_marked(market, field):
    with pytest.raises(NothingToMark):
        mark(market, field=field)
    with pytest.raises(NothingToMark):
        mark(market, kind="whim")


def test_a_mark_can_be_lifted_until_it_is_published(market):
    mark(market)
    lift = {"organisation": market["E001"], "year": 2022, "field": "output"}
    publishing.lift_mark(**lift, acting=market.acts("E001"), at=FINAL)
    publish(market)
    assert seen(market).withheld == ()
    with pytest.raises(AlreadyPublished):
        mark(market)
    with pytest.raises(AlreadyPublished):
        publishing.lift_mark(**lift, acting=market.acts("E001"), at=FINAL)


def test_only_the_entity_marks_and_only_the_bureau_publishes(market):
    with pytest.raises(NotYourOwn):
        mark(market, acting=market.acts("E002"))
    with pytest.raises(NotYourRole):
        mark(market, acting=FOUNDER)
    with pytest.raises(NotYourRole):
        publish(market, market.acts("E001"))


def test_published_twice_counts_once(market):
    assert (publish(market), publish(market)) == (2, 0)
    assert [r.organisation.code for r in queries.published(2022)] == ["E001", "E002"]
    assert queries.published_years() == [2022]


def test_what_is_not_confirmed_is_not_published(db):
    with pytest.raises(NotYetFinal):
        publish(reported_market(entities=1))
    assert queries.published_years() == []


@pytest.mark.django_db(transaction=True)
def test_published_at_the_same_time_counts_once(market):
    found = []
    at_once(lambda: found.append(publish(market)), lambda: found.append(publish(market)))
    assert sorted(found) == [0, 2]
