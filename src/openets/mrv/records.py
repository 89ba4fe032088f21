"""What the operations of the room share: the names, rows and days of reports."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.mrv.accounting.account import AccountedLine, exact_text
from openets.mrv.figures import Figures
from openets.mrv.models import ProductionLine, Report
from openets.parties.models import Organisation
from openets.rulebook.load import Law, NoValueForTime


class NotYourOwn(Refusal):
    """An entity acts on its own reports only, a body on those assigned to it."""

    code = "not_your_own"
    article = "CQETS-25.3"
    zh = "{organisation} 无权办理 {subject}"
    en = "{organisation} may not act on {subject}"
    remedy_zh = "只能办理本单位或受委托的事项"
    remedy_en = "Act on your own matters or those assigned to you"


def report_subject(organisation: Organisation, year: int) -> str:
    """The name under which cases and the journal know an entity's report of a year."""
    return f"report/{organisation.code}/{year}"


def digest_of(figures: Sequence[Figures]) -> str:
    """SHA-256 of figures, by which a submitted version is known."""
    rows = [{name: str(value) for name, value in asdict(row).items()} for row in figures]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


def due_date_of(law: Law, year: int) -> date | None:
    """The day a report of a year is due by the rules in force then; before CQETS none (AMB-05)."""
    try:
        month, day = law.on("mrv.report_due", date(year + 1, 12, 31)).text.split("-")
        due = date(year + 1, int(month), int(day))
        law.on("mrv.report_due", due)
    except NoValueForTime:
        return None
    return due


def lines_of(organisations: Collection[Organisation]) -> dict[int, dict[str, ProductionLine]]:
    """The registered lines of organisations, by organisation id and code."""
    found: dict[int, dict[str, ProductionLine]] = {o.pk: {} for o in organisations}
    for line in ProductionLine.objects.filter(organisation__in=list(organisations)):
        found[line.organisation_id][line.code] = line
    return found


def columns_of(row: Figures, lines: Mapping[str, ProductionLine]) -> dict[str, object]:
    """The columns in which a row of figures is kept."""
    return {**asdict(row), "line": lines[row.line]}


def latest_reports(organisations: Collection[Organisation], year: int) -> list[Report]:
    """The latest version of each organisation's report of a year."""
    found = Report.objects.filter(organisation__in=list(organisations), year=year)
    newest = found.order_by("organisation_id", "-version").distinct("organisation_id")
    return list(newest.select_related("organisation"))


def must_be_own(acting: Acting, organisation_code: str, subject: str) -> None:
    """Refuse to act on another organisation's matters.

    Raises:
        NotYourOwn.
    """
    if acting.organisation != organisation_code:
        raise NotYourOwn(organisation=acting.organisation, subject=subject)


def kept_line(line: AccountedLine, *, row: int | None) -> dict[str, Any]:
    """An accounted line as it is kept with a report, under its row of the grid."""
    return {
        "row": row,
        "facility": line.activity.facility,
        "source": line.activity.source.value,
        "item": line.activity.item,
        "gas": line.gas,
        "emissions_exact": exact_text(line.tco2e),
        "emissions_t": format(line.emissions_t, "f"),
        "captive_t": format(line.captive_t, "f"),
        "explanation": line.explanation.as_json(),
    }
