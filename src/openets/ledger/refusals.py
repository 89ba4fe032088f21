"""Why a transfer is refused, for callers who post all or nothing."""

from openets.kernel.refusal import Refusal
from openets.ledger.posting import Result


class TransferRefused(Refusal):
    """A transfer of a batch was refused, so nothing of the batch was posted."""

    code = "transfer_refused"
    zh = "第 {position} 笔划转（{key}）被拒绝：{result}"
    en = "Transfer {position} ({key}) was refused: {result}"
    remedy_zh = "请更正该笔划转后重新提交整批"
    remedy_en = "Correct this transfer and send the batch again"


class InsufficientBalance(TransferRefused):
    """The account's own balance does not cover the amount."""

    code = Result.INSUFFICIENT.value
    zh = "账户 {account} 可用余额 {available}，不足以支付 {amount}"
    en = "Account {account} has {available} available, less than {amount}"
    remedy_zh = "请减少数量，或先增加账户余额、释放预占"
    remedy_en = "Reduce the amount, or first add to the account or release reservations"


class ReservationClosed(TransferRefused):
    """The reservation was resolved before, or its time has run out."""

    code = "reservation_closed"
    zh = "预占 {pending} 已经处理完毕：{result}"
    en = "The reservation {pending} is closed already: {result}"
    remedy_zh = "请查询该预占的处理结果；如仍需要，请重新预占"
    remedy_en = "Look up how it was resolved; reserve again if it is still needed"


class ExceedsReservation(TransferRefused):
    """More was to be posted than reserved."""

    code = Result.EXCEEDS_PENDING.value
    zh = "预占 {pending} 的数量为 {available}，不能处理 {amount}"
    en = "The reservation {pending} holds {available}; {amount} cannot be taken from it"
    remedy_zh = "请以预占数量为限"
    remedy_en = "Post at most what was reserved"


class KeyReused(TransferRefused):
    """The idempotency key stands for another transfer, or for one that was refused."""

    code = Result.KEY_REUSED.value
    zh = "幂等键 {key} 已用于其他内容：{result}"
    en = "The key {key} was used before for something else: {result}"
    remedy_zh = "请为新的划转使用新的键"
    remedy_en = "Give a new transfer a new key"


REFUSALS: dict[Result, type[TransferRefused]] = {
    Result.INSUFFICIENT: InsufficientBalance,
    Result.ALREADY_POSTED: ReservationClosed,
    Result.ALREADY_VOIDED: ReservationClosed,
    Result.EXPIRED: ReservationClosed,
    Result.EXCEEDS_PENDING: ExceedsReservation,
    Result.KEY_REUSED: KeyReused,
    Result.KEY_ALREADY_REFUSED: KeyReused,
}
"""The refusals with words of their own; any other result is a plain `TransferRefused`."""
