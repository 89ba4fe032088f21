"""Why a card assumes a value, and its notes, in Chinese."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml


@cache
def reasons_zh() -> Mapping[str, str]:
    """The Chinese of every reason and note of the cards, by its English."""
    path = files("openets.rulebook") / "reasons.yaml"
    texts: dict[str, str] = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    return texts
