"""Evidence beside a figure (证据材料): the numbers of filed documents in a cell. Pure."""

import re
from collections.abc import Collection

from openets.kernel.refusal import Refusal
from openets.kernel.workbook import Fault
from openets.mrv.sheets import FIRST_ROW, Grid, SheetKind

EVIDENCE = "evidence"
"""The column that names documents."""
_BETWEEN = re.compile(r"[\s,，、;；]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


class NoSuchEvidence(Refusal):
    """A row names a document that is not on file with this report, or not any more."""

    code = "no_such_evidence"
    article = "CQETS-24b"
    zh = "证据材料“{value}”不是本报告已归档的文件编号，或该文件已删除"
    en = "“{value}” is the number of no document on file with this report"
    remedy_zh = "请在该行上传文件，或填写已归档文件的编号，多个以空格隔开"
    remedy_en = "Upload the file in this row, or write the numbers of filed ones with spaces"


class EvidenceWithoutRow(Refusal):
    """Evidence stands beside the row it proves."""

    code = "evidence_without_row"
    article = "CQETS-24b"
    zh = "未说明该证据材料用于证明哪一行"
    en = "It is not said which row the evidence proves"
    remedy_zh = "请选择有数据的一行后重新选择文件"
    remedy_en = "Choose a filled row, then choose the file again"


def numbers_in(text: str) -> list[int]:
    """The document numbers a cell names, each once; what is no number is left out."""
    named = (part for part in _BETWEEN.split(text) if _NUMBER.fullmatch(part))
    return list(dict.fromkeys(int(part) for part in named))


def with_number(text: str, number: int) -> str:
    """A cell that names one more document."""
    return text if number in numbers_in(text) else f"{text} {number}".strip()


def wrong_evidence(
    kinds: Collection[SheetKind], grid: Grid, on_file: Collection[int]
) -> list[Fault]:
    """Every name in an evidence cell that is no document `on_file`, at its row.

    Source: CQETS-24b.
    """
    found = []
    for kind in kinds:
        for at, row in enumerate(grid.get(kind.name, ()), start=FIRST_ROW):
            for part in _BETWEEN.split(row.get(EVIDENCE, "")):
                if part and not (_NUMBER.fullmatch(part) and int(part) in on_file):
                    refusal = NoSuchEvidence(value=part[:40])
                    found.append(Fault(kind.name, at, kind.letter(EVIDENCE), refusal))
    return found
