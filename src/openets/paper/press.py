"""Turn a sheet into a PDF/A: always the same bytes for the same sheet, seal and fonts. Pure.

Names and figures reach the template as JSON, never as its source, so that no name can be run.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import segno
import typst

from openets.kernel.refusal import Refusal
from openets.paper.sheet import Seal

TEMPLATE = Path(__file__).parent / "templates" / "sheet.typ"
FAMILIES = ("Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC")
"""Chinese fonts that a paper may be set in, best first."""


class NoChineseFont(Refusal):
    """A paper cannot be set without a font that has its characters."""

    code = "no_chinese_font"
    zh = "服务器未安装中文字体，无法出具 PDF"
    en = "No Chinese font is installed, so no PDF can be made"
    remedy_zh = "请在程序目录执行 npm ci，或安装系统字体包 fonts-noto-cjk"
    remedy_en = "Run npm ci in the program's folder, or install the system package fonts-noto-cjk"


@dataclass(frozen=True, slots=True)
class Press:
    """What papers are made with: the folders of their fonts."""

    folders: tuple[Path, ...]

    def pdf(self, sheet: Mapping[str, Any], seal: Seal, at: datetime) -> bytes:
        """Print a sheet, as `Sheet.as_json` gives it, with its seal; `at` dates the file.

        Raises:
            NoChineseFont.
        """
        fonts = _fonts(self.folders)
        family = next((name for name in FAMILIES if name in fonts.families()), None)
        if family is None:
            raise NoChineseFont
        data = {**sheet, "seal": asdict(seal), "qr": _qr(seal.address), "font": family}
        try:
            return _printed(data, fonts, at, "a-2b")
        except typst.TypstError as fault:
            if "PDF/A" not in str(fault):
                raise
            # A name with a character that no font has is no archive, but still a paper.
            return _printed(data, fonts, at, None)


def _printed(
    data: Mapping[str, Any], fonts: typst.Fonts, at: datetime, standard: Literal["a-2b"] | None
) -> bytes:
    return typst.compile(
        str(TEMPLATE),
        None,
        root=str(TEMPLATE.parent),
        font_paths=fonts,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=standard,
        timestamp=int(at.timestamp()),
    )


@cache
def _fonts(folders: tuple[Path, ...]) -> typst.Fonts:
    """The fonts of these folders and none else: the same paper on every machine."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in folders],
    )


def _qr(address: str) -> str:
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", border=0, xmldecl=False)
    return drawn.getvalue().decode()
