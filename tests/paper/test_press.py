"""A paper is always the same bytes, and no name in it is ever run."""

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest
import typst
from django.conf import settings

from openets.kernel.clock import at
from openets.paper import press
from openets.paper.press import FAMILIES, NoChineseFont, Press
from openets.paper.sheet import Column, Fact, PaperKind, Seal, Sheet, Table, Text

PRESS = Press(settings.FONT_FOLDERS)
MOMENT = at(date(2023, 11, 22), 10)
SEAL = Seal(
    "ABCD-EFGH-JKLM-NPQR", "https://e/documents/ABCD", "登记机构", "2023-11-22", 3, "0" * 64, 7
)
QR = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
HOSTILE = [
    '#eval("1+1")',
    '#panic("run")',
    '"); #read("/etc/passwd")',
    "] ]] #[",
    "$x$ *bold* `code` <label> @reference // comment /* open",
    "\\u{41} \\",
    "= heading",
    "重庆“某某”（集团）有限公司",
]


def sheet(name="某水泥厂", rows=1):
    columns = (Column(Text(name, name)), Column(Text("数量", "Amount"), "t", number=True))
    return Sheet(
        kind=PaperKind.HOLDING,
        market="重庆碳市场",
        facts=[Fact(Text("持有人", "Holder"), name)],
        sentence=Text(name, name),
        tables=[Table(Text(name, name), columns, [[name, "1"]] * rows, [name, "1"])],
        notes=[Text(name, name)],
    )


def printed(name="某水泥厂", rows=1, moment=MOMENT):
    return PRESS.pdf(sheet(name, rows).as_json(), SEAL, moment)


def test_the_same_sheet_is_the_same_bytes_and_another_is_not():
    assert printed() == printed()
    assert printed() != printed("某铝厂")
    assert printed() != printed(moment=at(date(2023, 11, 23)))


def test_it_is_a_pdf_for_archives():
    assert printed().startswith(b"%PDF-")
    assert b"pdfaid:part" in printed()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_printed_and_not_run(name):
    assert printed(name).startswith(b"%PDF-")
    for element in ("heading", "math.equation", "ref", "link"):
        assert asked_of(sheet(name), element) == []


def test_the_same_text_as_source_would_have_run():
    """What the test above would have seen."""
    with pytest.raises(typst.TypstError, match="run"):
        typst.compile(HOSTILE[1].encode())


def asked_of(one, element):
    data = one.as_json() | {"seal": asdict(SEAL), "qr": QR, "font": FAMILIES[0]}
    answer = typst.query(
        str(press.TEMPLATE),
        element,
        root=str(press.TEMPLATE.parent),
        sys_inputs={"data": json.dumps(data)},
    )
    return json.loads(answer)


def test_a_character_no_font_has_still_gives_a_paper():
    assert printed("某😀公司").startswith(b"%PDF-")


def test_without_a_chinese_font_the_remedy_is_told(tmp_path):
    with pytest.raises(NoChineseFont) as refused:
        Press((tmp_path,)).pdf(sheet().as_json(), SEAL, MOMENT)
    assert "npm ci" in refused.value.remedy("en")
    assert "fonts-noto-cjk" in refused.value.remedy("zh")


def test_the_template_reads_nothing_but_its_data():
    source = Path(press.TEMPLATE).read_text("utf-8")
    for word in ("eval(", "read(", "include ", "import ", "plugin("):
        assert word not in source
