"""What the public sees of a report: everything but what is marked secret, shown as such. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.mrv.figures import Figures


class Secret(StrEnum):
    """Why something may be withheld."""

    STATE = "state_secret"
    TRADE = "trade_secret"


SECRETS = {Secret.STATE: ("国家秘密", "state secret"), Secret.TRADE: ("商业秘密", "trade secret")}

FIELDS = {
    "line": ("生产线", "line"),
    "product": ("产品", "product"),
    "output": ("产量", "output"),
    "co2_t": ("二氧化碳排放量", "CO₂ emissions of lines"),
    "non_co2_t": ("其他温室气体排放量", "other gases of lines"),
    "production_days": ("生产天数", "production days"),
    "shutdown_days": ("停产天数", "shutdown days"),
}
"""What may be marked; the total emissions are always published."""


class SecretWithoutReason(Refusal):
    """Nothing is withheld from the public without a reason."""

    code = "secret_without_reason"
    article = "CQETS-24.3"
    zh = "将“{field_zh}”标为保密未说明理由"
    en = "No reason is given for withholding “{field_en}”"
    remedy_zh = "请说明涉及何种国家秘密或商业秘密"
    remedy_en = "Say which state or trade secret it would reveal"


class NothingToMark(Refusal):
    """Only some fields of a report may be withheld."""

    code = "nothing_to_mark"
    article = "CQETS-24.3"
    zh = "“{field_en}”不能标为保密"
    en = "“{field_en}” cannot be withheld"
    remedy_zh = "可标注：{known}；排放总量必须公开"
    remedy_en = "May be marked: {known}; the total emissions are always published"


@dataclass(frozen=True, slots=True)
class Withheld:
    """Stands where a secret field would: that it is withheld, and as which kind of secret."""

    kind: Secret


Shown = str | int | Decimal | Withheld


@dataclass(frozen=True, slots=True)
class PublicReport:
    """A report as everybody may read it; every row has the same fields, withheld or not."""

    year: int
    total_tco2e: Tonnes
    estimated: bool
    rows: tuple[Mapping[str, Shown], ...]
    withheld: tuple[str, ...]


def must_be_markable(field: str, kind: str, reason: str) -> None:
    """Refuse a mark on what must be seen, or without a reason. Source: CQETS-24.3.

    Raises:
        NothingToMark, SecretWithoutReason.
    """
    if field not in FIELDS or kind not in list(Secret):
        raise NothingToMark(field="field", field_en=field[:40], known=", ".join(FIELDS))
    if not reason.strip():
        zh, en = FIELDS[field]
        raise SecretWithoutReason(field="reason", field_zh=zh, field_en=en)


def public_report(
    *,
    year: int,
    total_tco2e: Tonnes,
    estimated: bool,
    figures: Sequence[Figures],
    marks: Mapping[str, Secret],
) -> PublicReport:
    """The public view of a report: marked fields are withheld, all others visible.

    Where outputs are withheld, so is their unit. Source: CQETS-24.3.
    """
    rows = []
    for f in figures:
        row: dict[str, Shown] = {name: getattr(f, name) for name in FIELDS}
        row["unit"] = f.unit
        row |= {name: Withheld(kind) for name, kind in marks.items()}
        if "output" in marks:
            row["unit"] = Withheld(marks["output"])
        rows.append(row)
    return PublicReport(year, total_tco2e, estimated, tuple(rows), tuple(sorted(marks)))
