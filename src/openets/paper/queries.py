"""What may be asked of papers: was this one issued, and what did it say."""

from collections.abc import Iterable
from hashlib import sha256

from django.db.models import QuerySet

from openets.kernel.refusal import Refusal
from openets.paper.models import Paper
from openets.paper.sheet import PaperKind
from openets.parties.models import Organisation


class NotIssued(Refusal):
    """No paper of this code or content was issued."""

    code = "paper_not_issued"
    article = "CQETS-5.2b"
    zh = "未查到该文件的出具记录：验证码有误，或文件内容已被改动"
    en = "No such paper was issued: the code is wrong, or the file was changed"
    remedy_zh = "请核对验证码，或向持有人索取原始 PDF 文件"
    remedy_en = "Check the code, or ask the holder for the original PDF file"


READS = {
    PaperKind.VERIFICATION: "verification.read",
    PaperKind.ALLOCATION: "allocation.read",
    PaperKind.CLEARING: "money.read",
    PaperKind.MARKET_REPORT: "market_data.read",
}
"""What whoever reads a paper is granted for its holder, where it is not about units."""


def readable(kind: str) -> str:
    """The right of the roles matrix that lets somebody read a kind of paper of its holder."""
    return READS.get(PaperKind(kind), "holdings.read")


def by_code(code: str) -> Paper:
    """The paper of a code, written with or without its dashes.

    Raises:
        NotIssued.
    """
    return _first(Paper.objects.filter(code=written(code)))


def by_content(content: bytes) -> Paper:
    """The paper that is this file, byte by byte.

    Raises:
        NotIssued.
    """
    return _first(Paper.objects.filter(sha256=sha256(content).hexdigest()))


def issued_to(holders: Iterable[Organisation]) -> QuerySet[Paper]:
    """The papers of some organisations, newest first, without their files."""
    found = Paper.objects.filter(holder__in=holders).select_related("holder")
    return found.defer("content", "sheet")


def written(code: str) -> str:
    """A code in the groups of four in which papers show it."""
    plain = "".join(c for c in code.upper() if c.isalnum())
    return "-".join(plain[n : n + 4] for n in range(0, len(plain), 4))


def _first(found: QuerySet[Paper]) -> Paper:
    paper = found.select_related("holder").first()
    if paper is None:
        raise NotIssued
    return paper
