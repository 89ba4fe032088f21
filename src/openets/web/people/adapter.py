"""What of the sign-in is ours: our words, our mail, and no sign-up."""

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.module_loading import import_string

from openets.casework.transports import DeliveryFailed, Message
from openets.web.language import Said, spoken

CLOSED = Said("该账号已停用", "This account is closed")
ASK = Said("如有疑问，请联系市生态环境局。", "Ask the city bureau if this is a mistake.")


class Accounts(DefaultAccountAdapter):
    """Accounts are made by the city bureau, never by their person alone."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": spoken(
            "账号或密码不正确。", "The account or the password is not correct."
        ),
        "too_many_login_attempts": spoken(
            "登录失败次数过多，请几分钟后再试。",
            "Too many failed attempts. Try again in a few minutes.",
        ),
        "enter_current_password": spoken("原密码不正确。", "This is not your present password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether anybody may make an account: nobody."""
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """Whether a page is asked for as data: programs have the interface for that."""
        return False

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Tell whoever knows the password of a closed account that it is closed."""
        context = {"status": 403, "title": CLOSED, "text": ASK}
        return render(request, "web/errors/page.html", context, status=403)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Where a changed password leads."""
        return reverse("account")

    def send_password_reset_mail(
        self, user: AbstractBaseUser, email: str, context: dict[str, Any]
    ) -> None:
        """Send the link by the transport of all mails; a fault is ours and tells the asker nothing.

        Whether an address has an account is not told either.
        """
        link = context["password_reset_url"]
        name = user.get_username()
        minutes = settings.PASSWORD_RESET_TIMEOUT // 60
        message = Message(
            address=email,
            zh=f"账号 {name} 申请重设密码，请在 {minutes} 分钟内打开：{link} "
            "如非本人操作，请忽略。",
            en=f"To set a new password for {name}, open this within {minutes} minutes: "
            f"{link} If you did not ask for it, do nothing.",
        )
        try:
            import_string(settings.MAIL_TRANSPORT)(message)
        except DeliveryFailed as fault:
            structlog.get_logger("web").error("mail_failed", fault=str(fault))
