"""Who looks at a page, and what they may see.

In the demo every figure is made up and public, but money and open orders stay with their owner,
the exchange and the authority, as they would in earnest.
"""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import TITLES, Role
from openets.web import clock
from openets.web.language import Said

OFFICES = (
    Role.CITY_BUREAU,
    Role.DISTRICT_BUREAU,
    Role.REGISTRY_OPERATOR,
    Role.EXCHANGE_OPERATOR,
)
SEE_MONEY = (Role.CITY_BUREAU, Role.EXCHANGE_OPERATOR)


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
    """A signed-in person in their role."""

    person: str
    name: str
    role: Role
    organisation: Organisation

    @property
    def title(self) -> Said:
        """The role in words."""
        return Said(*TITLES[self.role])

    @property
    def acting(self) -> Acting:
        """How they act in operations."""
        return Acting(self.person, self.role, self.organisation.code)


def viewer_of(request: HttpRequest) -> Viewer | None:
    """Who looks, or None for the public; read once a request."""
    kept = vars(request)
    if "viewer" not in kept:
        kept["viewer"] = _viewer(request)
    found: Viewer | None = kept["viewer"]
    return found


def _viewer(request: HttpRequest) -> Viewer | None:
    if not request.user.is_authenticated:
        return None
    membership = parties.membership_of(request.user, clock.today(request))
    if membership is None:
        return None
    return Viewer(
        person=request.user.username,
        name=request.user.display_name,
        role=Role(membership.role),
        organisation=membership.organisation,
    )


def may_see_entity(viewer: Viewer | None, organisation: Organisation) -> bool:
    """Whether the figures of an entity are shown."""
    return may_see_all(viewer) or (viewer is not None and viewer.organisation == organisation)


def may_see_all(viewer: Viewer | None) -> bool:
    """Whether the figures of every entity are shown."""
    return settings.DEMO or (viewer is not None and viewer.role in OFFICES)


def may_see_money(viewer: Viewer | None, organisation: Organisation) -> bool:
    """Whether the money and the open orders of an organisation are shown."""
    if viewer is None:
        return False
    return viewer.organisation == organisation or viewer.role in SEE_MONEY


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
