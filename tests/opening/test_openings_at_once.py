"""Two at once: a former account, a begin, an approval, a receipt."""

from datetime import date

import pytest
from django.test import override_settings

from openets.kernel.clock import at
from openets.opening import operations
from openets.opening.former_rows import FormerRow
from openets.opening.models import FormerAccount, PaperReceipt, RegistryOpening, TradingOpening
from openets.registry.models import RegistryAccount
from tests.concurrently import at_once
from tests.markets import CQ
from tests.opening.applicants import (
    APPLIED,
    answer,
    applied_trading,
    approve_trading,
    bare_market,
    begin_trading,
    receive,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def market():
    return bare_market()


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
def test_two_entities_with_one_former_account_get_one_registry_account(market):
    operations.import_former_accounts(
        [FormerRow("CQ-1", "甲", "", "secret", {})], acting=market.acts("registry"), at=APPLIED
    )

    def link(code):
        operations.link_former_account(
            organisation=market[code],
            account="CQ-1",
            password="secret",
            law=CQ,
            acting=market.acts(code),
            at=APPLIED,
        )

    for code in ("E001", "E002"):
        answer(market, code, former=True)
    done = at_once(lambda: link("E001"), lambda: link("E002"))
    assert done == ["done", "former_account_linked"]
    assert RegistryAccount.objects.count() == 1


def test_the_question_is_answered_once(market):
    done = at_once(
        lambda: answer(market, "E001", former=True), lambda: answer(market, "E001", former=False)
    )
    assert done == ["answered_already", "done"]
    assert RegistryOpening.objects.count() == 1


def test_one_of_two_applications_begins(market):
    done = at_once(lambda: begin_trading(market, "E001"), lambda: begin_trading(market, "E001"))
    assert done == ["done", "opening_under_way"]
    assert TradingOpening.objects.count() == 1


def test_the_same_paper_is_recorded_once_and_approved_once(market, tmp_path):
    applied_trading(market, "E001", tmp_path)
    day = date(2023, 11, 20)
    assert at_once(lambda: receive(market, day), lambda: receive(market, day)) == [
        "done",
        "wrong_state",
    ]
    assert PaperReceipt.objects.count() == 1
    done = at_once(lambda: approve_trading(market), lambda: approve_trading(market))
    assert done == ["done", "wrong_state"]


def test_a_receipt_on_the_last_day_and_the_clock_follow_each_other(market, tmp_path):
    applied_trading(market, "E001", tmp_path)
    after = at(date(2023, 12, 16), 0, 5)
    done = at_once(
        lambda: receive(market, date(2023, 12, 15)),
        lambda: operations.lapse_overdue(law=CQ, acting=market.acts("clock"), at=after),
    )
    assert done in (["done", "done"], ["done", "wrong_state"])


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
def test_an_export_of_the_former_register_imported_by_two_is_imported_once(market):
    rows = [FormerRow(f"CQ-{n}", "甲", "", "secret", {2019: n}) for n in range(1, 9)]

    def imported(rows):
        done = operations.import_former_accounts(rows, acting=market.acts("registry"), at=APPLIED)
        new.append(done.new)

    new: list[int] = []
    asked = [lambda: imported(rows), lambda: imported(rows[::-1])] * 2
    assert at_once(*asked) == ["done"] * 4
    assert sorted(new) == [0, 0, 0, 8]
    assert FormerAccount.objects.count() == 8
