"""The yearly assessment of a body: criteria, weights, one result (考评). Pure."""

from collections.abc import Mapping
from decimal import Decimal

from openets.kernel.quantity import half_up
from openets.kernel.refusal import Refusal

WHOLE = 100
CRITERIA = {
    "report_quality": ("核查报告质量", "Quality of the reports"),
    "timeliness": ("按时完成", "Timeliness"),
    "conduct": ("独立公正和守信", "Independence and conduct"),
}
"""The words of the criteria that the rulebook may name."""


class WeightsNotWhole(Refusal):
    """The weights of the criteria make up the whole."""

    code = "weights_not_whole"
    article = "CQETS-31"
    zh = "考评指标权重合计 {total}，应为 100"
    en = "The weights of the criteria add up to {total}, not to 100"
    remedy_zh = "请调整权重"
    remedy_en = "Change the weights"


class NotAScore(Refusal):
    """A score lies between nothing and full marks, one for each criterion."""

    code = "not_a_score"
    article = "CQETS-31"
    zh = "指标 {criterion} 的得分 {score} 无效：每项 0 至 100 分"
    en = "The score {score} of {criterion} is none: each criterion has one from 0 to 100"
    remedy_zh = "请逐项填写 0 至 100 的得分"
    remedy_en = "Give each criterion a score from 0 to 100"


def total_score(weights: Mapping[str, Decimal], scores: Mapping[str, Decimal]) -> Decimal:
    """The weighted mean of the scores, out of 100, to one decimal, half-up. Source: CQETS-31.

    Raises:
        WeightsNotWhole, NotAScore.
    """
    total = sum(weights.values(), Decimal(0))
    if total != WHOLE:
        raise WeightsNotWhole(total=total)
    for criterion in {*weights, *scores}:
        score = scores.get(criterion)
        if score is None or criterion not in weights or not 0 <= score <= WHOLE:
            raise NotAScore(criterion=criterion, score=score, field=criterion)
    return half_up(sum((weights[c] * scores[c] for c in weights), Decimal(0)) / WHOLE, 1)
