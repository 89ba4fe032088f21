"""A result that binds already is corrected: proposed by one person, confirmed by another.

The figures first verified stay on file; whatever rests on them follows (`corrections`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.casework.models import Case
from openets.casework.objection import ReasonsMissing
from openets.journal import operations as journal
from openets.journal import queries as log
from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.mrv import corrections, queries
from openets.mrv.corrections import Correction, Followed
from openets.mrv.figures import Figures, check_figures, total_tco2e
from openets.mrv.models import ProductionLine, Verification, VerifiedRow
from openets.mrv.procedures import RESULT_CORRECTION
from openets.parties import operations as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law


class NotFinal(Refusal):
    """A result that is not final is changed by its review."""

    code = "result_not_final"
    article = "CQETS-25.2b"
    zh = "{name} {year} 年度核查结果尚未最终确定，不能更正"
    en = "The verification result of {name} for {year} is not final and cannot be corrected"
    remedy_zh = "异议期内请通过复核办理"
    remedy_en = "Until it is final it is changed by the decision on a review"


class CorrectionWaits(Refusal):
    """One correction of a result is decided before the next is proposed."""

    code = "correction_waits"
    article = "CQETS-25.2b"
    zh = "{name} {year} 年度已有待确认的更正"
    en = "A correction of the result of {name} for {year} waits to be confirmed"
    remedy_zh = "请先由另一人员确认或不予采纳"
    remedy_en = "Let another person confirm or reject it first"


class NothingCorrected(Refusal):
    """A correction changes some figure."""

    code = "nothing_corrected"
    article = "CQETS-25.2b"
    zh = "所填数据与 {name} {year} 年度现行核查结果一致"
    en = "These are the figures of {name} for {year} as they stand"
    remedy_zh = "请填写更正后的数值"
    remedy_en = "Give the figures as they should be"


@dataclass(frozen=True, slots=True)
class ToldFollowed:
    """What a handler of a name did."""

    name: str
    done: Followed


@dataclass(frozen=True, slots=True)
class ToldCorrection:
    """A correction that was proposed: why, by whom, and once confirmed what followed."""

    version: int
    verified_tco2e: Tonnes
    reasons: str
    person: str
    proposed_at: datetime
    case: int
    state: str
    followed: Sequence[ToldFollowed]


@transaction.atomic
def propose_correction(
    *,
    organisation: Organisation,
    year: int,
    figures: Sequence[Figures],
    reasons: str,
    acting: Acting,
    at: datetime,
) -> int:
    """Propose other figures for a final result (更正); returns the number of their version.

    The same person proposing the same again, while it waits, proposes nothing new.
    Source: CNETS-29, CQETS-25.2b, BJETS-23.

    Raises:
        NotYourRole, ReasonsMissing, NotFinal, EmptyReport, BadFigure, NothingCorrected,
        CorrectionWaits.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-25.2b")
    if not reasons.strip():
        raise ReasonsMissing(article="CQETS-25.2b", field="reasons")
    parties.lock_organisations([organisation])
    verification = _final(organisation, year)
    lines = {line.code: line for line in ProductionLine.objects.filter(organisation=organisation)}
    check_figures(figures, year=year, lines=lines)
    waiting = _waiting(verification, figures, acting)
    if waiting:
        return waiting
    latest: int = verification.rows.aggregate(last=Max("version"))["last"]
    version = latest + 1
    VerifiedRow.objects.bulk_create(
        VerifiedRow(
            verification=verification,
            version=version,
            line=lines[row.line],
            **{name: getattr(row, name) for name in queries.FIGURE_NAMES},
        )
        for row in figures
    )
    subject = f"{organisation.code}/{year}/{version}"
    new = casework.NewCase(subject, organisation, year)
    casework.open_cases(RESULT_CORRECTION, [new], acting=acting, at=at, article="CQETS-25.2b")
    journal.record(
        operation="mrv.propose_correction",
        subject=f"report/{organisation.code}/{year}",
        acting=acting,
        at=at,
        article="CQETS-25.2b",
        content={
            "version": version,
            "verified_tco2e": total_tco2e(figures),
            "reasons": reasons.strip(),
        },
    )
    return version


@transaction.atomic
def confirm_correction(
    *,
    organisation: Organisation,
    year: int,
    version: int,
    law: Law,
    acting: Acting,
    at: datetime,
) -> dict[str, Followed]:
    """Put proposed figures in the place of a final result; tells what followed, by handler.

    By another person than the one who proposed them. Source: CNETS-29, CQETS-25.2b, AMB-31.

    Raises:
        NotYourRole, SamePerson, NoSuchCase, WrongState.
    """
    subject = f"{organisation.code}/{year}/{version}"
    casework.move_cases(RESULT_CORRECTION, "confirm", [subject], acting=acting, at=at)
    verification = _final(organisation, year)
    before = verification.verified_tco2e or 0
    rows = verification.rows.filter(version=version).select_related("line")
    verification.version = version
    verification.verified_tco2e = total_tco2e([queries.figures_of(row) for row in rows])
    verification.save(update_fields=["version", "verified_tco2e"])
    journal.record(
        operation="mrv.correct_result",
        subject=f"report/{organisation.code}/{year}",
        acting=acting,
        at=at,
        article="CQETS-25.2b",
        content={"version": version, "verified_tco2e": verification.verified_tco2e},
    )
    correction = Correction(organisation, year, Tonnes(before), Tonnes(verification.verified_tco2e))
    return corrections.follow(correction, law=law, acting=acting, at=at)


def reject_correction(
    *,
    organisation: Organisation,
    year: int,
    version: int,
    reasons: str,
    acting: Acting,
    at: datetime,
) -> None:
    """Do not confirm a proposed correction, with reasons. Source: CQETS-25.2b.

    Raises:
        NotYourRole, SamePerson, ReasonsMissing, NoSuchCase, WrongState.
    """
    subject = f"{organisation.code}/{year}/{version}"
    casework.move_cases(RESULT_CORRECTION, "reject", [subject], acting=acting, at=at, note=reasons)


def history(organisation: Organisation, year: int) -> list[ToldCorrection]:
    """The corrections proposed of a result, the first first, each with what followed.

    Source: CQETS-25.2b, AMB-31.
    """
    found: dict[int, ToldCorrection] = {}
    followed: list[ToldFollowed] = []
    cases_of = _cases(organisation, year)
    for entry in log.trail(f"report/{organisation.code}/{year}"):
        told = entry.content
        if entry.operation == "mrv.propose_correction":
            case = cases_of[told["version"]]
            found[told["version"]] = ToldCorrection(
                version=told["version"],
                verified_tco2e=Tonnes(told["verified_tco2e"]),
                reasons=told["reasons"],
                person=entry.person,
                proposed_at=entry.at,
                case=case.pk,
                state=case.state,
                followed=[],
            )
        elif entry.operation == "mrv.correct_result":
            # What follows is told right behind the correction that it follows.
            followed = []
            found[told["version"]] = replace(found[told["version"]], followed=followed)
        elif entry.operation == "mrv.follow_correction":
            done = Followed(told["zh"], told["en"], told["before_t"], told["after_t"])
            followed.append(ToldFollowed(told["handler"], done))
    return list(found.values())


def _cases(organisation: Organisation, year: int) -> dict[int, Case]:
    every = cases.in_state(RESULT_CORRECTION, year, *RESULT_CORRECTION.states)
    own = every.filter(organisation=organisation)
    return {int(case.subject.rsplit("/", 1)[1]): case for case in own}


def _waiting(verification: Verification, figures: Sequence[Figures], acting: Acting) -> int | None:
    """The version of the same figures that the same person proposed and that waits, if any."""
    entity, year = verification.report.organisation, verification.report.year
    for told in history(entity, year):
        if told.state == "proposed":
            rows = verification.rows.filter(version=told.version).select_related("line")
            again = _in_order([queries.figures_of(row) for row in rows]) == _in_order(figures)
            if again and told.person == acting.person:
                return told.version
            raise CorrectionWaits(name=entity.name, year=year)
    if _in_order(queries.entered_figures(entity, year)) == _in_order(figures):
        raise NothingCorrected(name=entity.name, year=year)
    return None


def _in_order(figures: Sequence[Figures]) -> list[Figures]:
    return sorted(figures, key=lambda row: (row.line, row.product))


def _final(organisation: Organisation, year: int) -> Verification:
    found = Verification.objects.select_for_update(of=("self",)).filter(
        report__organisation=organisation, report__year=year, final_at__isnull=False
    )
    verification = found.select_related("report__organisation").first()
    if verification is None:
        raise NotFinal(name=organisation.name, year=year)
    return verification
