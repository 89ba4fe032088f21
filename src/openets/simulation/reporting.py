"""What becomes of the reports beside the duties: one year is published, the next is begun."""

from openets.kernel.clock import at
from openets.mrv import drafts, publishing
from openets.mrv.disclosure import Secret
from openets.roster import operations as roster
from openets.simulation.preparation import Stage


def publish_reports(stage: Stage) -> None:
    """Some mark a trade secret; then the reports of a year are published. Source: CQETS-24.3."""
    told, moment = stage.script["reports_public"], stage.moment("reports_published")
    for entity in stage.cast.entities[: told["withheld"]]:
        publishing.mark_secret(
            organisation=entity,
            year=told["year"],
            field=told["field"],
            kind=Secret.TRADE,
            reason=told["reason"],
            acting=stage.acts(entity.code),
            at=moment,
        )
    publishing.publish_reports(
        organisations=stage.cast.entities,
        year=told["year"],
        acting=stage.acts("bureau"),
        at=moment,
    )


def begin_next_year(stage: Stage) -> None:
    """The list goes on by a year, and the first entities draft their report of it.

    Source: CQETS-7, CQETS-24.
    """
    told, year = stage.script["next_year"], max(stage.script["years"]) + 1
    moment = at(told["day"], 9)
    roster.continue_list(year=year, law=stage.law, acting=stage.acts("bureau"), at=moment)
    for entity in stage.cast.entities[: told["drafts"]]:
        rows = [{"facility": "厂区", **row} for row in told["activity"]]
        drafts.save_draft(
            organisation=entity,
            year=year,
            factors=told["factors"],
            content={"activity": rows},
            revision=0,
            law=stage.law,
            acting=stage.acts(entity.code),
            at=moment,
        )
