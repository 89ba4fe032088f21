"""An entity acts on its own duty."""

from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.parties.roles import Role


class NotYourDuty(Refusal):
    """An entity acts on its own duty only."""

    code = "not_your_duty"
    article = "CQETS-26"
    zh = "{organisation} 无权办理 {entity} 的履约事项"
    en = "{organisation} may not act on the duty of {entity}"
    remedy_zh = "只能办理本单位的清缴、抵销和预支"
    remedy_en = "Act on your own duty"


def must_be_own(acting: Acting, organisation: Organisation) -> None:
    """Refuse whoever acts on another's duty.

    Raises:
        NotYourRole, NotYourDuty.
    """
    acting.must_be(Role.KEY_EMITTING_ENTITY, article="CQETS-26")
    if acting.organisation != organisation.code:
        raise NotYourDuty(organisation=acting.organisation, entity=organisation.code)
