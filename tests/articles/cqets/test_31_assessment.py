"""Article 31: verification bodies are assessed by weighted criteria, and the results published."""

from datetime import date
from decimal import Decimal

import pytest

from openets.casework.objection import ObjectionTooLate, ReasonsMissing
from openets.casework.operations import SamePerson, WrongState
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.mrv.operations import NotABody, NotYourOwn
from openets.verification import operations as verification
from openets.verification import queries
from openets.verification.scoring import NotAScore, WeightsNotWhole
from tests.markets import CQ, FOUNDER, founded_market

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CQETS-31")]
DAY = at(date(2024, 5, 6))
LAST_DAY = at(date(2024, 5, 11), 23)
"""The fifth working day: Saturday the 11th makes up for the holiday."""
AFTER = at(date(2024, 5, 12))
SCORES = {"report_quality": Decimal(90), "timeliness": Decimal(80), "conduct": Decimal(70)}


@pytest.fixture
def market(db):
    return founded_market(1)


def score(market, *, code="V1", scores=SCORES, law=CQ, acting=FOUNDER):
    return verification.score_body(
        body=market[code], year=2023, scores=scores, law=law, acting=acting, at=DAY
    )


def appeal(market, found, *, code="V1", grounds="未考虑延期批准", when=LAST_DAY):
    verification.appeal_score(assessment=found, grounds=grounds, acting=market.acts(code), at=when)


def publish(market, found, *, code="bureau", person=2, when=AFTER):
    verification.publish_scores(assessments=[found], acting=market.acts(code, person), at=when)


def test_40_30_30_of_90_80_70_is_81(market):
    assert score(market).result == Decimal("81.0")


@pytest.mark.parametrize("weights", [[40, 30, 29], [40, 30, 31]])
def test_weights_not_adding_to_100_are_rejected(market, weights):
    with pytest.raises(WeightsNotWhole) as no:
        score(market, law=CQ.instead({"verification.score_weights": weights}))
    assert no.value.article == "CQETS-31"
    assert queries.assessments() == []


def test_the_published_table_shows_agency_year_result_and_nothing_else(market):
    first = score(market)
    score(market, code="V2")
    assert queries.published_scores() == []
    publish(market, first)
    (row,) = queries.published_scores()
    assert (row.body, row.year, row.result) == (market["V1"], 2023, Decimal("81.0"))


def test_is_published_by_a_second_person_and_once(market):
    found = score(market)
    with pytest.raises(SamePerson):
        publish(market, found, person=1)
    publish(market, found)
    with pytest.raises(NotYourRole):
        publish(market, found, code="V1")
    with pytest.raises(WrongState):
        publish(market, found)


def test_is_published_once_the_time_to_appeal_is_over(market):
    found = score(market)
    with pytest.raises(verification.StillOpenToAppeal) as no:
        publish(market, found, when=LAST_DAY)
    assert "2024-05-11" in no.value.message("zh")
    with pytest.raises(ObjectionTooLate):
        appeal(market, found, when=AFTER)
    publish(market, found)


def test_the_body_may_appeal_before_it_is_published_and_the_note_stays(market):
    found = score(market)
    with pytest.raises(NotYourOwn):
        appeal(market, found, code="V2")
    with pytest.raises(ReasonsMissing):
        appeal(market, found, grounds=" ")
    appeal(market, found)
    with pytest.raises(WrongState):
        publish(market, found)
    decided = verification.decide_appeal(
        assessment=found,
        scores={**SCORES, "timeliness": Decimal(100)},
        reasons="延期属实",
        acting=FOUNDER,
        at=DAY,
    )
    assert decided.result == Decimal("87.0")
    publish(market, found, when=LAST_DAY)
    (row,) = queries.published_scores()
    assert (row.appeal, row.decision) == ("未考虑延期批准", "延期属实")
    with pytest.raises(WrongState):
        appeal(market, found)


def test_a_body_is_scored_once_a_year_by_the_bureau_with_every_criterion(market):
    with pytest.raises(NotYourRole):
        score(market, acting=market.acts("V1"))
    with pytest.raises(NotABody):
        score(market, code="E001")
    with pytest.raises(NotAScore):
        score(market, scores={"report_quality": Decimal(90)})
    score(market)
    with pytest.raises(verification.AssessedAlready):
        score(market)
