"""The link of an invitation, and its mail."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string

from openets.casework.transports import Message
from openets.parties.models import Person


def link_of(request: HttpRequest, secret: str) -> str:
    """The address that the invited person opens."""
    return request.build_absolute_uri(reverse("invitation", args=[secret]))


def send(person: Person, link: str) -> None:
    """Mail the link to a person who has an address; to others the bureau hands it itself."""
    if person.email:
        message = Message(
            address=person.email,
            zh=f"您的账号 {person.username} 已开立，请打开一次性链接设置密码：{link}",
            en=f"Your account {person.username} is open. Set a password by this one-time link: "
            f"{link}",
        )
        import_string(settings.MAIL_TRANSPORT)(message)
