"""By which words people tell the cases of one organisation apart."""

import pytest

from openets.web.words import PROCEDURES


@pytest.mark.parametrize(
    ("procedure", "subject", "zh", "en"),
    [
        ("emission_report", "report/E001/2022", "2022 年度", "2022"),
        ("monitoring_plan", "plan/E001/3", "第 3 版", "version 3"),
        (
            "verification_finding",
            "E001/2022/1/4",
            "2022 年度第 1 次核查第 4 项",
            "2022, attempt 1, finding 4",
        ),
        (
            "registry_transaction",
            "voluntary_cancellation/9f3a",
            "自愿注销，第 17 号",
            "Voluntary cancellation, No. 17",
        ),
        ("market_day", "2023-11-14", "2023-11-14", "2023-11-14"),
        ("offset", "9f3a", "2022 年度，第 17 号", "2022, No. 17"),
    ],
)
def test_a_case_is_named_in_both_languages(procedure, subject, zh, en):
    assert PROCEDURES[procedure].which(subject, year=2022, number=17) == (zh, en)
