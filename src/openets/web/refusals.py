"""The expected noes of the addresses themselves."""

from openets.kernel.refusal import Refusal


class NoSuchAddress(Refusal):
    """The interface has nothing there."""

    code = "no_such_address"
    zh = "接口没有地址 {path}"
    en = "The interface has nothing at {path}"
    remedy_zh = "请查看 /api/docs"
    remedy_en = "See /api/docs"


class NotUnderstood(Refusal):
    """A value of the request is missing or of the wrong kind."""

    code = "not_understood"
    zh = "参数“{name}”无效：{why}"
    en = "The value of “{name}” is not valid: {why}"
    remedy_zh = "请按 /api/docs 的说明填写"
    remedy_en = "Give it as /api/docs describes"
