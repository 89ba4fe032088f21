"""A refusal in the words of a page: its numbers stay codes for programs, readers get words."""

from collections.abc import Mapping
from typing import Any

from openets.kernel.refusal import Refusal
from openets.parties.roles import TITLES
from openets.registry.kinds import ACCOUNT_TITLES, LOCK_TITLES
from openets.registry.titles import ORIGIN_TITLES, UNIT_TITLES
from openets.web import workings
from openets.web.language import Said, in_chinese
from openets.web.words import METHODS, MODES


def _said(titles: Mapping[Any, tuple[str, str]]) -> dict[str, Said]:
    return {str(code): Said(*title) for code, title in titles.items()}


_ROLES = _said(TITLES)
_ACCOUNTS = {code: Said(said.zh, code) for code, said in _said(ACCOUNT_TITLES).items()}
"""In English the refusals themselves say “account”."""

_CODES: Mapping[str, Mapping[str, Said]] = {
    "role": _ROLES,
    "allowed": _ROLES,
    "owner": _ROLES,
    "kind": _ACCOUNTS,
    "cause": _said(LOCK_TITLES),
    "origin": _said(ORIGIN_TITLES),
    "unit": _said(UNIT_TITLES),
    "chosen": METHODS,
    "requested": METHODS,
    "enabled": MODES,
    "method": {**METHODS, **MODES},
}
"""By the name a refusal gives the number: what its codes mean."""
_PHRASES = {"method", "field_name", "why"}
"""Numbers told in a phrase that workings know too."""


def message(refused: Refusal) -> str:
    """What was refused and why, in the language of the page."""
    text = refused.zh if in_chinese() else refused.en
    return text.format(**_worded(refused))


def remedy(refused: Refusal) -> str:
    """What to do now, in the language of the page."""
    text = refused.remedy_zh if in_chinese() else refused.remedy_en
    return text.format(**_worded(refused))


def _worded(refused: Refusal) -> dict[str, object]:
    return {name: _word(name, value) for name, value in refused.numbers.items()}


def _word(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    codes = _CODES.get(name, {})
    parts = value.split(", ")
    if all(part in codes for part in parts):
        return ("、" if in_chinese() else ", ").join(str(codes[part]) for part in parts)
    return workings.worded(value) if name in _PHRASES else value
