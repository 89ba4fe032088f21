"""The one place where pages ask for the time."""

from datetime import date, datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from openets.journal import queries as journal
from openets.kernel.clock import market_date


def now(request: HttpRequest) -> datetime:
    """The market's time, one for a request: of the wall, or in the demo of the journal.

    The days of a demo market are played, so its time is that of the last thing that happened.
    """
    kept = vars(request)
    if "market_now" not in kept:
        played = journal.latest_at() if settings.DEMO else None
        kept["market_now"] = played or timezone.now()
    moment: datetime = kept["market_now"]
    return moment


def today(request: HttpRequest) -> date:
    """The market's date."""
    return market_date(now(request))
