"""The door `openets person`: the first account of a market, and later ones from the command line.

A new market has nobody who could invite anybody. `add` makes the city bureau's first account and
prints its one-time link; on a market that has people it asks who adds (`--by`). `invite` makes a
new link, also for whoever lost theirs.
"""

import argparse
import json
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from openets.doors.refusals import DONE, BadArguments, answer
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import operations
from openets.parties import queries as parties
from openets.parties.capacity import Capacity
from openets.parties.models import Organisation, Person
from openets.parties.operations import NewOrganisation
from openets.parties.roles import TITLES, Role
from openets.rulebook.load import law

FOUNDER = Acting("operator", Role.CITY_BUREAU, "bureau")
"""Whoever runs the command on an empty market: they hold its database anyhow."""


class WhoAdds(Refusal):
    """A market with people has somebody who answers for each new one."""

    code = "who_adds"
    article = "CQETS-4"
    zh = "该市场已有市生态环境局人员，须以 --by 指明由谁办理；“{by}”不是"
    en = "People act for the city bureau already; --by names one of them, and “{by}” is not"
    remedy_zh = "请填写市生态环境局在任人员的账号"
    remedy_en = "Give the user name of somebody who acts for the city bureau"


class NoSuchAccount(Refusal):
    """Nobody has this account."""

    code = "no_such_account"
    article = "CQETS-4"
    zh = "没有账号 {username}"
    en = "There is no account {username}"
    remedy_zh = "请先用 openets person add 登记"
    remedy_en = "Register the person with openets person add first"


@transaction.atomic
def add(options: argparse.Namespace, at: datetime) -> dict[str, str]:
    """Register a person for an organisation, and the bureau itself where it is missing; invite.

    Raises:
        WhoAdds, and the refusals of the operations.
    """
    acting, rules = _acting(options.by, at), law(settings.JURISDICTION)
    if acting is FOUNDER and not Organisation.objects.filter(code=options.organisation).exists():
        name = options.organisation_name or TITLES[Role.CITY_BUREAU][0]
        bureau = NewOrganisation(options.organisation, name, Role.CITY_BUREAU)
        operations.register_organisations([bureau], law=rules, acting=acting, at=at)
    operations.add_member(
        username=options.username,
        display_name=options.name,
        organisation=parties.registered(options.organisation),
        capacity=Capacity(options.capacity),
        mobile=options.mobile,
        email=options.email,
        basis=options.basis,
        acting=acting,
        at=at,
    )
    return invite(options, at, acting)


def invite(
    options: argparse.Namespace, at: datetime, acting: Acting | None = None
) -> dict[str, str]:
    """Make a new one-time link for a person.

    Raises:
        WhoAdds, NoSuchAccount.
    """
    acting = acting or _acting(options.by, at)
    person = Person.objects.filter(username=options.username).first()
    if person is None:
        raise NoSuchAccount(username=options.username)
    rules = law(settings.JURISDICTION)
    secret = operations.invite(person=person, law=rules, acting=acting, at=at)
    made = parties.invitation_of(person, at)
    assert made is not None, "it was made just now"
    return {
        "username": person.username,
        "link": options.address.rstrip("/") + reverse("invitation", args=[secret]),
        "expires_at": made.expires_at.isoformat(),
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The two actions; `add` needs a name."""
    parser.add_argument("action", choices=("add", "invite"))
    parser.add_argument("--username", required=True, help="the account: one person, one account")
    parser.add_argument("--name", default="", help="what the person is called")
    parser.add_argument("--mobile", default="")
    parser.add_argument("--email", default="")
    parser.add_argument("--organisation", default=FOUNDER.organisation, help="its code")
    parser.add_argument("--organisation-name", default="", help="of the bureau to be registered")
    parser.add_argument("--capacity", default=Capacity.MEMBER, choices=[c.value for c in Capacity])
    parser.add_argument("--basis", default="", help="the letter of authority")
    parser.add_argument("--by", default="", help="user name of who adds; not for the first account")
    parser.add_argument("--address", default="http://127.0.0.1:8000", help="of the pages")


def run(options: argparse.Namespace) -> int:
    """Do the action and write the account and its link as one JSON object.

    Raises:
        BadArguments: an account without a name.
    """
    if options.action == "add" and not options.name:
        raise BadArguments(problem="add needs --name", command="openets person")
    actions = {"add": add, "invite": invite}
    print(json.dumps(actions[options.action](options, timezone.now()), ensure_ascii=False))
    return DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets person",
        description="The first account of a market, further ones, and new invitations.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def _acting(by: str, at: datetime) -> Acting:
    """Somebody of the city bureau, or the founder as long as nobody acts for it."""
    today = market_date(at)
    bureau = parties.memberships(today).filter(role=Role.CITY_BUREAU)
    if not bureau.exists():
        return FOUNDER
    one = bureau.filter(person__username=by, person__is_active=True).first()
    if one is None:
        raise WhoAdds(by=by)
    return Acting(one.person.username, one.role, one.organisation.code)
