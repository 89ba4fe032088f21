"""What the bureau and the bodies send."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django import forms
from django.core.validators import FileExtensionValidator

from openets.kernel.clock import MARKET_ZONE
from openets.kernel.quantity import plain
from openets.mrv.figures import Figures
from openets.verification.checklist import ITEMS
from openets.verification.eligibility import RULES, STANDING
from openets.verification.findings import KINDS
from openets.verification.models import Verifier
from openets.verification.scoring import CRITERIA
from openets.web.forms import ActForm, DayField
from openets.web.language import Said, in_chinese, spoken
from openets.web.verification.casework import FIGURES, number_field


def text_field(zh: str, en: str, *, rows: int = 2, required: bool = True) -> forms.CharField:
    """Some lines of text."""
    return forms.CharField(
        label=spoken(zh, en),
        required=required,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class DrawForm(ActForm):
    """Draw bodies for the reports that wait."""

    name = "draw"
    verb = Said("随机抽取", "Draw")


class ChooseForm(ActForm):
    """Choose a body by hand, with reasons."""

    name = "choose"
    verb = Said("指定分派", "Choose")
    tone = "secondary"

    entity = forms.IntegerField(
        label=spoken("单位序号", "Number of the entity"),
        min_value=1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "number"}),
    )
    body = forms.ChoiceField(label=spoken("核查机构", "Body"))
    reasons = text_field("理由", "Reasons", required=False)
    requirement = text_field("特别要求（可不填）", "Asked in particular (optional)", required=False)
    in_depth = forms.BooleanField(label=spoken("须现场核查", "With a site visit"), required=False)

    def __init__(self, *sent: Any, bodies: list[tuple[str, str]], **given: Any) -> None:
        """Offer the bodies of the register."""
        super().__init__(*sent, **given)
        self.fields["body"].choices = bodies  # type: ignore[attr-defined]  # A choice field has them.


class TeamForm(ActForm):
    """Name the team and its reviewer."""

    name = "team"
    verb = Said("组建核查组", "Name the team")

    lead = forms.ChoiceField(label=spoken("核查组负责人", "Lead"))
    members = forms.MultipleChoiceField(
        label=spoken("核查组成员", "Members"), widget=forms.CheckboxSelectMultiple
    )
    reviewer = forms.ChoiceField(
        label=spoken("技术复核人（核查组以外）", "Technical reviewer (not in the team)")
    )

    def __init__(self, *sent: Any, people: list[Verifier], **given: Any) -> None:
        """Offer the body's people of the industry."""
        super().__init__(*sent, **given)
        self.people = {str(verifier.pk): verifier for verifier in people}
        named = [(key, _named(verifier)) for key, verifier in self.people.items()]
        for field in ("lead", "members", "reviewer"):
            self.fields[field].choices = named  # type: ignore[attr-defined]  # Choice fields have them.


class MarkForm(ActForm):
    """Mark an item of the document review."""

    name = "mark"
    verb = Said("记录", "Mark")
    tone = "secondary"

    item = forms.ChoiceField(
        label=spoken("评审项目", "Item"),
        choices=[(name, spoken(*words)) for name, words in ITEMS.items()],
    )
    is_right = forms.TypedChoiceField(
        label=spoken("结论", "Outcome"),
        choices=[("yes", spoken("符合", "Right")), ("no", spoken("不符合", "Not right"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        initial="yes",
    )
    note = text_field("查阅的证据和说明", "Evidence seen, and note", required=False)


class VisitForm(ActForm):
    """Record a visit on site."""

    name = "visit"
    verb = Said("记录现场核查", "Record the visit")
    tone = "secondary"

    place = forms.CharField(label=spoken("地点", "Place"), max_length=200)
    began_at = forms.DateTimeField(
        label=spoken("开始时间", "Began"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    ended_at = forms.DateTimeField(
        label=spoken("结束时间", "Ended"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    person = forms.CharField(label=spoken("访谈对象", "Who was asked"), max_length=60)
    question = text_field("问题", "Question")
    answer = text_field("回答", "Answer")
    photo = forms.FileField(
        label=spoken("现场照片（JPG、PNG，可不附）", "Photograph (JPG or PNG, optional)"),
        required=False,
        validators=[FileExtensionValidator(["jpg", "png"])],
        widget=forms.ClearableFileInput(attrs={"accept": ".jpg,.png"}),
    )

    def clean_began_at(self) -> datetime:
        """The market's own time."""
        return _of_the_market(self.cleaned_data["began_at"])

    def clean_ended_at(self) -> datetime:
        """The market's own time."""
        return _of_the_market(self.cleaned_data["ended_at"])


class FindingForm(ActForm):
    """Raise a finding."""

    name = "finding"
    verb = Said("提出发现", "Raise the finding")

    kind = forms.ChoiceField(
        label=spoken("类别", "Kind"),
        choices=[(name, spoken(*words)) for name, words in KINDS.items()],
    )
    text = text_field("发现内容", "What was found")
    figure = forms.ChoiceField(label=spoken("涉及数据", "Figure"), required=False)
    candidate = number_field("核查组认为的数值", "The verifiers' value", required=False)

    def __init__(self, *sent: Any, reported: list[Figures], **given: Any) -> None:
        """Offer the reported figures."""
        super().__init__(*sent, **given)
        self.figures = {
            f"{n}/{name}": (row.line, row.product, name)
            for n, row in enumerate(reported)
            for name in FIGURES
        }
        self.fields["figure"].choices = [  # type: ignore[attr-defined]  # A choice field has them.
            ("", spoken("不涉及具体数据", "None in particular")),
            *((key, _figure_named(*of)) for key, of in self.figures.items()),
        ]


class PaperForm(ActForm):
    """Have the verification report printed."""

    name = "paper"
    verb = Said("出具核查报告（PDF）", "Issue the verification report (PDF)")
    tone = "secondary"


class DeclareForm(ActForm):
    """Declare for oneself to have no interest in the entity."""

    name = "declare_own"
    verb = Said("作出本人独立性声明", "Declare to be independent")

    declared = forms.BooleanField(
        label=spoken(
            "本人与被核查单位无利益关系",
            "I have no interest in the entity",
        )
    )


class CorrectionForm(ActForm):
    """Propose other figures for a final result."""

    name = "correction"
    verb = Said("提出更正", "Propose the correction")

    reasons = text_field("更正理由", "Reasons", required=False)

    def __init__(self, *sent: Any, standing: list[Figures], **given: Any) -> None:
        """Begin with the figures as they stand."""
        super().__init__(*sent, **given)
        self.standing = standing
        for n, row in enumerate(standing):
            for name, label in FIGURES.items():
                where = f"{row.line} {row.product}"
                self.fields[f"{name}_{n}"] = number_field(
                    f"{where}：{label.zh}",
                    f"{where}: {label.en}",
                    initial=plain(getattr(row, name)),
                )

    def clean(self) -> dict[str, Any]:
        """Put the figures together."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            data["figures"] = [
                replace(row, **{name: data[f"{name}_{n}"] for name in FIGURES})
                for n, row in enumerate(self.standing)
            ]
        return data


class RegisterForm(ActForm):
    """Put on file what a body shows of itself."""

    name = "register"
    verb = Said("登记", "Register")

    body = forms.ChoiceField(label=spoken("核查机构", "Body"))
    standing = forms.MultipleChoiceField(
        label=spoken("基本条件", "Standing"),
        choices=[(name, spoken(*words)) for name, words in STANDING.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    rules = forms.MultipleChoiceField(
        label=spoken("内部管理制度", "Internal rules"),
        choices=[(name, spoken(*words)) for name, words in RULES.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    reference_projects = forms.IntegerField(
        label=spoken("业绩项目数", "Reference projects"), min_value=0, initial=0
    )

    def __init__(self, *sent: Any, bodies: list[tuple[str, str]], **given: Any) -> None:
        """Offer the verification bodies."""
        super().__init__(*sent, **given)
        self.fields["body"].choices = bodies  # type: ignore[attr-defined]  # A choice field has them.


class VerifierForm(ActForm):
    """Register a person of the own body for an industry."""

    name = "verifier"
    verb = Said("登记核查员", "Register the verifier")

    username = forms.CharField(label=spoken("人员账号", "User name"), max_length=150)
    industry = forms.CharField(label=spoken("行业", "Industry"), max_length=40)
    since_date = DayField(label=spoken("从事该行业核查始于", "Verifies in it since"))
    full_time = forms.BooleanField(label=spoken("专职", "Full-time"), required=False)
    may_lead = forms.BooleanField(label=spoken("可任负责人", "May lead"), required=False)
    may_review = forms.BooleanField(label=spoken("可任技术复核人", "May review"), required=False)
    carbon_manager = forms.BooleanField(
        label=spoken("碳排放管理员资格", "Carbon emission manager"), required=False
    )


class InterestForm(ActForm):
    """Tell of a tie with an entity."""

    name = "interest"
    verb = Said("报告利益关系", "Tell of the tie")
    tone = "secondary"

    entity = forms.IntegerField(
        label=spoken("单位序号", "Number of the entity"),
        min_value=1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "number"}),
    )
    kind = forms.CharField(label=spoken("关系", "Tie"), max_length=60)
    from_date = DayField(label=spoken("始于", "From"))
    until_date = DayField(
        label=spoken("止于（仍存续不填）", "Until (empty: goes on)"), required=False
    )


class ScoreForm(ActForm):
    """Score a body for a year by the criteria of the rulebook."""

    name = "score"
    verb = Said("评分", "Score")

    body = forms.ChoiceField(label=spoken("核查机构", "Body"))
    year = forms.IntegerField(label=spoken("年度", "Year"), min_value=2000, max_value=2100)

    def __init__(
        self, *sent: Any, bodies: list[tuple[str, str]], criteria: list[str], **given: Any
    ) -> None:
        """Ask for each criterion."""
        super().__init__(*sent, **given)
        self.fields["body"].choices = bodies  # type: ignore[attr-defined]  # A choice field has them.
        for name in criteria:
            zh, en = CRITERIA[name]
            self.fields[name] = number_field(zh, en, max_value=100)


def _of_the_market(moment: datetime) -> datetime:
    return moment.replace(tzinfo=MARKET_ZONE)


def _named(verifier: Verifier) -> str:
    name = verifier.person.display_name or verifier.person.username
    marks = (
        (verifier.may_lead, Said("可任负责人", "may lead")),
        (verifier.may_review, Said("可任复核人", "may review")),
        (verifier.carbon_manager, Said("碳排放管理员", "carbon emission manager")),
    )
    said = " · ".join(str(words) for held, words in marks if held)
    if not said:
        return name
    return f"{name}（{said}）" if in_chinese() else f"{name} ({said})"


def _figure_named(line: str, product: str, figure: str) -> str:
    return f"{line} {product} · {FIGURES[figure]}"
