"""Papers on the pages: asked for by a form, taken away, and checked by anybody."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.paper.models import Paper
from openets.parties.models import Person
from openets.registry import operations as registry
from openets.registry.kinds import UnitKind
from openets.registry.models import Transaction
from tests.web.market import LAW, TODAY, acts

pytestmark = pytest.mark.django_db

HOLDER = "/registry/holders/E002"
STATEMENT = "/registry/accounts/registry-E002/statement"
HOLDING = {"form": "holding", "reference": "r1", "day": ""}
PERIOD = {"form": "period", "reference": "r2", "since": "2023-11-01", "until": "2023-11-30"}


@pytest.fixture
def of(market):
    def browser(code):
        client = Client(raise_request_exception=False)
        if code:
            client.force_login(Person.objects.get(username=f"{code}-1"))
        return client

    return browser


def text(answer):
    return answer.content.decode()


@pytest.fixture
def paper(of):
    of("E002").post(HOLDER, HOLDING)
    return Paper.objects.get()


class TestAsking:
    def test_a_holding_statement_is_issued_and_shown(self, of):
        answer = of("E002").post(HOLDER, HOLDING)
        paper = Paper.objects.get()
        assert (answer.status_code, answer.url) == (303, f"/documents/{paper.code}")
        assert paper.holder.code == "E002"
        assert len(paper.code) == len("ABCD-EFGH-JKLM-NPQR")
        assert paper.code in text(of("E002").get(HOLDER))

    def test_the_same_form_sent_twice_issues_one(self, of):
        client = of("E002")
        first, second = client.post(HOLDER, HOLDING), client.post(HOLDER, HOLDING)
        assert first.url == second.url
        assert Paper.objects.count() == 1

    def test_a_day_to_come_is_refused_with_its_article_and_the_input_kept(self, of):
        answer = of("E002").post(HOLDER, HOLDING | {"day": "2099-01-01"})
        assert answer.status_code == 422
        assert "尚未到来" in text(answer)
        assert "CQETS-5.2b" in text(answer)
        assert 'value="2099-01-01"' in text(answer)
        assert not Paper.objects.exists()

    def test_an_account_statement_of_a_period(self, of):
        answer = of("E002").post(STATEMENT, PERIOD)
        assert answer.status_code == 303
        assert Paper.objects.get().kind == "statement"

    def test_what_is_no_day_is_said_beside_its_field(self, of):
        answer = of("E002").post(STATEMENT, PERIOD | {"since": "yesterday"})
        assert answer.status_code == 422
        assert not Paper.objects.exists()

    def test_a_receipt_of_an_own_transaction(self, of):
        done = Transaction.objects.get(kind="move_to_trading")
        path = f"/registry/transactions/{done.pk}/receipt"
        assert done.debit.number in text(of("E002").get(path))
        answer = of("E002").post(path, {"form": "receipt", "reference": "r3"})
        assert answer.status_code == 303
        assert Paper.objects.get().subject == done.key

    def test_of_an_issue_the_holder_is_the_party_and_not_the_operator(self, of):
        done = Transaction.objects.filter(kind="issue", credit__holder__code="E001").first()
        path = f"/registry/transactions/{done.pk}/receipt"
        of("bureau").post(path, {"form": "receipt", "reference": "r4"})
        assert Paper.objects.get().holder.code == "E001"

    def test_others_have_no_receipt(self, of):
        done = Transaction.objects.get(kind="move_to_trading")
        path = f"/registry/transactions/{done.pk}/receipt"
        for who in ("E001", "T1", "exchange"):
            assert of(who).get(path).status_code == 403
            assert of(who).post(path, {"form": "receipt", "reference": "r"}).status_code == 403
        assert of("E002").get("/registry/transactions/999999999/receipt").status_code == 404

    @pytest.mark.parametrize(("path", "sent"), [(HOLDER, HOLDING), (STATEMENT, PERIOD)])
    def test_others_may_not_ask(self, of, path, sent):
        for who in ("E001", "exchange"):
            assert of(who).post(path, sent).status_code == 403
        assert of(None).post(path, sent).status_code == 302
        assert not Paper.objects.exists()

    def test_without_a_font_the_remedy_is_shown(self, of, settings, tmp_path):
        settings.FONT_FOLDERS = (tmp_path,)
        answer = of("E002").post(HOLDER, HOLDING)
        assert answer.status_code == 422
        assert "npm ci" in text(answer)

    def test_a_cancellation_is_certified_on_paper(self, of, market):
        made = registry.cancel_voluntarily(
            holder=market["E001"],
            amount_t=Tonnes(10),
            unit=UnitKind.ALLOWANCE,
            vintage_year=2021,
            beneficiary="",
            reason="",
            code=registry.new_code(),
            reference="c1",
            law=LAW,
            acting=acts("E001"),
            at=at(TODAY, 12),
        )
        path = f"/registry/certificates/{made.code}/paper"
        assert of("E002").get(path).status_code == 403
        assert of("E001").get(path).status_code == 200
        of("E001").post(path, {"form": "certificate", "reference": "r5"})
        assert Paper.objects.get().kind == "cancellation"
        assert of("E001").get("/registry/certificates/AAAA/paper").status_code == 404


class TestChecking:
    def test_anybody_reads_by_the_code_what_was_said(self, of, paper):
        answer = of(None).get(f"/documents/{paper.code}")
        assert answer.status_code == 200
        assert paper.sha256 in text(answer)
        for fact in paper.sheet["facts"]:
            assert fact["label"]["zh"] in text(answer)
        for cell in paper.sheet["tables"][0]["rows"][0]:
            assert cell in text(answer)

    def test_the_code_may_be_typed_loosely(self, of, paper):
        typed = paper.code.lower().replace("-", " ")
        assert of(None).get("/documents/", {"code": typed}).url == f"/documents/{paper.code}"

    def test_the_file_itself_is_recognised(self, of, paper):
        content = bytes(paper.content)
        answer = of(None).post("/documents/", {"file": SimpleUploadedFile("x.pdf", content)})
        assert answer.status_code == 200
        assert "文件与出具时一致" in text(answer)

    def test_a_file_with_one_byte_changed_was_never_issued(self, of, paper):
        changed = bytearray(bytes(paper.content))
        changed[len(changed) // 2] ^= 1
        answer = of(None).post("/documents/", {"file": SimpleUploadedFile("x.pdf", bytes(changed))})
        assert answer.status_code == 422
        assert "CQETS-5.2b" in text(answer)

    @pytest.mark.parametrize("code", ["AAAA-AAAA-AAAA-AAAA", "-", "%3Cscript%3E", "x" * 300])
    def test_an_unknown_code_was_never_issued(self, of, code):
        answer = of(None).get(f"/documents/{code}")
        assert answer.status_code == 404
        assert "<script>" not in text(answer)

    def test_no_file_is_no_question(self, of):
        assert of(None).post("/documents/", {}).status_code == 422

    def test_the_file_is_for_those_who_may_read_what_it_says(self, of, paper):
        path = f"/documents/{paper.code}/file.pdf"
        answer = of("E002").get(path)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer.content == bytes(paper.content)
        assert of("E001").get(path).status_code == 403
        assert of(None).get(path).status_code == 302
        assert of("E002").get("/documents/AAAA/file.pdf").status_code == 404

    def test_english_is_spoken_too(self, of, paper):
        client = of(None)
        client.cookies["django_language"] = "en"
        assert "What it says" in text(client.get(f"/documents/{paper.code}"))
