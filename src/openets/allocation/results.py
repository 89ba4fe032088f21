"""Between the calculation and what we remember of it: rows in, results kept, results changed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from operator import attrgetter

from openets.allocation.adjustments import reckon
from openets.allocation.entity import EntityAllocation
from openets.allocation.lines import LineYear
from openets.allocation.methods import LineAllocation
from openets.allocation.models import Determination, LineDetermination
from openets.allocation.relief import advance_limit, pre_allocation
from openets.kernel.acting import Acting
from openets.kernel.explain import Step, given
from openets.kernel.quantity import Tonnes
from openets.mrv.queries import BindingYear
from openets.parties.models import Organisation
from openets.rulebook.load import Law

_FIELDS = attrgetter(*(field.name for field in fields(LineYear)))


@dataclass(frozen=True, slots=True)
class Result:
    """What an entity was found to be due, and the digest of the rows that it rests on."""

    organisation: Organisation
    inputs_sha256: str
    found: EntityAllocation


def digest(rows: Sequence[LineYear]) -> str:
    """What two lists of rows agree in when they say the same, and so give the same result."""
    said = json.dumps([_FIELDS(row) for row in rows], default=str, ensure_ascii=False)
    return sha256(said.encode()).hexdigest()


def line_years(years: Sequence[BindingYear]) -> list[LineYear]:
    """The binding figures of an entity as the rows its allocation is calculated from."""
    return [
        LineYear(
            line=line.code,
            year=binding.year,
            process=line.process,
            product=figures.product,
            homogeneous=line.homogeneous,
            clear_boundary=line.clear_boundary,
            comparable=line.comparable,
            commissioned=line.commissioned_date,
            output=figures.output,
            co2_t=figures.co2_t,
            non_co2_t=figures.non_co2_t,
            production_days=Decimal(figures.production_days),
            shutdown_days=Decimal(figures.shutdown_days),
            usable_from=figures.usable_from,
            usable_output=figures.usable_output,
            usable_co2_t=figures.usable_co2_t,
            usable_production_days=(
                None
                if figures.usable_production_days is None
                else Decimal(figures.usable_production_days)
            ),
            usable_because=figures.usable_because or None,
            zero_output_reason=figures.zero_output_reason,
            origin=f"{binding.origin} {binding.year}",
        )
        for binding in years
        for line, figures in binding.figures
    ]


def keep_results(
    results: Sequence[Result],
    law: Law,
    parameters_sha256: str,
    acting: Acting,
    at: datetime,
) -> None:
    """Keep what was calculated, each line with its working, in the place of an earlier result."""
    earlier = Determination.objects.filter(
        organisation__in=[result.organisation for result in results],
        year__in={result.found.year for result in results},
    )
    LineDetermination.objects.filter(determination__in=earlier).delete()
    earlier.delete()
    made = [
        Determination(
            organisation=result.organisation,
            year=result.found.year,
            verified_t=result.found.verified_t,
            allowance_t=result.found.allowance_t,
            gap_t=result.found.gap_t,
            gap_ratio=result.found.gap_ratio,
            relief=result.found.relief,
            determined_t=result.found.determined_t,
            advance_limit_t=result.found.advance_limit_t,
            pre_allocation_t=result.found.pre_allocation_t,
            explanation=result.found.explanation.as_json(),
            inputs_sha256=result.inputs_sha256,
            parameters_sha256=parameters_sha256,
            calculated_at=at,
            calculated_by=acting.person,
        )
        for result in results
    ]
    reckon(made, law)
    rows = Determination.objects.bulk_create(made)
    LineDetermination.objects.bulk_create(
        _line(row, line)
        for row, result in zip(rows, results, strict=True)
        for line in result.found.lines
    )


def replace_result(
    row: Determination, result: EntityAllocation, inputs_sha256: str, law: Law
) -> None:
    """Put what follows from corrected figures in the place of an open result and its lines.

    The working begins with what stood before. Source: CQETS-25.2b.
    """
    step = Step(
        title="Verified emissions corrected",
        title_zh="核查结果更正，重新核算",
        formula="calculated anew",
        given=(
            given("verified before", row.verified_t, "tCO2e"),
            given("determined before", row.determined_t, "tCO2e"),
        ),
        result=str(result.determined_t),
        unit="tCO2e",
    )
    row.inputs_sha256 = inputs_sha256
    row.verified_t = result.verified_t
    row.allowance_t = result.allowance_t
    row.gap_t = result.gap_t
    row.gap_ratio = result.gap_ratio
    row.relief = result.relief
    row.determined_t = result.determined_t
    row.advance_limit_t = result.advance_limit_t
    row.pre_allocation_t = result.pre_allocation_t
    row.explanation = [step.as_json(), *result.explanation.as_json()]
    reckon([row], law)
    row.save()
    row.lines.all().delete()
    LineDetermination.objects.bulk_create(_line(row, line) for line in result.lines)


def _line(row: Determination, line: LineAllocation) -> LineDetermination:
    return LineDetermination(
        determination=row,
        line=line.line,
        product=line.product,
        method=line.method,
        base=line.base,
        base_years=";".join(map(str, line.base_years)),
        coefficient=line.coefficient,
        allowance_exact=str(line.allowance_exact),
        explanation=line.explanation.as_json(),
    )


def change_result(row: Determination, determined_t: Tonnes, reasons: str, law: Law) -> None:
    """Put a decided allowance in the place of the determined one, and reckon anew what follows.

    The working goes on from the first result; nothing of it is taken away. Source: CQETS-11.2b.
    """
    steps = [
        Step(
            title="Review decision",
            title_zh="复核决定",
            formula="as decided",
            given=(given("before", row.determined_t, "tCO2e"),),
            result=str(determined_t),
            unit="tCO2e",
            note=reasons,
        )
    ]
    allowance_t = Tonnes(row.allowance_t)
    row.advance_limit_t, step = advance_limit(
        verified_t=Tonnes(row.verified_t),
        allowance_t=allowance_t,
        determined_t=determined_t,
        year=row.year,
        law=law,
    )
    steps.append(step)
    frozen = pre_allocation(
        allowance_t=allowance_t, determined_t=determined_t, year=row.year, law=law
    )
    if frozen is not None:
        row.pre_allocation_t, step = frozen
        steps.append(step)
    row.determined_t = determined_t
    row.explanation = [*row.explanation, *(step.as_json() for step in steps)]
    reckon([row], law)
    row.save()
