"""CQETS art. 5(2) to (4): operating rules under review, and the periodic operating reports."""

from datetime import date

import pytest

from openets.casework.objection import ReasonsMissing
from openets.casework.operations import WrongState
from openets.journal.models import Entry
from openets.kernel.acting import Acting, NotYourRole
from openets.kernel.clock import at
from openets.parties import operations as parties
from openets.parties.operations import NewOrganisation
from openets.parties.roles import Role
from openets.registry.models import Transaction
from openets.rulebook.load import NotSet
from openets.supervision import operations as supervision
from openets.supervision import reporting, rules
from openets.supervision.models import OperatingReport, RuleVersion
from tests.exchange import exchange_market
from tests.markets import CQ, FOUNDED, FOUNDER, INSTITUTIONS

pytestmark = pytest.mark.django_db

REGULATOR = Acting("regulator-1", Role.FINANCIAL_REGULATOR, "regulator")
REGISTRAR = Acting("registry-1", Role.REGISTRY_OPERATOR, "registry")
EXCHANGE = Acting("exchange-1", Role.EXCHANGE_OPERATOR, "exchange")
SPRING, JUNE = at(date(2023, 4, 1)), date(2023, 6, 1)
MONTHLY = CQ.instead({"periods.operating_report": 1, "periods.operating_report_days": 10})


@pytest.fixture
def institutions():
    regulator = NewOrganisation("regulator", "地方金融监管部门", Role.FINANCIAL_REGULATOR)
    new = [*INSTITUTIONS, regulator]
    return parties.register_organisations(new, law=CQ, acting=FOUNDER, at=FOUNDED)


def drafted(kind="registration", acting=REGISTRAR, text="第一条"):
    return supervision.draft_rules(kind=kind, title="规则", text=text, acting=acting, at=SPRING)


def submitted(kind="registration", acting=REGISTRAR):
    version = drafted(kind, acting)
    supervision.submit_rules(version=version, acting=acting, at=SPRING)
    return version


def approve(version, acting, day=JUNE, moment=SPRING):
    return supervision.approve_rules(version=version, effective_date=day, acting=acting, at=moment)


def publish(version, acting):
    supervision.publish_rules(version=version, acting=acting, at=SPRING)


@pytest.mark.requirement("CQETS-5.2")
@pytest.mark.usefixtures("institutions")
class TestRegistrationRules:
    @pytest.mark.parametrize("make", [drafted, submitted])
    def test_without_the_bureaus_approval_nothing_is_published(self, make):
        version = make()
        with pytest.raises(supervision.ApprovalMissing) as refused:
            publish(version, REGISTRAR)
        assert refused.value.article == "CQETS-5.2"
        assert "the city bureau" in refused.value.message("en")
        assert rules.in_force("registration", date(2099, 1, 1)) is None

    def test_a_new_version_is_in_force_from_its_day_and_ends_the_former(self):
        former = submitted()
        approve(former, FOUNDER, day=date(2023, 4, 1))
        version = submitted()
        approve(version, FOUNDER)
        publish(version, REGISTRAR)
        assert rules.in_force("registration", date(2023, 5, 31)) == former
        assert rules.in_force("registration", JUNE) == version
        former.refresh_from_db()
        assert former.ended_date == date(2023, 5, 31)

    def test_a_version_begins_after_the_one_before(self):
        approve(submitted(), FOUNDER)
        version = submitted()
        with pytest.raises(supervision.NotLaterThanFormer):
            approve(version, FOUNDER, day=JUNE)
        approve(version, FOUNDER, day=date(2023, 6, 2))

    def test_a_version_cannot_begin_in_the_past(self):
        version = submitted()
        with pytest.raises(supervision.NotLaterThanFormer):
            approve(version, FOUNDER, day=date(2023, 3, 31))

    def test_a_returned_version_says_why_and_is_submitted_again(self):
        version = submitted()
        with pytest.raises(ReasonsMissing):
            supervision.return_rules(version=version, reasons="", acting=FOUNDER, at=SPRING)
        supervision.return_rules(version=version, reasons="缺附则", acting=FOUNDER, at=SPRING)
        assert rules.state(version) == "draft"
        supervision.submit_rules(version=version, acting=REGISTRAR, at=SPRING)
        approve(version, FOUNDER)
        assert rules.state(version) == "approved"

    def test_the_drafter_does_not_approve_and_others_do_not_draft(self):
        version = submitted()
        with pytest.raises(NotYourRole):
            approve(version, REGISTRAR)
        with pytest.raises(NotYourRole):
            approve(version, REGULATOR)
        with pytest.raises(NotYourRole):
            drafted(acting=EXCHANGE)

    def test_a_draft_is_not_approved_before_it_is_submitted(self):
        with pytest.raises(WrongState):
            approve(drafted(), FOUNDER)

    def test_empty_rules_are_refused(self):
        with pytest.raises(supervision.RulesEmpty) as refused:
            drafted(text=" ")
        assert refused.value.field == "text"
        assert not RuleVersion.objects.exists()

    def test_every_version_is_journalled_with_its_text(self):
        drafted()
        assert Entry.objects.get(operation="supervision.draft_rules").content["text"] == "第一条"


@pytest.mark.requirement("CQETS-5.3")
@pytest.mark.usefixtures("institutions")
class TestTradingRules:
    @pytest.mark.parametrize(
        ("first", "missing"),
        [(FOUNDER, "the financial regulator"), (REGULATOR, "the city bureau")],
    )
    def test_one_approval_is_not_enough_and_the_missing_one_is_named(self, first, missing):
        version = submitted("trading", EXCHANGE)
        approve(version, first)
        with pytest.raises(supervision.ApprovalMissing) as refused:
            publish(version, EXCHANGE)
        assert refused.value.message("en").count(missing) == 1
        assert rules.in_force("trading", JUNE) is None

    @pytest.mark.parametrize("order", [(FOUNDER, REGULATOR), (REGULATOR, FOUNDER)])
    def test_both_approvals_publish_it_with_the_later_day(self, order):
        version = submitted("trading", EXCHANGE)
        approve(version, order[0], day=JUNE)
        approve(version, order[1], day=date(2023, 7, 1))
        publish(version, EXCHANGE)
        assert rules.in_force("trading", date(2023, 6, 30)) is None
        assert rules.in_force("trading", date(2023, 7, 1)) == version

    def test_the_same_authority_does_not_approve_twice(self):
        version = submitted("trading", EXCHANGE)
        approve(version, FOUNDER)
        with pytest.raises(WrongState):
            approve(version, FOUNDER)


@pytest.mark.requirement("CQETS-5.4")
class TestOperatingReports:
    @pytest.fixture(autouse=True)
    def market(self):
        return exchange_market(1)

    def report(self, start=date(2023, 11, 1), end=date(2023, 11, 30), **otherwise):
        given = {"acting": REGISTRAR, "law": MONTHLY, "at": at(date(2023, 12, 5)), "matters": ""}
        return supervision.report_operation(start=start, end=end, **given | otherwise)

    def test_a_missing_report_is_overdue_the_day_after_it_was_due(self):
        october = date(2023, 10, 1)
        on_time = reporting.overdue(since=october, law=MONTHLY, on=date(2023, 11, 10))
        late = reporting.overdue(since=october, law=MONTHLY, on=date(2023, 11, 11))
        assert on_time == []
        assert {(o.role, o.start_date) for o in late} == {
            (Role.REGISTRY_OPERATOR, october),
            (Role.EXCHANGE_OPERATOR, october),
        }

    def test_a_filed_report_is_not_overdue(self):
        self.report()
        late = reporting.overdue(since=date(2023, 11, 1), law=MONTHLY, on=date(2023, 12, 31))
        assert [o.role for o in late] == [Role.EXCHANGE_OPERATOR]

    def test_the_registrys_figures_are_what_moved_in_the_month(self):
        november = {"kind": "issue", "at__year": 2023, "at__month": 11}
        issued_t = Transaction.objects.filter(**november).values_list("amount_t", flat=True)
        assert issued_t
        issued = self.report().figures["issue"]
        assert issued == {"movements": len(issued_t), "amount_t": sum(issued_t)}
        assert self.report(date(2023, 10, 1), date(2023, 10, 31)).figures == {}

    def test_a_quarter_is_a_period_when_three_months_are_set(self):
        quarterly = CQ.instead({"periods.operating_report": 3})
        with pytest.raises(supervision.NotAPeriod) as refused:
            self.report(law=quarterly)
        assert refused.value.numbers["right_start"] == date(2023, 10, 1)
        assert refused.value.numbers["right_end"] == date(2023, 12, 31)

    def test_an_empty_period_is_refused(self):
        with pytest.raises(supervision.EmptyPeriod):
            self.report(date(2023, 11, 30), date(2023, 11, 1))

    def test_a_month_is_reported_when_it_is_over(self):
        with pytest.raises(supervision.PeriodNotOver):
            self.report(at=at(date(2023, 11, 30)))
        self.report(at=at(date(2023, 12, 1)))

    def test_a_period_is_reported_once_by_each(self):
        self.report()
        with pytest.raises(supervision.ReportedAlready):
            self.report()
        self.report(acting=EXCHANGE)
        assert OperatingReport.objects.count() == 2

    def test_without_an_interval_nothing_is_due(self):
        with pytest.raises(NotSet):
            self.report(law=CQ)
        with pytest.raises(NotSet):
            reporting.overdue(since=date(2023, 1, 1), law=CQ, on=date(2024, 1, 1))

    def test_the_bureau_does_not_report_to_itself(self):
        with pytest.raises(NotYourRole):
            self.report(acting=FOUNDER)
