"""The words of a working in the reader's language.

A calculator writes its working once, in English; that is what is stored, exported and proved. Here
every phrase it may use has its Chinese, and every code its words in both languages, so that the
page of a working reads like any other. What is not in the tables stands as it was written: a
number, a date, a name, a reason given by a person.
"""

import re
from functools import cache, lru_cache

from openets.web.language import in_chinese
from openets.web.phrases import NAMES, PHRASES
from openets.web.reasons import reasons_zh

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FIGURE = re.compile(r"[-+.,:\d]+")
_GAPS = {"{}": "(.+?)", "{#}": r"([-\d., ]+?)"}
_YEARS = re.compile(r"(?<=\d) and (?=\d)")


def worded(text: str) -> str:
    """A name, value, rounding, note or reason of a working in the page's language."""
    return _worded(text, in_chinese())


def formula_worded(text: str) -> str:
    """A formula in the page's language; the operators and numbers stay."""
    zh = in_chinese()
    return _known(text, zh) or _NAME.sub(lambda name: _known(name[0], zh) or name[0], text)


@lru_cache(maxsize=4096)
def _worded(text: str, zh: bool) -> str:
    if found := _known(text, zh):
        return found
    if "; " in text:
        return ("；" if zh else "; ").join(_worded(part, zh) for part in text.split("; "))
    if ", " in text:
        parts = [_known(part, zh) for part in text.split(", ")]
        if all(parts):
            return ("、" if zh else ", ").join(parts)
    return _YEARS.sub("、", text) if zh else text


def _known(text: str, zh: bool) -> str:
    """What the tables have, whole or with gaps, and any figure; empty for anything else."""
    if text in NAMES:
        return NAMES[text].zh if zh else NAMES[text].en
    if text in reasons_zh():
        return reasons_zh()[text] if zh else text
    if _FIGURE.fullmatch(text):
        return text
    for pattern, english, chinese in _patterns():
        if gaps := pattern.fullmatch(text):
            words = [_worded(gap, zh) for gap in gaps.groups()]
            return (chinese if zh else english).format(*words)
    return ""


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    """The phrases as patterns, those that say most in words of their own first."""
    ordered = sorted(PHRASES, key=lambda phrase: -len(re.sub("{#?}", "", phrase)))
    return tuple((_pattern(one), one.replace("{#}", "{}"), PHRASES[one]) for one in ordered)


def _pattern(phrase: str) -> re.Pattern[str]:
    parts = re.split(r"({#?})", phrase)
    return re.compile("".join(_GAPS.get(part) or re.escape(part) for part in parts))
