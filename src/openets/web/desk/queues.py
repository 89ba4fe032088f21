"""What waits for a role, counted by procedure."""

from datetime import date

from django.conf import settings
from django.db.models import Count, Min

from openets.casework import queries as casework
from openets.kernel.acting import Acting
from openets.web import words
from openets.web.cases.due import Days
from openets.web.desk.page import Queue
from openets.web.language import Said


def queues_of(acting: Acting, today: date) -> list[Queue]:
    """The open cases in which somebody has the next move, by procedure, the most urgent first."""
    waiting = casework.to_do(
        tuple(words.PROCEDURES.values()), acting.role, acting.organisation, acting.person
    )
    days = Days(today, settings.JURISDICTION)
    rows = waiting.order_by().values("procedure").annotate(n=Count("id"), due=Min("due_date"))
    queues = [
        Queue(
            name=row["procedure"],
            procedure=Said(
                words.PROCEDURES[row["procedure"]].zh, words.PROCEDURES[row["procedure"]].en
            ),
            count=row["n"],
            due=days.of(row["due"]) if row["due"] else None,
        )
        for row in rows
    ]
    return sorted(queues, key=lambda queue: queue.due.date if queue.due else date.max)
