"""CQ208 annex 3: how old and new users open their registry account."""

from datetime import date

import pytest
from django.test import override_settings

from openets.casework import queries as casework
from openets.casework.objection import ReasonsMissing
from openets.casework.operations import WrongState
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.opening import operations, queries
from openets.opening.former_rows import FormerRow
from openets.opening.models import FormerAccount, PasswordReset, RegistryOpening
from openets.opening.procedures import REGISTRY_OPENING
from openets.parties.operations import BadCreditCode
from openets.parties.queries import OutsideYourScope
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind
from openets.rulebook.load import NotSet
from tests.markets import CQ
from tests.opening.applicants import (
    APPLIED,
    CONTACT,
    REGISTRY_UPLOADS,
    answer,
    applied_registry,
    bare_market,
    information,
    submit_registry,
    upload,
)

pytestmark = pytest.mark.django_db
LATER = at(date(2023, 11, 17))
FORMER = FormerRow("CQ-0001", "合成重点排放单位0", "", "old secret", {2018: 1_200, 2019: 1_800})


@pytest.fixture(autouse=True)
def _quick_hashes():
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture
def market():
    return bare_market()


def import_former(market, *rows):
    return operations.import_former_accounts(
        rows or [FORMER], acting=market.acts("registry"), at=APPLIED
    )


def link(market, code="E001", account="CQ-0001", password="old secret", moment=APPLIED):
    return operations.link_former_account(
        organisation=market[code],
        account=account,
        password=password,
        law=CQ,
        acting=market.acts(code),
        at=moment,
    )


def reset(market, reference="联交所收件 2023-7", by="exchange", password="new secret"):
    return operations.reset_former_password(
        account="CQ-0001",
        password=password,
        document_reference=reference,
        acting=market.acts(by),
        at=LATER,
    )


def approve(market, code="E001", by="registry"):
    operations.approve_registry_opening(organisation=market[code], acting=market.acts(by), at=LATER)


def state(market, code="E001"):
    return casework.case(REGISTRY_OPENING, code).state


def has_account(market, code="E001"):
    return holdings.open_account(market[code], AccountKind.REGISTRY) is not None


@pytest.mark.requirement("CQ208-A3.0")
class TestOldAndNewUsers:
    def test_who_had_an_account_in_the_former_register_is_known_as_an_old_user(self, market):
        import_former(market)
        assert queries.known_in_former_register(market["E001"])
        assert not queries.known_in_former_register(market["E002"])

    def test_the_old_path_and_the_new_path_begin_apart(self, market):
        answer(market, "E001", former=True)
        answer(market, "E002", former=False)
        assert (state(market, "E001"), state(market, "E002")) == ("verifying", "filling")

    def test_an_empty_answer_is_refused(self, market):
        with pytest.raises(operations.AnswerMissing):
            answer(market, "E001", former=None)
        assert not RegistryOpening.objects.exists()

    def test_the_question_is_asked_once(self, market):
        answer(market, "E001", former=True)
        with pytest.raises(operations.AnsweredAlready):
            answer(market, "E001", former=False)

    def test_a_wrong_yes_is_corrected_by_the_registration_agency_with_reasons(self, market):
        answer(market, "E001", former=True)
        operations.correct_answer(
            organisation=market["E001"],
            reasons="原登记簿无此单位",
            acting=market.acts("registry"),
            at=LATER,
        )
        assert state(market) == "filling"
        assert not queries.registry_opening(market["E001"]).former_user


@pytest.mark.requirement("CQ208-A3.1.1", "CQ208-A3.2.1")
class TestChoosingTheRegistry:
    def test_nothing_stands_before_the_answer(self, market):
        standing = queries.standing(market["E001"])
        assert (standing.registry_account, standing.registry_case) == (None, None)

    @pytest.mark.parametrize("former", [True, False])
    def test_who_has_an_account_gets_no_second_one(self, market, former):
        registry.open_accounts(
            holders=[market["E001"]],
            kind=AccountKind.REGISTRY,
            acting=market.acts("registry"),
            at=APPLIED,
        )
        with pytest.raises(operations.AccountExists):
            answer(market, "E001", former=former)

    def test_nobody_begins_for_another(self, market):
        with pytest.raises(OutsideYourScope):
            operations.begin_registry_opening(
                organisation=market["E001"],
                former_user=False,
                law=CQ,
                acting=market.acts("E002"),
                at=APPLIED,
            )
        with pytest.raises(NotYourRole):
            operations.begin_registry_opening(
                organisation=market["E001"],
                former_user=False,
                law=CQ,
                acting=market.acts("V1"),
                at=APPLIED,
            )


@pytest.mark.requirement("CQ208-A3.1.2")
def test_yes_leads_to_the_former_account(market):
    answer(market, "E001", former=True)
    assert state(market) == "verifying"


@pytest.mark.requirement("CQ208-A3.1.3")
class TestTheFormerAccount:
    def test_with_the_right_password_the_account_is_active_at_once(self, market):
        import_former(market)
        answer(market, "E001", former=True)
        link(market)
        assert state(market) == "active"
        assert has_account(market)

    def test_old_paid_holdings_become_eligible_and_are_not_carried_over_by_themselves(self, market):
        registry.open_system_accounts(
            operator=market["registry"], acting=market.acts("registry"), at=APPLIED
        )
        import_former(market)
        answer(market, "E001", former=True)
        assert queries.eligible_for_carry_over() == []
        link(market)
        (entitled,) = queries.eligible_for_carry_over()
        assert (entitled.paid_t, entitled.carried_t) == (3_000, 0)
        for _ in range(2):
            carried = operations.carry_over_former(
                account="CQ-0001", law=CQ, acting=market.acts("registry"), at=LATER
            )
            assert carried == 3_000
        (entitled,) = queries.eligible_for_carry_over()
        assert entitled.carried_t == 3_000

    def test_before_the_link_nothing_is_carried_over(self, market):
        import_former(market)
        with pytest.raises(operations.NotLinkedYet):
            operations.carry_over_former(
                account="CQ-0001", law=CQ, acting=market.acts("registry"), at=LATER
            )

    @pytest.mark.parametrize(("account", "password"), [("CQ-0001", "x"), ("CQ-9", "old secret")])
    def test_wrong_entries_are_rejected(self, market, account, password):
        import_former(market)
        answer(market, "E001", former=True)
        with pytest.raises(operations.WrongCredentials):
            link(market, account=account, password=password)
        assert not has_account(market)

    def test_a_wrong_password_is_counted_and_the_fifth_locks(self, market):
        import_former(market)
        answer(market, "E001", former=True)
        most = CQ.on("opening.former_wrong_entries", APPLIED.date()).whole
        for count in range(1, most + 1):
            with pytest.raises(operations.WrongCredentials):
                link(market, password="x")
            assert FormerAccount.objects.get().wrong_entries == count
        with pytest.raises(operations.FormerAccountLocked):
            link(market)

    def test_one_before_the_last_the_right_password_still_opens(self, market):
        import_former(market)
        answer(market, "E001", former=True)
        for _ in range(CQ.on("opening.former_wrong_entries", APPLIED.date()).whole - 1):
            with pytest.raises(operations.WrongCredentials):
                link(market, password="x")
        link(market)
        assert has_account(market)

    def test_one_former_account_is_linked_once(self, market):
        import_former(market)
        for code in ("E001", "E002"):
            answer(market, code, former=True)
        link(market)
        with pytest.raises(operations.FormerAccountLinked):
            link(market, "E002")
        assert not has_account(market, "E002")

    def test_who_said_no_by_mistake_may_still_prove_the_former_account(self, market):
        import_former(market)
        answer(market, "E001", former=False)
        link(market)
        assert state(market) == "active"

    def test_the_password_is_kept_as_a_hash_and_in_no_journal(self, market):
        import_former(market)
        kept = FormerAccount.objects.get().password
        assert kept.startswith("md5$")
        import_former(market, FormerRow("CQ-2", "甲", "", kept, {}))
        assert FormerAccount.objects.get(account="CQ-2").password == kept

    def test_an_account_is_imported_once_and_as_it_was(self, market):
        assert (import_former(market).new, import_former(market).new) == (1, 0)
        other = FormerRow("CQ-0001", "别的单位", "", "x", {})
        with pytest.raises(operations.FormerAccountDiffers):
            import_former(market, other)

    def test_only_the_registration_agency_imports(self, market):
        with pytest.raises(NotYourRole):
            operations.import_former_accounts([FORMER], acting=market.acts("E001"), at=APPLIED)


@pytest.mark.requirement("CQ208-A3.1.4")
class TestTheReset:
    def test_after_a_reset_the_new_password_works_and_the_old_one_does_not(self, market):
        import_former(market)
        answer(market, "E001", former=True)
        reset(market)
        with pytest.raises(operations.WrongCredentials):
            link(market, moment=LATER)
        link(market, password="new secret", moment=LATER)
        assert has_account(market)
        assert PasswordReset.objects.get().document_reference == "联交所收件 2023-7"

    def test_it_unlocks(self, market):
        import_former(market)
        answer(market, "E001", former=True)
        FormerAccount.objects.update(wrong_entries=99)
        reset(market)
        link(market, password="new secret", moment=LATER)
        assert has_account(market)

    @pytest.mark.parametrize("reference", ["", "  "])
    def test_without_a_document_reference_it_is_refused(self, market, reference):
        import_former(market)
        with pytest.raises(operations.ResetWithoutDocument):
            reset(market, reference)
        assert not PasswordReset.objects.exists()

    def test_the_exchange_resets_and_nobody_else(self, market):
        import_former(market)
        for by in ("registry", "E001", "bureau"):
            with pytest.raises(NotYourRole):
                reset(market, by=by)

    def test_a_linked_account_is_not_reset(self, market):
        import_former(market)
        answer(market, "E001", former=True)
        link(market)
        with pytest.raises(operations.FormerAccountLinked):
            reset(market)


@pytest.mark.requirement("CQ208-A3.2.2")
class TestNo:
    def test_no_opens_the_form(self, market):
        answer(market, "E001", former=False)
        assert state(market) == "filling"

    def test_an_entity_linked_to_a_former_account_is_refused_on_this_path(self, market):
        import_former(market)
        FormerAccount.objects.update(linked_to=market["E001"], linked_at=APPLIED)
        with pytest.raises(operations.FormerUserLinked):
            answer(market, "E001", former=False)


@pytest.mark.requirement("CQ208-A3.2.3")
class TestTheApplication:
    def test_with_all_material_staff_approve_and_the_account_is_active(self, market, tmp_path):
        applied_registry(market, "E001", tmp_path)
        assert not has_account(market)
        approve(market)
        assert state(market) == "active"
        assert has_account(market)

    @pytest.mark.parametrize("left_out", REGISTRY_UPLOADS)
    def test_a_missing_file_is_named_and_the_submission_refused(self, market, tmp_path, left_out):
        answer(market, "E001", former=False)
        upload(
            market,
            "E001",
            REGISTRY_OPENING,
            [kind for kind in REGISTRY_UPLOADS if kind != left_out],
            tmp_path,
        )
        with pytest.raises(operations.MaterialMissing) as no:
            submit_registry(market, "E001")
        (paper,) = [
            p
            for p in queries.uploads_of(casework.case(REGISTRY_OPENING, "E001"), CQ, APPLIED)
            if p.kind == left_out
        ]
        assert no.value.numbers["missing_zh"] == paper.zh
        assert state(market) == "filling"

    def test_missing_information_is_named(self, market, tmp_path):
        answer(market, "E001", former=False)
        upload(market, "E001", REGISTRY_OPENING, REGISTRY_UPLOADS, tmp_path)
        blank = operations.Information(" ", "", "法定代表人 1")
        with pytest.raises(operations.MaterialMissing) as no:
            submit_registry(market, "E001", given=blank)
        assert no.value.numbers["missing_zh"] == "统一社会信用代码、注册地址"
        wrong = operations.Information("91500000MA5U00000X", "路", "人")
        with pytest.raises(BadCreditCode):
            submit_registry(market, "E001", given=wrong)

    def test_a_return_needs_reasons_and_allows_another_submission(self, market, tmp_path):
        applied_registry(market, "E001", tmp_path)
        refuse = {
            "organisation": market["E001"],
            "acting": market.acts("registry"),
            "at": LATER,
        }
        with pytest.raises(ReasonsMissing):
            operations.return_registry_opening(reasons=" ", **refuse)
        operations.return_registry_opening(reasons="营业执照不清晰", **refuse)
        assert state(market) == "returned"
        assert casework.inbox(market["E001"])[0].zh.endswith("退回补正：营业执照不清晰")
        submit_registry(market, "E001", moment=LATER)
        approve(market)
        assert has_account(market)

    def test_staff_of_the_agency_decide_and_nobody_else(self, market, tmp_path):
        applied_registry(market, "E001", tmp_path)
        for by in ("E001", "exchange", "bureau"):
            with pytest.raises(NotYourRole):
                approve(market, by=by)
        approve(market)
        with pytest.raises(WrongState):
            approve(market)

    def test_the_contact_is_told_by_sms(self, market, tmp_path):
        applied_registry(market, "E001", tmp_path)
        approve(market)
        (copy,) = casework.outbox(casework.case(REGISTRY_OPENING, "E001"))
        assert (copy.channel, copy.address) == ("sms", CONTACT.mobile)

    @pytest.mark.requirement("AMB-40")
    def test_a_class_whose_documents_nobody_listed_opens_nothing(self, market):
        with pytest.raises(NotSet):
            answer(market, "I1", former=False)
        given = [{"kind": "business_licence", "copies": 1, "zh": "营业执照", "en": "Licence"}]
        configured = CQ.instead({"opening.institution_documents": given})
        opening = operations.begin_registry_opening(
            organisation=market["I1"],
            former_user=False,
            law=configured,
            acting=market.acts("I1"),
            at=APPLIED,
        )
        assert opening.subject == "I1"


@pytest.mark.requirement("CQ208-A4.1.1")
class TestTheRegistryContact:
    @pytest.mark.parametrize("count", [0, 2])
    def test_none_and_two_are_refused(self, market, tmp_path, count):
        answer(market, "E001", former=False)
        upload(market, "E001", REGISTRY_OPENING, REGISTRY_UPLOADS, tmp_path)
        with pytest.raises(operations.WrongContactCount):
            submit_registry(market, "E001", contacts=[CONTACT] * count)

    def test_exactly_one_is_accepted_and_a_replacement_keeps_the_history(self, market, tmp_path):
        applied_registry(market, "E001", tmp_path)
        assert queries.contact(market["E001"], AccountKind.REGISTRY).name == CONTACT.name
        operations.replace_contact(
            organisation=market["E001"],
            kind=AccountKind.REGISTRY,
            contact=operations.NewContact("登记联系人 2", "13800000009"),
            law=CQ,
            acting=market.acts("E001"),
            at=LATER,
        )
        assert [(c.name, c.until_at) for c in queries.contacts(market["E001"])] == [
            (CONTACT.name, LATER),
            ("登记联系人 2", None),
        ]

    @pytest.mark.parametrize(("name", "mobile"), [("", "13800000001"), ("某", "not a number")])
    def test_a_contact_has_a_name_and_a_number(self, market, name, mobile):
        with pytest.raises(operations.BadContact):
            operations.replace_contact(
                organisation=market["E001"],
                kind=AccountKind.REGISTRY,
                contact=operations.NewContact(name, mobile),
                law=CQ,
                acting=market.acts("E001"),
                at=LATER,
            )

    def test_another_organisation_replaces_nobody(self, market):
        with pytest.raises(OutsideYourScope):
            operations.replace_contact(
                organisation=market["E001"],
                kind=AccountKind.REGISTRY,
                contact=CONTACT,
                law=CQ,
                acting=market.acts("E002"),
                at=LATER,
            )


def test_the_information_is_kept_without_blanks(market, tmp_path):
    applied_registry(market, "E001", tmp_path)
    assert queries.registry_opening(market["E001"]).information == information().as_json()
