"""Every refusal says what, why and what to do, in both languages and with the same numbers."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from string import Formatter

import pytest

import openets
from openets.kernel.refusal import Refusal
from openets.rulebook.requirements import citable

HAN = re.compile(r"[\u4e00-\u9fff]")
IN_OWN_WORDS = re.compile(r"(?:_zh|_en)$")
"""A number told in words has a form in each language, as why_zh beside why or why_en."""


def subclasses(of: type[Refusal]) -> Iterator[type[Refusal]]:
    for one in of.__subclasses__():
        yield one
        yield from subclasses(one)


def every_refusal() -> list[type[Refusal]]:
    for module in pkgutil.walk_packages(openets.__path__, "openets."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return [one for one in subclasses(Refusal) if one.__module__.startswith("openets.")]


REFUSALS = every_refusal()


def numbers(text: str) -> set[str]:
    return {IN_OWN_WORDS.sub("", name) for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.__qualname__)
def test_a_refusal_reads_in_both_languages(refusal: type[Refusal]) -> None:
    assert HAN.search(refusal.zh)
    assert not HAN.search(Formatter().vformat(refusal.en, (), Blank()))
    assert bool(refusal.remedy_zh) == bool(refusal.remedy_en)
    assert HAN.search(refusal.remedy_zh) or not refusal.remedy_zh


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.__qualname__)
def test_both_languages_tell_the_same_numbers(refusal: type[Refusal]) -> None:
    assert numbers(refusal.zh) == numbers(refusal.en)
    assert numbers(refusal.remedy_zh) == numbers(refusal.remedy_en)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.__qualname__)
def test_a_refusal_has_a_code_of_its_own_and_an_article_of_the_catalogue(
    refusal: type[Refusal],
) -> None:
    assert re.fullmatch("[a-z][a-z0-9_]+", refusal.code)
    assert refusal.article == "" or refusal.article in citable()


class Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""
