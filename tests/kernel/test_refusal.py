"""A refusal says rule, numbers and remedy in both languages, and as JSON."""

from openets.kernel.acting import Acting, NotYourRole

CLERK = Acting("bureau-1", "district_bureau", "D-1")


def test_a_role_that_may_not_is_told_whose_it_is_and_by_which_article():
    try:
        CLERK.must_be("city_bureau", article="CQETS-4")
    except NotYourRole as refusal:
        told = refusal.as_json()
    assert told["code"] == "not_your_role"
    assert told["article"] == "CQETS-4"
    assert told["numbers"] == {"role": "district_bureau", "allowed": "city_bureau"}
    assert "city_bureau" in told["message"]
    assert "city_bureau" in told["message_zh"]
    assert told["remedy"]
    assert told["remedy_zh"]


def test_a_role_that_may_is_let_through():
    CLERK.must_be("city_bureau", "district_bureau", article="CQETS-4")
