"""The forms of openings."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from openets.opening.papers import Missing, Paper
from openets.opening.templates import templates
from openets.web.forms import ActForm
from openets.web.language import Said, spoken

REASON_LENGTH = 1000


def _text(zh: str, en: str, length: int = 120, **given: Any) -> forms.CharField:
    return forms.CharField(label=spoken(zh, en), max_length=length, required=False, **given)


def _date(zh: str, en: str, **given: Any) -> forms.DateField:
    box = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=spoken(zh, en), widget=box, **given)


class OldUserForm(ActForm):
    """Yes: an old user."""

    name = "answer_former"
    verb = Said("是，我是老登记簿用户", "Yes, I had an account there")


class NewUserForm(ActForm):
    """No: a new user."""

    name = "answer_new"
    verb = Said("否，我是新用户", "No, I am a new user")
    tone = "secondary"


class FormerForm(ActForm):
    """Account and password of the former register."""

    name = "verify"
    verb = Said("验证并开户", "Verify and open the account")

    account = _text("原登记簿账号", "Account of the former register", 60)
    password = forms.CharField(
        label=spoken("原登记簿密码", "Password of the former register"),
        max_length=200,
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class UploadForm(ActForm):
    """A file for each document an application still asks for."""

    name = "upload"
    verb = Said("上传所选材料", "Upload what is chosen")
    tone = "secondary"

    def __init__(self, *sent: Any, papers: Sequence[Paper], types: str, **given: Any) -> None:
        """One box for each of `papers`; `types` are the extensions taken."""
        super().__init__(*sent, **given)
        for paper in papers:
            box = forms.FileInput(attrs={"accept": types})
            self.fields[paper.kind] = forms.FileField(
                label=spoken(paper.zh, paper.en), required=False, widget=box
            )

    def clean(self) -> dict[str, Any]:
        """Ask for one file at least."""
        data = super().clean() or {}
        if not self.chosen and not self.errors:
            raise forms.ValidationError(spoken("请先选择文件", "Choose a file first"))
        return data

    @property
    def chosen(self) -> Mapping[str, Any]:
        """The files that were sent, by kind of document."""
        return {kind: self.files[kind] for kind in self.fields if kind in self.files}


class InformationForm(ActForm):
    """What an applicant tells of itself; what is missing is named by the operation."""

    credit_code = _text("统一社会信用代码", "Unified social credit code", 18)
    address = _text("注册地址", "Registered address")
    principal = _text("法定代表人或主要负责人", "Legal representative or principal", 60)


class ContactFields(forms.Form):
    """The one contact of an account."""

    contact_name = _text("账户联系人", "Contact of the account", 60)
    contact_mobile = _text(
        "联系人手机号码",
        "Mobile number of the contact",
        20,
        help_text=spoken("审核结果以短信通知该号码", "The result goes there by SMS"),
    )


class RegistryForm(InformationForm, ContactFields):
    """An application for a registry account."""

    field_order = ("credit_code", "address", "principal")
    name = "submit"
    verb = Said("提交开户申请", "Send the application")


class TradingForm(InformationForm, ContactFields):
    """An application for a trading account."""

    field_order = ("credit_code", "address", "principal")
    name = "apply"
    verb = Said("提交开户申请", "Send the application")


class BeginForm(ActForm):
    """Begins an application."""

    name = "begin"
    verb = Said("开始申请", "Begin an application")


class WithdrawForm(ActForm):
    """Takes an application back."""

    name = "withdraw"
    verb = Said("撤回申请", "Withdraw the application")
    tone = "secondary"


class BankForm(ActForm):
    """Binds a bank account."""

    name = "bind"
    verb = Said("绑定", "Bind it")

    holder_name = _text(
        "户名",
        "Name of the account's holder",
        help_text=spoken("须与交易主体名称一致", "It must be the participant's own name"),
    )
    number = _text("银行账号", "Number of the bank account", 40)


class LinkForm(ActForm):
    """Links the registry account."""

    name = "link"
    verb = Said("关联", "Link it")

    number = _text(
        "权益账户号",
        "Number of the registry account",
        50,
        help_text=spoken(
            "见业务管理系统“账户总览”", "It stands in the account overview of this page"
        ),
    )


class ContactForm(ActForm, ContactFields):
    """Names another contact."""

    field_order = ("account_kind",)
    name = "contact"
    verb = Said("更换联系人", "Replace the contact")
    tone = "secondary"

    account_kind = forms.ChoiceField(
        label=spoken("账户", "Account"),
        choices=[
            ("registry", spoken("注册登记账户", "Registry account")),
            ("trading", spoken("交易账户", "Trading account")),
        ],
    )


class MobileForm(ActForm):
    """Asks for a code."""

    name = "mobile"
    verb = Said("获取验证码", "Send me a code")

    mobile = _text(
        "手机号码",
        "Mobile number",
        20,
        help_text=spoken("由公司或机构授权的号码", "A number the company authorised"),
    )


class CodeForm(ActForm):
    """Gives the code back."""

    name = "code"
    verb = Said("注册", "Register")

    code = _text("短信验证码", "Code from the message", 10)


class CertificationForm(InformationForm):
    """An application for certification."""

    name = "submit"
    verb = Said("提交申请", "Send the application")


class ArrivalForm(ActForm):
    """What came in on paper: a number of copies for each paper that is not there in full."""

    name = "arrival"
    verb = Said("登记收件", "Record the receipt")

    received_date = _date("收到日期", "Received on")
    posted_date = _date("寄出日期（邮寄的，如邮戳）", "Posted on, if by mail", required=False)

    def __init__(self, *sent: Any, short: Sequence[Missing], **given: Any) -> None:
        """One box for each paper of which copies are missing, filled with what is missing."""
        super().__init__(*sent, **given)
        for missing in short:
            paper, rest = missing.paper, missing.paper.copies - missing.given
            zh, en = f"{paper.item}. {paper.zh}", f"{paper.item}. {paper.en}"
            field = forms.IntegerField(label=spoken(zh, en), min_value=0, initial=rest)
            field.unit = spoken("份", "copies")  # type: ignore[attr-defined]
            self.fields[f"copies_{paper.kind}"] = field

    def copies(self) -> dict[str, int]:
        """The copies by kind of paper."""
        marked = "copies_"
        return {
            name.removeprefix(marked): number
            for name, number in self.cleaned_data.items()
            if name.startswith(marked)
        }


class ApproveForm(ActForm):
    """Approves."""

    name = "approve"
    verb = Said("审核通过", "Approve")


class ReasonForm(ActForm):
    """Decides with reasons."""

    tone = "secondary"

    reasons = _text("理由", "Reasons", REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3}))


class ReturnForm(ReasonForm):
    """Sends an application back."""

    name = "return"
    verb = Said("退回补正", "Send it back")


class RejectForm(ReasonForm):
    """Rejects."""

    name = "reject"
    verb = Said("驳回", "Reject")


class CorrectForm(ReasonForm):
    """Corrects a wrong yes."""

    name = "correct_answer"
    verb = Said("更正为新用户", "Correct to new user")


class ResetForm(ActForm):
    """Resets a password of the former register."""

    name = "reset"
    verb = Said("重置密码", "Reset the password")

    document_reference = _text("纸质材料编号", "Reference of the paper request", 80)
    account = _text(
        "原登记簿账号",
        "Account of the former register",
        60,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=spoken("新密码", "New password"),
        max_length=200,
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class CarryOverForm(ActForm):
    """Carries the paid holdings of a former account over."""

    name = "carry_over"
    verb = Said("结转", "Carry over")

    account = forms.CharField(max_length=60, widget=forms.HiddenInput)


class PublishForm(ActForm):
    """Publishes a version of the templates."""

    name = "publish"
    verb = Said("发布模板包", "Publish the pack")

    version = _text("版本号", "Version", 20)


class RetractForm(ActForm):
    """Withdraws a version of the templates."""

    name = "retract"
    verb = Said("撤回", "Withdraw")
    tone = "secondary"

    version = forms.ChoiceField(label=spoken("版本", "Version"))

    def __init__(self, *sent: Any, versions: Sequence[str], **given: Any) -> None:
        """Offer the versions that are offered now."""
        super().__init__(*sent, **given)
        choices = [(version, version) for version in versions]
        self.fields["version"].choices = choices  # type: ignore[attr-defined]


def has_template(kind: str) -> bool:
    """Whether the download centre has a template for a kind of document."""
    return kind in templates()
