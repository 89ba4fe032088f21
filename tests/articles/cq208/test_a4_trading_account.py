"""CQ208 annex 4: trading account, paper, contacts, bank account, link, downloads."""

import io
import zipfile
from datetime import date

import pytest
from openpyxl import load_workbook

from openets.casework import notices
from openets.casework import operations as casework_operations
from openets.casework import queries as casework
from openets.casework.objection import ReasonsMissing
from openets.casework.operations import WrongState
from openets.casework.scope import NotYourCase
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.opening import operations, papers, queries
from openets.opening.procedures import TRADING_OPENING
from openets.opening.templates import file_name, templates
from openets.parties.queries import OutsideYourScope
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, Origin, UnitKind
from openets.rulebook.load import NotSet, calendar
from openets.settlement import operations as settlement
from openets.settlement import queries as money
from tests.exchange import held_t, pay_in
from tests.markets import CQ
from tests.opening.applicants import (
    ALL_PAPER,
    APPLIED,
    TRADER,
    TRADING_UPLOADS,
    Outbox,
    answer,
    applied_registry,
    applied_trading,
    apply_trading,
    approve_trading,
    bare_market,
    begin_trading,
    receive,
    upload,
)

pytestmark = pytest.mark.django_db
LIST = papers.papers(CQ, papers.LISTS[Role.KEY_EMITTING_ENTITY], APPLIED.date())
NOV_20 = date(2023, 11, 20)
LAST_DAY = date(2023, 12, 15)
CALENDAR = calendar("cq")


@pytest.fixture
def market():
    return bare_market()


@pytest.fixture
def applied(market, tmp_path):
    applied_trading(market, "E001", tmp_path)
    return market


def case(subject="E001/1"):
    return casework.case(TRADING_OPENING, subject)


def sms(subject="E001/1"):
    copies = (
        casework.outbox()
        .filter(notice__case=case(subject))
        .filter(channel=notices.SMS)
        .order_by("id")
    )
    return [(copy.address, copy.notice.zh) for copy in copies]


def has_account(market, code="E001"):
    return holdings.open_account(market[code], AccountKind.TRADING) is not None


def round_of(market, day, law=CQ):
    return operations.lapse_overdue(law=law, acting=market.acts("clock"), at=at(day, 1))


@pytest.mark.requirement("CQ208-A4.L")
class TestTheList:
    def test_ten_documents_with_their_copies(self):
        assert [paper.copies for paper in LIST] == [1] * 9 + [3]

    def test_all_ten_in_full_are_complete(self):
        assert papers.missing(LIST, ALL_PAPER) == []

    def test_two_copies_of_the_agreement_are_incomplete_naming_item_10(self):
        (short,) = papers.missing(LIST, ALL_PAPER | {"service_agreement": 2})
        assert (short.paper.item, short.given, short.paper.copies) == (10, 2, 3)

    @pytest.mark.parametrize("paper", LIST, ids=lambda paper: paper.kind)
    def test_each_item_left_out_is_named(self, paper):
        given = {kind: n for kind, n in ALL_PAPER.items() if kind != paper.kind}
        assert [short.paper for short in papers.missing(LIST, given)] == [paper]

    def test_there_is_no_list_for_other_institutions_until_one_is_configured(self, market):
        with pytest.raises(NotSet):
            begin_trading(market, "I1")
        given = [{"kind": "business_licence", "copies": 2, "zh": "营业执照", "en": "Licence"}]
        begin_trading(market, "I1", CQ.instead({"opening.institution_documents": given}))


@pytest.mark.requirement("AMB-40")
def test_individuals_wait_until_their_papers_are_listed():
    with pytest.raises(NotSet) as no:
        papers.papers(CQ, papers.LISTS[Role.INDIVIDUAL], APPLIED.date())
    assert "个人" in no.value.message("zh")


@pytest.mark.requirement("CQ208-A4.1.2")
class TestTheTradingContact:
    @pytest.mark.parametrize("count", [0, 2])
    def test_none_and_two_are_refused(self, market, tmp_path, count):
        begin_trading(market, "E001")
        upload(market, "E001", TRADING_OPENING, TRADING_UPLOADS, tmp_path, "E001/1")
        with pytest.raises(operations.WrongContactCount):
            apply_trading(market, "E001", contacts=[TRADER] * count)

    def test_one_without_an_identity_document_is_refused(self, market, tmp_path):
        begin_trading(market, "E001")
        without = [kind for kind in TRADING_UPLOADS if kind != "trading_contact_identity"]
        upload(market, "E001", TRADING_OPENING, without, tmp_path, "E001/1")
        with pytest.raises(operations.MaterialMissing) as no:
            apply_trading(market, "E001")
        assert no.value.numbers["missing_zh"] == "碳排放权交易系统联系人有效身份证件"

    def test_exactly_one_with_an_identity_document_is_accepted(self, applied):
        assert case().state == "applied"
        assert queries.contact(applied["E001"], AccountKind.TRADING).mobile == TRADER.mobile


@pytest.mark.requirement("CQ208-A4.2.2")
class TestTheTwoApplications:
    def test_the_missing_one_is_shown(self, market, tmp_path):
        def missing():
            return queries.standing(market["E001"]).missing_applications

        assert missing() == ["registry", "trading"]
        applied_trading(market, "E001", tmp_path)
        assert missing() == ["registry"]
        answer(market, "E001", former=False)
        assert missing() == ["registry"]

    def test_with_the_registry_application_only_trading_is_missing(self, market, tmp_path):
        applied_registry(market, "E001", tmp_path)
        assert queries.standing(market["E001"]).missing_applications == ["trading"]

    def test_attachments_missing_are_refused(self, market):
        begin_trading(market, "E001")
        with pytest.raises(operations.MaterialMissing) as no:
            apply_trading(market, "E001")
        assert len(no.value.numbers["missing_zh"].split("、")) == len(TRADING_UPLOADS)
        assert case().state == "filling"

    def test_one_application_after_the_other(self, applied):
        with pytest.raises(operations.OpeningUnderWay):
            begin_trading(applied, "E001")
        with pytest.raises(OutsideYourScope):
            operations.begin_trading_opening(
                organisation=applied["E001"], law=CQ, acting=applied.acts("E002"), at=APPLIED
            )

    def test_after_a_withdrawal_another_begins_from_nothing(self, applied, tmp_path):
        operations.withdraw_trading_opening(
            organisation=applied["E001"], acting=applied.acts("E001"), at=APPLIED
        )
        assert case().state == "withdrawn"
        again = applied_trading(applied, "E001", tmp_path)
        assert again.subject == "E001/2"


@pytest.mark.requirement("CQ208-A4.2.3")
class TestThePaper:
    def test_once_it_is_recorded_complete_review_can_begin(self, applied):
        receipt = receive(applied, NOV_20)
        assert (receipt.received_date, receipt.complete) == (NOV_20, True)
        assert case().state == "reviewing"

    def test_incomplete_paper_is_asked_for_and_the_month_keeps_running(self, applied):
        receipt = receive(applied, NOV_20, ALL_PAPER | {"service_agreement": 2})
        assert not receipt.complete
        assert (case().state, case().due_date) == ("applied", LAST_DAY)
        told = casework.inbox(applied["E001"])[0].zh
        assert "第10项" in told
        assert "（2/3 份）" in told
        assert round_of(applied, date(2023, 12, 16)) == ["E001/1"]

    def test_what_came_before_counts_when_the_rest_follows(self, applied):
        receive(applied, NOV_20, ALL_PAPER | {"service_agreement": 2})
        assert receive(applied, date(2023, 11, 24), {"service_agreement": 1}).complete
        assert case().state == "reviewing"

    @pytest.mark.parametrize("day", [date(2023, 11, 14), date(2023, 11, 21)])
    def test_it_comes_in_between_the_application_and_today(self, applied, day):
        with pytest.raises(operations.PaperDateWrong):
            operations.receive_trading_paper(
                subject="E001/1",
                arrival=operations.Arrival(ALL_PAPER, day),
                law=CQ,
                acting=applied.acts("exchange"),
                at=at(NOV_20),
            )

    @pytest.mark.parametrize("copies", [{"novel": 1}, {"commitment": -1}])
    def test_only_papers_of_the_list_are_counted(self, applied, copies):
        with pytest.raises(operations.UnknownPaper):
            receive(applied, NOV_20, copies)

    def test_the_exchange_records_and_nobody_else(self, applied):
        for by in ("E001", "registry", "bureau"):
            with pytest.raises(NotYourRole):
                operations.receive_trading_paper(
                    subject="E001/1",
                    arrival=operations.Arrival(ALL_PAPER, NOV_20),
                    law=CQ,
                    acting=applied.acts(by),
                    at=at(NOV_20),
                )


@pytest.mark.requirement("CQ208-A4.2.4")
class TestTheReview:
    def test_without_paper_approval_is_refused(self, applied):
        with pytest.raises(WrongState):
            approve_trading(applied)
        assert not has_account(applied)

    def test_approved_the_account_is_active_and_an_sms_is_queued(self, applied):
        receive(applied, NOV_20)
        approve_trading(applied)
        assert has_account(applied)
        assert sms() == [(TRADER.mobile, "交易账户开户 合成重点排放单位0（第 1 次申请）：审核通过")]

    def test_the_sms_goes_out_with_the_daily_round(self, applied):
        receive(applied, NOV_20)
        approve_trading(applied)
        outbox = Outbox()
        notices.deliver(
            transports={notices.SMS: outbox}, law=CQ, acting=applied.acts("clock"), at=at(NOV_20)
        )
        assert [m.address for m in outbox.messages] == [TRADER.mobile]

    def test_rejected_the_sms_tells_the_reason(self, applied):
        receive(applied, NOV_20)
        refuse = {"subject": "E001/1", "acting": applied.acts("exchange"), "at": at(NOV_20, 11)}
        with pytest.raises(ReasonsMissing):
            operations.reject_trading_opening(reasons="", **refuse)
        operations.reject_trading_opening(reasons="印章与营业执照不符", **refuse)
        why = "驳回：印章与营业执照不符"
        assert sms() == [(TRADER.mobile, f"交易账户开户 合成重点排放单位0（第 1 次申请）：{why}")]
        assert not has_account(applied)

    def test_the_exchange_decides_and_nobody_else_and_once(self, applied):
        receive(applied, NOV_20)
        for by in ("E001", "registry", "bureau"):
            with pytest.raises(NotYourRole):
                approve_trading(applied, by=by)
        approve_trading(applied)
        with pytest.raises(WrongState):
            approve_trading(applied)


@pytest.mark.requirement("CQ208-A4.2.4b", "AMB-44")
class TestTheMonth:
    @pytest.mark.parametrize(
        ("applied_on", "last"),
        [
            (date(2023, 11, 15), date(2023, 12, 15)),
            (date(2024, 1, 31), date(2024, 2, 29)),
            (date(2023, 11, 16), date(2023, 12, 18)),
            (date(2024, 1, 10), date(2024, 2, 18)),
        ],
    )
    def test_the_last_day(self, applied_on, last):
        assert papers.last_paper_day(applied_on, law=CQ, calendar=CALENDAR) == last

    def test_by_the_other_reading_a_day_off_does_not_move_it(self):
        law = CQ.instead({"trading.paper_last_day": "same_day"})
        day = papers.last_paper_day(date(2023, 11, 16), law=law, calendar=CALENDAR)
        assert day == date(2023, 12, 16)

    def test_complete_on_the_last_day_is_accepted(self, applied):
        assert case().due_date == LAST_DAY
        assert round_of(applied, LAST_DAY) == []
        assert receive(applied, LAST_DAY).voided_at is None
        assert case().state == "reviewing"
        assert round_of(applied, date(2023, 12, 16)) == []

    def test_the_day_after_it_is_rejected_as_overdue_and_earlier_paper_is_void(self, applied):
        receive(applied, NOV_20, {"application_form": 1})
        receive(applied, date(2023, 12, 16))
        assert case().state == "lapsed"
        assert TRADING_OPENING.states["lapsed"].zh == "已驳回（逾期）"
        assert all(receipt.voided_at for receipt in queries.paper_receipts(case()))

    def test_the_clock_rejects_what_nobody_brought(self, applied):
        receive(applied, NOV_20, {"application_form": 1})
        assert round_of(applied, date(2023, 12, 16)) == ["E001/1"]
        assert case().state == "lapsed"
        assert all(receipt.voided_at for receipt in queries.paper_receipts(case()))
        assert "逾期驳回" in sms()[-1][1]
        assert round_of(applied, date(2023, 12, 17)) == []

    def test_incomplete_on_the_10th_and_completed_on_the_16th_is_rejected(self, applied):
        receive(applied, date(2023, 12, 10), ALL_PAPER | {"commitment": 0})
        receive(applied, date(2023, 12, 16), {"commitment": 1})
        assert case().state == "lapsed"

    def test_a_new_application_starts_from_nothing(self, applied, tmp_path):
        receive(applied, NOV_20, {"application_form": 1})
        round_of(applied, date(2023, 12, 16))
        applied_trading(applied, "E001", tmp_path, moment=at(date(2023, 12, 18)))
        assert len(queries.missing_paper(case("E001/2"), CQ, date(2023, 12, 18))) == len(LIST)

    def test_where_posting_counts_late_arrival_is_in_time(self, applied):
        law = CQ.instead({"trading.paper_date": "posting"})
        assert round_of(applied, date(2023, 12, 18), law) == []
        receive(applied, date(2023, 12, 18), law=law, posted=LAST_DAY)
        assert case().state == "reviewing"

    def test_posted_too_late_it_lapses_on_arrival(self, applied):
        law = CQ.instead({"trading.paper_date": "posting"})
        receive(applied, date(2023, 12, 18), law=law, posted=date(2023, 12, 16))
        assert case().state == "lapsed"


@pytest.mark.requirement("CQ208-A4.2.5")
class TestTheHoursOfBinding:
    def bind(self, market, moment):
        settlement.bind_bank_account(
            holder=market["E001"],
            name=market["E001"].name,
            number="6222000100020003",
            law=CQ,
            acting=market.acts("E001"),
            at=moment,
        )

    @pytest.fixture
    def opened(self, applied):
        receive(applied, NOV_20)
        approve_trading(applied)
        return applied

    @pytest.mark.parametrize(("hour", "minute"), [(9, 30), (15, 30)])
    def test_the_first_and_the_last_second_are_in_time(self, opened, hour, minute):
        self.bind(opened, at(date(2023, 11, 23), hour, minute))
        assert queries.standing(opened["E001"]).bank_bound

    @pytest.mark.parametrize(("hour", "minute", "second"), [(9, 29, 59), (15, 30, 1)])
    def test_a_second_before_and_after_are_refused(self, opened, hour, minute, second):
        with pytest.raises(settlement.OutsideBindingHours) as no:
            self.bind(opened, at(date(2023, 11, 23), hour, minute, second))
        assert no.value.numbers["opens"] == "09:30"

    @pytest.mark.parametrize("day", [date(2023, 11, 25), date(2024, 1, 1), date(2024, 2, 4)])
    def test_a_day_without_trading_is_refused_also_a_working_sunday(self, opened, day):
        with pytest.raises(settlement.OutsideBindingHours):
            self.bind(opened, at(day, 10))

    def test_nobody_binds_for_another(self, opened):
        with pytest.raises(OutsideYourScope):
            settlement.bind_bank_account(
                holder=opened["E001"],
                name=opened["E001"].name,
                number="6222000100020003",
                law=CQ,
                acting=opened.acts("E002"),
                at=at(date(2023, 11, 23), 10),
            )

    @pytest.mark.parametrize(
        "number", ["", "1234567", "6222-0001-0002", "６２２２０００１０００２"]
    )
    def test_a_number_has_digits_only(self, opened, number):
        with pytest.raises(settlement.NotABankNumber):
            settlement.bind_bank_account(
                holder=opened["E001"],
                name=opened["E001"].name,
                number=number,
                law=CQ,
                acting=opened.acts("E001"),
                at=at(date(2023, 11, 23), 10),
            )

    @pytest.mark.requirement("CQ208-A4.1.3", "CQ208-A4.0")
    def test_before_it_no_money_comes_in_and_no_order_is_taken(self, opened):
        with pytest.raises(settlement.NoCashAccount):
            pay_in(opened, "E001", 100)
        assert money.cash_accounts([opened["E001"].pk]) == {}
        self.bind(opened, at(date(2023, 11, 23), 10))
        pay_in(opened, "E001", 100)
        assert list(money.cash_accounts([opened["E001"].pk])) == [opened["E001"].pk]


@pytest.mark.requirement("CQ208-A4.2.6")
class TestTheLink:
    @pytest.fixture
    def holding(self, market):
        registrar = market.acts("registry")
        registry.open_system_accounts(operator=market["registry"], acting=registrar, at=APPLIED)
        for kind, by in ((AccountKind.REGISTRY, "registry"), (AccountKind.TRADING, "exchange")):
            registry.open_accounts(
                holders=market.entities, kind=kind, acting=market.acts(by), at=APPLIED
            )
        lot = registry.LotOf("cq", UnitKind.ALLOWANCE, 2019, Origin.PAID)
        registry.carry_over(
            holder=market["E001"], amount_t=Tonnes(300), lot=lot, acting=registrar, at=APPLIED
        )
        return market

    def move(self, market, kind, reference):
        registry.move_between_own(
            holder=market["E001"],
            kind=kind,
            amount_t=Tonnes(100),
            unit=UnitKind.ALLOWANCE,
            vintage_year=2019,
            reference=reference,
            law=CQ,
            acting=market.acts("E001"),
            at=APPLIED,
        )

    def link(self, market, number, by="E001"):
        registry.link_accounts([registry.Link(market["E001"], number, market.acts(by))], at=APPLIED)

    def test_unlinked_accounts_exchange_nothing(self, holding):
        with pytest.raises(registry.NotLinked):
            self.move(holding, "move_to_trading", "m1")
        assert not queries.standing(holding["E001"]).linked

    def test_the_number_of_another_participant_is_refused(self, holding):
        other = holdings.open_account(holding["E002"], AccountKind.REGISTRY).number
        own_trading = holdings.open_account(holding["E001"], AccountKind.TRADING).number
        for number in (other, own_trading, "registry-", ""):
            with pytest.raises(registry.NotYourNumber):
                self.link(holding, number)
        with pytest.raises(registry.NotYourAccount):
            self.link(holding, other, by="E002")

    def test_once_linked_100_t_move_out_and_back_with_totals_unchanged(self, holding):
        number = holdings.open_account(holding["E001"], AccountKind.REGISTRY).number
        before = holdings.conservation()
        for _ in range(2):
            self.link(holding, number)
        self.move(holding, "move_to_trading", "m1")
        assert held_t(holding, "E001", AccountKind.TRADING) == {2019: 100}
        assert held_t(holding, "E001") == {2019: 200}
        self.move(holding, "move_to_registry", "m2")
        assert held_t(holding, "E001") == {2019: 300}
        assert holdings.conservation() == before

    def test_who_holds_no_account_links_none(self, market):
        with pytest.raises(registry.NoAccount):
            self.link(market, "registry-E001")


@pytest.mark.requirement("CQ208-A4.2.1")
class TestTheTemplates:
    def publish(self, market, version="2023-11", by="exchange"):
        return operations.publish_templates(version=version, acting=market.acts(by), at=APPLIED)

    def test_the_pack_holds_every_template_with_its_version(self, market):
        pack = zipfile.ZipFile(io.BytesIO(bytes(self.publish(market).content)))
        names = [file_name(t, n) for n, t in enumerate(templates().values(), start=1)]
        assert pack.namelist() == names
        sheet = load_workbook(io.BytesIO(pack.read(names[0]))).active
        assert sheet["A1"].value == "碳排放登记簿账户和交易账户开户申请表"
        assert "2023-11" in sheet["A3"].value

    def test_a_withdrawn_version_is_not_offered(self, market):
        self.publish(market)
        self.publish(market, "2024-01")
        operations.withdraw_templates(version="2023-11", acting=market.acts("exchange"), at=APPLIED)
        assert [pack.version for pack in queries.packs()] == ["2024-01"]
        assert queries.pack("2023-11") is None
        with pytest.raises(operations.NoSuchPack):
            operations.withdraw_templates(
                version="2023-11", acting=market.acts("exchange"), at=APPLIED
            )

    def test_a_version_is_published_once_and_by_the_exchange(self, market):
        self.publish(market)
        with pytest.raises(operations.VersionTaken):
            self.publish(market)
        with pytest.raises(operations.VersionTaken):
            self.publish(market, " ")
        with pytest.raises(NotYourRole):
            self.publish(market, "2024-01", by="E001")


def test_the_applicant_is_reminded_of_the_last_day(applied):
    sent = notices.remind(
        [TRADING_OPENING], law=CQ, acting=applied.acts("clock"), at=at(date(2023, 12, 13))
    )
    assert applied["E001"] in {notice.recipient for notice in sent}


def test_another_entity_has_no_part_in_it(applied):
    with pytest.raises(NotYourCase):
        casework_operations.comment(
            TRADING_OPENING, "E001/1", text="？", acting=applied.acts("E002"), at=APPLIED
        )
