"""CCER handed in through the national register (国家登记簿): announced, reviewed, mirrored.

Four steps of CQ208 annex 6: the entity applies there and says so here; the authority reviews; the
register's export is imported; the local administrator completes the offset.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from openets.casework import operations as casework
from openets.casework.operations import NewCase
from openets.compliance import duties
from openets.compliance.models import NationalOffset, NationalUnit
from openets.compliance.obligation import NOTHING, NotNotified, Obligation, countable
from openets.compliance.offset import (
    AboveCap,
    AboveCircleShare,
    AboveOpenDuty,
    BelowCityShare,
    examine_application,
)
from openets.compliance.offset_rules import OffsetRules, offset_cap_t
from openets.compliance.own import must_be_own
from openets.compliance.procedures import NATIONAL_OFFSET
from openets.compliance.reduction import (
    Origin,
    ProjectTypeMissing,
    ProjectTypeNotAdmitted,
    SerialsDoNotMatch,
    SerialsUsedTwice,
)
from openets.compliance.serials import Serials, Taken
from openets.compliance.status import Kind
from openets.compliance.used import national_reduction, used_reductions
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law

SHEET: Mapping[str, tuple[str, str, tuple[type[Refusal], ...]]] = {
    "cap": ("不超过使用比例上限", "Within the cap", (AboveCap,)),
    "open_duty": ("不超过尚需清缴量", "Within the open duty", (AboveOpenDuty,)),
    "city_share": ("本市产生的占比", "Share produced in the city", (BelowCityShare,)),
    "circle_share": ("成渝圈（市外）占比", "Share from the circle", (AboveCircleShare,)),
    "project_type": (
        "非水电项目",
        "No hydropower",
        (ProjectTypeMissing, ProjectTypeNotAdmitted),
    ),
    "serials": ("序列号未重复使用", "Serials used once", (SerialsDoNotMatch, SerialsUsedTwice)),
}
"""The items of the check sheet, and the refusals under which each fails. Source: CQ208-A6.2."""


class NationalAccountMissing(Refusal):
    """The entity holds its CCER in an account of the national register."""

    code = "national_account_missing"
    article = "CQ208-A6.1"
    zh = "未填写国家登记簿一般持有账户号"
    en = "The number of the general holding account in the national register is missing"
    remedy_zh = "请先在国家登记簿开立一般持有账户并填写账户号"
    remedy_en = "Open the account there and give its number"


class RecordIncomplete(Refusal):
    """A CCER is known by its national registration: number, project, type, location, period."""

    code = "national_record_incomplete"
    article = "CQETS-33.i5"
    zh = "第 {row_number} 项缺少{missing_zh}，不是已在国家登记系统登记的核证自愿减排量"
    en = "Item {row_number} lacks {missing_en}: it is no CCER of the national registration system"
    remedy_zh = "请按国家登记系统的登记信息填写"
    remedy_en = "Write it as it is registered there"


class CheckSheetFails(Refusal):
    """An application is reviewed when every item of the check sheet passes."""

    code = "check_sheet_fails"
    article = "CQ208-A6.2"
    zh = "审核表未通过：{items_zh}"
    en = "The check sheet fails: {items_en}"
    remedy_zh = "请退回该申请，或待单位更正后重新审核"
    remedy_en = "Reject the application, or let the entity correct it"


class NotAnnounced(Refusal):
    """The export names serials that no reviewed application has."""

    code = "not_announced"
    article = "CQ208-A6.4"
    zh = "第 {row_number} 行 {series}{first}—{last} 不属于 {entity} 已审核通过的申请"
    en = "Row {row_number}: {series}{first}-{last} is in no reviewed application of {entity}"
    remedy_zh = "请先完成线下审核，或核对序列号"
    remedy_en = "Review the application first, or correct the serials"


class ExportIncomplete(Refusal):
    """The offset is completed when the export confirmed every serial of it."""

    code = "export_incomplete"
    article = "CQ208-A6.4"
    zh = "申请 {amount} 吨，国家登记簿已确认 {confirmed} 吨"
    en = "The application is for {amount} t; the national register confirmed {confirmed} t"
    remedy_zh = "请导入其余的抵销信息"
    remedy_en = "Import the rest of the export"


@dataclass(frozen=True, slots=True)
class NewNationalUnit:
    """A run of serials that an entity hands in there, as the national system registered it."""

    registration: str
    """Its number in the national registration system (国家登记编号)."""
    project: str
    project_type: str
    origin_class: Origin
    place: str
    from_date: date
    to_date: date
    """The last day of the period in which it was reduced."""
    series: str
    serial_from: int
    serial_to: int
    amount_t: int


_RECORD: Mapping[str, tuple[str, str]] = {
    "registration": ("国家登记编号", "its national registration number"),
    "project": ("项目", "its project"),
    "project_type": ("项目类型", "the type of its project"),
    "place": ("产生地", "its location"),
    "to_date": ("减排量产生期间", "its period"),
}
"""What a record of CCER must carry. Source: CQETS-33.i5."""


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A row of the national register's export: whose, which serials, how many tonnes, when."""

    entity: str
    """Code of the organisation."""
    project: str
    series: str
    serial_from: int
    serial_to: int
    amount_t: int
    day: date


@dataclass(frozen=True, slots=True)
class Check:
    """One item of the check sheet."""

    item: str
    passes: bool
    why: str


@transaction.atomic
def announce_national(
    *,
    organisation: Organisation,
    year: int,
    national_account: str,
    units: Sequence[NewNationalUnit],
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> NationalOffset:
    """Say that CCER were handed in (上缴) through the national register for a year.

    The same again is the earlier one. Source: CQ208-A6.1, CQETS-33.i5.

    Raises:
        NotYourRole, NotYourDuty, NationalAccountMissing, NotNotified, NotPositive,
        RecordIncomplete, SerialsDoNotMatch, SerialsUsedTwice, AboveCap, CaseExists.
    """
    acting.must_be(Role.KEY_EMITTING_ENTITY, article="CQ208-A6.1")
    must_be_own(acting, organisation)
    duty = duties.lock(organisation, year)
    before = _announced_before(organisation, year, units, reference)
    if before:
        return before
    if not national_account.strip():
        raise NationalAccountMissing(field="national_account")
    if duty.verified_t is None:
        raise NotNotified(year=year)
    amount_t = countable(sum(unit.amount_t for unit in units), field="amount_t")
    _must_be_registered(units)
    _must_have_fresh_serials(units)
    _must_keep_the_cap(organisation, year, amount_t, duty, law)
    case = NewCase(reference, organisation, year)
    casework.open_cases(NATIONAL_OFFSET, [case], acting=acting, at=at, article="CQ208-A6.1")
    application = NationalOffset.objects.create(
        organisation=organisation,
        year=year,
        reference=reference,
        national_account=national_account.strip(),
        amount_t=amount_t,
        announced_at=at,
    )
    NationalUnit.objects.bulk_create(
        NationalUnit(application=application, **_columns(unit)) for unit in units
    )
    duties.note(organisation, year, Kind.OFFSET_FILED, at, amount_t, law=law, reference=reference)
    journal.record(
        operation="compliance.announce_national",
        subject=reference,
        acting=acting,
        at=at,
        article="CQ208-A6.1",
        content={
            "year": year,
            "national_account": application.national_account,
            "units": [_told(unit) for unit in units],
        },
    )
    return application


def check_sheet(application: NationalOffset, law: Law) -> list[Check]:
    """Test an application item by item, as the authority does offline. Source: CQ208-A6.2."""
    organisation, year = application.organisation, application.year
    duty = duties.obligation(organisation, year)
    examined = examine_application(
        rules=OffsetRules.of(law, year),
        verified_t=duty.verified_t or NOTHING,
        open_t=duty.open_t,
        used_before=used_reductions(organisation, year, leave_out=application),
        offered=[national_reduction(unit) for unit in application.units.all()],
    )
    refusals = [part.refusal for part in examined.refused if part.refusal]
    return [
        Check(item, not why, why[0].message() if why else "")
        for item, (_, _, fails) in SHEET.items()
        for why in ([refusal for refusal in refusals if isinstance(refusal, fails)],)
    ]


@transaction.atomic
def review_national(
    *, application: NationalOffset, law: Law, acting: Acting, at: datetime
) -> list[Check]:
    """Pass the offline review; refused while an item of the check sheet fails.

    Source: CQ208-A6.2.

    Raises:
        NotYourRole, WrongState, CheckSheetFails.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQ208-A6.2")
    duties.lock(application.organisation, application.year)
    sheet = check_sheet(application, law)
    failed = [check.item for check in sheet if not check.passes]
    if failed:
        raise CheckSheetFails(
            items_zh="、".join(SHEET[item][0] for item in failed),
            items_en=", ".join(SHEET[item][1].lower() for item in failed),
        )
    reference = application.reference
    casework.move_cases(NATIONAL_OFFSET, "review", [reference], acting=acting, at=at)
    application.sheet = [asdict(check) for check in sheet]
    application.save(update_fields=["sheet"])
    return sheet


@transaction.atomic
def reject_national(
    *, application: NationalOffset, reasons: str, law: Law, acting: Acting, at: datetime
) -> None:
    """Reject an application; its serials may be announced again. Source: CQ208-A6.2.

    Raises:
        NotYourRole, WrongState, ReasonsMissing.
    """
    duties.lock(application.organisation, application.year)
    reference = application.reference
    casework.move_cases(NATIONAL_OFFSET, "reject", [reference], acting=acting, at=at, note=reasons)
    application.units.update(released=True)
    application.rejected_at = at
    application.save(update_fields=["rejected_at"])
    whose = application.organisation, application.year
    duties.note(*whose, Kind.OFFSET_REJECTED, at, None, law=law, of=reference)


@transaction.atomic
def import_national(*, rows: Sequence[ExportRow], acting: Acting, at: datetime) -> int:
    """Import the national register's export, all rows or none; tells how many were new.

    It changes no duty; a row imported before is passed over. Source: CQ208-A6.3.

    Raises:
        NotYourRole, SerialsDoNotMatch, NotAnnounced.
    """
    acting.must_be(Role.REGISTRY_OPERATOR, article="CQ208-A6.3")
    fresh: list[NationalUnit] = []
    for number, row in enumerate(rows, start=1):
        unit = _announced_unit(row, number)
        if unit.exported_date is None:
            unit.exported_date = row.day
            unit.save(update_fields=["exported_date"])
            fresh.append(unit)
    journal.record(
        operation="compliance.import_national",
        subject="national_register",
        acting=acting,
        at=at,
        article="CQ208-A6.3",
        content={"rows": [asdict(row) | {"day": row.day.isoformat()} for row in rows]},
    )
    confirmed = {unit.application.reference for unit in fresh if not _unconfirmed(unit)}
    if confirmed:
        subjects = sorted(confirmed)
        casework.move_cases(NATIONAL_OFFSET, "import", subjects, acting=acting, at=at)
    return len(fresh)


@transaction.atomic
def wrong_rows(rows: Mapping[int, ExportRow]) -> list[Refusal]:
    """What is wrong with rows of an export, by their numbers in its file; nothing is imported.

    Source: CQ208-A6.3.
    """
    wrong: list[Refusal] = []
    for number, row in rows.items():
        try:
            _announced_unit(row, number)
        except Refusal as refusal:
            wrong.append(refusal)
    return wrong


@transaction.atomic
def complete_national(
    *, application: NationalOffset, law: Law, acting: Acting, at: datetime
) -> Obligation:
    """Carry out the offset in the local register: from now on it counts. Source: CQ208-A6.4.

    Raises:
        NotYourRole, SamePerson, ExportIncomplete.
        WrongState: it was not reviewed, or is done.
    """
    acting.must_be(Role.REGISTRY_OPERATOR, article="CQ208-A6.4")
    organisation, year = application.organisation, application.year
    duties.lock(organisation, year)
    units = list(application.units.all())
    confirmed = sum(unit.amount_t for unit in units if unit.exported_date)
    if 0 < confirmed < application.amount_t:
        raise ExportIncomplete(amount=application.amount_t, confirmed=confirmed)
    reference = application.reference
    casework.move_cases(NATIONAL_OFFSET, "complete", [reference], acting=acting, at=at)
    application.completed_at = at
    application.save(update_fields=["completed_at"])
    amount_t = Tonnes(application.amount_t)
    duties.note(organisation, year, Kind.OFFSET_CONFIRMED, at, amount_t, law=law, of=reference)
    return duties.after_counting(organisation, year, acting=acting, at=at)


def _columns(unit: NewNationalUnit) -> dict[str, Any]:
    return {name: value for name, value in asdict(unit).items() if name != "amount_t"}


def _told(unit: NewNationalUnit) -> dict[str, Any]:
    """Shape in the journal."""
    days = {"from_date": unit.from_date.isoformat(), "to_date": unit.to_date.isoformat()}
    return asdict(unit) | days


def _must_be_registered(units: Sequence[NewNationalUnit]) -> None:
    for row, unit in enumerate(units, start=1):
        given = {name: str(getattr(unit, name)).strip() for name in _RECORD}
        if unit.to_date < unit.from_date:
            given["to_date"] = ""
        for name, (zh, en) in _RECORD.items():
            if not given[name]:
                raise RecordIncomplete(
                    row=row, field=name, row_number=row, missing_zh=zh, missing_en=en
                )


def _announced_before(
    organisation: Organisation, year: int, units: Sequence[NewNationalUnit], reference: str
) -> NationalOffset | None:
    """The application of this reference if it named the same; casework refuses any other."""
    found = NationalOffset.objects.filter(
        organisation=organisation, year=year, reference=reference
    ).first()
    if found is None:
        return None
    runs = {(unit.series, unit.serial_from, unit.serial_to) for unit in units}
    return found if runs == set(found.units.values_list(*_RUN)) else None


_RUN = ("series", "serial_from", "serial_to")


def _must_have_fresh_serials(units: Sequence[NewNationalUnit]) -> None:
    named = Taken()
    for row, unit in enumerate(units, start=1):
        _must_be_as_many(unit, row)
        is_first = named.take(Serials(unit.series, unit.serial_from, unit.serial_to))
        if not is_first or _announced(unit).exists():
            first, last = (f"{unit.series}{n}" for n in (unit.serial_from, unit.serial_to))
            raise SerialsUsedTwice(row=row, field="serial_from", first=first, last=last)


def _must_be_as_many(unit: NewNationalUnit | ExportRow, row: int) -> None:
    count = unit.serial_to - unit.serial_from + 1
    if count != unit.amount_t or count < 1:
        raise SerialsDoNotMatch(row=row, field="amount_t", count=count, amount_t=unit.amount_t)


def _announced(run: NewNationalUnit) -> QuerySet[NationalUnit]:
    """Runs of applications still in force that share a serial with this one."""
    touches = Q(serial_from__lte=run.serial_to, serial_to__gte=run.serial_from)
    return NationalUnit.objects.filter(touches, series=run.series, released=False)


def _must_keep_the_cap(
    organisation: Organisation, year: int, amount_t: int, duty: Obligation, law: Law
) -> None:
    rules = OffsetRules.of(law, year)
    cap_t = offset_cap_t(rules=rules, verified_t=duty.verified_t or NOTHING)
    used_t = sum(unit.amount_t for unit in used_reductions(organisation, year))
    if used_t + amount_t > cap_t:
        raise AboveCap(
            article=rules.cap_share.cite.source,
            field="amount_t",
            total_t=used_t + amount_t,
            cap_t=cap_t,
            left_t=max(0, cap_t - used_t),
        )


def _announced_unit(row: ExportRow, number: int) -> NationalUnit:
    """The announced run that a row of the export confirms, of an application that was reviewed."""
    _must_be_as_many(row, number)
    found = (
        NationalUnit.objects.select_related("application")
        .select_for_update(of=("self",))
        .filter(
            released=False,
            application__organisation__code=row.entity,
            application__sheet__isnull=False,
            project=row.project,
            series=row.series,
            serial_from=row.serial_from,
            serial_to=row.serial_to,
        )
        .first()
    )
    if found is None:
        raise NotAnnounced(
            row=number,
            row_number=number,
            entity=row.entity,
            series=row.series,
            first=row.serial_from,
            last=row.serial_to,
        )
    return found


def _unconfirmed(unit: NationalUnit) -> bool:
    """Whether the unit's application waits for another row of the export."""
    rest = NationalUnit.objects.filter(application=unit.application_id, exported_date=None)
    return rest.exists()
