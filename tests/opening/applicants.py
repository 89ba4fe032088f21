"""Applicants on their way to an account, for tests."""

from datetime import date
from pathlib import Path

from openets.casework import documents
from openets.casework.procedure import Procedure
from openets.casework.storage import Store
from openets.kernel.clock import at
from openets.opening import operations
from openets.opening.operations import Arrival, Information, NewContact
from openets.opening.papers import LISTS, papers
from openets.opening.procedures import (
    PLATFORM_CERTIFICATION,
    REGISTRY_OPENING,
    TRADING_OPENING,
)
from openets.parties.roles import Role
from openets.settlement import operations as settlement
from tests.markets import CQ, Market, founded_market

APPLIED = at(date(2023, 11, 15))
CREDIT_CODE = "91500000MA5U00000W"
CONTACT = NewContact("登记联系人 1", "13800000001")
TRADER = NewContact("交易联系人 1", "13800000002")
ALL_PAPER = {
    paper.kind: paper.copies
    for paper in papers(CQ, LISTS[Role.KEY_EMITTING_ENTITY], APPLIED.date())
}
PLATFORM_PAPER = {"service_contract": 4, "price_notice": 1, "business_licence": 1}
REGISTRY_UPLOADS = CQ.on("opening.registry_uploads", APPLIED.date()).items
TRADING_UPLOADS = CQ.on("opening.trading_uploads", APPLIED.date()).items


def information() -> Information:
    return Information(CREDIT_CODE, "合成路 1 号", "法定代表人 1")


def bare_market() -> Market:
    """A market of two entities without any account."""
    market = founded_market(entities=2)
    settlement.open_market_accounts(acting=market.acts("exchange"), at=APPLIED)
    return market


def upload(
    market: Market, code: str, procedure: Procedure, kinds: object, folder: Path, subject: str = ""
) -> None:
    """File a document of each kind, all different."""
    for kind in kinds:
        documents.add_document(
            procedure,
            subject or code,
            kind=kind,
            name=f"{kind}.pdf",
            content=f"%PDF-{code}-{kind}-{subject}".encode(),
            store=Store(folder),
            law=CQ,
            acting=market.acts(code),
            at=APPLIED,
        )


def answer(market: Market, code: str, *, former: bool | None, moment=APPLIED):
    return operations.begin_registry_opening(
        organisation=market[code], former_user=former, law=CQ, acting=market.acts(code), at=moment
    )


def submit_registry(market: Market, code: str, contacts=(CONTACT,), given=None, moment=APPLIED):
    operations.submit_registry_opening(
        organisation=market[code],
        information=given or information(),
        contacts=contacts,
        law=CQ,
        acting=market.acts(code),
        at=moment,
    )


def applied_registry(market: Market, code: str, folder: Path) -> None:
    """A new user's application is sent."""
    answer(market, code, former=False)
    upload(market, code, REGISTRY_OPENING, REGISTRY_UPLOADS, folder)
    submit_registry(market, code)


def begin_trading(market: Market, code: str, law=CQ, moment=APPLIED):
    return operations.begin_trading_opening(
        organisation=market[code], law=law, acting=market.acts(code), at=moment
    )


def apply_trading(market: Market, code: str, contacts=(TRADER,), law=CQ, moment=APPLIED):
    return operations.apply_for_trading(
        organisation=market[code],
        information=information(),
        contacts=contacts,
        law=law,
        acting=market.acts(code),
        at=moment,
    )


def applied_trading(market: Market, code: str, folder: Path, moment=APPLIED, law=CQ):
    """An application for a trading account is sent; its month runs."""
    opening = begin_trading(market, code, law, moment)
    upload(market, code, TRADING_OPENING, TRADING_UPLOADS, folder, opening.subject)
    return apply_trading(market, code, law=law, moment=moment)


def receive(market: Market, day: date, copies=None, subject: str = "E001/1", law=CQ, posted=None):
    """The exchange records paper on the day it comes in."""
    return operations.receive_trading_paper(
        subject=subject,
        arrival=Arrival(ALL_PAPER if copies is None else copies, day, posted),
        law=law,
        acting=market.acts("exchange"),
        at=at(day, 10),
    )


def approve_trading(market: Market, subject: str = "E001/1", by: str = "exchange", day=None):
    operations.approve_trading_opening(
        subject=subject, acting=market.acts(by), at=at(day or date(2023, 11, 22))
    )


class Outbox:
    """Takes messages and keeps them."""

    def __init__(self):
        self.messages = []

    def __call__(self, message):
        self.messages.append(message)


def send_code(market: Market, code: str, mobile: str = "13800000003", moment=APPLIED, send=None):
    operations.send_platform_code(
        organisation=market[code],
        mobile=mobile,
        code="246810",
        send=send or Outbox(),
        acting=market.acts(code),
        at=moment,
    )


def register_platform(market: Market, code: str, sent: str = "246810", moment=APPLIED):
    return operations.register_platform_account(
        organisation=market[code], code=sent, law=CQ, acting=market.acts(code), at=moment
    )


def submitted_certification(market: Market, code: str, folder: Path) -> None:
    """A company applied for its certification; the paper is awaited."""
    send_code(market, code)
    register_platform(market, code)
    acting = market.acts(code)
    operations.apply_for_certification(organisation=market[code], acting=acting, at=APPLIED)
    upload(market, code, PLATFORM_CERTIFICATION, ["business_licence"], folder)
    operations.submit_certification(
        organisation=market[code], information=information(), law=CQ, acting=acting, at=APPLIED
    )


def receive_platform(market: Market, code: str, copies=None, by: str = "platform"):
    return operations.receive_platform_paper(
        organisation=market[code],
        arrival=Arrival(PLATFORM_PAPER if copies is None else copies, date(2023, 11, 20)),
        law=CQ,
        acting=market.acts(by),
        at=at(date(2023, 11, 20), 10),
    )


def certify(market: Market, code: str, by: str = "platform") -> None:
    operations.approve_certification(
        organisation=market[code], acting=market.acts(by), at=at(date(2023, 11, 21))
    )
