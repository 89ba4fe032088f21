"""The refusal: an expected no, with its rule, its numbers and its remedy.

A class per refusal stands beside the operation that raises it. Our own faults are assertions or
ordinary exceptions and never a `Refusal`.
"""

from typing import Any


class Refusal(Exception):
    """Base of every expected no. Subclasses say what, why and what to do, in both languages.

    The texts may name the numbers given at the raise, as in `{required}`. `article` is the
    catalogue id of the rule, or empty where a technical format and not the law refuses.
    """

    code: str = "refused"
    article: str = ""
    zh: str = "操作被拒绝"
    en: str = "Refused"
    remedy_zh: str = ""
    remedy_en: str = ""

    def __init__(
        self,
        *,
        field: str | None = None,
        row: int | None = None,
        article: str | None = None,
        **numbers: object,
    ) -> None:
        """Keep the numbers compared; `field` and `row` place the fault in a file or form."""
        self.field = field
        self.row = row
        self.numbers = numbers
        if article is not None:
            self.article = article
        super().__init__(self.message("en"))

    def message(self, language: str = "zh") -> str:
        """Say what was refused and why, with the numbers."""
        return (self.zh if language.startswith("zh") else self.en).format(**self.numbers)

    def remedy(self, language: str = "zh") -> str:
        """Say what the person can do now."""
        text = self.remedy_zh if language.startswith("zh") else self.remedy_en
        return text.format(**self.numbers)

    def as_json(self) -> dict[str, Any]:
        """Shape of a refusal in every API answer and on standard error of every batch door."""
        return {
            "row": self.row,
            "field": self.field,
            "code": self.code,
            "article": self.article,
            "numbers": {k: _jsonable(v) for k, v in self.numbers.items()},
            "message": self.message("en"),
            "message_zh": self.message("zh"),
            "remedy": self.remedy("en"),
            "remedy_zh": self.remedy("zh"),
        }


def _jsonable(value: object) -> object:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    return str(value)
