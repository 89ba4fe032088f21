"""The pure parts: the draw, the careful value, the score."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openets.mrv.figures import Figures
from openets.rulebook.load import law
from openets.verification.conservative import Questioned, recalculate
from openets.verification.draw import draw
from openets.verification.scoring import NotAScore, WeightsNotWhole, total_score

RULE = law("cq").on("verification.unresolved_figures", date(2023, 5, 8))
ENTITIES = [f"E{n}" for n in range(12)]
BODIES = ["V1", "V2", "V3"]


def lots(seed="s", entities=ENTITIES, bodies=BODIES, barred=None, loads=None, share="0.2"):
    return draw(
        seed=seed,
        entities=entities,
        bodies=bodies,
        barred=barred or {},
        loads=loads or {},
        depth_share=Decimal(share),
    )


class TestTheDraw:
    def test_the_same_seed_draws_the_same_whatever_the_order_of_the_lists(self):
        assert lots() == lots(entities=ENTITIES[::-1], bodies=BODIES[::-1])

    def test_another_seed_draws_otherwise(self):
        assert lots() != lots("t")

    def test_works_are_shared_evenly_also_with_those_there_were(self):
        drawn = [lot.body for lot in lots(loads={"V1": 3})]
        assert sorted(drawn.count(body) for body in BODIES) == [2, 5, 5]
        assert drawn.count("V1") == 2

    def test_a_barred_body_is_never_drawn_and_its_reason_is_kept(self):
        barred = {entity: {"V1": "i5 ties"} for entity in ENTITIES[:6]}
        for lot in lots(barred=barred):
            assert lot.body not in lot.barred
            assert lot.barred == barred.get(lot.entity, {})

    def test_who_may_be_verified_by_few_comes_first_so_that_loads_stay_even(self):
        barred = {"E0": {"V1": "x", "V2": "x"}}
        assert lots(barred=barred)[0].entity == "E0"

    def test_whom_no_body_may_verify_is_left_without_and_shown(self):
        (lot,) = [x for x in lots(barred={"E3": dict.fromkeys(BODIES, "x")}) if x.entity == "E3"]
        assert (lot.body, lot.among) == ("", ())

    @pytest.mark.parametrize(("share", "visited"), [("0", 0), ("0.2", 3), ("0.25", 3), ("1", 12)])
    def test_the_share_that_is_visited_is_rounded_up(self, share, visited):
        assert sum(lot.in_depth for lot in lots(share=share)) == visited

    @given(
        seed=st.text(max_size=5),
        barred=st.dictionaries(
            st.sampled_from(ENTITIES),
            st.dictionaries(st.sampled_from(BODIES), st.just("x"), max_size=2),
        ),
        loads=st.dictionaries(st.sampled_from(BODIES), st.integers(0, 5)),
    )
    def test_every_lot_can_be_checked_by_whoever_has_the_record(self, seed, barred, loads):
        load = {body: loads.get(body, 0) for body in BODIES}
        drawn = lots(seed, barred=barred, loads=loads)
        assert sorted(lot.entity for lot in drawn) == sorted(ENTITIES)
        for lot in drawn:
            free = [body for body in BODIES if body not in barred.get(lot.entity, {})]
            fewest = [b for b in free if load[b] == min(load[x] for x in free)]
            assert sorted(lot.among) == fewest
            assert lot.load == load[lot.body]
            assert lot.body in fewest
            load[lot.body] += 1


BARRED = st.dictionaries(
    st.sampled_from(ENTITIES),
    st.dictionaries(st.sampled_from(BODIES), st.just("x"), max_size=3),
)


class TestAnyDraw:
    @pytest.mark.requirement("CNETS-27")
    @given(seed=st.text(max_size=5), barred=BARRED, order=st.permutations(ENTITIES))
    def test_is_the_same_whatever_the_order(self, seed, barred, order):
        again = dict(reversed(list(barred.items())))
        assert lots(seed, barred=barred) == lots(
            seed, entities=order, bodies=BODIES[::-1], barred=again
        )

    @pytest.mark.requirement("BJETS-24.i5")
    @given(seed=st.text(max_size=5), barred=BARRED)
    def test_never_draws_a_barred_body_and_leaves_nobody_without_need(self, seed, barred):
        for lot in lots(seed, barred=barred):
            against = barred.get(lot.entity, {})
            assert lot.body not in against
            assert (lot.body == "") == (len(against) == len(BODIES))

    @given(seed=st.text(max_size=5), count=st.integers(0, 12), bodies=st.integers(1, 3))
    def test_without_conflicts_no_body_has_two_works_more_than_another(self, seed, count, bodies):
        drawn = [lot.body for lot in lots(seed, ENTITIES[:count], BODIES[:bodies])]
        shares = [drawn.count(body) for body in BODIES[:bodies]]
        assert sum(shares) == count
        assert max(shares) - min(shares) <= 1

    @given(seed=st.text(max_size=5), share=st.decimals(0, 1, places=2), count=st.integers(0, 12))
    def test_visits_the_share_rounded_up_and_no_more(self, seed, share, count):
        visited = sum(lot.in_depth for lot in lots(seed, ENTITIES[:count], share=str(share)))
        assert 0 <= visited - count * share < 1


def row(**otherwise):
    facts = {"output": Decimal(1000), "co2_t": Decimal(100), "non_co2_t": Decimal(5)}
    return Figures("L1", "P", unit="t", production_days=1, shutdown_days=0, **facts | otherwise)


def finding(figure="co2_t", candidate=None, corrected=None, closed=False, number=1):
    amounts = [None if v is None else Decimal(v) for v in (candidate, corrected)]
    return Questioned(number, "L1", "P", figure, *amounts, closed)


def outcome(findings, rule=RULE):
    (found,), explanation = recalculate([row()], findings, rule)
    return found, explanation


class TestTheCarefulValue:
    @pytest.mark.parametrize(
        ("candidate", "corrected", "co2_t"),
        [(110, None, 110), (90, None, 100), (110, 120, 120), (None, None, 100), (90, 95, 100)],
    )
    def test_of_emissions_is_the_highest_named(self, candidate, corrected, co2_t):
        assert outcome([finding("co2_t", candidate, corrected)])[0] == row(co2_t=Decimal(co2_t))

    @pytest.mark.parametrize(
        ("candidate", "corrected", "output"),
        [(900, None, 900), (1100, None, 1000), (990, 980, 980)],
    )
    def test_of_output_is_the_lowest_named(self, candidate, corrected, output):
        found, _ = outcome([finding("output", candidate, corrected)])
        assert found == row(output=Decimal(output))

    def test_a_closed_finding_puts_the_correction_also_a_lower_one(self):
        found, explanation = outcome([finding(candidate=110, corrected=95, closed=True)])
        assert found.co2_t == 95
        assert explanation.steps[0].formula == "as corrected"

    def test_closed_findings_count_before_open_ones(self):
        found, _ = outcome(
            [finding(candidate=98, number=1), finding(corrected=95, closed=True, number=2)]
        )
        assert found.co2_t == 98

    def test_the_working_names_every_value_and_the_rule(self):
        step = outcome([finding(candidate=110, corrected=120)])[1].steps[0]
        assert [g.value for g in step.given] == ["100", "110", "120"]
        assert step.formula == "max of the values named"
        assert step.cites[0].assumed

    def test_another_reading_leaves_what_was_reported(self):
        rule = replace(RULE, value="as_reported")
        assert outcome([finding(candidate=110)], rule)[0] == row()

    def test_without_findings_nothing_changes(self):
        found, explanation = outcome([])
        assert (found, explanation.steps) == (row(), ())


AMOUNTS = st.none() | st.decimals(0, 2000, places=2)
QUESTIONS = st.lists(
    st.tuples(st.sampled_from(["output", "co2_t", "non_co2_t"]), AMOUNTS, AMOUNTS, st.booleans()),
    max_size=5,
)


def asked(questions):
    return [
        Questioned(number, "L1", "P", *question) for number, question in enumerate(questions, 1)
    ]


def by_hand(questions):
    """The obvious twin: closed ones in turn, then for each figure every value left in doubt."""
    amounts = {name: getattr(row(), name) for name in ("output", "co2_t", "non_co2_t")}
    settled = [(figure, value) for figure, _, value, closed in questions if closed]
    amounts |= {figure: value for figure, value in settled if value is not None}
    for figure, worst in (("output", min), ("co2_t", max), ("non_co2_t", max)):
        doubted = [
            v for name, *both, closed in questions if name == figure and not closed for v in both
        ]
        amounts[figure] = worst([amounts[figure], *(v for v in doubted if v is not None)])
    return row(**amounts)


class TestAnyFindings:
    @pytest.mark.requirement("CQETS-25.3")
    @given(QUESTIONS)
    def test_come_to_what_one_finds_by_hand(self, questions):
        assert outcome(asked(questions))[0] == by_hand(questions)

    @given(QUESTIONS, st.randoms(use_true_random=False))
    def test_come_to_the_same_in_whatever_order_they_are_given(self, questions, chance):
        shuffled = asked(questions)
        chance.shuffle(shuffled)
        assert outcome(shuffled) == outcome(asked(questions))

    @given(QUESTIONS)
    def test_left_open_never_favour_the_entity(self, questions):
        left_open = [(figure, ours, theirs, False) for figure, ours, theirs, _ in questions]
        found, _ = outcome(asked(left_open))
        assert found.output <= row().output
        assert found.co2_t >= row().co2_t
        assert found.non_co2_t >= row().non_co2_t


WEIGHTS = {"a": Decimal(40), "b": Decimal(30), "c": Decimal(30)}


class TestTheScore:
    @pytest.mark.parametrize(
        "scores",
        [{"a": 1, "b": 1}, {"a": 1, "b": 1, "c": 101}, {"a": -1, "b": 1, "c": 1}, {"x": 1}],
    )
    def test_is_refused_unless_each_criterion_has_one_from_0_to_100(self, scores):
        with pytest.raises(NotAScore):
            total_score(WEIGHTS, {k: Decimal(v) for k, v in scores.items()})

    def test_is_rounded_half_up_to_one_decimal(self):
        scores = {"a": Decimal(90), "b": Decimal("80.1"), "c": Decimal("70.4")}
        assert total_score(WEIGHTS, scores) == Decimal("81.2")

    @pytest.mark.parametrize("weight", [39, 41])
    def test_weights_beside_the_whole_are_refused(self, weight):
        with pytest.raises(WeightsNotWhole):
            total_score({**WEIGHTS, "a": Decimal(weight)}, dict.fromkeys("abc", Decimal(1)))
