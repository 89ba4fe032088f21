"""Who looks at a page, and what they may see.

A person acts in one membership (身份) at a time. Whoever has several chooses; the choice is kept in
the session and held against the memberships of the day at each request. A program acts in the
membership of its token. In the demo every figure is made up and public, but money and open orders
stay with those to whom the roles matrix shows them, as they would in earnest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.matrix import Scope, scope
from openets.parties.models import Membership, Organisation
from openets.parties.roles import TITLES, Role
from openets.web import clock, words
from openets.web.language import Said

CHOSEN = "membership"
"""Where the session keeps the membership chosen to act in."""


class NotForYou(Refusal):
    """The figures of an entity are its own and the offices'."""

    code = "not_for_you"
    article = "CQETS-29"
    zh = "无权查看{what}"
    en = "You may not see {what_en}"
    remedy_zh = "请使用有权限的角色登录，或联系主管部门"
    remedy_en = "Sign in with a role that may, or ask the competent authority"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person, or their program, in the membership they act in."""

    membership: Membership
    choices: int
    """How many memberships they may act in today."""

    @property
    def person(self) -> str:
        """The user name."""
        return self.membership.person.username

    @property
    def name(self) -> str:
        """What the person is called."""
        return self.membership.person.display_name

    @property
    def role(self) -> Role:
        """The role they act in."""
        return Role(self.membership.role)

    @property
    def organisation(self) -> Organisation:
        """Whom they act for."""
        return self.membership.organisation

    @property
    def title(self) -> Said:
        """The role in words."""
        return Said(*TITLES[self.role])

    @property
    def seat(self) -> Said:
        """The role and the person's name, as the header shows them."""
        return words.doer(self.role, self.name or self.person)

    @property
    def acting(self) -> Acting:
        """How operations and the journal know them."""
        return Acting(self.person, self.role, self.organisation.code)


def viewer_of(request: HttpRequest) -> Viewer | None:
    """Who looks, or None for the public; read once a request by one query."""
    kept = vars(request)
    if "viewer" not in kept:
        kept["viewer"] = _viewer(request)
    found: Viewer | None = kept["viewer"]
    return found


def acting_of(request: HttpRequest) -> Acting:
    """In which role somebody asks today; the public when they did not sign in or may not act."""
    viewer = viewer_of(request)
    return viewer.acting if viewer else parties.PUBLIC


def act_as(request: HttpRequest, membership: Membership) -> None:
    """Let this request, and only this one, be asked in a membership: that of a token."""
    request.user = membership.person
    vars(request)["viewer"] = Viewer(membership, choices=1)


def memberships_of(request: HttpRequest) -> Sequence[Membership]:
    """The memberships a signed-in person may act in today."""
    if not request.user.is_authenticated:
        return ()
    return parties.memberships_of(request.user, clock.today(request))


def _viewer(request: HttpRequest) -> Viewer | None:
    mine = memberships_of(request)
    chosen = request.session.get(CHOSEN) if mine else None
    # Nobody slips into another membership because the chosen one ended.
    may_act = mine if chosen is None and len(mine) == 1 else [m for m in mine if m.pk == chosen]
    return Viewer(may_act[0], choices=len(mine)) if may_act else None


def may_see_entity(viewer: Viewer | None, organisation: Organisation) -> bool:
    """Whether the figures of an entity are shown."""
    return settings.DEMO or _may(viewer, "allocation.read", organisation)


def may_see_all(viewer: Viewer | None) -> bool:
    """Whether the figures of every entity are shown."""
    return settings.DEMO or _may(viewer, "allocation.read")


def may_see_district(viewer: Viewer | None, district: str) -> bool:
    """Whether the figures of every entity of a district are shown."""
    if may_see_all(viewer):
        return True
    if viewer is None or scope(viewer.role, "allocation.read") != Scope.OWN_AREA:
        return False
    return district == viewer.organisation.district


def may_see_money(viewer: Viewer | None, organisation: Organisation) -> bool:
    """Whether the money and the open orders of an organisation are shown."""
    return _may(viewer, "money.read", organisation)


def must_see_entity(viewer: Viewer | None, organisation: Organisation) -> None:
    """Refuse the figures of an entity to others.

    Raises:
        NotForYou.
    """
    if not may_see_entity(viewer, organisation):
        raise NotForYou(what=organisation.name, what_en=organisation.name)


def must_see_all(viewer: Viewer | None) -> None:
    """Refuse the list with the figures of every entity to others.

    Raises:
        NotForYou.
    """
    if not may_see_all(viewer):
        raise NotForYou(what="全部单位的数据", what_en="the figures of every entity")


def _may(viewer: Viewer | None, operation: str, subject: Organisation | None = None) -> bool:
    return viewer is not None and parties.may(viewer.acting, operation, subject)
