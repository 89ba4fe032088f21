"""Applicants of the last weeks: what the offices' queues hold when the play ends."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openets.casework import documents
from openets.casework.procedure import Procedure
from openets.casework.storage import Store
from openets.casework.transports import Message
from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.opening import operations, papers
from openets.opening.operations import Arrival, Information, NewContact
from openets.opening.procedures import (
    PLATFORM_CERTIFICATION,
    REGISTRY_OPENING,
    TRADING_OPENING,
)
from openets.parties import operations as parties
from openets.parties.models import Organisation
from openets.parties.operations import NewOrganisation
from openets.parties.roles import TITLES, Role
from openets.rulebook.load import Law
from openets.simulation.calibration import read
from openets.simulation.cast import FOUNDER

CODE = "000000"
"""What the played message brings; no message leaves the play."""
PLATFORM_UPLOADS = ("business_licence",)


@dataclass(frozen=True, slots=True)
class Applicants:
    """The new entities of the script, and with what they act."""

    law: Law
    store: Store
    moment: datetime
    cast: dict[str, Organisation]
    exchange: Acting
    registrar: Acting
    platform: Acting

    def acts(self, code: str) -> Acting:
        """How an applicant acts."""
        return Acting(f"{code}-1", Role(self.cast[code].role), code)

    def own(self, code: str) -> dict[str, Any]:
        """What every operation of an applicant takes."""
        return {"organisation": self.cast[code], "acting": self.acts(code), "at": self.moment}

    def file(self, code: str, procedure: Procedure, subject: str, kinds: Any) -> None:
        """Upload a synthetic document of each kind."""
        for kind in kinds:
            documents.add_document(
                procedure,
                subject,
                kind=kind,
                name=f"{kind}.csv",
                content=f"合成材料,{code},{subject},{kind}\n".encode(),
                store=self.store,
                law=self.law,
                acting=self.acts(code),
                at=self.moment,
            )


def file_openings(
    *,
    law: Law,
    store: Store,
    day: date,
    exchange: Acting,
    registrar: Acting,
    platform: Acting,
) -> None:
    """Let the script's new entities come as far with their accounts as it says.

    Source: CQ208-A3.2.3, CQ208-A4.2.2, CQ208-A5.1.3.
    """
    script, moment = read("script.yaml")["openings"], at(day, 8)
    made = _register(script, law, moment)
    market = Applicants(law, store, moment, made, exchange, registrar, platform)
    for number, card in enumerate(script["applicants"], start=1):
        code = card["code"]
        told = Information(
            card["credit_code"], f"{card['district']}合成路 {number} 号", "法定代表人 1"
        )
        contact = NewContact("账户联系人 1", f"1000000000{number}")
        _registry(market, code, told, contact, card["registry"])
        if "trading" in card:
            _trading(market, code, told, contact, card["trading"])
        if "platform" in card:
            _certification(market, code, told, contact.mobile, card["platform"])


def _register(script: Any, law: Law, moment: datetime) -> dict[str, Organisation]:
    new = [
        NewOrganisation(
            card["code"],
            card["name"],
            Role.KEY_EMITTING_ENTITY,
            card["district"],
            card["industry"],
            synthetic=True,
        )
        for card in script["applicants"]
    ]
    made = parties.register_organisations(new, law=law, acting=FOUNDER, at=moment)
    for code, organisation in made.items():
        parties.add_member(
            username=f"{code}-1",
            display_name=f"{TITLES[Role.KEY_EMITTING_ENTITY][0]} 1",
            organisation=organisation,
            acting=FOUNDER,
            at=moment,
        )
    return made


def _registry(
    market: Applicants, code: str, told: Information, contact: NewContact, until: str
) -> None:
    own, today = market.own(code), market.moment.date()
    operations.begin_registry_opening(former_user=False, law=market.law, **own)
    if until == "filling":
        return
    uploads = market.law.on("opening.registry_uploads", today).items
    market.file(code, REGISTRY_OPENING, code, uploads)
    operations.submit_registry_opening(information=told, contacts=[contact], law=market.law, **own)
    if until == "active":
        operations.approve_registry_opening(**own | {"acting": market.registrar})


def _trading(
    market: Applicants, code: str, told: Information, contact: NewContact, until: str
) -> None:
    own, today = market.own(code), market.moment.date()
    subject = operations.begin_trading_opening(law=market.law, **own).subject
    uploads = market.law.on("opening.trading_uploads", today).items
    market.file(code, TRADING_OPENING, subject, uploads)
    operations.apply_for_trading(information=told, contacts=[contact], law=market.law, **own)
    listed = papers.papers(market.law, papers.LISTS[Role.KEY_EMITTING_ENTITY], today)
    copies = {paper.kind: paper.copies for paper in listed}
    if until == "applied":
        copies.popitem()  # The agreement, last on the list, is still missing.
    operations.receive_trading_paper(
        subject=subject,
        arrival=Arrival(copies, today),
        law=market.law,
        acting=market.exchange,
        at=market.moment,
    )


def _certification(
    market: Applicants, code: str, told: Information, mobile: str, until: str
) -> None:
    own, today = market.own(code), market.moment.date()
    operations.send_platform_code(mobile=mobile, code=CODE, send=_keep, **own)
    operations.register_platform_account(code=CODE, law=market.law, **own)
    operations.apply_for_certification(**own)
    market.file(code, PLATFORM_CERTIFICATION, code, PLATFORM_UPLOADS)
    operations.submit_certification(information=told, law=market.law, **own)
    if until == "reviewing":
        listed = papers.papers(market.law, papers.PLATFORM_LIST, today)
        copies = {paper.kind: paper.copies for paper in listed}
        operations.receive_platform_paper(
            arrival=Arrival(copies, today),
            law=market.law,
            **own | {"acting": market.platform},
        )


def _keep(message: Message) -> None:
    """No message leaves the play."""
