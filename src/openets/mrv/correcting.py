"""A result that binds already is corrected: proposed by one person, confirmed by another.

The figures first verified stay on file; whatever rests on them follows (`corrections`).
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from openets.casework import operations as casework
from openets.casework.objection import ReasonsMissing
from openets.journal import operations as journal
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

    Source: CNETS-29, CQETS-25.2b, BJETS-23.

    Raises:
        NotYourRole, ReasonsMissing, NotFinal, EmptyReport, BadFigure.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-25.2b")
    if not reasons.strip():
        raise ReasonsMissing(article="CQETS-25.2b", field="reasons")
    parties.lock_organisations([organisation])
    verification = _final(organisation, year)
    lines = {line.code: line for line in ProductionLine.objects.filter(organisation=organisation)}
    check_figures(figures, year=year, lines=lines)
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


def _final(organisation: Organisation, year: int) -> Verification:
    found = Verification.objects.select_for_update(of=("self",)).filter(
        report__organisation=organisation, report__year=year, final_at__isnull=False
    )
    verification = found.first()
    if verification is None:
        raise NotFinal(name=organisation.name, year=year)
    return verification
