"""Papers asked for by two at once: one reference, one paper."""

from dataclasses import replace
from functools import partial

import pytest

from openets.journal import queries as journal
from openets.paper.models import Paper
from tests.concurrently import at_once
from tests.markets import issued_market
from tests.paper.test_paper_operations import OTHER, PRINTING, certify

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("CQETS-5.2b")]


@pytest.fixture
def papers():
    return issued_market(2)


def codes(count):
    return [replace(PRINTING, code=f"AAAA-BBBB-CCCC-{n:04}") for n in range(count)]


def test_the_same_paper_asked_for_by_four_at_once_is_issued_once(papers):
    asked = [partial(certify, papers, printing=printing) for printing in codes(4)]
    assert at_once(*asked) == ["done"] * 4
    issued = Paper.objects.get()
    assert journal.trail(f"paper/{issued.code}").count() == 1


def test_a_reference_used_for_two_holders_at_once_is_the_first_one_s(papers):
    asked = [
        partial(certify, papers, by="registry", holder=holder, printing=printing)
        for holder, printing in zip(("E001", "E002") * 2, codes(4), strict=True)
    ]
    assert at_once(*asked) == ["done", "done", "paper_differs", "paper_differs"]
    assert Paper.objects.count() == 1


def test_two_papers_asked_for_at_once_are_two(papers):
    asked = [partial(certify, papers, printing=printing) for printing in (PRINTING, OTHER)]
    assert at_once(*asked) == ["done", "done"]
    assert Paper.objects.count() == 2
