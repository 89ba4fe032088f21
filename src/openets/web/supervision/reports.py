"""The page of the operating reports (运行报告)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openets.kernel.refusal import Refusal
from openets.parties.roles import TITLES, Role
from openets.registry.kinds import TRANSACTION_KINDS
from openets.rulebook.load import law
from openets.supervision import operations, reporting
from openets.supervision.models import OperatingReport
from openets.web import clock
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.numbers import grouped, money
from openets.web.supervision.forms import ReportForm

AUTHORITIES = (Role.CITY_BUREAU, Role.FINANCIAL_REGULATOR)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A filed report with its figures in words."""

    report: OperatingReport
    role: Said
    figures: list[tuple[Said, Said]]


@require_http_methods(["GET", "HEAD", "POST"])
@within("operating_rules.read")
def reports(request: HttpRequest) -> HttpResponse:
    """Every report for the authorities, one's own for an institution; the overdue ones on top."""
    acting, rules = acting_of(request), law(settings.JURISDICTION)
    own = acting.role in reporting.REPORTERS
    form = ReportForm.of(request) if own else None

    def report(data: dict[str, Any]) -> Done:
        operations.report_operation(
            start=data["start"],
            end=data["end"],
            matters=data["matters"],
            law=rules,
            acting=acting,
            at=clock.now(request),
        )
        return Done(reverse("operating_reports"), Said("报告已报送", "The report is filed"))

    leave = acted(request, form, report) if form else None
    if leave:
        return leave
    filed = OperatingReport.objects.select_related("organisation")
    if own:
        filed = filed.filter(role=acting.role)
    late, unset = _overdue(rules, clock.today(request), acting.role if own else "")
    context = {
        "rows": [_row(report) for report in filed],
        "late": late,
        "unset": unset,
        "form": form,
    }
    return render(
        request, "web/supervision/reports.html", context, status=form.status if form else 200
    )


def _overdue(
    rules: Any, today: date, role: str
) -> tuple[list[tuple[Said, reporting.Overdue]], Refusal | None]:
    """What is late since the beginning of the year, or why nobody can tell."""
    try:
        late = reporting.overdue(since=date(today.year, 1, 1), law=rules, on=today)
    except Refusal as refusal:
        return [], refusal
    return [(Said(*TITLES[o.role]), o) for o in late if role in ("", o.role)], None


def _row(report: OperatingReport) -> ReportRow:
    return ReportRow(
        report=report,
        role=Said(*TITLES[Role(report.role)]),
        figures=[_figure(name, row) for name, row in report.figures.items()],
    )


def _figure(name: str, row: dict[str, int]) -> tuple[Said, Said]:
    if "turnover_fen" in row:
        n, t, paid = grouped(row["trades"]), grouped(row["volume_t"]), money(row["turnover_fen"])
        text = Said(f"{n} 笔 · {t} 吨 · {paid} 元", f"{n} trades · {t} t · CNY {paid}")
        return Said(name, name), text
    kind = TRANSACTION_KINDS[name]
    n, t = grouped(row["movements"]), grouped(row["amount_t"])
    return Said(kind.zh, kind.en), Said(f"{n} 笔 · {t} 吨", f"{n} movements · {t} t")
