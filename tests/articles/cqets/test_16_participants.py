"""CQETS articles 2 and 16: who may be registered as what."""

from dataclasses import replace

import pytest

from openets.parties import operations, queries
from openets.parties.models import Organisation
from openets.parties.operations import (
    BadCreditCode,
    CodeTaken,
    NewOrganisation,
    NotEligible,
    OutsideTheArea,
    UnknownIndustryLabel,
)
from openets.parties.roles import Role
from openets.rulebook.load import NotSet
from tests.markets import CQ, FOUNDED, FOUNDER

FIRM = NewOrganisation("E1", "合成单位1", Role.KEY_EMITTING_ENTITY, "涪陵区", "水泥制造行业", 1)
INSTITUTION = NewOrganisation("I1", "合成投资机构1", Role.INVESTOR)
PERSON = NewOrganisation("N1", "合成个人1", Role.INDIVIDUAL)
CREDIT_CODE = "915000000000000005"
"""Made up; its check digit is right."""

pytestmark = pytest.mark.django_db


def register(*new, law=CQ):
    return operations.register_organisations(new, law=law, acting=FOUNDER, at=FOUNDED)


@pytest.mark.requirement("CQETS-2")
def test_an_entity_of_fuling_is_registered() -> None:
    register(FIRM)
    assert queries.organisation("E1").district == "涪陵区"


@pytest.mark.requirement("CQETS-2")
@pytest.mark.parametrize("district", ["成都市", "涪陵", ""])
def test_an_entity_without_a_site_in_the_area_is_refused(district: str) -> None:
    with pytest.raises(OutsideTheArea) as no:
        register(replace(FIRM, district=district))
    assert no.value.article == "CQETS-2"
    assert not Organisation.objects.exists()


def test_an_institution_may_be_located_anywhere() -> None:
    assert register(replace(INSTITUTION, district="成都市"))["I1"].district == "成都市"


def test_an_industry_is_a_label_of_the_list_letter_by_letter() -> None:
    with pytest.raises(UnknownIndustryLabel):
        register(replace(FIRM, industry="水泥行业"))


def test_a_credit_code_is_kept_when_its_check_digit_is_right() -> None:
    assert register(replace(FIRM, credit_code=CREDIT_CODE))["E1"].credit_code == CREDIT_CODE


@pytest.mark.parametrize(
    "credit_code",
    ["915000000000000001", "91500000000000000", "9150000000000000050", "9150000000000000I5"],
)
def test_a_credit_code_with_a_wrong_digit_sign_or_length_is_refused(credit_code: str) -> None:
    with pytest.raises(BadCreditCode):
        register(replace(FIRM, credit_code=credit_code))


def test_a_credit_code_names_one_organisation() -> None:
    register(replace(FIRM, credit_code=CREDIT_CODE))
    with pytest.raises(CodeTaken):
        register(replace(INSTITUTION, credit_code=CREDIT_CODE))
    with pytest.raises(CodeTaken):
        register(
            replace(INSTITUTION, credit_code="915000000000000018"),
            replace(INSTITUTION, code="I2", credit_code="915000000000000018"),
        )


@pytest.mark.requirement("CQETS-16")
def test_an_institution_takes_part() -> None:
    assert register(INSTITUTION)["I1"].role == Role.INVESTOR


@pytest.mark.requirement("CQETS-16")
def test_an_individual_waits_for_the_list_of_papers() -> None:
    with pytest.raises(NotSet) as no:
        register(PERSON)
    assert no.value.numbers["key"] == "participants.individual_documents"


@pytest.mark.requirement("CQETS-16")
def test_individuals_are_admitted_once_the_rule_set_says_how() -> None:
    configured = CQ.instead({"participants.individual_documents": ["身份证明"]})
    assert register(PERSON, law=configured)["N1"].role == Role.INDIVIDUAL


@pytest.mark.requirement("CQETS-16")
def test_where_the_rule_set_admits_no_individuals_the_failed_rule_is_named() -> None:
    without = CQ.instead({"participants.individual_enabled": False})
    with pytest.raises(NotEligible) as no:
        register(PERSON, law=without)
    assert "Individuals may become participants" in no.value.message("en")
