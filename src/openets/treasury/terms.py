"""What every offer of the government needs, and what makes it come only once."""

from openets.kernel.refusal import Refusal


class NotAnOffer(Refusal):
    """An offer has a quantity, a price, terms and a last day that lies ahead."""

    code = "not_an_offer"
    article = "CQ208-4.4"
    zh = "{what_zh}无效：{value}"
    en = "{what_en} cannot be {value}"
    remedy_zh = "数量、价格须为正数，最后付款日不得早于当日，并须写明条件和理由"
    remedy_en = (
        "Quantity and price are above 0, the last day is not past, terms and reasons are given"
    )


class ReferenceUsed(Refusal):
    """The same reference was used for something else."""

    code = "reference_used"
    article = "CQETS-5.2b"
    zh = "业务编号 {reference} 已用于其他内容"
    en = "The reference {reference} stands for something else"
    remedy_zh = "请使用新的业务编号"
    remedy_en = "Use a new reference"


def must_be_positive(field: str, zh: str, en: str, value: int) -> None:
    """Refuse what is not above 0.

    Raises:
        NotAnOffer.
    """
    if value < 1:
        raise NotAnOffer(field=field, what_zh=zh, what_en=en, value=value)


def must_be_said(field: str, zh: str, en: str, value: str) -> None:
    """Refuse an empty text.

    Raises:
        NotAnOffer.
    """
    if not value.strip():
        raise NotAnOffer(field=field, what_zh=zh, what_en=en, value="—")


def must_be_same(found: object, reference: str, **asked: object) -> None:
    """Refuse a reference that stands for something else than is asked now.

    Raises:
        ReferenceUsed.
    """
    if any(getattr(found, name) != value for name, value in asked.items()):
        raise ReferenceUsed(field="reference", reference=reference)
