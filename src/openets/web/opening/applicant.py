"""The applicant's own pages: the guide, its applications, bank account, link and contacts."""

from collections.abc import Callable
from secrets import randbelow
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_http_methods, require_safe

from openets.banking import operations as banking
from openets.casework import documents
from openets.casework.models import Case
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.opening import operations, queries
from openets.opening.operations import Information, NewContact
from openets.opening.procedures import TRADING_OPENING
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.registry import operations as registry
from openets.registry.kinds import AccountKind
from openets.rulebook.load import law
from openets.web import clock, words
from openets.web.cases.access import store
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.opening import forms
from openets.web.opening.page import CasePart
from openets.web.opening.parts import case_part, guide

READ = ["GET", "HEAD", "POST"]
CODE_DIGITS = 6
Data = dict[str, Any]
Do = Callable[[Data], Done]


class Asked:
    """Who asks for one of the pages, for whom, when, by which law."""

    def __init__(self, request: HttpRequest) -> None:
        """Read it off the request."""
        self.request = request
        self.acting: Acting = acting_of(request)
        self.organisation: Organisation = parties.organisation(self.acting.organisation)
        self.at = clock.now(request)
        self.law = law(settings.JURISDICTION)

    def by(self) -> dict[str, Any]:
        """What every operation of an applicant takes."""
        return {"organisation": self.organisation, "acting": self.acting, "at": self.at}


@require_safe
@within("registry_opening.submit")
def overview(request: HttpRequest) -> HttpResponse:
    """The applicant's way to its accounts (开户向导) with the account overview (账户总览)."""
    page = guide(Asked(request).organisation)
    return render(request, "web/opening/guide.html", {"page": page})


@require_http_methods(READ)
@within("registry_opening.submit")
def registry_account(request: HttpRequest) -> HttpResponse:
    """The registry account: the question, the former account or the application, its state."""
    asked = Asked(request)
    standing = queries.standing(asked.organisation)
    here = reverse("opening_registry")
    if standing.registry_account is not None and standing.registry_case is None:
        return redirect("opening")
    context: Data = {"known": queries.known_in_former_register(asked.organisation)}
    if standing.registry_case is None:
        return _question(asked, context, here)
    part = case_part(standing.registry_case, asked.at)
    context |= {"part": part, "may_verify": part.case.state in {"verifying", "filling", "returned"}}
    former = forms.FormerForm.of(request)
    submit = forms.RegistryForm.of(request, initial=_told(part, AccountKind.REGISTRY, asked))
    upload = _upload_form(asked, part)

    def verify(data: Data) -> Done:
        operations.link_former_account(
            account=data["account"], password=data["password"], law=asked.law, **asked.by()
        )
        return Done(here, Said("验证通过，账户已开立", "Verified; the account is open"))

    def send(data: Data) -> Done:
        operations.submit_registry_opening(
            information=_information(data), contacts=_contacts(data), law=asked.law, **asked.by()
        )
        return Done(here, Said("申请已提交，等待审核", "Sent; it waits for review"))

    doing: list[tuple[ActForm, Do]] = [(former, verify), (submit, send)]
    doing.append((upload, _uploader(asked, part.case, upload, here)))
    context |= {
        "former": former,
        "submit": submit,
        **_uploading(part, upload),
    }
    return _answer(request, "web/opening/registry.html", context, doing)


@require_http_methods(READ)
@within("trading_opening.apply")
def trading_account(request: HttpRequest) -> HttpResponse:
    """The trading account: the application, its paper, its state."""
    asked = Asked(request)
    standing = queries.standing(asked.organisation)
    here = reverse("opening_trading")
    case = standing.trading_case
    begin = forms.BeginForm.of(request)
    context: Data = {"account": standing.trading_account, "begin": begin, "missing": ()}

    def start(_: Data) -> Done:
        operations.begin_trading_opening(law=asked.law, **asked.by())
        return Done(here, Said("请上传材料并填写信息", "Upload the documents and fill in the form"))

    doing: list[tuple[ActForm, Do]] = [(begin, start)]
    if case is not None:
        part = case_part(case, asked.at)
        submit = forms.TradingForm.of(request, initial=_told(part, AccountKind.TRADING, asked))
        upload, withdraw = _upload_form(asked, part), forms.WithdrawForm.of(request)

        def send(data: Data) -> Done:
            opening = operations.apply_for_trading(
                information=_information(data),
                contacts=_contacts(data),
                law=asked.law,
                **asked.by(),
            )
            last = opening.last_paper_date
            return Done(
                here,
                Said(
                    f"申请已提交；请于 {last} 前递交纸质材料",
                    f"The application is sent; hand in the paper by {last}",
                ),
            )

        def take_back(_: Data) -> Done:
            operations.withdraw_trading_opening(**asked.by())
            return Done(here, Said("申请已撤回", "The application is withdrawn"))

        doing += [(submit, send), (withdraw, take_back)]
        doing.append((upload, _uploader(asked, case, upload, here)))
        ended = TRADING_OPENING.states[case.state].final and standing.trading_account is None
        context |= {
            "part": part,
            "submit": submit,
            **_uploading(part, upload),
            "withdraw": withdraw,
        }
        context |= {"may_begin": ended, "may_withdraw": case.state in {"filling", "applied"}}
    else:
        context["may_begin"] = standing.trading_account is None
    return _answer(request, "web/opening/trading.html", context, doing)


@require_http_methods(READ)
@within("settlement.bind_bank_account")
def bank(request: HttpRequest) -> HttpResponse:
    """My bank account (我的银行卡)."""
    asked = Asked(request)
    standing, here = queries.standing(asked.organisation), reverse("opening_bank")
    form = forms.BankForm.of(request, initial={"holder_name": asked.organisation.name})

    def bind(data: Data) -> Done:
        is_bound = banking.bind_or_ask(
            holder=asked.organisation,
            name=data["holder_name"],
            number=data["number"].replace(" ", ""),
            reference=data["reference"],
            law=asked.law,
            acting=asked.acting,
            at=asked.at,
        )
        bound = Said("银行账户已绑定", "The bank account is bound")
        return Done(here, bound if is_bound else Said("已提交银行核验", "The bank checks it"))

    today = market_date(asked.at)
    hours = {
        "opens": asked.law.on("trading.bank_binding_from", today).text,
        "closes": asked.law.on("trading.bank_binding_to", today).text,
    }
    context = {"account": standing.cash_account, "form": form, **hours}
    return _answer(request, "web/opening/bank.html", context, [(form, bind)])


@require_http_methods(READ)
@within("registry.link_accounts")
def link(request: HttpRequest) -> HttpResponse:
    """Register (登记簿): link the registry account to the trading account."""
    asked = Asked(request)
    form, here = forms.LinkForm.of(request), reverse("opening_link")

    def tie(data: Data) -> Done:
        asks = registry.Link(asked.organisation, data["number"].strip(), asked.acting)
        registry.link_accounts([asks], at=asked.at)
        return Done(here, Said("已关联，可以划转", "Linked; units may move"))

    context = {"standing": queries.standing(asked.organisation), "form": form}
    return _answer(request, "web/opening/link.html", context, [(form, tie)])


@require_http_methods(READ)
@within("opening.replace_contact")
def contacts(request: HttpRequest) -> HttpResponse:
    """The contacts of one's accounts, with everybody before, and their replacement."""
    asked = Asked(request)
    form, here = forms.ContactForm.of(request), reverse("opening_contacts")

    def replace(data: Data) -> Done:
        operations.replace_contact(
            kind=AccountKind(data["account_kind"]),
            contact=_contacts(data)[0],
            law=asked.law,
            **asked.by(),
        )
        return Done(here, Said("联系人已更换", "The contact is replaced"))

    context = {"contacts": queries.contacts(asked.organisation), "form": form}
    return _answer(request, "web/opening/contacts.html", context, [(form, replace)])


@require_http_methods(READ)
@within("platform_certification.apply")
def platform(request: HttpRequest) -> HttpResponse:
    """The platform account (企业认证信息): mobile number, application, paper, state."""
    asked = Asked(request)
    here = reverse("opening_platform")
    account = queries.platform_account(asked.organisation)
    standing = queries.standing(asked.organisation)
    case = standing.platform_case
    mobile, code = forms.MobileForm.of(request), forms.CodeForm.of(request)
    begin = forms.BeginForm.of(request)
    context: Data = {"account": account, "mobile": mobile, "code": code, "begin": begin}
    context["certified"] = standing.certified

    def send_code(data: Data) -> Done:
        operations.send_platform_code(
            mobile=data["mobile"],
            code=f"{randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}",
            send=import_string(settings.SMS_TRANSPORT),
            **asked.by(),
        )
        return Done(here, Said("验证码已发送", "The code is on its way"))

    def register(data: Data) -> Done:
        operations.register_platform_account(code=data["code"], law=asked.law, **asked.by())
        return Done(here, Said("已注册，尚未认证", "Registered, not certified yet"))

    def start(_: Data) -> Done:
        operations.apply_for_certification(**asked.by())
        return Done(here, Said("请填写信息并上传营业执照", "Now the form and the licence"))

    doing: list[tuple[ActForm, Do]] = [(mobile, send_code), (code, register), (begin, start)]
    if case is not None:
        part = case_part(case, asked.at)
        submit = forms.CertificationForm.of(request, initial=_told(part, None, asked))
        upload = _upload_form(asked, part)

        def send(data: Data) -> Done:
            operations.submit_certification(
                information=_information(data), law=asked.law, **asked.by()
            )
            return Done(here, Said("已提交，请递交纸质材料", "Sent; now hand in the paper"))

        doing += [(submit, send), (upload, _uploader(asked, case, upload, here))]
        context |= {
            "part": part,
            "submit": submit,
            **_uploading(part, upload),
        }
        context["may_begin"] = case.state in {"registered", "rejected"}
    return _answer(request, "web/opening/platform.html", context, doing)


def _question(asked: Asked, context: Data, here: str) -> HttpResponse:
    """Whether an old user (是否老登记簿用户); closing the page changes nothing."""
    yes, no = forms.OldUserForm.of(asked.request), forms.NewUserForm.of(asked.request)

    def answer(*, former_user: bool) -> Do:
        def begin(_: Data) -> Done:
            operations.begin_registry_opening(former_user=former_user, law=asked.law, **asked.by())
            return Done(here, Said("已选择，请继续办理", "Chosen; go on below"))

        return begin

    doing = [(yes, answer(former_user=True)), (no, answer(former_user=False))]
    return _answer(
        asked.request, "web/opening/question.html", context | {"yes": yes, "no": no}, doing
    )


def _answer(
    request: HttpRequest, template: str, context: Data, doing: list[tuple[ActForm, Do]]
) -> HttpResponse:
    """Do what the form that was sent asks, or show the page."""
    for form, do in doing:
        done = acted(request, form, do)
        if done:
            return done
    status = max(form.status for form, _ in doing)
    return render(request, template, context, status=status)


def _upload_form(asked: Asked, part: CasePart) -> forms.UploadForm:
    types = asked.law.on("casework.document_types", market_date(asked.at)).items
    wanted = [row.paper for row in part.uploads]
    accept = ",".join(f".{name}" for name in types)
    return forms.UploadForm.of(asked.request, papers=wanted, types=accept)


def _uploading(part: CasePart, form: forms.UploadForm) -> Data:
    """The form of uploads, each document with the box for its file."""
    return {"upload": form, "upload_rows": [(row, form[row.paper.kind]) for row in part.uploads]}


def _uploader(asked: Asked, case: Case, form: forms.UploadForm, here: str) -> Do:
    def upload(_: Data) -> Done:
        with transaction.atomic():
            for kind, file in form.chosen.items():
                documents.add_document(
                    words.PROCEDURES[case.procedure],
                    case.subject,
                    kind=kind,
                    name=file.name,
                    content=file.read(),
                    store=store(),
                    law=asked.law,
                    acting=asked.acting,
                    at=asked.at,
                )
        count = len(form.chosen)
        return Done(here, Said(f"已上传 {count} 个文件", f"{count} files are uploaded"))

    return upload


def _told(part: CasePart, kind: AccountKind | None, asked: Asked) -> dict[str, str]:
    """What was told before, to start from."""
    case, organisation = part.case, asked.organisation
    told: dict[str, str] = {"credit_code": organisation.credit_code}
    if kind == AccountKind.REGISTRY:
        registry_opening = queries.registry_opening(organisation)
        told |= registry_opening.information if registry_opening else {}
    elif kind == AccountKind.TRADING:
        told |= queries.trading_opening_of(case).information
    contact = queries.contact(organisation, kind) if kind else None
    if contact:
        told |= {"contact_name": contact.name, "contact_mobile": contact.mobile}
    return told


def _information(data: Data) -> Information:
    return Information(data["credit_code"], data["address"], data["principal"])


def _contacts(data: Data) -> list[NewContact]:
    """The contact of the form; none where both boxes are empty."""
    name, mobile = data["contact_name"], data["contact_mobile"]
    return [NewContact(name, mobile)] if name or mobile else []
