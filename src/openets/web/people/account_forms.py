"""The forms of the sign-in, in our words; what they check is allauth's."""

from typing import Any

from allauth.account import forms as allauth
from django import forms

from openets.parties import queries as parties
from openets.web.forms import ActForm, DayField
from openets.web.language import Said, spoken

PASSWORD_RULES = spoken(
    "至少 10 个字符，不能是常见密码、纯数字，也不能与账号相近。",
    "At least 10 characters, not a common one, not only digits, not like your account.",
)

NEW_PASSWORD = {
    "password1": spoken("新密码", "New password"),
    "password2": spoken("再输入一次", "The same again"),
}


def _say(form: forms.BaseForm, **labels: Any) -> None:
    for name, label in labels.items():
        field = form.fields[name]
        field.label, field.help_text = label, ""
        field.widget.attrs.pop("placeholder", None)


class SignInForm(allauth.LoginForm):
    """User name, mobile number or mail address, and the password."""

    verb = Said("登录", "Sign in")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Speak our words."""
        super().__init__(*args, **kwargs)
        login = spoken("账号、手机号或邮箱", "User name, mobile number or mail address")
        _say(self, login=login, password=spoken("密码", "Password"))

    def user_credentials(self) -> dict[str, Any]:
        """The user name meant, so that failed attempts count together by whatever name."""
        given: dict[str, Any] = super().user_credentials()
        person = parties.person_called(given["username"])
        return given | {"username": person.username} if person else given


class ChangePasswordForm(allauth.ChangePasswordForm):
    """The present password and a new one, twice."""

    verb = Said("修改密码", "Change the password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Speak our words."""
        super().__init__(*args, **kwargs)
        _say(self, oldpassword=spoken("原密码", "Present password"), **NEW_PASSWORD)
        self.fields["password1"].help_text = PASSWORD_RULES


class ForgottenForm(allauth.ResetPasswordForm):
    """The mail address to which the link goes."""

    verb = Said("发送链接", "Send the link")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Speak our words."""
        super().__init__(*args, **kwargs)
        _say(self, email=spoken("账号的邮箱", "Mail address of the account"))


class NewPasswordForm(allauth.ResetPasswordKeyForm):
    """A new password, twice."""

    verb = Said("设置密码", "Set the password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Speak our words."""
        super().__init__(*args, **kwargs)
        _say(self, **NEW_PASSWORD)
        self.fields["password1"].help_text = PASSWORD_RULES


class InvitedForm(ActForm):
    """The first password of an account."""

    name = "invited"
    verb = Said("设置密码", "Set the password")

    password = forms.CharField(
        label=spoken("密码", "Password"),
        help_text=PASSWORD_RULES,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=NEW_PASSWORD["password2"],
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        """The same twice, so that a slip is noticed."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password"):
            raise forms.ValidationError(
                spoken("两次输入不一致。", "You typed two different passwords.")
            )
        return again


class TokenForm(ActForm):
    """A token for a program."""

    name = "token"
    verb = Said("创建令牌", "Make a token")

    purpose = forms.CharField(label=spoken("用途", "What for"), max_length=60)
    until_date = DayField(label=spoken("有效至（不含）", "Valid until (exclusive)"))
