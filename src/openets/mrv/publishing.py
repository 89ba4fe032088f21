"""Publication of reports (公开): what is withheld is marked first, with its reason."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from openets.casework import queries as cases
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.mrv.disclosure import must_be_markable
from openets.mrv.models import Report, SecretMark
from openets.mrv.procedures import REPORT
from openets.mrv.records import latest_reports, must_be_own, report_subject
from openets.parties import operations as parties
from openets.parties import queries as listing
from openets.parties.models import Organisation
from openets.parties.roles import Role


class AlreadyPublished(Refusal):
    """What everybody has read cannot be withheld."""

    code = "already_published"
    article = "CQETS-24.3"
    zh = "{name} {year} 年度报告已公开"
    en = "The report of {name} for {year} is published already"
    remedy_zh = "公开前方可标注保密内容"
    remedy_en = "Mark what is secret before it is published"


class NotYetFinal(Refusal):
    """Only what is confirmed, or estimated, is published."""

    code = "not_yet_final"
    article = "CQETS-24.3"
    zh = "{name} {year} 年度报告尚未确认，不能公开"
    en = "The report of {name} for {year} is not confirmed and cannot be published yet"
    remedy_zh = "请在核查结果确定后公开"
    remedy_en = "Publish it when its verification is final"


@transaction.atomic
def mark_secret(
    *,
    organisation: Organisation,
    year: int,
    field: str,
    kind: str,
    reason: str,
    acting: Acting,
    at: datetime,
) -> SecretMark:
    """Withhold a field of one's report from the public, with the reason (保密标注).

    A field marked again keeps the later reason. Source: CQETS-24.3.

    Raises:
        NotYourRole, NotYourOwn, NotOnTheList, NothingToMark, SecretWithoutReason, AlreadyPublished.
    """
    _must_be_open(organisation, year, acting)
    must_be_markable(field, kind, reason)
    mark, _ = SecretMark.objects.update_or_create(
        organisation=organisation,
        year=year,
        field=field,
        defaults={
            "kind": kind,
            "reason": reason.strip(),
            "marked_at": at,
            "person": acting.person,
        },
    )
    _journal("mrv.mark_secret", organisation, year, acting, at, field=field, kind=kind)
    return mark


@transaction.atomic
def lift_mark(
    *, organisation: Organisation, year: int, field: str, acting: Acting, at: datetime
) -> None:
    """Let a field be published after all; lifting what is not marked changes nothing.

    Source: CQETS-24.3.

    Raises:
        NotYourRole, NotYourOwn, NotOnTheList, AlreadyPublished.
    """
    _must_be_open(organisation, year, acting)
    lifted, _ = SecretMark.objects.filter(
        organisation=organisation, year=year, field=field
    ).delete()
    if lifted:
        _journal("mrv.lift_mark", organisation, year, acting, at, field=field)


@transaction.atomic
def publish_reports(
    *, organisations: Sequence[Organisation], year: int, acting: Acting, at: datetime
) -> int:
    """Publish reports without what is secret; tell how many were not published before.

    Source: CQETS-24.3.

    Raises:
        NotYourRole.
        NotYetFinal: one of them is neither confirmed nor estimated; then none is published.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-24.3")
    parties.lock_organisations(organisations)
    states = cases.states(REPORT, [report_subject(one, year) for one in organisations])
    for one in organisations:
        state = states.get(report_subject(one, year))
        if state is None or not REPORT.states[state].final:
            raise NotYetFinal(name=one.name, year=year)
    fresh = [r for r in latest_reports(organisations, year) if r.published_at is None]
    Report.objects.filter(pk__in=[report.pk for report in fresh]).update(published_at=at)
    journal.record_many(
        [
            journal.Record(
                operation="mrv.publish_reports",
                subject=report_subject(report.organisation, year),
                acting=acting,
                at=at,
                article="CQETS-24.3",
                content={"version": report.version, "digest": report.digest},
            )
            for report in sorted(fresh, key=lambda r: r.pk)
        ]
    )
    return len(fresh)


def _must_be_open(organisation: Organisation, year: int, acting: Acting) -> None:
    acting.must_be(Role.KEY_EMITTING_ENTITY, article="CQETS-24.3")
    must_be_own(acting, organisation.code, report_subject(organisation, year))
    listing.must_be_listed(organisation, year)
    parties.lock_organisations([organisation])
    published = Report.objects.filter(
        organisation=organisation, year=year, published_at__isnull=False
    )
    if published.exists():
        raise AlreadyPublished(name=organisation.name, year=year)


def _journal(
    operation: str,
    organisation: Organisation,
    year: int,
    acting: Acting,
    at: datetime,
    **content: object,
) -> None:
    journal.record(
        operation=operation,
        subject=report_subject(organisation, year),
        acting=acting,
        at=at,
        article="CQETS-24.3",
        content=content,
    )
