"""What institutions, authorities and entities send."""

from collections.abc import Sequence
from typing import Any

from django import forms

from openets.parties.models import Person
from openets.web.forms import ActForm
from openets.web.language import Said, spoken


class DraftForm(ActForm):
    """A new version of an institution's rules."""

    name = "draft"
    verb = Said("保存草案", "Save the draft")

    title = forms.CharField(label=spoken("名称", "Title"), max_length=120)
    text = forms.CharField(
        label=spoken("正文", "Text"), widget=forms.Textarea(attrs={"rows": 12}), max_length=200_000
    )


class SubmitForm(ActForm):
    """Submit a draft for review."""

    name = "submit"
    verb = Said("报送审核", "Submit for review")


class ApproveForm(ActForm):
    """Approve a version from a day on."""

    name = "approve"
    verb = Said("审核同意", "Approve")

    effective_date = forms.DateField(
        label=spoken("生效日期", "In force from"), widget=forms.DateInput(attrs={"type": "date"})
    )


class ReturnForm(ActForm):
    """Send a version back."""

    name = "return"
    verb = Said("退回", "Return")
    tone = "secondary"

    reasons = forms.CharField(
        label=spoken("退回理由", "Reasons"), widget=forms.Textarea(attrs={"rows": 3})
    )


class PublishForm(ActForm):
    """Publish an approved version."""

    name = "publish"
    verb = Said("发布", "Publish")


class ReportForm(ActForm):
    """Report a period to the city bureau."""

    name = "report"
    verb = Said("生成并报送", "Draw up and report")

    start = forms.DateField(
        label=spoken("报告期首日", "First day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    end = forms.DateField(
        label=spoken("报告期末日", "Last day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    matters = forms.CharField(
        label=spoken("其他重大事项", "Other major matters"),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
    )


class AskForm(ActForm):
    """A question to one's contact."""

    name = "ask"
    verb = Said("提交咨询", "Ask")

    text = forms.CharField(
        label=spoken("咨询内容", "Question"), widget=forms.Textarea(attrs={"rows": 4})
    )


class AnswerForm(ActForm):
    """The contact's answer to one question."""

    name = "answer"
    verb = Said("答复", "Answer")

    question = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=spoken("答复内容", "Answer"), widget=forms.Textarea(attrs={"rows": 4})
    )


class AssignForm(ActForm):
    """Name the contact of an entity."""

    name = "assign"
    verb = Said("指定", "Assign")

    number = forms.IntegerField(
        label=spoken("单位序号", "Number of the entity"), min_value=1, max_value=10**6
    )
    contact = forms.CharField(
        label=spoken("联系人账号", "Contact's account"),
        max_length=150,
        help_text=spoken(
            "市局人员，或单位所在区县局的人员",
            "Somebody of the city bureau, or of the bureau of the entity's district",
        ),
    )


class LeadForm(ActForm):
    """Name who is responsible in one's district."""

    name = "lead"
    verb = Said("明确责任人", "Name them")

    person = forms.ChoiceField(label=spoken("责任人", "Person responsible"))

    def __init__(self, *sent: Any, people: Sequence[Person], **given: Any) -> None:
        """Offer the people of the bureau."""
        super().__init__(*sent, **given)
        self.fields["person"].choices = [  # type: ignore[attr-defined]  # A choice field has them.
            (person.username, person.display_name) for person in people
        ]
