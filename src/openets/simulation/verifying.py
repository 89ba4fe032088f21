"""A few entities of each year verified step by step: from the draw to the signed result.

What the verifiers find is where the drawn report differs from the drawn truth: reported too low it
stays unresolved and the careful value is the truth; too high it is corrected by the entity.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from openets.kernel.acting import Acting
from openets.mrv.figures import Figures
from openets.parties.models import Organisation
from openets.rulebook.load import Law
from openets.verification import operations as verification
from openets.verification import queries
from openets.verification.checklist import ITEMS
from openets.verification.eligibility import RULES, STANDING
from openets.verification.models import Assessment, Work
from openets.verification.operations import Asked, NewVerifier

AS_REPORTED, TOO_LOW, TOO_HIGH = 1, 2, 1
"""How many of a year are verified as they reported, and how many that reported too little, or too
much; enough to show each way once."""
LEAD, MEMBER, REVIEWER = 1, 2, 3
SINCE = date(2018, 1, 1)
TIE = ("检测服务（合成）", date(2022, 3, 1), date(2022, 12, 31))
VISIT = timedelta(hours=6)
SCORES = ((92, 95, 90), (88, 76, 90), (81, 90, 85), (90, 84, 88))
HEARD = Decimal(85)

Acts = Callable[[str, int], Acting]
"""How the person of a number acts for an organisation."""


@dataclass(frozen=True, slots=True)
class Round:
    """The entities of a year that are verified step by step: what they reported, what is true."""

    year: int
    reported: Mapping[Organisation, Sequence[Figures]]
    verified: Mapping[Organisation, Sequence[Figures]]

    @property
    def entities(self) -> list[Organisation]:
        """Whose reports are verified."""
        return list(self.verified)


def draw_round(
    year: int,
    *,
    reported: Mapping[Organisation, Sequence[Figures]],
    verified: Mapping[Organisation, Sequence[Figures]],
    without: Collection[Organisation],
) -> Round:
    """The first entities of the list of each kind, `without` left out."""
    kinds: dict[int, list[Organisation]] = {-1: [], 0: [], 1: []}
    for entity in verified:
        if entity not in without:
            off = reported[entity][0].co2_t - verified[entity][0].co2_t
            kinds[(off > 0) - (off < 0)].append(entity)
    few = [*kinds[0][:AS_REPORTED], *kinds[-1][:TOO_LOW], *kinds[1][:TOO_HIGH]]
    few.sort(key=lambda entity: entity.number or 0)
    return Round(year, {e: reported[e] for e in few}, {e: verified[e] for e in few})


def verify_in_full(
    rounds: Sequence[Round],
    bodies: Sequence[Organisation],
    *,
    moments: Mapping[str, datetime],
    acts: Acts,
    law: Law,
) -> None:
    """Register the bodies, draw, and go every step of the works of all rounds."""
    industries = sorted({entity.industry for one in rounds for entity in one.entities})
    _register(bodies, industries, acts, moments["drawn"])
    kind, began, ended = TIE
    if rounds[0].entities:
        verification.tell_interest(
            body=bodies[0],
            organisation=rounds[0].entities[0],
            kind=kind,
            from_date=began,
            until_date=ended,
            acting=acts(bodies[0].code, LEAD),
            at=moments["drawn"],
        )
    works = [work for one in rounds for work in _drawn(one, acts, law, moments)]
    verification.confirm_works(
        works=works, law=law, acting=acts("bureau", 2), at=moments["confirmed"]
    )
    for work in works:
        _name_team(work, acts, law, moments["confirmed"])
    of_year = {one.year: one for one in rounds}
    for work in works:
        _work(work, of_year[work.year], acts, moments["works"])
    for work in works:
        _review(work, acts, moments["reviewed"])
    for work in works:
        verification.sign_result(
            work=work,
            statement=True,
            law=law,
            acting=acts(work.body.code, LEAD),
            at=moments["signed"],
        )


def assess(
    bodies: Sequence[Organisation],
    year: int,
    *,
    moments: Sequence[datetime],
    acts: Acts,
    law: Law,
) -> None:
    """Score the bodies, hear the one that appeals, publish. Source: CQETS-31."""
    scored, heard, published = moments
    criteria = law.on("verification.score_criteria", scored.date()).items
    found: list[Assessment] = [
        verification.score_body(
            body=body,
            year=year,
            scores=dict(zip(criteria, map(Decimal, scores), strict=True)),
            law=law,
            acting=acts("bureau", 1),
            at=scored,
        )
        for body, scores in zip(bodies, SCORES, strict=True)
    ]
    appealing = found[1]
    verification.appeal_score(
        assessment=appealing,
        grounds="延期经主管部门同意，未予考虑（合成）",
        acting=acts(appealing.body.code, LEAD),
        at=heard,
    )
    verification.decide_appeal(
        assessment=appealing,
        scores=dict(zip(criteria, (Decimal(SCORES[1][0]), HEARD, Decimal(90)), strict=True)),
        reasons="延期属实，及时性得分予以调整（合成）",
        acting=acts("bureau", 1),
        at=heard,
    )
    verification.publish_scores(assessments=found, acting=acts("bureau", 2), at=published)


def _register(
    bodies: Sequence[Organisation], industries: Sequence[str], acts: Acts, at: datetime
) -> None:
    for body in bodies:
        verification.register_body(
            body=body,
            standing=list(STANDING),
            rules=list(RULES),
            reference_projects=12,
            acting=acts("bureau", 1),
            at=at,
        )
        people = [
            NewVerifier(
                username=f"{body.code}-{person}",
                industry=industry,
                since_date=SINCE,
                full_time=True,
                may_lead=person == LEAD,
                may_review=person == REVIEWER,
                carbon_manager=person == LEAD,
            )
            for person in (LEAD, MEMBER, REVIEWER)
            for industry in industries
        ]
        verification.register_verifiers(body=body, people=people, acting=acts("bureau", 1), at=at)


def _drawn(one: Round, acts: Acts, law: Law, moments: Mapping[str, datetime]) -> list[Work]:
    if not one.entities:
        return []
    record = verification.draw_bodies(
        year=one.year,
        seed=f"合成抽取-{one.year}",
        reference=f"play/{one.year}",
        law=law,
        acting=acts("bureau", 1),
        at=moments["drawn"],
    )
    works = list(record.works.select_related("organisation", "body"))
    for work in works:
        verification.declare_independence(
            work=work, law=law, acting=acts(work.body.code, LEAD), at=moments["drawn"]
        )
    return works


def _name_team(work: Work, acts: Acts, law: Law, at: datetime) -> None:
    people = {
        verifier.person.username: verifier
        for verifier in queries.verifiers(work.body, work.organisation.industry, at.date())
    }
    lead, member, reviewer = (
        people[f"{work.body.code}-{person}"] for person in (LEAD, MEMBER, REVIEWER)
    )
    verification.name_team(
        work=work,
        lead=lead,
        members=[member],
        reviewer=reviewer,
        law=law,
        acting=acts(work.body.code, LEAD),
        at=at,
    )
    for person in (LEAD, MEMBER, REVIEWER):
        verification.declare_own_independence(work=work, acting=acts(work.body.code, person), at=at)


def _work(work: Work, one: Round, acts: Acts, at: datetime) -> None:
    body = work.body.code
    reported = one.reported[work.organisation][0]
    true = one.verified[work.organisation][0]
    for item in ITEMS:
        verification.mark_item(
            work=work,
            item=item,
            is_right=item != "activity" or reported == true,
            note="台账、结算凭证（合成）" if item == "activity" else "",
            acting=acts(body, MEMBER),
            at=at,
        )
    if work.in_depth:
        verification.record_visit(
            work=work,
            place=f"{work.organisation.district}生产厂区（合成）",
            began_at=at - VISIT,
            ended_at=at,
            questions=[Asked("生产部门", "燃料消耗如何计量", "皮带秤，每月校验（合成）")],
            reference="play",
            acting=acts(body, MEMBER),
            at=at,
        )
    if reported != true:
        _question(work, reported, true, acts, at)


def _question(work: Work, reported: Figures, true: Figures, acts: Acts, at: datetime) -> None:
    """Question the figure; what was reported too high the entity corrects, else it stays open."""
    body = work.body.code
    finding = verification.raise_finding(
        work=work,
        kind="clarification" if reported.co2_t > true.co2_t else "nonconformity",
        text="报告的燃料消耗与台账不一致（合成）",
        line=reported.line,
        product=reported.product,
        figure="co2_t",
        candidate=true.co2_t,
        reference="play",
        acting=acts(body, LEAD),
        at=at,
    )
    if reported.co2_t < true.co2_t:
        return
    verification.answer_finding(
        finding=finding,
        cause="部分燃料重复计量（合成）",
        correction="按台账更正（合成）",
        corrected=true.co2_t,
        acting=acts(work.organisation.code, 1),
        at=at,
    )
    verification.close_finding(
        finding=finding, note="与台账一致（合成）", acting=acts(body, MEMBER), at=at
    )


def _review(work: Work, acts: Acts, at: datetime) -> None:
    body = work.body.code
    verification.submit_work(work=work, acting=acts(body, LEAD), at=at)
    verification.approve_work(
        work=work, note="工作底稿齐全（合成）", acting=acts(body, REVIEWER), at=at
    )
