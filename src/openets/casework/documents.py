"""What may happen to the documents of cases: added, read, removed when their years are over."""

from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import PurePath

from django.db import connection, transaction

from openets.casework import queries
from openets.casework.file_types import MEDIA_TYPES, is_what_it_says
from openets.casework.models import Document
from openets.casework.operations import NoSuchCase
from openets.casework.procedure import Procedure
from openets.casework.retention import removable_from
from openets.casework.scope import must_take_part
from openets.casework.storage import Scan, Store
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law

NAME_LENGTH = 120


class TypeNotTaken(Refusal):
    """A case takes some types of files, and a file is what its name says."""

    code = "document_type_not_taken"
    zh = "文件“{name}”的类型不被接受，或内容与扩展名不符"
    en = "The file “{name}” is of no accepted type, or is not what its name says"
    remedy_zh = "可上传：{allowed}"
    remedy_en = "Accepted: {allowed}"


class NotThatSize(Refusal):
    """A file is not empty and not above the limit."""

    code = "document_size_refused"
    zh = "文件大小 {size_bytes} 字节，须大于 0 且不超过 {most_bytes} 字节"
    en = "The file has {size_bytes} bytes; it must have some and at most {most_bytes}"
    remedy_zh = "请压缩或拆分后上传"
    remedy_en = "Compress or split it"


class Infected(Refusal):
    """The scanner found a virus; nothing is kept."""

    code = "document_infected"
    zh = "文件“{name}”未通过病毒扫描"
    en = "The file “{name}” did not pass the virus scan"
    remedy_zh = "请清除病毒后重新上传"
    remedy_en = "Clean the file and upload it again"


class DocumentOnFile(Refusal):
    """The case has the very same content already."""

    code = "document_on_file"
    zh = "相同内容的文件已作为“{name}”归档"
    en = "The same content is on file as “{name}”"
    remedy_zh = "不必重复上传"
    remedy_en = "There is no need to upload it again"


class NoSuchDocument(Refusal):
    """The case has no such document, or not any more."""

    code = "no_such_document"
    zh = "没有文件 {document}"
    en = "There is no document {document}"
    remedy_zh = "请核对文件编号"
    remedy_en = "Check the number of the document"


class DocumentDamaged(Refusal):
    """The stored bytes are missing or are not those that were hashed."""

    code = "document_damaged"
    zh = "文件“{name}”的存储内容缺失或与登记的哈希值不符"
    en = "The stored content of “{name}” is missing or does not match its hash"
    remedy_zh = "请联系系统管理员从备份恢复"
    remedy_en = "Have the operator restore it from the backup"


class NotYourDocument(Refusal):
    """Whoever filed a document may remove it, nobody else."""

    code = "not_your_document"
    zh = "“{name}”不是 {organisation} 提交的文件"
    en = "“{name}” was not filed by {organisation}"
    remedy_zh = "请由提交单位办理"
    remedy_en = "Let those who filed it remove it"


class MustBeKept(Refusal):
    """A document is kept for the years of its kind."""

    code = "document_must_be_kept"
    zh = "“{name}”须保存至少 {years} 年，{day} 起方可删除"
    en = "“{name}” is kept for at least {years} years and may be removed from {day} on"
    remedy_zh = "请于该日之后办理"
    remedy_en = "Remove it then"


class KeepingNotBegun(Refusal):
    """The years run from a step that the case has not come to."""

    code = "keeping_not_begun"
    zh = "“{name}”的保存期自事项办结或提交后起算，目前尚未开始，不能删除"
    en = "The years for which “{name}” is kept have not begun: the case goes on"
    remedy_zh = "如内容有误，请补充上传正确文件"
    remedy_en = "If it is wrong, add the right one beside it"


@transaction.atomic
def add_document(
    procedure: Procedure,
    subject: str,
    *,
    kind: str,
    name: str,
    content: bytes,
    store: Store,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Document:
    """File a document (材料归档) with a case: checked, scanned, stored under its hash.

    Source: CQETS-24b.

    Raises:
        NoSuchCase, NotYourCase, TypeNotTaken, NotThatSize, Infected.
        DocumentOnFile: the case has the same content already.
    """
    assert kind in procedure.documents, f"{procedure.name} takes no {kind}"
    case = queries.case(procedure, subject)
    if case is None:
        raise NoSuchCase(procedure=procedure.zh, subject=subject)
    must_take_part(procedure, case, acting)
    name = PurePath(name).name[-NAME_LENGTH:]
    _must_be_acceptable(name, content, law, at)
    scan = store.scan(content)
    if scan is Scan.INFECTED:
        raise Infected(name=name)
    digest = sha256(content).hexdigest()
    _lock(digest)
    for same in case.documents.filter(sha256=digest, removed_at=None):
        raise DocumentOnFile(name=same.name)
    store.keep(content)
    document = Document.objects.create(
        case=case,
        kind=kind,
        name=name,
        media_type=MEDIA_TYPES[_extension(name)],
        size_bytes=len(content),
        sha256=digest,
        scan=scan,
        added_at=at,
        person=acting.person,
        organisation=acting.organisation,
    )
    _journal("add_document", procedure, document, acting, at)
    return document


def read_document(
    procedure: Procedure, document: int, *, store: Store, acting: Acting
) -> tuple[Document, bytes]:
    """A document and its content, for whoever takes part in its case.

    Raises:
        NoSuchDocument, NotYourCase.
        DocumentDamaged: what lies in the store is not what was filed.
    """
    found = _document(procedure, document)
    must_take_part(procedure, found.case, acting)
    content = store.content(found.sha256)
    if content is None:
        raise DocumentDamaged(name=found.name)
    return found, content


@transaction.atomic
def remove_document(
    procedure: Procedure, document: int, *, store: Store, law: Law, acting: Acting, at: datetime
) -> Document:
    """Remove a document whose years are over; its row and its hash stay in the record.

    Whoever filed it may. Source: CQETS-24b, AMB-56.

    Raises:
        NoSuchDocument: there is none, or it was removed before.
        NotYourDocument: another organisation filed it.
        MustBeKept: with the first day it may be removed.
        KeepingNotBegun.
    """
    found = _document(procedure, document, lock=True)
    if acting.organisation != found.organisation:
        raise NotYourDocument(organisation=acting.organisation, name=found.name)
    _must_be_over(procedure, found, law, at)
    found.removed_at, found.removed_by = at, acting.person
    found.save()
    _journal("remove_document", procedure, found, acting, at)
    transaction.on_commit(partial(_drop_if_unused, store, found.sha256))
    return found


def _document(procedure: Procedure, document: int, *, lock: bool = False) -> Document:
    kept = Document.objects.filter(pk=document, case__procedure=procedure.name, removed_at=None)
    rows = kept.select_related("case__organisation")
    found = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if found is None:
        raise NoSuchDocument(document=document)
    return found


def _extension(name: str) -> str:
    return PurePath(name).suffix.removeprefix(".").lower()


def _must_be_acceptable(name: str, content: bytes, law: Law, at: datetime) -> None:
    today = market_date(at)
    allowed = law.on("casework.document_types", today).items
    most_bytes = law.on("casework.document_max_bytes", today).whole
    if not 0 < len(content) <= most_bytes:
        raise NotThatSize(size_bytes=len(content), most_bytes=most_bytes)
    if _extension(name) not in allowed or not is_what_it_says(_extension(name), content):
        raise TypeNotTaken(name=name, allowed=", ".join(allowed))


def _must_be_over(procedure: Procedure, document: Document, law: Law, at: datetime) -> None:
    today, kind = market_date(at), procedure.documents[document.kind]
    day = removable_from(kind, document.case.kept_from_date, law=law, today=today)
    if day is None:
        raise KeepingNotBegun(name=document.name)
    if today < day:
        years = law.on(kind.retention_years, today)
        raise MustBeKept(
            article=years.cite.source, name=document.name, years=years.whole, day=day.isoformat()
        )


def _drop_if_unused(store: Store, digest: str) -> None:
    with transaction.atomic():
        _lock(digest)
        if not Document.objects.filter(sha256=digest, removed_at=None).exists():
            store.drop(digest)


def _lock(digest: str) -> None:
    """Let those who keep or drop the same content wait for each other until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [digest])


def _journal(
    operation: str, procedure: Procedure, document: Document, acting: Acting, at: datetime
) -> None:
    journal.record(
        operation=f"{procedure.name}.{operation}",
        subject=document.case.subject,
        acting=acting,
        at=at,
        article="",
        content={"name": document.name, "sha256": document.sha256, "scan": str(document.scan)},
    )
