"""The door `openets casework`: the daily round of reminders and deliveries, and new holidays."""

import argparse
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from openets.allocation import operations as allocation
from openets.allocation.procedures import DETERMINATION
from openets.casework import holidays, notices
from openets.casework import queries as cases
from openets.casework.transports import DeliveryFailed, Message, Transport
from openets.doors.lines import read_table
from openets.doors.refusals import DONE, BadArguments, answer
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.mrv import operations as mrv
from openets.mrv.procedures import VERIFICATION
from openets.opening import operations as opening
from openets.parties import operations as authorities
from openets.parties import queries as parties
from openets.parties.models import Membership, Person
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.rulebook.load import law
from openets.web import words

PROCEDURES = tuple(words.PROCEDURES.values())
CLOCK = Acting("clock", Role.MARKET_CLOCK, "clock")


class NobodyActs(Refusal):
    """A decision is a person's, in a role."""

    code = "nobody_acts"
    article = "CQETS-4"
    zh = "用户“{person}”不存在或没有角色"
    en = "There is no user “{person}”, or they have no role"
    remedy_zh = "请填写已登记人员的用户名"
    remedy_en = "Name a person who is registered with a role"


def daily_round(at: datetime) -> dict[str, int]:
    """Do what comes by itself, remind, report delays and send; tells how many of each.

    What nobody opposed in time stands; what was filed for approval is executed or expires.
    """
    rules = law(settings.JURISDICTION)
    unopposed = 0
    for year in cases.years(VERIFICATION, "notified"):
        unopposed += mrv.finalise_unopposed(year=year, acting=CLOCK, at=at)
    for year in cases.years(DETERMINATION, "notified"):
        unopposed += allocation.accept_unopposed(year=year, acting=CLOCK, at=at)
    lapsed = opening.lapse_overdue(law=rules, acting=CLOCK, at=at)
    expired = registry.expire_filed(acting=CLOCK, at=at)
    executed = registry.execute_due(acting=CLOCK, at=at)
    reminded = notices.remind(PROCEDURES, law=rules, acting=CLOCK, at=at)
    transports = {
        notices.MAIL: import_string(settings.MAIL_TRANSPORT),
        notices.SMS: import_string(settings.SMS_TRANSPORT),
    }
    ending = authorities.remind_of_endings(law=rules, acting=CLOCK, at=at)
    told = sum(_tell(membership, transports[notices.MAIL]) for membership in ending)
    tried = notices.deliver(transports=transports, law=rules, acting=CLOCK, at=at)
    sent = sum(copy.state == copy.State.SENT for copy in tried)
    return {
        "unopposed": unopposed,
        "reminded": len(reminded),
        "authorities_ending": len(ending),
        "sent": sent + told,
        "not_sent": len(tried) - sent,
        "executed": len(executed),
        "expired": len(expired),
        "lapsed": len(lapsed),
    }


def _tell(membership: Membership, mail: Transport) -> bool:
    """Mail a person that their authority ends; the bureau sees it in the directory in any case."""
    person, organisation = membership.person, membership.organisation
    if not person.email:
        return False
    day = membership.until_date
    zh = f"您代表{organisation.name}的授权将于 {day} 终止，需要继续的请办理新的授权。"
    en = f"Your authority to act for {organisation.name} ends on {day}. Renew it if you go on."
    try:
        mail(Message(person.email, zh, en))
    except DeliveryFailed:
        return False
    return True


def acting_for(person: str, at: datetime) -> Acting:
    """How the person of a user name acts today.

    Raises:
        NobodyActs.
    """
    found = Person.objects.filter(username=person, is_active=True).first()
    acting = parties.acting_as(found, market_date(at)) if found else None
    if acting is None:
        raise NobodyActs(person=person)
    return acting


def import_file(path: Path, *, year: int, notice: str, person: str, at: datetime) -> dict[str, int]:
    """Import a file of holidays with the columns date, kind and name, in a person's name.

    Raises:
        NobodyActs, and the refusals of the file and of the import.
    """
    acting = acting_for(person, at)
    rows = read_table(path, columns=("date", "kind", "name"))
    for row in rows:
        if row.refusal:
            raise row.refusal
    imported = holidays.import_holidays(
        year=year,
        rows={row.number: row.cells for row in rows},
        notice=notice,
        law=law(settings.JURISDICTION),
        acting=acting,
        at=at,
    )
    return {"year": year, "imported": imported}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The two actions; `holidays` needs all its options."""
    parser.add_argument("action", choices=("round", "holidays"))
    parser.add_argument("--file", type=Path, help="CSV with the columns date, kind and name")
    parser.add_argument("--year", type=int)
    parser.add_argument("--notice", help="number of the State Council's notice")
    parser.add_argument("--person", help="user name of who imports it")


def run(options: argparse.Namespace) -> int:
    """Do the action and write what was done as one JSON object.

    Raises:
        BadArguments: an import lacks an option.
    """
    now = timezone.now()
    given = {name: getattr(options, name) for name in ("year", "notice", "person")}
    if options.action == "round":
        done = daily_round(now)
    elif options.file is None or None in given.values():
        problem = "holidays needs --file, --year, --notice and --person"
        raise BadArguments(problem=problem, command="openets casework")
    else:
        done = import_file(options.file, **given, at=now)
    print(json.dumps(done))
    return DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets casework",
        description="Reminders, deliveries and new holidays.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )
