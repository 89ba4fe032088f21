"""Units, origins and lots in words, Chinese and English. Pure."""

from collections.abc import Mapping

from openets.registry.kinds import Origin, UnitKind

UNIT_TITLES: Mapping[UnitKind, tuple[str, str]] = {
    UnitKind.ALLOWANCE: ("配额", "allowances"),
    UnitKind.CQCER: ("CQCER", "CQCER"),
    UnitKind.CCER: ("CCER", "CCER"),
}

ORIGIN_TITLES: Mapping[Origin, tuple[str, str]] = {
    Origin.FREE: ("免费", "free"),
    Origin.PAID: ("有偿", "paid"),
    Origin.RESERVED: ("政府预留", "government reserve"),
    Origin.CREDITED: ("核证", "certified"),
}


def lot_title(kind: str, vintage_year: int, origin: str, project: str = "") -> tuple[str, str]:
    """Units by their vintage, origin and kind, and their project if they have one."""
    unit, source = UNIT_TITLES[UnitKind(kind)], ORIGIN_TITLES[Origin(origin)]
    if kind == UnitKind.ALLOWANCE:
        return f"{vintage_year} 年{source[0]}{unit[0]}", f"{vintage_year} {source[1]} {unit[1]}"
    return f"{vintage_year} 年 {unit[0]} {project}", f"{vintage_year} {unit[1]} {project}"
