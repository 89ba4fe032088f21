"""CQETS article 29: the yearly list is published."""

import pytest

from openets.kernel.acting import Acting, NotYourRole
from openets.parties import operations as parties
from openets.parties.operations import NewOrganisation
from openets.parties.roles import Role
from openets.roster import operations, queries
from openets.roster.operations import NobodyListed
from openets.rulebook.entities import listed_entities
from tests.markets import CQ, FOUNDED, FOUNDER
from tests.roster.enterprises import adopted, founded

pytestmark = pytest.mark.django_db


def publish(*, acting=FOUNDER):
    return operations.publish_list(year=2022, acting=acting, at=FOUNDED)


def test_the_308_are_published_with_name_district_and_industry() -> None:
    listed = listed_entities("cq", 2022)
    new = [
        NewOrganisation(
            f"E{e.number:03}", e.name, Role.KEY_EMITTING_ENTITY, e.district, e.industry, e.number
        )
        for e in listed
    ]
    made = parties.register_organisations(new, law=CQ, acting=FOUNDER, at=FOUNDED)
    adopted(*made.values(), years=(2022,))
    assert queries.published_list(2022) is None
    publish()
    published = queries.published_list(2022)
    assert published is not None
    lines = queries.published_csv(published).splitlines()
    assert lines[0] == "number,name,district,industry"
    assert lines[1] == "1,重庆万州西南水泥有限公司,万州区,水泥制造行业"
    assert len(lines) == 1 + 308


def test_what_was_published_stays_as_it_was_until_the_next_time() -> None:
    market = founded()
    adopted(market["E1"])
    publish()
    adopted(market["E2"])
    assert len(queries.published_list(2022).rows) == 1
    publish()
    assert [row["number"] for row in queries.published_list(2022).rows] == [1, 2]


def test_an_empty_list_is_not_published_and_only_the_bureau_publishes() -> None:
    founded()
    with pytest.raises(NobodyListed):
        publish()
    with pytest.raises(NotYourRole):
        publish(acting=Acting("r-1", Role.REGISTRY_OPERATOR, "registry"))
