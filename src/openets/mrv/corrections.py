"""What follows when a verified result is corrected: named handlers of the rooms above.

Rooms above this one keep what rests on a result: an allowance, a duty, a cap. Each puts a handler
into `HANDLERS` when the program starts; `follow` calls them in the order of their names and the
journal keeps what each of them did. Nothing that was done is edited: a handler adds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.parties.models import Organisation
from openets.rulebook.load import Law

ARTICLE = "CQETS-25.2b"


@dataclass(frozen=True, slots=True)
class Correction:
    """A verified result of an entity and year that was replaced by another, in tCO2e."""

    organisation: Organisation
    year: int
    before_tco2e: Tonnes
    verified_tco2e: Tonnes


@dataclass(frozen=True, slots=True)
class Followed:
    """What a handler did: in words, with the figures before and after where it changed any."""

    zh: str
    en: str
    before_t: int | None = None
    after_t: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Shape in the journal."""
        return {
            "zh": self.zh,
            "en": self.en,
            "before_t": self.before_t,
            "after_t": self.after_t,
        }


Handler = Callable[[Correction, Law, Acting, datetime], Followed]

HANDLERS: dict[str, Handler] = {}
"""What follows, by room and matter; filled by the rooms above as the program starts."""


def follow(
    correction: Correction, *, law: Law, acting: Acting, at: datetime
) -> dict[str, Followed]:
    """Let everything that rests on a corrected result follow it, within the same transaction.

    Source: CQETS-25.2b, CNETS-29, AMB-31.
    """
    done = {}
    for name in sorted(HANDLERS):
        done[name] = HANDLERS[name](correction, law, acting, at)
        journal.record(
            operation="mrv.follow_correction",
            subject=f"report/{correction.organisation.code}/{correction.year}",
            acting=acting,
            at=at,
            article=ARTICLE,
            content={"handler": name, **done[name].as_json()},
        )
    return done
