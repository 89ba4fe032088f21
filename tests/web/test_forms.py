"""A form that acts: bound by its own button, refused with its reasons, done and told so."""

import pytest
from django import forms
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage

from openets.kernel.refusal import Refusal
from openets.web.forms import ActForm, Done, TonnesField, acted
from openets.web.language import Said, spoken


class TooMuch(Refusal):
    code = "too_much"
    zh = "{amount} 吨过多"
    en = "{amount} t are too many"


class Take(ActForm):
    name = "take"
    verb = Said("取", "Take")
    amount = TonnesField(label=spoken("数量", "Amount"))
    why = forms.CharField(required=False)


@pytest.fixture
def sent(rf):
    def send(**data):
        request = rf.post("/", data)
        request._messages = CookieStorage(request)
        return request

    return send


def take(data):
    if data["amount"] > 10:
        raise TooMuch(amount=data["amount"], field="amount")
    return Done("/taken", Said("已取", "Taken"))


def test_what_is_done_leads_on_and_is_told(sent):
    request = sent(form="take", amount="10", reference="r1")
    answer = acted(request, Take.of(request), take)
    assert (answer.status_code, answer.url) == (303, "/taken")
    assert [str(said) for said in get_messages(request)] == ["已取"]


def test_a_refusal_stays_with_the_form_and_its_field(sent):
    request = sent(form="take", amount="11", why="kept", reference="r1")
    form = Take.of(request)
    assert acted(request, form, take) is None
    assert form.status == 422
    assert form.refused.code == "too_much"
    assert form.errors["amount"] == ["11 吨过多"]
    assert form["why"].value() == "kept"


def test_another_form_of_the_page_stays_fresh(sent, rf):
    for request in (sent(form="give", amount="10", reference="r1"), rf.get("/")):
        form = Take.of(request)
        assert acted(request, form, take) is None
        assert form.status == 200


def test_each_fresh_form_has_a_reference_of_its_own(rf):
    first, second = (Take.of(rf.get("/"))["reference"].value() for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("text", "tonnes"), [("12,000", 12000), ("1，234", 1234), (" 7 ", 7), ("１２", 12)]
)
def test_tonnes_are_read_with_their_separators(text, tonnes):
    assert TonnesField().clean(text) == tonnes


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "1e3", "", "x"])
def test_no_other_text_is_an_amount(text):
    with pytest.raises(forms.ValidationError):
        TonnesField().clean(text)
