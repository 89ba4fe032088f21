"""The worked number: every determined figure carries how it came to be.

An explanation is a list of steps. Each step names its formula, its inputs with their origin, the
rules it used with their articles, and its rounding, so that a reviewer can redo it by hand. It is
stored as JSON with the result and shown by the "why?" beside the number.
"""

from dataclasses import dataclass, field
from typing import Any

from openets.kernel.citation import Citation
from openets.kernel.quantity import Exact, plain


@dataclass(frozen=True, slots=True)
class Given:
    """One input of a step: its name, value, unit and where it was taken from."""

    name: str
    value: str
    unit: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the working."""

    title: str
    title_zh: str
    formula: str
    result: str
    unit: str = ""
    given: tuple[Given, ...] = ()
    cites: tuple[Citation, ...] = ()
    rounding: str = ""
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Shape of a step in stored explanations, pages and exports."""
        return {
            "title": self.title,
            "title_zh": self.title_zh,
            "formula": self.formula,
            "given": [
                {"name": g.name, "value": g.value, "unit": g.unit, "origin": g.origin}
                for g in self.given
            ],
            "result": self.result,
            "unit": self.unit,
            "cites": [cite.as_json() for cite in self.cites],
            "rounding": self.rounding,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """The steps from inputs to one figure, in order."""

    steps: tuple[Step, ...] = field(default=())

    def then(self, *steps: Step) -> "Explanation":
        """This explanation with further steps."""
        return Explanation((*self.steps, *steps))

    def as_json(self) -> list[dict[str, Any]]:
        """Shape stored beside the figure."""
        return [step.as_json() for step in self.steps]


def given(name: str, value: Exact | str, unit: str = "", origin: str = "") -> Given:
    """An input, its number written plainly."""
    return Given(name, value if isinstance(value, str) else plain(value), unit, origin)
