"""What may happen to the list of key emitting entities."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.casework.operations import NewCase
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes, plain
from openets.kernel.refusal import Refusal
from openets.mrv import queries as mrv
from openets.parties import operations as parties
from openets.parties import queries as people
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import operations as units
from openets.registry import queries as registry
from openets.registry.operations import Portion
from openets.roster.inclusion import Inclusion, YearEmissions, inclusion
from openets.roster.models import (
    Candidacy,
    Change,
    Publication,
    Removal,
    Standard,
    SuppliedFigure,
)
from openets.roster.plan import (
    ChangeKind,
    Plan,
    PlanDoesNotFit,
    UnitClass,
    check_conserved,
    check_plan,
)
from openets.roster.procedures import CHANGE, LISTING
from openets.roster.queries import with_standards
from openets.roster.removal import Ground, check_ground
from openets.roster.supplied import Sector, Supplied, read_figures
from openets.rulebook.load import Law


class NotApproved(Refusal):
    """A standard takes effect only when the city government agreed."""

    code = "standard_not_approved"
    article = "CQETS-8"
    zh = "{effective_year} 年度纳入标准缺少制定依据、市政府批准文号或批准日期尚未到"
    en = "The standard of {effective_year} lacks its basis, or an approval that was given"
    remedy_zh = "请报市政府同意，并填写依据、批准文号和批准日期"
    remedy_en = "Have the city government agree; give basis, reference and day of the approval"


class StandardExists(Refusal):
    """A year has one standard."""

    code = "standard_exists"
    article = "CQETS-8"
    zh = "{effective_year} 年度起已有纳入标准，批准文号 {approval_reference}"
    en = "There is a standard from {effective_year} already, approved as {approval_reference}"
    remedy_zh = "请为以后年度制定新标准"
    remedy_en = "Set a new one for a later year"


class BelowInclusionScale(Refusal):
    """The enterprise does not meet the standard of the list."""

    code = "below_inclusion_scale"
    article = "CQETS-7"
    zh = "{name}（{industry_zh}）各参照年度最高 {largest} 吨，不符合 {year} 年度纳入标准 {scale} 吨"
    en = "{name}, {industry_en}, has at most {largest} t; the scale of {year} is {scale} t"
    remedy_zh = "须为工业企业且任一参照年度达到标准；请核对排放量和行业"
    remedy_en = "It takes an industrial enterprise and one reference year at the scale; check both"


class StandsAlready(Refusal):
    """An entity stands for the list once; it stays until it is removed."""

    code = "stands_already"
    article = "CQETS-7"
    zh = "{name} 自 {year} 年度起已在名录或拟列入，无须重复提出"
    en = "{name} is on the list, or a candidate, since {year}"
    remedy_zh = "名录逐年延续，直至按规定移出"
    remedy_en = "A place on the list goes on until the entity is removed"


class NeverListed(Refusal):
    """There is nothing to remove the entity from."""

    code = "never_listed"
    article = "CQETS-10"
    zh = "{name} 未列入重点排放单位名录"
    en = "{name} does not stand on the list"
    remedy_zh = "请核对单位"
    remedy_en = "Check the entity"


class NobodyListed(Refusal):
    """An empty list is not published or continued."""

    code = "nobody_listed"
    article = "CQETS-29"
    zh = "{year} 年度名录为空"
    en = "Nobody is on the list of {year}"
    remedy_zh = "请先列入重点排放单位"
    remedy_en = "List the entities first"


class NotAsConfirmed(Refusal):
    """The registry changes what the bureau confirmed, and nothing else."""

    code = "not_as_confirmed"
    article = "CQETS-14.2"
    zh = "变更 {subject} 与市生态环境局确认并抄告的方案不一致"
    en = "The change {subject} is not the one the bureau confirmed and gave notice of"
    remedy_zh = "请按抄告的方案办理；方案有误的，应重新报告"
    remedy_en = "Apply the plan of the notice; report anew if it is wrong"


@dataclass(frozen=True, slots=True)
class NewStandard:
    """A scale from a year on, what it rests on, and the approval of the city government."""

    threshold_tco2e: Tonnes
    effective_year: int
    basis: str
    approval_reference: str
    approval_date: date


@dataclass(frozen=True, slots=True)
class Candidate:
    """An enterprise to be tested for the list, with its figures by year."""

    organisation: Organisation
    emissions: Mapping[int, YearEmissions]
    industrial: bool
    """Whether it is an industrial enterprise (工业企业): only those are covered."""


@transaction.atomic
def adopt_standard(*, standard: NewStandard, acting: Acting, at: datetime) -> Standard:
    """Let a new scale of the list (排放规模标准) take effect from a year on.

    Earlier years keep theirs. Source: CQETS-8.

    Raises:
        NotYourRole, NotApproved, StandardExists.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-8")
    told = standard.basis.strip() and standard.approval_reference.strip()
    if not told or standard.approval_date > market_date(at):
        raise NotApproved(effective_year=standard.effective_year)
    made, new = Standard.objects.get_or_create(
        effective_year=standard.effective_year, defaults=asdict(standard) | {"adopted_at": at}
    )
    if not new:
        raise StandardExists(
            effective_year=made.effective_year, approval_reference=made.approval_reference
        )
    journal.record(
        operation="roster.adopt_standard",
        subject=f"standard/{made.effective_year}",
        acting=acting,
        at=at,
        article="CQETS-8",
        content={
            "threshold_tco2e": made.threshold_tco2e,
            "approval_reference": made.approval_reference,
        },
    )
    return made


@transaction.atomic
def propose_entities(
    candidates: Sequence[Candidate], *, year: int, law: Law, acting: Acting, at: datetime
) -> list[Inclusion]:
    """Put enterprises that meet the standard forward for the list of a year (拟列入), all or none.

    A district bureau does so for its own area. The working of each test is kept.
    Source: CQETS-4.6, CQETS-7, CQ208-A1.1.1.

    Raises:
        NotYourRole, OutsideYourScope, BelowInclusionScale, StandsAlready, NoValueForTime.
    """
    acting.must_be(Role.CITY_BUREAU, Role.DISTRICT_BUREAU, article="CQETS-4.6")
    organisations = [candidate.organisation for candidate in candidates]
    for organisation in organisations:
        people.must_be_allowed(acting, "roster.propose_entities", organisation)
    parties.lock_organisations(organisations)
    _must_not_stand(organisations)
    in_force = with_standards(law)
    tested = [_tested(candidate, year, in_force) for candidate in candidates]
    _open(
        [
            Candidacy(
                organisation=candidate.organisation,
                year=year,
                source="CQETS-7",
                managed_tco2e=test.managed_tco2e,
                flagged=test.flagged,
                working=test.explanation.as_json(),
                proposed_at=at,
            )
            for candidate, test in zip(candidates, tested, strict=True)
        ],
        acting,
        at,
    )
    return tested


@transaction.atomic
def include_entities(
    *, organisations: Sequence[Organisation], law: Law, acting: Acting, at: datetime
) -> None:
    """Decide that candidates come onto the list of their year (列入名录). Source: CQETS-7.

    Raises:
        NotYourRole, NeverListed, WrongState.
        SamePerson: who put an entity forward does not decide on it.
    """
    candidacies = [_candidacy(organisation) for organisation in organisations]
    subjects = [candidacy.subject for candidacy in candidacies]
    casework.move_cases(LISTING, "include", subjects, acting=acting, at=at)
    for year in sorted({candidacy.year for candidacy in candidacies}):
        parties.list_entities(
            organisations=[c.organisation for c in candidacies if c.year == year],
            year=year,
            source="CQETS-7",
            law=law,
            acting=acting,
            at=at,
        )


def decline_entities(
    *, organisations: Sequence[Organisation], why: str, acting: Acting, at: datetime
) -> None:
    """Decide that candidates do not come onto the list (不予列入). Source: CQETS-7.

    Raises:
        NotYourRole, NeverListed, WrongState.
    """
    subjects = [_candidacy(organisation).subject for organisation in organisations]
    casework.move_cases(LISTING, "decline", subjects, acting=acting, at=at, note=why)


@transaction.atomic
def adopt_list(
    *,
    organisations: Sequence[Organisation],
    year: int,
    source: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> int:
    """Take over the list of a year as it was published, without testing it again.

    The list itself, `source`, is the decision. Whoever stands on it already goes on. Tells how
    many were new on the list of the year. Source: CQ208-A1.1.2, CQ208-A1.L.

    Raises:
        NotYourRole, NotAnEntity, TakenOffTheList, NoValueForTime.
    """
    parties.lock_organisations(organisations)
    standing = _standing(organisations)
    fresh = [
        Candidacy(organisation=organisation, year=year, source=source, proposed_at=at)
        for organisation in organisations
        if organisation.pk not in standing
    ]
    listed = parties.list_entities(
        organisations=organisations, year=year, source=source, law=law, acting=acting, at=at
    )
    _open(fresh, acting, at)
    waiting = cases.states(LISTING, [c.subject for c in (*fresh, *standing.values())])
    candidates = [subject for subject, state in waiting.items() if state == LISTING.start]
    casework.move_cases(LISTING, "adopt", candidates, acting=acting, at=at)
    return listed


@transaction.atomic
def continue_list(*, year: int, law: Law, acting: Acting, at: datetime) -> int:
    """Build the list of a year from that of the year before, less whoever was removed.

    Tells how many are new on the list of the year. Source: CQETS-7, CQETS-10.

    Raises:
        NotYourRole, NobodyListed, NoValueForTime.
    """
    gone = Removal.objects.filter(removed=True, effective_year=year)
    organisations = list(people.entities(year - 1).exclude(candidacies__removals__in=gone))
    if not organisations:
        raise NobodyListed(year=year)
    return parties.list_entities(
        organisations=organisations, year=year, source="CQETS-7", law=law, acting=acting, at=at
    )


@transaction.atomic
def propose_removal(
    *,
    organisation: Organisation,
    ground: Ground,
    effective_year: int,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Removal:
    """Propose that an entity leaves the lists of a year and later, on one ground (拟移出).

    Years below the scale are shown by the final verified emissions on file. Source: CQETS-10.

    Raises:
        NotYourRole, OutsideYourScope, NeverListed, NoGroundForRemoval, WrongState.
    """
    acting.must_be(Role.CITY_BUREAU, Role.DISTRICT_BUREAU, article="CQETS-10")
    people.must_be_allowed(acting, "listing.propose_removal", organisation)
    candidacy = _candidacy(organisation)
    verified = mrv.verified_years(organisation)
    shown = check_ground(
        ground,
        emissions={v.year: v.verified_tco2e for v in verified if v.final_at is not None},
        effective_year=effective_year,
        on=market_date(at),
        law=with_standards(law),
    )
    casework.move_cases(
        LISTING, "propose_removal", [candidacy.subject], acting=acting, at=at, note=ground.article
    )
    return Removal.objects.create(
        candidacy=candidacy,
        article=ground.article,
        effective_year=effective_year,
        working=shown.as_json(),
        proposed_at=at,
    )


@transaction.atomic
def remove_entity(*, organisation: Organisation, acting: Acting, at: datetime) -> Removal:
    """Confirm a proposed removal (移出名录): the lists from its year on are without the entity.

    Its duties of earlier years stay. Source: CQETS-10, AMB-10.

    Raises:
        NotYourRole, NeverListed, WrongState.
        SamePerson: who proposed it does not decide on it.
    """
    removal = _decided(organisation, "remove", acting, at)
    parties.delist_entity(
        organisation=organisation,
        from_year=removal.effective_year,
        article=removal.article,
        acting=acting,
        at=at,
    )
    return removal


@transaction.atomic
def keep_entity(*, organisation: Organisation, acting: Acting, at: datetime) -> Removal:
    """Decide that a proposed removal does not take place (不予移出). Source: CQETS-10.

    Raises:
        NotYourRole, NeverListed, WrongState.
    """
    return _decided(organisation, "keep", acting, at)


@transaction.atomic
def publish_list(*, year: int, acting: Acting, at: datetime) -> Publication:
    """Publish the list of a year as it stands (公布名录); a later one replaces it.

    Source: CQETS-29.

    Raises:
        NotYourRole, NobodyListed.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-29")
    columns = ("number", "name", "district", "industry")
    rows = list(people.entities(year).values(*columns))
    if not rows:
        raise NobodyListed(year=year)
    journal.record(
        operation="roster.publish_list",
        subject=f"list/{year}",
        acting=acting,
        at=at,
        article="CQETS-29",
        content={"entities": len(rows)},
    )
    return Publication.objects.create(year=year, published_at=at, rows=rows)


@transaction.atomic
def report_change(
    *, organisation: Organisation, plan: Plan, reason: str, acting: Acting, at: datetime
) -> Change:
    """Report a rename, merger or division to the city bureau (报告变更事项). Source: CQETS-14.2.

    Raises:
        NotYourRole, OutsideYourScope, PlanDoesNotFit.
        NotConserved: the shares are not what the predecessors hold.
    """
    acting.must_be(Role.KEY_EMITTING_ENTITY, article="CQETS-14.2")
    people.must_be_allowed(acting, "roster.report_change", organisation)
    check_plan(plan)
    if organisation.code not in plan.predecessors:
        raise PlanDoesNotFit
    check_conserved(plan, _held(plan))
    change = Change.objects.create(
        organisation=organisation,
        kind=plan.kind,
        plan=plan.as_json(),
        reason=reason,
        reported_at=at,
    )
    new = NewCase(change.subject, organisation, market_date(at).year)
    casework.open_cases(CHANGE, [new], acting=acting, at=at, article="CQETS-14.2")
    return change


@transaction.atomic
def confirm_change(*, change: Change, acting: Acting, at: datetime) -> None:
    """Confirm a reported change (确认), as long as its shares are what is held. Source: CQETS-14.2.

    Raises:
        NotYourRole, WrongState, NotConserved.
    """
    casework.move_cases(CHANGE, "confirm", [change.subject], acting=acting, at=at)
    plan = Plan.from_json(change.plan)
    check_conserved(plan, _held(plan))


def reject_change(*, change: Change, why: str, acting: Acting, at: datetime) -> None:
    """Do not confirm a reported change (不予确认). Source: CQETS-14.2.

    Raises:
        NotYourRole, WrongState.
    """
    casework.move_cases(CHANGE, "reject", [change.subject], acting=acting, at=at, note=why)


def send_notice(*, change: Change, acting: Acting, at: datetime) -> None:
    """Send the registration agency a copy of the confirmation (抄告). Source: CQETS-14.2.

    Raises:
        NotYourRole, WrongState.
    """
    casework.move_cases(CHANGE, "send_notice", [change.subject], acting=acting, at=at)


@transaction.atomic
def register_change(*, change: Change, applied: Plan, acting: Acting, at: datetime) -> None:
    """Change the registration as the copy notice says (办理变更): names, successors, duties.

    `applied` is what the agency is about to register; it must be the confirmed plan. The units
    move with it: whoever is followed keeps only what the plan leaves. Source: CQETS-14.2.

    Raises:
        NotYourRole, NotAsConfirmed, NoAccount, UnitsInOrders, UnitsAwaitDecision.
        NotConserved: what is held changed since the bureau confirmed.
        WrongState: there is no copy notice.
    """
    casework.move_cases(CHANGE, "register", [change.subject], acting=acting, at=at)
    if applied != Plan.from_json(change.plan):
        raise NotAsConfirmed(subject=change.subject)
    involved = {
        o.code: o for o in people.organisations((*applied.predecessors, *applied.successors))
    }
    if applied.kind == ChangeKind.RENAME:
        parties.rename_organisation(
            organisation=change.organisation, name=applied.name, acting=acting, at=at
        )
        return
    check_conserved(applied, _held(applied))
    for predecessor in applied.predecessors:
        _move_units(change, applied, predecessor, involved, acting, at)
        followed_by = [involved[code] for code in applied.successors if code != predecessor]
        takes_duties = involved[applied.takes_duties]
        parties.record_succession(
            predecessor=involved[predecessor],
            successors=followed_by,
            takes_duties=takes_duties if takes_duties in followed_by else None,
            acting=acting,
            at=at,
        )


@transaction.atomic
def supply_figures(
    lines: Iterable[str], *, source: Organisation, law: Law, acting: Acting, at: datetime
) -> Supplied:
    """Take over statistics or base data of a sector from a file of CSV (统计和行业基础数据).

    Rows that cannot stand are told with their line numbers; nothing else is lost. A sector
    department supplies data about its own sector only. Source: CQETS-4.3, CQETS-4.5.

    Raises:
        NotYourRole, OutsideYourScope, UnknownColumns.
    """
    acting.must_be(Role.STATISTICS_BUREAU, Role.SECTOR_DEPARTMENT, article="CQETS-4.3")
    people.must_be_allowed(acting, "roster.supply_figures", source)
    day = market_date(at)
    sector = None
    if source.role == Role.SECTOR_DEPARTMENT:
        sector = Sector(
            source.industry, frozenset(law.on("coverage.sectors", day).value[source.industry])
        )
    known = {o.credit_code: o for o in people.with_credit_code()}
    industries = {credit_code: o.industry for credit_code, o in known.items()}
    supplied = read_figures(lines, industries=industries, sector=sector, latest_year=day.year)
    SuppliedFigure.objects.bulk_create(
        SuppliedFigure(
            organisation=known[figure.credit_code],
            source=source,
            year=figure.year,
            measure=figure.measure,
            unit=figure.unit,
            value=figure.value,
            supplied_at=at,
        )
        for figure in supplied.figures
    )
    journal.record(
        operation="roster.supply_figures",
        subject=source.code,
        acting=acting,
        at=at,
        article="CQETS-4.3",
        content={"stored": len(supplied.figures), "rejected": len(supplied.rejected)},
    )
    return supplied


def _move_units(
    change: Change,
    plan: Plan,
    predecessor: str,
    involved: Mapping[str, Organisation],
    acting: Acting,
    at: datetime,
) -> None:
    units.move_for_change(
        predecessor=involved[predecessor],
        portions=[
            Portion(involved[share.successor], share.unit, share.vintage_year, share.amount_t)
            for share in plan.shares
            if share.predecessor == predecessor != share.successor
        ],
        heir=involved[plan.takes_duties] if plan.takes_duties != predecessor else None,
        reference=change.subject,
        acting=acting,
        at=at,
    )


def _held(plan: Plan) -> dict[str, dict[UnitClass, Tonnes]]:
    """What each predecessor holds, by class of units."""
    held: dict[str, dict[UnitClass, Tonnes]] = {}
    for organisation in people.organisations(plan.predecessors):
        classes = held.setdefault(organisation.code, {})
        for holding in registry.holdings(organisation):
            unit = holding.lot.kind, holding.lot.vintage_year
            classes[unit] = Tonnes(classes.get(unit, 0) + holding.total_t)
    return held


def _tested(candidate: Candidate, year: int, law: Law) -> Inclusion:
    test = inclusion(candidate.emissions, industrial=candidate.industrial, year=year, law=law)
    if not test.included:
        raise BelowInclusionScale(
            name=candidate.organisation.name,
            year=year,
            largest=plain(test.managed_tco2e),
            scale=law.for_year("list.threshold_tco2e", year).text,
            industry_zh="工业企业" if candidate.industrial else "非工业企业",
            industry_en="industrial" if candidate.industrial else "not industrial",
        )
    return test


def _open(candidacies: Sequence[Candidacy], acting: Acting, at: datetime) -> None:
    Candidacy.objects.bulk_create(candidacies)
    new = [NewCase(c.subject, c.organisation, c.year) for c in candidacies]
    casework.open_cases(LISTING, new, acting=acting, at=at, article="CQETS-7")


def _standing(organisations: Sequence[Organisation]) -> dict[int, Candidacy]:
    """The candidacy of each organisation that is a candidate or on the list, by its id."""
    rows = Candidacy.objects.filter(organisation__in=organisations).select_related("organisation")
    latest = {candidacy.organisation_id: candidacy for candidacy in rows}
    found = cases.states(LISTING, [candidacy.subject for candidacy in latest.values()])
    return {pk: c for pk, c in latest.items() if not LISTING.states[found[c.subject]].final}


def _must_not_stand(organisations: Sequence[Organisation]) -> None:
    for candidacy in _standing(organisations).values():
        raise StandsAlready(name=candidacy.organisation.name, year=candidacy.year)


def _candidacy(organisation: Organisation) -> Candidacy:
    latest = Candidacy.objects.filter(organisation=organisation).last()
    if latest is None:
        raise NeverListed(name=organisation.name)
    return latest


def _decided(organisation: Organisation, move: str, acting: Acting, at: datetime) -> Removal:
    candidacy = _candidacy(organisation)
    casework.move_cases(LISTING, move, [candidacy.subject], acting=acting, at=at)
    removal = candidacy.removals.get(decided_at__isnull=True)
    removal.decided_at, removal.decided_by = at, acting.person
    removal.removed = move == "remove"
    removal.save(update_fields=["decided_at", "decided_by", "removed"])
    return removal
