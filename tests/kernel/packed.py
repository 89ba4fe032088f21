"""Workbooks written by hand, part by part, so that they can lie in every way."""

import io
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    + "".join(
        f'<Override PartName="/xl/{part}" ContentType="application/'
        f'vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"/>'
        for part, kind in (
            ("workbook.xml", "sheet.main"),
            ("worksheets/sheet1.xml", "worksheet"),
            ("sharedStrings.xml", "sharedStrings"),
            ("styles.xml", "styles"),
        )
    )
    + "</Types>"
)
ROOT = (
    f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
RELATIONS = (
    f'<Relationships xmlns="{PACKAGE}/relationships">'
    + "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for n, kind, target in (
            (1, "worksheet", "worksheets/sheet1.xml"),
            (2, "sharedStrings", "sharedStrings.xml"),
            (3, "styles", "styles.xml"),
        )
    )
    + "</Relationships>"
)
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/>'
    '<xf numFmtId="9"/></cellXfs></styleSheet>'
)
"""General, a date, per cent."""
HEADER = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'


def row(*cells, number=2, more=""):
    """A row that begins with a name."""
    name = f'<c r="A{number}" t="s"><v>2</v></c>'
    return f'<row r="{number}"{more}>{name}{"".join(cells)}</row>'


def sheet(rows, *, before="", after="", header=HEADER):
    """The XML of a sheet."""
    data = f"<sheetData>{header}{rows}</sheetData>"
    return f'<worksheet xmlns="{MAIN}">{before}{data}{after}</worksheet>'


def parts(rows="", *, texts="", book="", of_sheet="", **given):
    """The parts of a workbook with the sheet 数据; further shared texts count from 3."""
    shared = "".join(f"<si><t>{text}</t></si>" for text in ("name", "amount", "甲"))
    sheets = f'<sheets><sheet name="数据" sheetId="1" r:id="rId1"{of_sheet}/></sheets>'
    return {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": ROOT,
        "xl/_rels/workbook.xml.rels": RELATIONS,
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{book}{sheets}</workbook>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{shared}{texts}</sst>',
        "xl/styles.xml": STYLES,
        "xl/worksheets/sheet1.xml": sheet(rows, **given),
    }


def packed(found):
    """The bytes of a workbook of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in found.items():
            package.writestr(name, content)
    return out.getvalue()
