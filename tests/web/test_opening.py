"""Pages and API of openings: the applicant's path, the offices' decisions, the downloads."""

import io
import zipfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from openets.casework import queries as casework
from openets.kernel.clock import at
from openets.opening import operations, queries
from openets.opening.former_rows import FormerRow
from openets.opening.models import FormerAccount
from openets.opening.procedures import (
    PLATFORM_CERTIFICATION,
    REGISTRY_OPENING,
    TRADING_OPENING,
)
from openets.parties import operations as parties
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind
from openets.web import clock
from tests.markets import CQ, FOUNDED, FOUNDER
from tests.opening.applicants import (
    ALL_PAPER,
    APPLIED,
    CREDIT_CODE,
    PLATFORM_PAPER,
    REGISTRY_UPLOADS,
    TRADING_UPLOADS,
    answer,
    applied_registry,
    applied_trading,
    approve_trading,
    bare_market,
    receive,
    receive_platform,
    submitted_certification,
)

pytestmark = pytest.mark.django_db
JSON = "application/json"
APPLICATION = {
    "credit_code": CREDIT_CODE,
    "address": "合成路 1 号",
    "principal": "法定代表人 1",
    "contact_name": "登记联系人 1",
    "contact_mobile": "13800000001",
}
FORMER = FormerRow("CQ-1", "合成重点排放单位0", "", "secret", {2019: 500})


@pytest.fixture(autouse=True)
def _quiet(settings, tmp_path):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DOCUMENT_FOLDER = tmp_path


@pytest.fixture
def market():
    return bare_market()


@pytest.fixture(autouse=True)
def on(monkeypatch):
    """The market's clock: it stands at the day of the applications, or where it is put."""
    shown = [APPLIED]
    monkeypatch.setattr(clock, "now", lambda _: shown[0])
    return lambda moment: shown.__setitem__(0, moment)


@pytest.fixture
def clients(market):
    def client(code):
        person = parties.add_member(
            username=f"{code}-web",
            display_name="经办",
            organisation=market[code],
            acting=FOUNDER,
            at=FOUNDED,
        )
        made = Client()
        made.force_login(person)
        return made

    return client


def send(client, path, form, **data):
    return client.post(path, {"form": form, "reference": "r1", **data})


def text(answer):
    return answer.content.decode()


def pdfs(kinds):
    return {kind: SimpleUploadedFile(f"{kind}.pdf", f"%PDF-{kind}".encode()) for kind in kinds}


def review_of(procedure, subject):
    return f"/opening/queue/{casework.case(procedure, subject).pk}"


APPLICANT_PAGES = (
    "/opening",
    "/opening/registry",
    "/opening/trading",
    "/opening/bank-cards",
    "/opening/link",
    "/opening/contacts",
    "/opening/platform",
)


class TestWhoSeesWhat:
    @pytest.mark.parametrize(
        "path", [*APPLICANT_PAGES, "/opening/queue", "/opening/former-register"]
    )
    def test_a_visitor_is_sent_to_sign_in(self, path):
        answered = Client().get(path)
        assert answered.status_code == 302
        assert answered["Location"].startswith("/sign-in?next=")

    @pytest.mark.parametrize("path", APPLICANT_PAGES)
    def test_an_applicant_sees_its_pages_and_an_office_does_not(self, clients, path):
        assert clients("E001").get(path).status_code == 200
        assert clients("exchange").get(path).status_code == 403

    @pytest.mark.parametrize("code", ["registry", "exchange", "platform", "bureau"])
    def test_an_office_sees_the_queue(self, clients, code):
        assert clients(code).get("/opening/queue").status_code == 200

    def test_others_do_not(self, clients):
        for code in ("E001", "V1", "bank"):
            assert clients(code).get("/opening/queue").status_code == 403
            assert clients(code).get("/opening/former-register").status_code == 403

    def test_an_application_is_reviewed_by_its_office_only(self, market, clients, tmp_path):
        submitted_certification(market, "P1", tmp_path)
        path = review_of(PLATFORM_CERTIFICATION, "P1")
        assert clients("platform").get(path).status_code == 200
        assert clients("registry").get(path).status_code == 403
        assert clients("E001").get(path).status_code == 403
        assert clients("registry").get("/opening/queue/999999").status_code == 404


@pytest.mark.requirement("CQ208-A3.1.1", "CQ208-A3.2.1")
class TestTheQuestion:
    def test_without_an_account_the_dialogue_starts_and_reading_it_changes_nothing(self, clients):
        page = text(clients("E001").get("/opening/registry"))
        assert "是否老登记簿用户" in page
        assert casework.case(REGISTRY_OPENING, "E001") is None

    def test_with_an_account_the_registry_opens(self, market, clients):
        registry.open_accounts(
            holders=[market["E001"]],
            kind=AccountKind.REGISTRY,
            acting=market.acts("registry"),
            at=APPLIED,
        )
        client = clients("E001")
        assert client.get("/opening/registry")["Location"] == "/opening"
        assert "registry-E001" in text(client.get("/opening"))

    @pytest.mark.requirement("CQ208-A3.2.2")
    def test_a_known_old_user_is_warned_before_and_after_a_no(self, market, clients):
        operations.import_former_accounts([FORMER], acting=market.acts("registry"), at=APPLIED)
        client, warning = clients("E001"), "原登记簿中有以本单位名义开立的账户"
        assert warning in text(client.get("/opening/registry"))
        assert send(client, "/opening/registry", "answer_new").status_code == 303
        assert warning in text(client.get("/opening/registry"))
        assert warning not in text(clients("E002").get("/opening/registry"))

    def test_the_answer_sent_twice_is_given_once(self, clients):
        client = clients("E001")
        for _ in range(2):
            send(client, "/opening/registry", "answer_former")
        assert casework.case(REGISTRY_OPENING, "E001").trail.count() == 2


@pytest.mark.requirement("CQ208-A3.1.3")
class TestTheFormerAccount:
    @pytest.fixture
    def client(self, market, clients):
        operations.import_former_accounts([FORMER], acting=market.acts("registry"), at=APPLIED)
        answer(market, "E001", former=True)
        return clients("E001")

    def test_the_right_password_opens_the_account(self, market, client):
        done = send(client, "/opening/registry", "verify", account="CQ-1", password="secret")
        assert done.status_code == 303
        assert holdings.open_account(market["E001"], AccountKind.REGISTRY)

    def test_a_wrong_one_is_refused_with_the_article_and_stays_counted(self, client):
        refused = send(client, "/opening/registry", "verify", account="CQ-1", password="x")
        assert refused.status_code == 422
        assert "CQ208-A3.1.3" in text(refused)
        assert "wrong_credentials" in text(refused)
        assert 'value="x"' not in text(refused)
        assert FormerAccount.objects.get().wrong_entries == 1

    def test_through_the_interface_as_well(self, client):
        path = "/api/opening/registry/verify"
        refused = client.post(path, {"account": "CQ-1", "password": "x"}, JSON)
        assert (refused.status_code, refused.json()["code"]) == (422, "wrong_credentials")
        assert FormerAccount.objects.get().wrong_entries == 1
        told = client.post(path, {"account": "CQ-1", "password": "secret"}, JSON).json()
        assert told["registry_account"] == "registry-E001"


class TestTheRegistryAccount:
    def test_a_new_user_uploads_sends_and_the_agency_approves(self, market, clients):
        client = clients("E001")
        send(client, "/opening/registry", "answer_new")
        refused = send(client, "/opening/registry", "submit", **APPLICATION)
        assert refused.status_code == 422
        assert "碳排放登记簿账户授权委托书" in text(refused)
        assert 'value="合成路 1 号"' in text(refused)
        assert (
            send(client, "/opening/registry", "upload", **pdfs(REGISTRY_UPLOADS)).status_code == 303
        )
        assert "business_licence.pdf" in text(client.get("/opening/registry"))
        for status in (303, 422):
            sent = send(client, "/opening/registry", "submit", **APPLICATION)
            assert sent.status_code == status
        office = clients("registry")
        path = review_of(REGISTRY_OPENING, "E001")
        assert path in text(office.get("/opening/queue"))
        assert "business_licence.pdf" in text(office.get(path))
        for status in (303, 422):
            assert send(office, path, "approve").status_code == status
        assert holdings.open_account(market["E001"], AccountKind.REGISTRY)
        assert "registry-E001" in text(client.get("/opening"))

    def test_nothing_chosen_is_nothing_uploaded(self, clients):
        client = clients("E001")
        send(client, "/opening/registry", "answer_new")
        refused = send(client, "/opening/registry", "upload")
        assert refused.status_code == 422
        assert "请先选择文件" in text(refused)

    def test_a_file_that_is_not_what_it_says_is_refused(self, clients):
        client = clients("E001")
        send(client, "/opening/registry", "answer_new")
        fake = {"business_licence": SimpleUploadedFile("a.pdf", b"MZ")}
        refused = send(client, "/opening/registry", "upload", **fake)
        assert refused.status_code == 422
        assert "document_type_not_taken" in text(refused)

    def test_it_is_sent_back_with_reasons_only(self, market, clients, tmp_path):
        applied_registry(market, "E001", tmp_path)
        office, path = clients("registry"), review_of(REGISTRY_OPENING, "E001")
        refused = send(office, path, "return", reasons="")
        assert (refused.status_code, "reasons_missing" in text(refused)) == (422, True)
        assert send(office, path, "return", reasons="营业执照不清晰").status_code == 303
        assert "营业执照不清晰" in text(clients("E001").get("/opening/registry"))

    def test_the_city_bureau_looks_and_decides_nothing(self, market, clients, tmp_path):
        applied_registry(market, "E001", tmp_path)
        path = review_of(REGISTRY_OPENING, "E001")
        bureau = clients("bureau")
        assert 'value="approve"' not in text(bureau.get(path))
        send(bureau, path, "approve")
        assert casework.case(REGISTRY_OPENING, "E001").state == "submitted"

    def test_a_class_without_a_list_is_told_so(self, clients):
        refused = send(clients("I1"), "/opening/registry", "answer_new")
        assert refused.status_code == 422
        assert "尚未设定" in text(refused)


class TestTheTradingAccount:
    def test_from_the_application_to_the_link(self, market, clients, on):
        client, office = clients("E001"), clients("exchange")
        here = "/opening/trading"
        send(client, here, "begin")
        send(client, here, "upload", **pdfs(TRADING_UPLOADS))
        assert send(client, here, "apply", **APPLICATION).status_code == 303
        assert "2023-12-15" in text(client.get(here))
        path = review_of(TRADING_OPENING, "E001/1")
        incomplete = {f"copies_{kind}": n for kind, n in ALL_PAPER.items()}
        incomplete |= {"copies_service_agreement": 2, "received_date": "2023-11-15"}
        assert send(office, path, "arrival", **incomplete).status_code == 303
        assert "第10项" in text(client.get(here))
        assert "待补" not in text(client.get(here))
        rest = {"copies_service_agreement": 1, "received_date": "2023-11-15"}
        assert send(office, path, "arrival", **rest).status_code == 303
        assert send(office, path, "approve").status_code == 303
        assert send(office, path, "approve").status_code == 422
        bank = {"holder_name": market["E001"].name, "number": "6222 0001 0002 0003"}
        on(at(APPLIED.date(), 9, 29, 59))
        early = send(client, "/opening/bank-cards", "bind", **bank)
        assert (early.status_code, "outside_binding_hours" in text(early)) == (422, True)
        on(at(APPLIED.date(), 9, 30))
        other = send(client, "/opening/bank-cards", "bind", **(bank | {"holder_name": "别人"}))
        assert (other.status_code, "CQ208-A4.1.3" in text(other)) == (422, True)
        assert send(client, "/opening/bank-cards", "bind", **bank).status_code == 303
        assert "6222000100020003" in text(client.get("/opening/bank-cards"))
        registry.open_accounts(
            holders=market.entities,
            kind=AccountKind.REGISTRY,
            acting=market.acts("registry"),
            at=APPLIED,
        )
        wrong = send(client, "/opening/link", "link", number="registry-E002")
        assert (wrong.status_code, "not_your_number" in text(wrong)) == (422, True)
        assert send(client, "/opening/link", "link", number="registry-E001").status_code == 303
        assert queries.standing(market["E001"]).linked

    @pytest.mark.requirement("CQ208-A4.2.2")
    def test_the_missing_application_is_named(self, market, clients, tmp_path):
        applied_trading(market, "E001", tmp_path)
        page = text(clients("E001").get("/opening"))
        assert "注册登记账户开户申请" in page
        assert "交易账户开户申请" not in page

    def test_it_is_taken_back_and_begun_again(self, market, clients, tmp_path):
        applied_trading(market, "E001", tmp_path)
        client = clients("E001")
        assert send(client, "/opening/trading", "withdraw").status_code == 303
        assert send(client, "/opening/trading", "begin").status_code == 303
        assert casework.case(TRADING_OPENING, "E001/2").state == "filling"

    def test_a_rejection_tells_its_reasons(self, market, clients, tmp_path):
        applied_trading(market, "E001", tmp_path)
        receive(market, APPLIED.date())
        path = review_of(TRADING_OPENING, "E001/1")
        assert send(clients("exchange"), path, "reject", reasons="印章不符").status_code == 303
        assert "印章不符" in text(clients("E001").get("/opening/trading"))

    def test_a_contact_follows_another(self, market, clients, tmp_path):
        applied_trading(market, "E001", tmp_path)
        client, given = clients("E001"), {"account_kind": "trading", "contact_name": "交易联系人 2"}
        refused = send(client, "/opening/contacts", "contact", **given, contact_mobile="x")
        assert refused.status_code == 422
        done = send(client, "/opening/contacts", "contact", **given, contact_mobile="13800000007")
        assert done.status_code == 303
        assert queries.contact(market["E001"], AccountKind.TRADING).name == "交易联系人 2"


class TestThePlatform:
    def test_from_the_mobile_number_to_the_certification(self, clients, capsys):
        client, here = clients("P1"), "/opening/platform"
        assert send(client, here, "mobile", mobile="13800000003").status_code == 303
        message = capsys.readouterr().out
        code = message.split("：")[1][:6]
        assert send(client, here, "code", code="000000x").status_code == 422
        assert send(client, here, "code", code=code).status_code == 303
        assert "已注册，未认证" in text(client.get(here))
        send(client, here, "begin")
        given = {name: APPLICATION[name] for name in ("credit_code", "address", "principal")}
        assert send(client, here, "submit", **given).status_code == 422
        send(client, here, "upload", **pdfs(["business_licence"]))
        assert send(client, here, "submit", **given).status_code == 303
        office, path = clients("platform"), review_of(PLATFORM_CERTIFICATION, "P1")
        refused = send(office, path, "approve")
        assert (refused.status_code, "wrong_state" in text(refused)) == (422, True)
        copies = {f"copies_{kind}": n for kind, n in PLATFORM_PAPER.items()}
        send(office, path, "arrival", **copies, received_date="2023-11-15")
        assert send(office, path, "approve").status_code == 303
        assert "已认证" in text(client.get(here))


class TestTheFormerRegisterOfTheOffices:
    @pytest.fixture(autouse=True)
    def imported(self, market):
        operations.import_former_accounts([FORMER], acting=market.acts("registry"), at=APPLIED)

    @pytest.mark.requirement("CQ208-A3.1.4")
    def test_the_exchange_resets_with_a_document_reference_only(self, clients):
        exchange, path = clients("exchange"), "/opening/former-register"
        given = {"account": "CQ-1", "password": "fresh"}
        refused = send(exchange, path, "reset", **given, document_reference="")
        assert (refused.status_code, "reset_without_document" in text(refused)) == (422, True)
        done = send(exchange, path, "reset", **given, document_reference="收件 7")
        assert done.status_code == 303
        assert FormerAccount.objects.get().resets.get().document_reference == "收件 7"

    def test_the_agency_carries_over_what_is_linked_and_resets_nothing(self, market, clients):
        registry.open_system_accounts(
            operator=market["registry"], acting=market.acts("registry"), at=APPLIED
        )
        answer(market, "E001", former=True)
        operations.link_former_account(
            organisation=market["E001"],
            account="CQ-1",
            password="secret",
            law=CQ,
            acting=market.acts("E001"),
            at=APPLIED,
        )
        office, path = clients("registry"), "/opening/former-register"
        assert 'value="reset"' not in text(office.get(path))
        refused = send(office, path, "reset", account="CQ-1", password="x", document_reference="1")
        assert refused.status_code == 422
        assert send(office, path, "carry_over", account="CQ-1").status_code == 303
        (entitled,) = queries.eligible_for_carry_over()
        assert entitled.carried_t == 500


@pytest.mark.requirement("CQ208-A4.2.1")
class TestTheDownloadCentre:
    def test_a_visitor_downloads_the_offered_version_without_sign_in(self, market):
        operations.publish_templates(version="pack-1", acting=market.acts("exchange"), at=APPLIED)
        assert "pack-1" in text(Client().get("/downloads"))
        answered = Client().get("/downloads/pack-1.zip")
        assert len(zipfile.ZipFile(io.BytesIO(answered.content)).namelist()) == 7
        assert Client().get("/downloads/pack-1/application_form.xlsx").content.startswith(b"PK")
        assert Client().get("/downloads/pack-1/novel.xlsx").status_code == 404

    def test_the_exchange_publishes_and_withdraws_and_what_is_withdrawn_is_gone(self, clients):
        exchange = clients("exchange")
        assert send(exchange, "/downloads", "publish", version="pack-1").status_code == 303
        assert send(exchange, "/downloads", "publish", version="pack-1").status_code == 422
        assert send(exchange, "/downloads", "retract", version="pack-1").status_code == 303
        assert "pack-1" not in text(Client().get("/downloads"))
        assert Client().get("/downloads/pack-1.zip").status_code == 404

    def test_nobody_else_publishes(self, clients):
        for client in (clients("E001"), Client()):
            assert send(client, "/downloads", "publish", version="pack-1").status_code == 422
        assert queries.packs() == []


class TestTheInterface:
    def test_a_visitor_is_not_let_in_and_a_wrong_role_gets_403(self, clients):
        assert Client().get("/api/opening").status_code == 401
        assert clients("exchange").get("/api/opening").status_code == 403
        path = "/api/opening/registry/E001/approve"
        assert clients("E001").post(path, {}, JSON).status_code == 403

    def test_the_standing_names_what_is_missing(self, clients):
        told = clients("E001").get("/api/opening").json()
        assert told["missing_applications"] == ["registry", "trading"]

    @pytest.mark.requirement("CQ208-A3.0")
    def test_an_empty_answer_is_refused(self, clients):
        refused = clients("E001").post("/api/opening/registry/answer", {}, JSON)
        assert (refused.status_code, refused.json()["code"]) == (422, "answer_missing")

    def test_applications_and_decisions(self, market, clients, tmp_path):
        applied_registry(market, "E001", tmp_path)
        applied_trading(market, "E001", tmp_path)
        agency, exchange = clients("registry"), clients("exchange")
        path = "/api/opening/registry/E001/return"
        assert agency.post(path, {}, JSON).json()["code"] == "reasons_missing"
        told = agency.post("/api/opening/registry/E001/approve", {}, JSON).json()
        assert told["state"] == "active"
        again = agency.post("/api/opening/registry/E001/approve", {}, JSON)
        assert again.json()["code"] == "wrong_state"
        arrival = {"copies": ALL_PAPER, "received_date": "2023-11-15"}
        path = "/api/opening/trading/E001/1"
        assert exchange.post(f"{path}/paper", arrival, JSON).json()["state"] == "reviewing"
        assert exchange.post(f"{path}/approve", {}, JSON).json()["state"] == "active"
        unknown = agency.post("/api/opening/registry/nobody/approve", {}, JSON)
        assert unknown.json()["code"] == "no_such_case"

    def test_a_new_user_through_the_interface(self, clients):
        client = clients("E001")
        told = client.post("/api/opening/registry/answer", {"former_user": False}, JSON).json()
        number = told["registry_application"]["number"]
        for kind, file in pdfs(REGISTRY_UPLOADS).items():
            client.post(f"/api/cases/{number}/documents", {"kind": kind, "file": file})
        body = {name: APPLICATION[name] for name in ("credit_code", "address", "principal")}
        path = "/api/opening/registry/submit"
        refused = client.post(path, body | {"contacts": []}, JSON).json()
        assert refused["code"] == "wrong_contact_count"
        one = {"contacts": [{"name": "登记联系人 1", "mobile": "13800000001"}]}
        told = client.post(path, body | one, JSON).json()
        assert told["registry_application"]["state"] == "submitted"

    def test_trading_bank_and_link(self, market, clients, tmp_path, on):
        applied_trading(market, "E001", tmp_path)
        receive(market, APPLIED.date())
        approve_trading(market, day=APPLIED.date())
        registry.open_accounts(
            holders=market.entities,
            kind=AccountKind.REGISTRY,
            acting=market.acts("registry"),
            at=APPLIED,
        )
        on(at(APPLIED.date(), 15, 30))
        client = clients("E001")
        bank = {"holder_name": market["E001"].name, "number": "6222000100020003"}
        assert client.post("/api/opening/bank", bank, JSON).json()["bank_bound"]
        told = client.post("/api/opening/link", {"number": "registry-E001"}, JSON).json()
        assert told["linked"]
        contact = {"account_kind": "trading", "name": "交易联系人 2", "mobile": "13800000008"}
        assert client.post("/api/opening/contacts", contact, JSON).status_code == 200

    def test_the_certification(self, market, clients, tmp_path, on):
        submitted_certification(market, "P1", tmp_path)
        receive_platform(market, "P1", {"service_contract": 3})
        on(at(date(2023, 11, 20), 11))
        platform = clients("platform")
        rest = PLATFORM_PAPER | {"service_contract": 1}
        arrival = {"copies": rest, "received_date": "2023-11-20"}
        told = platform.post("/api/opening/platform/P1/paper", arrival, JSON).json()
        assert told["state"] == "reviewing"
        told = platform.post("/api/opening/platform/P1/approve", {}, JSON).json()
        assert told["state"] == "certified"

    def test_the_former_register(self, market, clients):
        operations.import_former_accounts([FORMER], acting=market.acts("registry"), at=APPLIED)
        reset = {"password": "fresh", "document_reference": "收件 7"}
        path = "/api/opening/former/CQ-1"
        assert clients("exchange").post(f"{path}/reset", reset, JSON).status_code == 200
        assert clients("registry").post(f"{path}/reset", reset, JSON).status_code == 403
        carried = clients("registry").post(f"{path}/carry-over", {}, JSON)
        assert carried.json()["code"] == "former_account_not_linked"
