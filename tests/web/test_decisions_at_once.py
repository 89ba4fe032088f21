"""Decisions on lists by two people at once: each is whole, or refused whole."""

from functools import partial

import pytest

from tests.concurrently import at_once
from tests.web.test_cases import JSON, case_of, signed_in, submitted_market

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("CQETS-5.4b")]


def returned(*lists):
    """What two people of the bureau are answered who return a list of reports each."""
    market = submitted_market()
    answers = []

    def send(client, numbers):
        path = "/api/cases/decisions/emission_report/return"
        answers.append(client.post(path, {"cases": numbers, "reason": "材料不全"}, JSON))

    asked = [
        partial(
            send,
            signed_in(market, "bureau", person),
            [case_of(f"report/{code}/2022").pk for code in codes],
        )
        for person, codes in enumerate(lists, 1)
    ]
    at_once(*asked)
    return answers


def states():
    return [case_of(f"report/{code}/2022").state for code in ("E001", "E002", "E003")]


def test_of_two_lists_that_share_a_case_one_is_decided():
    answers = returned(["E001", "E002"], ["E003", "E002"])
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    (refused,) = [answer.json() for answer in answers if answer.status_code == 422]
    assert (refused["code"], refused["row"]) == ("wrong_state", 2)
    assert states() in (["draft", "draft", "submitted"], ["submitted", "draft", "draft"])


def test_lists_in_opposite_order_do_not_wait_for_each_other_in_a_circle():
    codes = ["E001", "E002", "E003"]
    answers = returned(codes, codes[::-1])
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    assert states() == ["draft"] * 3


def test_lists_apart_are_both_decided():
    answers = returned(["E001"], ["E002", "E003"])
    assert [answer.status_code for answer in answers] == [200, 200]
    assert states() == ["draft"] * 3
