"""The kinds of figures in answers, as the interface's description names them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field, PlainSerializer, WithJsonSchema

from openets.kernel.quantity import plain

Tonnes = Annotated[
    int, WithJsonSchema({"type": "integer", "format": "int64", "description": "whole tonnes CO2e"})
]
Fen = Annotated[
    int, WithJsonSchema({"type": "integer", "format": "int64", "description": "0.01 yuan"})
]
Lots = Annotated[
    tuple[Annotated[str, Field(max_length=60)], ...],
    Field(max_length=100, description="codes of the lots to take from; none: first in, first out"),
]
Exact = Annotated[
    Decimal,
    PlainSerializer(plain, return_type=str),
    WithJsonSchema({"type": "string", "format": "decimal", "description": "exact decimal"}),
]


class GivenOut(Schema):
    """An input of a step of the working."""

    name: str
    value: str
    unit: str
    origin: str


class CiteOut(Schema):
    """The article of a rule with its words, or why its value is assumed."""

    source: str = ""
    quote: str = ""
    assumed: str = ""


class StepOut(Schema):
    """A step of the working of a figure."""

    title: str
    title_zh: str
    formula: str
    given: list[GivenOut]
    result: str
    unit: str
    cites: list[CiteOut]
    rounding: str
    note: str


def steps_out(working: Sequence[Mapping[str, Any]] | None) -> list[StepOut] | None:
    """A stored explanation as its steps."""
    return None if working is None else [StepOut.model_validate(step) for step in working]


class RefusalOut(Schema):
    """An expected no: what, why by which article, the numbers compared, and the remedy."""

    code: str
    article: str
    numbers: dict[str, Any] = Field(description="the numbers the texts name")
    message: str
    message_zh: str
    remedy: str
    remedy_zh: str
    field: str | None
    row: int | None


def answers(schema: Any) -> dict[int, Any]:
    """What an address may answer: its own kind, or a refusal."""
    return {200: schema, 401: RefusalOut, 403: RefusalOut, 404: RefusalOut, 422: RefusalOut}
