"""The forms about organisations and their people."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.validators import RegexValidator

from openets.parties.capacity import CAPACITY_TITLES
from openets.parties.roles import TITLES, Role
from openets.rulebook.load import Law
from openets.web.forms import ActForm, DayField
from openets.web.language import Said, spoken

NOT_ORGANISATIONS = (Role.PUBLIC, Role.MARKET_CLOCK)
ROLES = [(role.value, spoken(*TITLES[role])) for role in Role if role not in NOT_ORGANISATIONS]
CAPACITIES = [(capacity.value, spoken(*CAPACITY_TITLES[capacity])) for capacity in CAPACITY_TITLES]
IN_ADDRESSES = RegexValidator(
    r"^[\w.-]+$", spoken("只能用文字、数字、点、横线", "Letters, digits, dots and dashes only")
)
MOBILE = RegexValidator(r"^\+?[0-9]{6,15}$", spoken("请填写手机号", "A mobile number, digits only"))


class RegisterForm(ActForm):
    """What is registered of an organisation."""

    name = "register"
    verb = Said("登记", "Register")

    code = forms.CharField(label=spoken("编号", "Code"), max_length=40, validators=[IN_ADDRESSES])
    title = forms.CharField(label=spoken("单位名称", "Name"), max_length=120)
    credit_code = forms.CharField(
        label=spoken("统一社会信用代码", "Unified social credit code"),
        max_length=18,
        required=False,
        help_text=spoken("18 位，末位为校验码", "18 signs, the last one a check"),
    )
    role = forms.ChoiceField(label=spoken("角色", "Role"), choices=ROLES)
    district = forms.ChoiceField(
        label=spoken("所属区县", "District"),
        required=False,
        help_text=spoken(
            "重点排放单位和区县局必填", "Needed for key emitting entities and district bureaux"
        ),
    )
    industry = forms.ChoiceField(label=spoken("行业", "Industry"), required=False)

    def __init__(self, *args: Any, law: Law, today: date, **kwargs: Any) -> None:
        """Offer the districts and industries of the rulebook."""
        super().__init__(*args, **kwargs)
        listed = (label for rule in law if rule.key == "list.industries" for label in rule.items)
        sectors = law.on("coverage.sectors", today).value
        assert isinstance(sectors, dict), "industries by sector"
        self._offer("district", law.on("coverage.areas", today).items)
        self._offer("industry", dict.fromkeys([*listed, *sectors]))

    def _offer(self, field: str, names: Iterable[str]) -> None:
        choices = [("", "—"), *((name, name) for name in names)]
        self.fields[field].choices = choices  # type: ignore[attr-defined]


class PersonForm(ActForm):
    """Who somebody is: one person, one account, one mobile number."""

    username = forms.CharField(
        label=spoken("账号", "User name"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=spoken("一人一号，已有账号的填原账号", "One person, one account: theirs"),
    )
    display_name = forms.CharField(label=spoken("姓名", "Name"), max_length=60)
    mobile = forms.CharField(
        label=spoken("手机号", "Mobile number"),
        max_length=20,
        required=False,
        validators=[MOBILE],
    )
    email = forms.EmailField(label=spoken("邮箱", "Mail address"), required=False)
    basis = forms.CharField(
        label=spoken("授权文件", "Letter of authority"), max_length=120, required=False
    )


class AddMemberForm(PersonForm):
    """Somebody who shall act for an organisation."""

    name = "add_member"
    verb = Said("登记人员", "Register the person")

    capacity = forms.ChoiceField(label=spoken("身份", "Capacity"), choices=CAPACITIES)
    from_date = DayField(label=spoken("授权起", "From"), required=False)
    until_date = DayField(label=spoken("授权止（不含）", "Until (exclusive)"), required=False)

    field_order = ("reference", "username", "display_name", "capacity")


class HandOverForm(PersonForm):
    """Who follows somebody, and from which day."""

    name = "hand_over"
    verb = Said("交接", "Hand over")

    on_date = DayField(label=spoken("交接日（新人员首日）", "First day of the new person"))


class EndForm(ActForm):
    """The first day on which somebody no longer acts."""

    name = "end"
    verb = Said("终止授权", "End the authority")
    tone = "secondary"

    until_date = DayField(label=spoken("终止日（当日起不再有效）", "First day without it"))


class InviteForm(ActForm):
    """Make a link by which a person sets a password."""

    name = "invite"
    verb = Said("生成邀请链接", "Make an invitation")


class DesignateForm(ActForm):
    """From when an organisation is the registration agency or the exchange."""

    name = "designate"
    verb = Said("指定", "Designate")

    from_date = DayField(label=spoken("指定起始日", "Designated from"))
