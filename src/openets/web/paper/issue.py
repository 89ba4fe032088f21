"""How the pages have papers made."""

import base64
import secrets

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from openets.paper import queries
from openets.paper.models import Paper
from openets.paper.operations import Printing
from openets.paper.press import Press
from openets.paper.sheets import Setting
from openets.rulebook.load import law

_RANDOM_BYTES = 10


def printing(request: HttpRequest, reference: str) -> Printing:
    """What a paper needs beside what it says; the code is 80 random bits."""
    code = queries.written(base64.b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode())
    acting = request.user.get_username()
    return Printing(
        reference=f"{acting}/{reference}"[:90],
        code=code,
        address=request.build_absolute_uri(reverse("paper", args=[code])),
        press=Press(tuple(settings.FONT_FOLDERS)),
        setting=Setting(f"{_name()}碳市场", synthetic=settings.DEMO),
    )


def _name() -> str:
    """The Chinese name of the jurisdiction, whatever the language of the page."""
    rules = law(settings.JURISDICTION)
    return next(rule.text for rule in rules if rule.key == "profile.name_zh")


def issued_at(paper: Paper) -> str:
    """Where a paper that was issued is shown and taken away."""
    return reverse("paper", args=[paper.code])
