"""Offset (抵销): which reductions an entity may use for a year, tested with integers.

First every unit by itself: its kind, its serial numbers, its project type, its origin. Then the
units that pass, together: the cap, the open duty, the shares of origin. A sum above a limit is
refused whole, or cut to the largest part that passes when the applicant asks for that.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

from openets.compliance.obligation import NOTHING
from openets.compliance.offset_rules import OffsetRules, offset_cap_t
from openets.compliance.reduction import Origin, Reduction, serials_objection, unit_objection
from openets.compliance.serials import Serials, Taken
from openets.kernel.quantity import Tonnes, ceil_tonnes, floor_tonnes, plain
from openets.kernel.refusal import Refusal


class AboveCap(Refusal):
    """More reductions than the share of the year's obligation."""

    code = "above_cap"
    zh = "本年度使用减排量合计 {total_t} 吨，超过上限 {cap_t} 吨"
    en = "The year's reductions would be {total_t} t, above the cap of {cap_t} t"
    remedy_zh = "本次最多可申请 {left_t} 吨"
    remedy_en = "At most {left_t} t are left for this application"


class AboveOpenDuty(Refusal):
    """More than is still owed."""

    code = "above_open_duty"
    article = "CQETS-27"
    zh = "申请抵销 {offered_t} 吨，超过尚需清缴的 {open_t} 吨"
    en = "The application is for {offered_t} t, the open duty is {open_t} t"
    remedy_zh = "请改为不超过 {open_t} 吨"
    remedy_en = "Apply for {open_t} t or less"


class BelowCityShare(Refusal):
    """Too little was produced inside the city."""

    code = "below_city_share"
    zh = "本市产生的减排量 {city_t} 吨，低于使用总量 {total_t} 吨的 {share}"
    en = "{city_t} t from the city are less than {share} of the {total_t} t used"
    remedy_zh = "请增加本市产生的减排量，至少 {least_t} 吨"
    remedy_en = "Use at least {least_t} t from the city in this total"


class AboveCircleShare(Refusal):
    """Too much was produced in the circle outside the city."""

    code = "above_circle_share"
    zh = "成渝地区双城经济圈（市外）减排量 {circle_t} 吨，超过使用总量 {total_t} 吨的 {share}"
    en = "{circle_t} t from the circle are more than {share} of the {total_t} t used"
    remedy_zh = "请减少圈内（市外）减排量，至多 {most_t} 吨"
    remedy_en = "Use at most {most_t} t from the circle in this total"


@dataclass(frozen=True, slots=True)
class Mix:
    """Tonnes by origin."""

    city: int = 0
    circle: int = 0
    elsewhere: int = 0

    @classmethod
    def of(cls, units: Iterable[Reduction]) -> Self:
        """The tonnes of some units."""
        mix = cls()
        for unit in units:
            mix = mix.plus(unit.origin, unit.amount_t)
        return mix

    @property
    def total(self) -> int:
        """Tonnes of every origin."""
        return self.city + self.circle + self.elsewhere

    def __add__(self, other: "Mix") -> "Mix":
        """Both together."""
        return Mix(
            self.city + other.city, self.circle + other.circle, self.elsewhere + other.elsewhere
        )

    def plus(self, origin: Origin, tonnes: int) -> Self:
        """With some tonnes more of one origin."""
        return replace(self, **{origin.value: getattr(self, origin.value) + tonnes})


@dataclass(frozen=True, slots=True)
class Part:
    """The part of an offered unit that is accepted, or refused and why.

    `would_pass_t` is how much of a refused part would have passed in a smaller application.
    """

    unit: Reduction
    serials: Serials
    amount_t: Tonnes
    refusal: Refusal | None = None
    would_pass_t: Tonnes = NOTHING


@dataclass(frozen=True, slots=True)
class Examination:
    """The outcome of an offset application (履约抵销申请)."""

    cap_t: Tonnes
    accepted: tuple[Part, ...]
    refused: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class _Limits:
    """What the units of one application must keep to together."""

    rules: OffsetRules
    cap_t: int
    open_t: int
    used: Mix

    @property
    def before(self) -> Mix:
        """What the shares of origin are tested on besides the application."""
        test = self.rules.composition_test
        return Mix() if test and test.text == "per_application" else self.used

    @property
    def room(self) -> int:
        """Tonnes the cap and the open duty leave."""
        return max(0, min(self.cap_t - self.used.total, self.open_t * self.rules.ratio.whole))

    def objection(self, mix: Mix) -> Refusal | None:
        """The first limit that using `mix` would break, in the order of the law."""
        return self._above_cap(mix) or self._above_duty(mix) or self._composition(mix)

    def _above_cap(self, mix: Mix) -> Refusal | None:
        total = self.used.total + mix.total
        if total <= self.cap_t:
            return None
        return AboveCap(
            article=self.rules.cap_share.cite.source,
            total_t=total,
            cap_t=self.cap_t,
            left_t=max(0, self.cap_t - self.used.total),
        )

    def _above_duty(self, mix: Mix) -> Refusal | None:
        if mix.total <= self.open_t * self.rules.ratio.whole:
            return None
        return AboveOpenDuty(offered_t=mix.total, open_t=self.open_t)

    def _composition(self, mix: Mix) -> Refusal | None:
        whole = self.before + mix
        least, most = self.rules.city_share_min, self.rules.circle_share_max
        if least and whole.city < Fraction(least.number) * whole.total:
            return BelowCityShare(
                article=least.cite.source,
                city_t=whole.city,
                total_t=whole.total,
                share=plain(least.number),
                least_t=ceil_tonnes(Fraction(least.number) * whole.total),
            )
        if most and whole.circle > Fraction(most.number) * whole.total:
            return AboveCircleShare(
                article=most.cite.source,
                circle_t=whole.circle,
                total_t=whole.total,
                share=plain(most.number),
                most_t=floor_tonnes(Fraction(most.number) * whole.total),
            )
        return None

    def largest(self, offered: Mix) -> Mix:
        """The largest part of `offered` that passes; the city first, then the circle.

        Only the city's share has no upper bound, so taking it first never makes the whole smaller.
        """
        least, most = self.rules.city_share_min, self.rules.circle_share_max
        city_share = Fraction(least.number) if least else Fraction(0)
        circle_share = Fraction(most.number) if most else Fraction(1)
        city = min(offered.city, self.room)
        whole = self.before + Mix(city=city)
        total = min(self.before.total + self.room, whole.total + offered.circle + offered.elsewhere)
        if city_share:
            total = min(total, floor_tonnes(whole.city / city_share))
        if circle_share < 1:
            # With `others` from outside the circle, circle <= share * (others + circle).
            others = whole.total - whole.circle + offered.elsewhere
            total = min(total, others + int(others * circle_share / (1 - circle_share)))
        circle = min(offered.circle, total - whole.total, int(total * circle_share) - whole.circle)
        elsewhere = total - whole.total - circle
        part = Mix(city, circle, elsewhere)
        passes = min(circle, elsewhere) >= 0 and self.objection(part) is None
        return part if passes else Mix()


def examine_application(
    *,
    rules: OffsetRules,
    verified_t: Tonnes,
    open_t: Tonnes,
    used_before: Sequence[Reduction],
    offered: Sequence[Reduction],
    circle_places: Collection[str] = (),
    cut: bool = False,
) -> Examination:
    """Test an application to use reductions (抵销) for one entity and year, in whole tonnes.

    `open_t` is the duty still open before this application; `used_before` what was used for the
    entity and year already; `circle_places` the places of the circle, none when no list is set.
    Source: CQETS-27, CQ208-A1.5.2, CQ208-A1.5.2b, CQ208-A1.5.2c, CQ208-A1.5.2d, CQ208-A1.5.2e,
    CQVER-26, AMB-34, AMB-35, AMB-36, AMB-38.

    Raises:
        SerialsDoNotMatch, SerialsUsedTwice: what was used before contradicts itself.
    """
    taken = Taken()
    for unit in used_before:
        if refusal := serials_objection(unit, taken):
            raise refusal
    cap_t = offset_cap_t(rules=rules, verified_t=verified_t)
    limits = _Limits(rules=rules, cap_t=cap_t, open_t=open_t, used=Mix.of(used_before))
    examined = [(unit, unit_objection(unit, rules, taken, circle_places)) for unit in offered]
    parts = list(_parts(examined, limits, cut=cut))
    return Examination(
        cap_t=cap_t,
        accepted=tuple(part for part in parts if not part.refusal),
        refused=tuple(part for part in parts if part.refusal),
    )


def _parts(
    examined: Sequence[tuple[Reduction, Refusal | None]], limits: _Limits, *, cut: bool
) -> Iterator[Part]:
    offered = Mix.of(unit for unit, refusal in examined if not refusal)
    kept = limits.largest(offered)
    too_much = None if cut else limits.objection(offered)
    left = {origin: getattr(kept, origin.value) for origin in Origin}
    for unit, refusal in examined:
        if refusal:
            yield Part(unit, unit.serials, unit.amount_t, refusal)
            continue
        passing_t = Tonnes(min(unit.amount_t, left[unit.origin]))
        left[unit.origin] -= passing_t
        if too_much:
            yield Part(unit, unit.serials, unit.amount_t, too_much, passing_t)
            continue
        head, tail = unit.serials.split(passing_t)
        if head:
            yield Part(unit, head, passing_t)
        if tail:
            one_more = limits.objection(kept.plus(unit.origin, 1))
            assert one_more, "the largest part that passes has no room for one tonne more"
            yield Part(unit, tail, Tonnes(tail.count), one_more)
