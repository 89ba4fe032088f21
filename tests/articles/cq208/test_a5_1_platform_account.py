"""CQ208 annex 5, part 1: accounts of companies on the Tanhuitong platform."""

from datetime import date, timedelta

import pytest

from openets.casework import notices
from openets.casework import queries as casework
from openets.casework.objection import ReasonsMissing
from openets.casework.operations import WrongState
from openets.casework.transports import DeliveryFailed
from openets.compliance import operations as compliance
from openets.crediting import queries as crediting
from openets.crediting.operations import NotCertified
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.opening import operations, papers, queries
from openets.opening.models import PlatformAccount
from openets.opening.procedures import PLATFORM_CERTIFICATION
from openets.parties.queries import OutsideYourScope
from openets.registry import operations as registry
from openets.registry.kinds import AccountKind
from tests.crediting.projects import file_project, file_reductions, pay, register
from tests.exchange import exchange_market, register_credits
from tests.markets import CQ
from tests.opening.applicants import (
    APPLIED,
    PLATFORM_PAPER,
    Outbox,
    bare_market,
    certify,
    information,
    receive_platform,
    register_platform,
    send_code,
    submitted_certification,
    upload,
)

pytestmark = pytest.mark.django_db
LIST = papers.papers(CQ, papers.PLATFORM_LIST, APPLIED.date())


@pytest.fixture
def market():
    return bare_market()


def state(code="P1"):
    return casework.case(PLATFORM_CERTIFICATION, code).state


@pytest.mark.requirement("CQ208-A5.1.1")
class TestTheMobileNumber:
    def test_with_the_code_that_was_sent_the_account_is_registered_not_certified(self, market):
        outbox = Outbox()
        send_code(market, "P1", send=outbox)
        (message,) = outbox.messages
        assert message.address == "13800000003"
        assert "246810" in message.zh
        register_platform(market, "P1")
        assert state() == "registered"
        assert PLATFORM_CERTIFICATION.states["registered"].zh == "已注册，未认证"
        assert not crediting.is_certified(market["P1"])

    def test_a_number_already_used_is_refused(self, market):
        send_code(market, "P1")
        register_platform(market, "P1")
        with pytest.raises(operations.MobileTaken):
            send_code(market, "E001")
        send_code(market, "E001", "13800000004")

    def test_of_two_who_ask_with_one_number_the_first_registers(self, market):
        send_code(market, "P1")
        send_code(market, "E001")
        register_platform(market, "P1")
        with pytest.raises(operations.MobileTaken):
            register_platform(market, "E001")

    @pytest.mark.parametrize("mobile", ["", "abc", "12345", "1" * 16, "１３８０００００００３"])
    def test_it_is_a_number(self, market, mobile):
        with pytest.raises(operations.BadMobile):
            send_code(market, "P1", mobile)

    def test_a_wrong_code_is_counted_until_a_new_one_is_needed(self, market):
        send_code(market, "P1")
        most = CQ.on("opening.code_wrong_entries", APPLIED.date()).whole
        for count in range(1, most + 1):
            with pytest.raises(operations.WrongCode):
                register_platform(market, "P1", "000000")
            assert PlatformAccount.objects.get().code_wrong_entries == count
        with pytest.raises(operations.WrongCode):
            register_platform(market, "P1")
        send_code(market, "P1")
        register_platform(market, "P1")

    def test_a_code_holds_its_minutes_and_not_a_second_more(self, market):
        minutes = CQ.on("opening.code_minutes", APPLIED.date()).whole
        for code, seconds in (("P1", 0), ("E001", 1)):
            send_code(market, code, f"1380000000{seconds}")
        late = APPLIED + timedelta(minutes=minutes, seconds=1)
        with pytest.raises(operations.WrongCode):
            register_platform(market, "E001", moment=late)
        register_platform(market, "P1", moment=APPLIED + timedelta(minutes=minutes))

    def test_without_a_code_nobody_registers(self, market):
        with pytest.raises(operations.WrongCode):
            register_platform(market, "P1")

    def test_a_company_registers_once(self, market):
        send_code(market, "P1")
        register_platform(market, "P1")
        with pytest.raises(operations.PlatformAccountExists):
            send_code(market, "P1", "13800000005")
        with pytest.raises(operations.PlatformAccountExists):
            register_platform(market, "P1")

    def test_nobody_registers_another(self, market):
        with pytest.raises(OutsideYourScope):
            operations.send_platform_code(
                organisation=market["P1"],
                mobile="13800000003",
                code="1",
                send=Outbox(),
                acting=market.acts("E001"),
                at=APPLIED,
            )
        with pytest.raises(NotYourRole):
            send_code(market, "V1")

    def test_a_message_that_cannot_be_sent_leaves_nothing(self, market):
        def broken(message):
            raise DeliveryFailed(message.address)

        with pytest.raises(operations.CodeNotSent):
            send_code(market, "P1", send=broken)
        assert not PlatformAccount.objects.exists()


@pytest.mark.requirement("CQ208-A5.1.2")
class TestApplying:
    def test_an_account_without_certification_gets_the_form(self, market):
        send_code(market, "P1")
        register_platform(market, "P1")
        operations.apply_for_certification(
            organisation=market["P1"], acting=market.acts("P1"), at=APPLIED
        )
        assert state() == "filling"

    def test_a_certified_one_shows_its_data_and_applies_no_more(self, market, tmp_path):
        submitted_certification(market, "P1", tmp_path)
        receive_platform(market, "P1")
        certify(market, "P1")
        assert queries.platform_account(market["P1"]).information == information().as_json()
        with pytest.raises(WrongState):
            operations.apply_for_certification(
                organisation=market["P1"], acting=market.acts("P1"), at=APPLIED
            )

    def test_before_certification_no_cqcer_is_registered(self, market, tmp_path):
        registrar = market.acts("registry")
        registry.open_system_accounts(operator=market["registry"], acting=registrar, at=APPLIED)
        registry.open_accounts(
            holders=[market["P1"]], kind=AccountKind.REGISTRY, acting=registrar, at=APPLIED
        )
        filing = file_reductions(market, file_project(market))
        pay(market, filing)
        with pytest.raises(NotCertified):
            register(market, filing)
        submitted_certification(market, "P1", tmp_path)
        receive_platform(market, "P1")
        certify(market, "P1")
        register(market, filing)

    def test_before_certification_no_cqcer_is_used_for_an_offset(self):
        market = exchange_market(1)
        lot = register_credits(market, "E001", 10)
        market["E001"].certification.delete()
        with pytest.raises(NotCertified):
            compliance.file_offset(
                organisation=market["E001"],
                year=2021,
                offered={lot: 10},
                reference="o1",
                law=CQ,
                acting=market.acts("E001"),
                at=at(date(2023, 12, 4), 10),
            )


@pytest.mark.requirement("CQ208-A5.1.3")
class TestSubmitting:
    def test_without_a_licence_it_is_refused_and_with_one_submitted(self, market, tmp_path):
        send_code(market, "P1")
        register_platform(market, "P1")
        acting = market.acts("P1")
        operations.apply_for_certification(organisation=market["P1"], acting=acting, at=APPLIED)

        def submit():
            operations.submit_certification(
                organisation=market["P1"],
                information=information(),
                law=CQ,
                acting=acting,
                at=APPLIED,
            )

        with pytest.raises(operations.MaterialMissing) as no:
            submit()
        assert no.value.numbers["missing_zh"] == "营业执照"
        upload(market, "P1", PLATFORM_CERTIFICATION, ["business_licence"], tmp_path)
        submit()
        assert state() == "submitted"


@pytest.mark.requirement("CQ208-A5.1.4")
class TestThePaper:
    def test_four_one_and_one_copies_are_complete(self):
        assert [paper.copies for paper in LIST] == [4, 1, 1]
        assert papers.missing(LIST, PLATFORM_PAPER) == []

    def test_three_contracts_are_incomplete_naming_item_1(self, market, tmp_path):
        (short,) = papers.missing(LIST, PLATFORM_PAPER | {"service_contract": 3})
        assert (short.paper.item, short.given) == (1, 3)
        submitted_certification(market, "P1", tmp_path)
        receive_platform(market, "P1", PLATFORM_PAPER | {"service_contract": 3})
        assert state() == "submitted"
        assert "第1项" in casework.inbox(market["P1"])[0].zh
        receive_platform(market, "P1", {"service_contract": 1})
        assert state() == "reviewing"

    def test_the_platform_records_and_nobody_else(self, market, tmp_path):
        submitted_certification(market, "P1", tmp_path)
        for by in ("P1", "exchange", "registry"):
            with pytest.raises(NotYourRole):
                receive_platform(market, "P1", by=by)


@pytest.mark.requirement("CQ208-A5.1.5")
class TestTheReview:
    def test_without_paper_approval_is_refused(self, market, tmp_path):
        submitted_certification(market, "P1", tmp_path)
        with pytest.raises(WrongState):
            certify(market, "P1")
        assert not crediting.is_certified(market["P1"])

    def test_approved_it_is_certified_and_told_by_sms(self, market, tmp_path):
        submitted_certification(market, "P1", tmp_path)
        receive_platform(market, "P1")
        certify(market, "P1")
        assert state() == "certified"
        assert crediting.is_certified(market["P1"])
        copies = casework.outbox(casework.case(PLATFORM_CERTIFICATION, "P1"))
        assert [(c.channel, c.address) for c in copies] == [(notices.SMS, "13800000003")]

    def test_a_rejection_needs_reasons_and_allows_another_application(self, market, tmp_path):
        submitted_certification(market, "P1", tmp_path)
        receive_platform(market, "P1")
        refuse = {"organisation": market["P1"], "acting": market.acts("platform"), "at": APPLIED}
        with pytest.raises(ReasonsMissing):
            operations.reject_certification(reasons=" ", **refuse)
        operations.reject_certification(reasons="信息与营业执照不符", **refuse)
        assert state() == "rejected"
        operations.apply_for_certification(
            organisation=market["P1"], acting=market.acts("P1"), at=APPLIED
        )
        case = casework.case(PLATFORM_CERTIFICATION, "P1")
        assert len(queries.missing_paper(case, CQ, APPLIED.date())) == len(LIST)

    def test_the_platform_decides_and_nobody_else(self, market, tmp_path):
        submitted_certification(market, "P1", tmp_path)
        receive_platform(market, "P1")
        for by in ("P1", "exchange", "bureau"):
            with pytest.raises(NotYourRole):
                certify(market, "P1", by=by)
