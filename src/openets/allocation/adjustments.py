"""Deductions carried to later years: reckoned with a result, settled when it is issued."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from openets.allocation.carried import CARRY, carry
from openets.allocation.models import AdvanceClaim, Determination
from openets.allocation.procedures import PRE_ALLOCATION
from openets.casework import queries as cases
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.mrv import report_queries as mrv
from openets.rulebook.load import Law


def reckon(rows: Sequence[Determination], law: Law) -> None:
    """Set what each result has to settle: its pre-allocation and the open claims.

    The working says so where there is anything. The rows are changed, not saved.
    Source: CQ208-4.2c, CNETS-43b, AMB-23, AMB-62.
    """
    issued, claims, decided = _pre_issued(rows), _open_claims(rows), _decided(rows)
    for row in rows:
        own = [
            *_of(claims, row),
            *(one for one in decided if one.organisation_id == row.organisation_id),
        ]
        found = carry(
            determined_t=row.determined_t,
            pre_issued_t=issued.get(row.organisation_id, 0),
            claims_t=_open_t(own),
            estimates_t=_open_t(one for one in own if one.for_estimate),
            year=row.year,
            law=law,
        )
        known = row.explanation
        added = [step for step in (s.as_json() for s in found.steps) if step not in known]
        row.explanation = [*known, *added]
        row.pre_issued_t, row.deducted_t = found.pre_issued_t, found.deducted_t


def settle(rows: Sequence[Determination], law: Law, acting: Acting, at: datetime) -> None:
    """Settle what is deducted of results that are being issued, and claim what was given too much.

    The oldest claim is settled first; what is left of it stays, or lapses (AMB-26). A deduction
    decided after an estimate is claimed here for the first time.
    Source: CQ208-4.2c, CNETS-43b, AMB-23, AMB-26, AMB-62.
    """
    for claim in _decided(rows):
        claim.made_at = at
        claim.save()
    reckon(rows, law)
    claims = _open_claims(rows)
    records = []
    for row in rows:
        left_t = row.deducted_t
        for claim in _of(claims, row):
            part_t = min(left_t, claim.left_t)
            if part_t:
                claim.deducted_t += part_t
                claim.save()
                left_t -= part_t
                records.append(_record("deduct_claim", row, claim, part_t, acting, at))
            if claim.left_t and not law.for_year(CARRY, row.year).flag:
                records.append(_record("drop_claim", row, claim, claim.left_t, acting, at))
                claim.lapsed_t = claim.left_t
                claim.save()
        assert not left_t, "no more is deducted than is claimed"
        short_t = carry(
            determined_t=row.determined_t,
            pre_issued_t=row.pre_issued_t,
            claims_t=0,
            year=row.year,
            law=law,
        ).claim_t
        if short_t:
            claim = AdvanceClaim.objects.create(
                organisation_id=row.organisation_id, year=row.year, amount_t=short_t, made_at=at
            )
            records.append(_record("claim_shortfall", row, claim, short_t, acting, at))
        row.save()
    journal.record_many(records)


def _record(
    act: str, row: Determination, claim: AdvanceClaim, amount_t: int, acting: Acting, at: datetime
) -> journal.Record:
    return journal.Record(
        operation=f"allocation.{act}",
        subject=f"{row.organisation.code}/{row.year}",
        acting=acting,
        at=at,
        article="CNETS-43b" if claim.for_estimate else "CQ208-4.2c",
        content={"of_year": claim.year, "amount_t": amount_t},
    )


def _pre_issued(rows: Sequence[Determination]) -> dict[int, int]:
    """What was issued as the years' pre-allocation and not cancelled, by organisation id."""
    years = {row.year for row in rows}
    assert len(years) <= 1, "results are of one year"
    year = next(iter(years), 0)
    standing = cases.in_state(PRE_ALLOCATION, year, "frozen", "at_risk", "released")
    former = Determination.objects.filter(
        year=year - 1,
        organisation__in=standing.values("organisation"),
        pre_allocation_t__isnull=False,
    )
    return {row.organisation_id: row.pre_allocation_t or 0 for row in former.defer("explanation")}


def _open_claims(rows: Sequence[Determination]) -> dict[int, list[AdvanceClaim]]:
    """What is still claimed for years up to the results', locked, by organisation id."""
    found: dict[int, list[AdvanceClaim]] = {}
    claims = AdvanceClaim.objects.filter(
        organisation__in=[row.organisation_id for row in rows],
        year__lte=max((row.year for row in rows), default=0),
    )
    for claim in claims.select_for_update().order_by("year", "pk"):
        found.setdefault(claim.organisation_id, []).append(claim)
    return found


def _decided(rows: Sequence[Determination]) -> list[AdvanceClaim]:
    """Claims, not saved, for deductions after estimates that were not claimed yet."""
    entities = {row.organisation_id for row in rows}
    year = max((row.year for row in rows), default=0)
    known = set(
        AdvanceClaim.objects.filter(for_estimate=True, organisation__in=entities).values_list(
            "organisation_id", "year"
        )
    )
    return [
        AdvanceClaim(
            organisation_id=one.organisation_id,
            year=one.year,
            for_estimate=True,
            amount_t=one.amount_t,
        )
        for one in mrv.deductions_decided(before=year)
        if one.organisation_id in entities and (one.organisation_id, one.year) not in known
    ]


def _open_t(claims: Iterable[AdvanceClaim]) -> int:
    return sum(claim.left_t for claim in claims)


def _of(claims: dict[int, list[AdvanceClaim]], row: Determination) -> list[AdvanceClaim]:
    return claims.get(row.organisation_id, [])
