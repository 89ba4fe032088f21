"""The documents an applicant hands in, and what is missing of them. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from openets.kernel.calendar import Calendar, after_months
from openets.parties.roles import Role
from openets.rulebook.load import Law

LISTS: Mapping[Role, str] = {
    Role.KEY_EMITTING_ENTITY: "opening.key_entity_documents",
    Role.INVESTOR: "opening.institution_documents",
    Role.PROJECT_OWNER: "opening.institution_documents",
    Role.INDIVIDUAL: "participants.individual_documents",
}
"""The card that lists the documents of each class of participants. Source: CQ208-A4.L, AMB-40."""
PLATFORM_LIST = "opening.platform_documents"


@dataclass(frozen=True, slots=True)
class Paper:
    """An item of a list of documents: how many copies, in which form."""

    item: int
    kind: str
    copies: int
    zh: str
    en: str
    form_zh: str
    form_en: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A paper of which fewer copies came in than are asked for."""

    paper: Paper
    given: int


def papers(law: Law, card: str, day: date) -> tuple[Paper, ...]:
    """The documents a card of the rulebook lists, in its order.

    Their numbers of copies are whole numbers or name the card that says them.
    Source: CQ208-A4.L, CQ208-A5.1.4.

    Raises:
        NotSet: nobody has listed the documents of this class of participants (AMB-40).
        NoValueForTime.
    """
    return tuple(
        Paper(
            item=number,
            kind=row["kind"],
            copies=_copies(row["copies"], law, day),
            zh=row["zh"],
            en=row["en"],
            form_zh=row.get("form_zh", ""),
            form_en=row.get("form_en", ""),
        )
        for number, row in enumerate(law.on(card, day).items, start=1)
    )


def missing(required: Sequence[Paper], given: Mapping[str, int]) -> list[Missing]:
    """Which papers are not there in full; `given` tells the copies that came in by kind.

    Source: CQ208-A4.L, CQ208-A5.1.4.
    """
    found = [Missing(paper, given.get(paper.kind, 0)) for paper in required]
    return [short for short in found if short.given < short.paper.copies]


def uploads(required: Sequence[Paper], wanted: Collection[str]) -> list[Paper]:
    """The papers of a list that are also uploaded with an application."""
    return [paper for paper in required if paper.kind in wanted]


def last_paper_day(applied: date, *, law: Law, calendar: Calendar) -> date:
    """The last day on which complete paper may come in (一个月期限).

    Source: CQ208-A4.2.4b, AMB-44.

    Raises:
        UnknownYear: the month ends beyond the known calendar.
    """
    months = law.on("trading.paper_within_months", applied).whole
    day = after_months(applied, months).last_day
    moves_on = law.on("trading.paper_last_day", applied).text == "next_working_day"
    if moves_on and not calendar.is_working_day(day):
        return calendar.after_working_days(day, 1).last_day
    return day


def _copies(written: object, law: Law, day: date) -> int:
    return law.on(written, day).whole if isinstance(written, str) else int(str(written))
