"""What may happen to the list of key emitting entities: the door of the room.

Each subject has a module of its own: the scale (`standards`), a place on the list (`listing`), its
end (`removing`), changes of registration (`changing`), supplied data (`supplying`).
"""

from openets.roster.changing import (
    ChangeUnderWay,
    NotAsConfirmed,
    confirm_change,
    register_change,
    reject_change,
    report_change,
    send_notice,
)
from openets.roster.listing import (
    BelowInclusionScale,
    Candidate,
    NeverListed,
    NobodyListed,
    PublishedAsItStands,
    StandsAlready,
    adopt_list,
    continue_list,
    decline_entities,
    include_entities,
    propose_entities,
    publish_list,
)
from openets.roster.removing import keep_entity, propose_removal, remove_entity
from openets.roster.standards import NewStandard, NotApproved, StandardExists, adopt_standard
from openets.roster.supplying import supply_figures

__all__ = [
    "BelowInclusionScale",
    "Candidate",
    "ChangeUnderWay",
    "NeverListed",
    "NewStandard",
    "NobodyListed",
    "NotApproved",
    "NotAsConfirmed",
    "PublishedAsItStands",
    "StandardExists",
    "StandsAlready",
    "adopt_list",
    "adopt_standard",
    "confirm_change",
    "continue_list",
    "decline_entities",
    "include_entities",
    "keep_entity",
    "propose_entities",
    "propose_removal",
    "publish_list",
    "register_change",
    "reject_change",
    "remove_entity",
    "report_change",
    "send_notice",
    "supply_figures",
]
