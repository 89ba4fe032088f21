"""A refusal on a page says codes in words; programs keep the codes."""

from datetime import date

import pytest
from django.utils.translation import override

from openets.allocation.methods import MethodOutOfOrder
from openets.kernel.acting import NotYourRole
from openets.registry.accounts import NoAccount
from openets.rulebook.load import NotSet, law
from openets.web import refusing


def test_roles_methods_and_accounts_are_named_in_the_readers_language() -> None:
    role = NotYourRole(role="bank", allowed="city_bureau, district_bureau")
    method = MethodOutOfOrder(line="1", chosen="benchmark", requested="historical_total")
    account = NoAccount(holder="E001", kind="trading")
    with override("zh-hans"):
        assert refusing.message(role) == (
            "“结算银行”角色无权办理此事项，须由 市生态环境局、区县生态环境局 办理"
        )
        assert "适用 行业基准线法，不得采用 历史排放总量下降法" in refusing.message(method)
        assert refusing.remedy(method).startswith("按优先顺序采用 行业基准线法")
        assert refusing.message(account) == "E001 尚未开立交易账户"
    with override("en"):
        assert "Settlement bank" in refusing.message(role)
        assert "Historical total" in refusing.message(method)
        assert refusing.message(account) == "E001 has no trading account"
    assert role.as_json()["numbers"]["role"] == "bank"


def test_a_name_that_happens_to_be_a_code_stays_a_name() -> None:
    with override("zh-hans"):
        assert "bank 尚未开立交易账户" in refusing.message(NoAccount(holder="bank", kind="trading"))


def test_a_jurisdiction_is_called_by_its_name() -> None:
    with pytest.raises(NotSet) as refused:
        law("cq").on("offset.class_share", date(2023, 12, 1))
    with override("zh-hans"):
        assert refusing.message(refused.value).startswith("重庆的“")
    with override("en"):
        assert "is not set in Chongqing" in refusing.message(refused.value)
    assert refused.value.numbers["jurisdiction"] == "cq"
