"""Two languages, both written where the text stands (ADR 7)."""

from dataclasses import dataclass

from django.utils.translation import get_language


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
