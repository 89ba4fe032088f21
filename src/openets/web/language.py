"""Two languages, both written where the text stands (ADR 7)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import lazystr
from django.utils.translation import get_language

if TYPE_CHECKING:  # The name stands in the stubs only.
    from django.utils.functional import _StrPromise as StrPromise


def in_chinese() -> bool:
    """Whether the page being made is Chinese, the language of the law and the default."""
    return (get_language() or "zh").startswith("zh")


def say(zh: str, en: str) -> str:
    """Pick the text in the language of the page being made."""
    return zh if in_chinese() else en


@dataclass(frozen=True, slots=True)
class Said:
    """A text in both languages that prints itself in the language of the page."""

    zh: str
    en: str

    def __str__(self) -> str:
        """The text in the page's language."""
        return say(self.zh, self.en)


def spoken(zh: str, en: str) -> "StrPromise":
    """A text in both languages for Django's own pieces, such as the label of a field."""
    return lazystr(Said(zh, en))
