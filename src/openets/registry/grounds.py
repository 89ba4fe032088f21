"""What a freeze, a measure or a closing rests on: a document, and reasons."""

from openets.casework.objection import ReasonsMissing
from openets.kernel.refusal import Refusal


class DocumentMissing(Refusal):
    """A freeze, a measure and their lifting rest on a document."""

    code = "document_reference_missing"
    zh = "未填写依据文书的文号"
    en = "The number of the document it rests on is missing"
    remedy_zh = "请填写法院协助执行通知书或决定的文号"
    remedy_en = "Give the number of the court's letter or of the decision"


def must_have_document(number: str, *, article: str) -> None:
    """Refuse an act that rests on no document.

    Raises:
        DocumentMissing.
    """
    if not number.strip():
        raise DocumentMissing(field="document", article=article)


def must_have_reasons(reason: str, *, article: str) -> None:
    """Refuse an act that gives no reasons.

    Raises:
        ReasonsMissing.
    """
    if not reason.strip():
        raise ReasonsMissing(field="reason", article=article)
