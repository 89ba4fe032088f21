"""The template pack (资料模板) of the download centre, made from `templates.yaml`."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files

import yaml
from django.db import transaction
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.opening.models import TemplatePack
from openets.parties.roles import Role

ARTICLE = "CQ208-A4.2.1"
WIDTHS = {"A": 44, "B": 52}
"""Columns of a template, in characters: what is asked, and room to answer."""

Line = tuple[str, str]
"""A text in Chinese and in English."""


class VersionTaken(Refusal):
    """A version of the pack is published once."""

    code = "template_version_taken"
    article = ARTICLE
    zh = "模板版本 {version} 已发布，或版本号为空"
    en = "The version {version} of the templates was published before, or has no name"
    remedy_zh = "请使用新的版本号"
    remedy_en = "Give it a new version"


class NoSuchPack(Refusal):
    """The download centre does not offer this version."""

    code = "no_such_template_pack"
    article = ARTICLE
    zh = "下载中心没有模板版本 {version}，或该版本已撤回"
    en = "The download centre has no version {version} of the templates, or it was withdrawn"
    remedy_zh = "请下载现行版本"
    remedy_en = "Download the current version"


@dataclass(frozen=True, slots=True)
class Template:
    """A form to be filled in by hand: fields, sentences, and who signs or seals."""

    name: str
    zh: str
    en: str
    fields: tuple[Line, ...]
    sentences: tuple[Line, ...]
    signed: tuple[Line, ...]


@cache
def templates() -> Mapping[str, Template]:
    """The templates by name, in the order of the data."""
    text = files("openets.opening").joinpath("templates.yaml").read_text("utf-8")
    return {
        name: Template(
            name=name,
            zh=row["zh"],
            en=row["en"],
            **{part: tuple(map(tuple, row[part])) for part in ("fields", "sentences", "signed")},
        )
        for name, row in yaml.load(text, yaml.CSafeLoader).items()
    }


@transaction.atomic
def publish_templates(*, version: str, acting: Acting, at: datetime) -> TemplatePack:
    """Make the pack from the data and offer it under a version. Source: CQ208-A4.2.1.

    Raises:
        NotYourRole, VersionTaken.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=ARTICLE)
    content = packed(version, at)
    pack, made = TemplatePack.objects.get_or_create(
        version=version.strip(),
        defaults={
            "content": content,
            "sha256": sha256(content).hexdigest(),
            "published_at": at,
            "person": acting.person,
        },
    )
    if not made or not pack.version:
        raise VersionTaken(field="version", version=version)
    _journal("publish_templates", pack, acting, at)
    return pack


@transaction.atomic
def withdraw_templates(*, version: str, acting: Acting, at: datetime) -> None:
    """Offer a version no longer (撤回). Source: CQ208-A4.2.1.

    Raises:
        NotYourRole, NoSuchPack.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=ARTICLE)
    rows = TemplatePack.objects.select_for_update()
    pack = rows.filter(version=version, withdrawn_at__isnull=True).first()
    if pack is None:
        raise NoSuchPack(version=version)
    pack.withdrawn_at = at
    pack.save(update_fields=["withdrawn_at"])
    _journal("withdraw_templates", pack, acting, at)


def packed(version: str, at: datetime) -> bytes:
    """All templates as one ZIP archive of workbooks."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, template in enumerate(templates().values(), start=1):
            archive.writestr(file_name(template, number), workbook(template, version, at))
    return out.getvalue()


def file_name(template: Template, number: int) -> str:
    """What a template is called inside the pack."""
    return f"{number:02} {template.zh}.xlsx"


def workbook(template: Template, version: str, at: datetime) -> bytes:
    """One template as a workbook with headings in both languages."""
    book = Workbook()
    book.properties.creator, book.properties.created = "OpenETS", at.replace(tzinfo=None)
    book.properties.modified = book.properties.created
    sheet = book.active
    assert sheet is not None, "a new workbook has a sheet"
    sheet.title = template.zh[:31]
    for column, width in WIDTHS.items():
        sheet.column_dimensions[column].width = width
    line = Side(style="thin")
    box, wrapped = Border(line, line, line, line), Alignment(wrap_text=True, vertical="center")
    sheet.append([template.zh])
    sheet.append([template.en])
    sheet["A1"].font = Font(bold=True, size=16)
    sheet.append([f"版本 {version} · 合成模板 / version {version} · a template of this system"])
    for zh, en in template.fields:
        sheet.append([f"{zh}\n{en}", ""])
        for cell in sheet[sheet.max_row]:
            cell.border, cell.alignment = box, wrapped
        sheet.row_dimensions[sheet.max_row].height = 34
    for zh, en in template.sentences:
        sheet.append([f"{zh}\n{en}"])
        row = sheet.max_row
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=2)
        sheet.cell(row, 1).alignment = wrapped
        sheet.row_dimensions[row].height = 50
    for zh, en in template.signed:
        sheet.append([f"{zh}\n{en}", ""])
        sheet.cell(sheet.max_row, 1).alignment = wrapped
        sheet.row_dimensions[sheet.max_row].height = 60
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _journal(operation: str, pack: TemplatePack, acting: Acting, at: datetime) -> None:
    journal.record(
        operation=f"opening.{operation}",
        subject=f"templates/{pack.version}",
        acting=acting,
        at=at,
        article=ARTICLE,
        content={"templates": list(templates())},
    )
