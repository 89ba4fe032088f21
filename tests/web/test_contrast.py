"""Text can be read on its ground: WCAG 2.2 AA asks for a contrast of 4.5 to 1 in both schemes."""

import re
from pathlib import Path

import pytest

import openets.web

TOKENS = (Path(openets.web.__file__).parent / "static/web/tokens.css").read_text("utf-8")
PAIRS = [
    *(
        (ink, ground)
        for ink in ("ink", "ink-2", "ink-3")
        for ground in ("paper", "surface", "sunken")
    ),
    *((tone, f"{tone}-soft") for tone in ("good", "warn", "bad", "info", "synthetic")),
    *((tone, "surface") for tone in ("accent", "bad", "rise", "fall")),
    ("rise", "sunken"),
    ("fall", "sunken"),
    ("accent-strong", "accent-soft"),
    ("on-accent", "accent"),
    ("on-top", "top"),
    ("on-top-2", "top"),
]


def scheme(name):
    light, _, dark = TOKENS.partition("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", light))
    return found | dict(
        re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", dark if name == "dark" else "")
    )


def luminance(colour):
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_can_be_read_on_its_ground(name, ink, ground):
    colours = scheme(name)
    bright, dim = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= 4.5
