"""What may be asked of history: the sources, and the trading days each tells."""

from importlib.resources import files

from openets.history.models import HistoricDay, Source
from openets.history.rows import HistoricRow
from openets.kernel.quantity import Fen, Tonnes
from openets.kernel.refusal import Refusal


class NoSuchSource(Refusal):
    """Nothing was loaded from a source of this code."""

    code = "no_such_source"
    article = "CQETS-20"
    zh = "没有来源“{source}”的历史行情（已有：{known}）"
    en = "No history of a source “{source}” is loaded; there are: {known}"
    remedy_zh = "请先载入，或核对来源代码"
    remedy_en = "Load it first, or check the code"


def shipped() -> tuple[bytes, bytes]:
    """The trading days that come with OpenETS, as CSV, and what says where they are from."""
    data = files("openets.history").joinpath("data")
    return (
        data.joinpath("chongqing.csv").read_bytes(),
        data.joinpath("chongqing.yaml").read_bytes(),
    )


def sources() -> list[Source]:
    """The sources of which days are loaded."""
    return list(Source.objects.all())


def source(code: str) -> Source:
    """The source of a code.

    Raises:
        NoSuchSource.
    """
    found = Source.objects.filter(code=code).first()
    if found is None:
        raise NoSuchSource(source=code, known=", ".join(one.code for one in sources()))
    return found


def days(source: Source) -> list[HistoricRow]:
    """The trading days a source tells, oldest first. Source: CQETS-20."""
    return [row_of(day) for day in source.days.order_by("day")]


def row_of(kept: HistoricDay) -> HistoricRow:
    """A kept day as its source told it."""
    return HistoricRow(
        day=kept.day,
        price_fen=Fen(kept.price_fen),
        volume_t=Tonnes(kept.volume_t),
        turnover_fen=Fen(kept.turnover_fen),
    )
