"""Why a card assumes a value, where a factor comes from, and the notes of both, in Chinese."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml


@cache
def reasons_zh() -> Mapping[str, str]:
    """The Chinese of every reason, source and note, by its English."""
    path = files("openets.web") / "reasons.yaml"
    texts: dict[str, str] = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    return texts
