"""CQ208 section 5(2): a named person for each entity, and questions that stay until answered."""

from datetime import date

import pytest

from openets.casework import queries as cases
from openets.casework.objection import ReasonsMissing
from openets.kernel.acting import Acting, NotYourRole
from openets.kernel.clock import at
from openets.parties import operations as parties
from openets.parties.models import Person
from openets.parties.roles import Role
from openets.supervision import assistance
from openets.supervision import operations as supervision
from openets.supervision.models import Assistance, Question
from openets.supervision.procedures import QUESTION
from tests.markets import FOUNDED, FOUNDER, founded_market

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CQ208-5.2")]

MOMENT = at(date(2023, 11, 20))


@pytest.fixture
def market():
    market = founded_market(3)
    for code in ("bureau", "D-涪陵区", "D-长寿区"):
        parties.add_member(
            username=f"{code}-X",
            display_name=f"{code} 帮扶岗",
            organisation=market[code],
            acting=FOUNDER,
            at=FOUNDED,
        )
    return market


def person(code):
    return Person.objects.get(username=f"{code}-X")


def acts_as(code, role=Role.DISTRICT_BUREAU):
    return Acting(f"{code}-X", role, code)


def assign(market, code="E002", contact="D-长寿区", moment=MOMENT, acting=FOUNDER):
    return supervision.assign_contact(
        organisation=market[code], contact=person(contact), acting=acting, at=moment
    )


def ask(market, code="E002", by="", text="如何结转？", reference="q1"):
    acting = market.acts(by or code)
    return supervision.ask(
        organisation=market[code], text=text, reference=reference, acting=acting, at=MOMENT
    )


def district_of(market, code):
    return f"D-{market[code].district}"


def test_the_contact_gets_the_question_and_it_stays_open_until_answered(market):
    contact = district_of(market, "E002")
    assign(market, contact=contact)
    question = ask(market)
    assert list(assistance.questions_for(f"{contact}-X")) == [question]
    assert cases.case(QUESTION, question.subject).state == "open"
    supervision.answer(question=question, text="见通知第三条", acting=acts_as(contact), at=MOMENT)
    assert not assistance.questions_for(f"{contact}-X").exists()
    assert cases.case(QUESTION, question.subject).state == "answered"
    assert assistance.questions_of(market["E002"]).get().answer == "见通知第三条"


def test_an_entity_without_contact_is_listed_and_cannot_ask(market):
    assign(market, contact=district_of(market, "E002"))
    assert {o.code for o in assistance.without_contact(2021)} == {"E001", "E003"}
    with pytest.raises(supervision.NoContact):
        ask(market, "E001")


def test_a_question_to_another_entitys_contact_is_refused(market):
    assign(market, contact=district_of(market, "E002"))
    with pytest.raises(supervision.NotTheContact):
        ask(market, "E002", by="E001")
    assert not Question.objects.exists()


def test_nobody_but_the_contact_answers(market):
    assign(market, contact=district_of(market, "E002"))
    question = ask(market)
    with pytest.raises(supervision.NotTheContact):
        supervision.answer(
            question=question, text="答", acting=acts_as("bureau", Role.CITY_BUREAU), at=MOMENT
        )


def test_an_answer_says_something(market):
    contact = district_of(market, "E002")
    assign(market, contact=contact)
    with pytest.raises(ReasonsMissing):
        supervision.answer(question=ask(market), text=" ", acting=acts_as(contact), at=MOMENT)


def test_the_same_question_sent_twice_is_one(market):
    assign(market, contact=district_of(market, "E002"))
    assert ask(market) == ask(market)
    assert Question.objects.count() == 1


def test_an_empty_question_is_refused(market):
    assign(market, contact=district_of(market, "E002"))
    with pytest.raises(supervision.QuestionEmpty):
        ask(market, text="  ")


def test_a_new_contact_takes_over_and_the_former_is_kept(market):
    assign(market, contact=district_of(market, "E002"))
    assign(market, contact="bureau", moment=at(date(2023, 12, 1)))
    rows = Assistance.objects.order_by("id")
    assert [row.until_date for row in rows] == [date(2023, 12, 1), None]
    assert assistance.contact_of(market["E002"]).contact == person("bureau")


def test_the_same_contact_again_changes_nothing(market):
    first = assign(market, contact=district_of(market, "E002"))
    assert assign(market, contact=district_of(market, "E002")) == first


def test_the_bureau_of_another_district_cannot_be_contact(market):
    elsewhere = {"D-涪陵区", "D-长寿区"} - {district_of(market, "E002")}
    with pytest.raises(supervision.NotOfTheBureaux):
        assign(market, contact=elsewhere.pop())


def test_only_the_city_bureau_assigns(market):
    with pytest.raises(NotYourRole):
        assign(market, contact="bureau", acting=market.acts("E001"))
