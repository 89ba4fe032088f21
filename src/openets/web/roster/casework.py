"""What may be done about a place on the list or a change of registration on its case's page."""

from collections.abc import Iterator, Mapping, Sequence

from django.urls import reverse

from openets.casework.models import Case
from openets.parties import queries as parties
from openets.registry.kinds import UnitKind
from openets.roster import operations as roster
from openets.roster import queries as lists
from openets.roster.plan import ChangeKind, Plan
from openets.web import words
from openets.web.cases.action import (
    Asking,
    CaseAction,
    Documented,
    Elsewhere,
    Fact,
    Given,
    MoveForm,
    Reasoned,
    Tell,
)
from openets.web.language import Said
from openets.web.numbers import grouped

KINDS = {
    ChangeKind.RENAME: Said("名称变更", "Rename"),
    ChangeKind.MERGER: Said("合并", "Merger"),
    ChangeKind.DIVISION: Said("分立", "Division"),
}
GROUNDS = {
    "CQETS-10.i1": Said("连续两年低于纳入标准", "Below the scale for two years in a row"),
    "CQETS-10.i2": Said("停业、关闭，不再排放", "Production ended, no more emissions"),
    "CQETS-10.i3": Said("纳入全国碳排放权交易市场", "On the list of the national market"),
}
MEASURES = {
    "energy_tce": Said("综合能源消费量", "Energy use"),
    "output_t": Said("产品产量", "Output"),
}


def _include(given: Given) -> None:
    roster.include_entities(
        organisations=[given.case.organisation], law=given.law, acting=given.acting, at=given.at
    )


def _decline(given: Given) -> None:
    roster.decline_entities(
        organisations=[given.case.organisation], why=given.reason, acting=given.acting, at=given.at
    )


def _remove(given: Given) -> None:
    roster.remove_entity(organisation=given.case.organisation, acting=given.acting, at=given.at)


def _keep(given: Given) -> None:
    roster.keep_entity(organisation=given.case.organisation, acting=given.acting, at=given.at)


def _confirm(given: Given) -> None:
    change = lists.change(given.case.subject)
    roster.confirm_change(change=change, acting=given.acting, at=given.at)


def _reject(given: Given) -> None:
    change = lists.change(given.case.subject)
    roster.reject_change(change=change, why=given.reason, acting=given.acting, at=given.at)


def _send_notice(given: Given) -> None:
    change = lists.change(given.case.subject)
    roster.send_notice(change=change, acting=given.acting, at=given.at)


def _register(given: Given) -> None:
    change = lists.change(given.case.subject)
    plan = Plan.from_json(change.plan)
    roster.register_change(change=change, applied=plan, acting=given.acting, at=given.at)


def _place_page(case: Case) -> str:
    return reverse("roster_entity", args=[case.organisation.code])


ACTIONS: Mapping[tuple[str, str], CaseAction | Elsewhere] = {
    ("listing", "include"): CaseAction(
        _include,
        for_many=MoveForm,
        effect=Said("列入其拟列入年度的名录", "It comes onto the list of the year proposed"),
    ),
    ("listing", "adopt"): Elsewhere(
        Said("随公布的名录整体列入", "With the whole list as it was published")
    ),
    ("listing", "decline"): CaseAction(_decline, Documented, for_many=Reasoned),
    ("listing", "propose_removal"): Elsewhere(
        Said("在单位的名录页面按移出条件提出", "On the entity's page of the list, by its ground"),
        _place_page,
    ),
    ("listing", "remove"): CaseAction(
        _remove,
        for_many=MoveForm,
        effect=Said(
            "自生效年度起移出名录；以前年度的义务不变（AMB-10）",
            "Off the lists from the effective year on; duties of earlier years stay (AMB-10)",
        ),
    ),
    ("listing", "keep"): CaseAction(_keep, for_many=MoveForm),
    ("entity_change", "confirm"): CaseAction(_confirm),
    ("entity_change", "reject"): CaseAction(_reject, Documented),
    ("entity_change", "send_notice"): CaseAction(_send_notice),
    ("entity_change", "register"): CaseAction(
        _register,
        effect=Said(
            "按抄告的方案变更登记，配额和减排量随之划转",
            "As the copy notice says; the units move with it",
        ),
    ),
}


def _place_facts(asking: Asking) -> Sequence[Fact]:
    return list(place_facts(asking))


def place_facts(asking: Asking) -> Iterator[Fact]:
    """What a decision on a place on the list rests on: the tests, years, figures and grounds."""
    organisation = asking.case.organisation
    for candidacy in lists.candidacies(organisation):
        if candidacy.managed_tco2e is None:
            basis = Said("按公布的名录", "The list as published")
        else:
            tested = grouped(candidacy.managed_tco2e)
            flag = Said("；能耗折标与排放不一致，请人工核对", "; the energy says otherwise")
            basis = Said(
                f"本市场管理部分 {tested} tCO₂e{flag.zh if candidacy.flagged else ''}",
                f"managed here {tested} tCO₂e{flag.en if candidacy.flagged else ''}",
            )
        label = Said(f"{candidacy.year} 年度列入依据", f"Basis for the list of {candidacy.year}")
        yield Fact(label, basis, candidacy.source, working=candidacy.working)
    yield from year_facts(asking)
    for figure in lists.supplied_figures(organisation):
        label = MEASURES[figure.measure]
        yield Fact(
            Said(f"{figure.year} 年{label.zh}", f"{label.en} of {figure.year}"),
            f"{grouped(figure.value.normalize())} {figure.unit} · {figure.source.name}",
            "CQETS-4.3",
        )
    for removal in lists.removals(organisation):
        ground = GROUNDS[removal.article]
        yield Fact(
            Said(
                f"移出依据（自 {removal.effective_year} 年度起）",
                f"Ground of removal, from the list of {removal.effective_year} on",
            ),
            ground,
            removal.article,
            working=removal.working,
        )


def year_facts(asking: Asking) -> Iterator[Fact]:
    """The verified years of an entity, each held against the scale in force for it."""
    found = lists.against_scale(asking.case.organisation, on=asking.today, law=asking.law)
    for year in found:
        told = grouped(year.tco2e)
        if year.scale_tco2e is None:
            held = Said("该年度无纳入标准", "no scale for the year")
        else:
            sign, scale = ("≥" if year.reaches else "<"), grouped(year.scale_tco2e)
            held = Said(f"{sign} 标准 {scale}", f"{sign} scale {scale}")
        in_a_row = Said("，计入连续低于标准的年度", ", counts in the row below it")
        yield Fact(
            Said(f"{year.year} 年核查排放量", f"Verified emissions of {year.year}"),
            Said(
                f"{told} tCO₂e，{held.zh}{in_a_row.zh if year.counts else ''}",
                f"{told} tCO₂e, {held.en}{in_a_row.en if year.counts else ''}",
            ),
            "CQETS-10.i1",
        )


def _change_facts(asking: Asking) -> Sequence[Fact]:
    change = lists.change(asking.case.subject)
    plan = Plan.from_json(change.plan)
    names = {o.code: o.name for o in parties.organisations((*plan.predecessors, *plan.successors))}
    facts = [
        Fact(Said("变更事项", "Change"), KINDS[plan.kind], "CQETS-14.2"),
        Fact(Said("变更理由", "Reason"), change.reason),
    ]
    if plan.name:
        facts.append(Fact(Said("新名称", "New name"), plan.name))
    if plan.successors:
        facts += [
            Fact(Said("原单位", "From"), "、".join(names[code] for code in plan.predecessors)),
            Fact(Said("承继单位", "To"), "、".join(names[code] for code in plan.successors)),
            Fact(
                Said("承担未履行义务", "Takes the open duties"),
                names[plan.takes_duties],
                "CQETS-14.2",
            ),
        ]
    for share in plan.shares:
        unit = words.UNITS[UnitKind(share.unit)]
        given_t = grouped(share.amount_t)
        facts.append(
            Fact(
                Said(
                    f"{names[share.predecessor]} → {names[share.successor]}",
                    f"{names[share.predecessor]} → {names[share.successor]}",
                ),
                Said(
                    f"{share.vintage_year} 年{unit.zh} {given_t} 吨",
                    f"{share.vintage_year} {unit.en} {given_t} t",
                ),
            )
        )
    return facts


FACTS: Mapping[str, Tell] = {"listing": _place_facts, "entity_change": _change_facts}
