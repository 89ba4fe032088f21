"""A reported market with a register of bodies, up to the stage of a work a test begins at."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from openets.kernel.clock import at
from openets.parties import operations as parties
from openets.parties.models import Organisation
from openets.verification import operations as verification
from openets.verification import queries
from openets.verification.checklist import ITEMS
from openets.verification.eligibility import RULES, STANDING
from openets.verification.operations import Asked, NewVerifier
from tests.markets import CQ, FOUNDED, FOUNDER, founded_market, submit_reports

YEAR = 2022
SEED = "2023-05-08 09:00 抽取"
INDUSTRY = "其他行业"
DRAWN = at(date(2023, 5, 8), 9)
DECLARED = DRAWN + timedelta(days=1)
CONFIRMED = DRAWN + timedelta(days=2)
WORKING = DRAWN + timedelta(days=7)
SUBMITTED = DRAWN + timedelta(days=14)
ENTERED = DRAWN + timedelta(days=21)
LEAD, SECOND, REVIEWER, OTHER = 1, 2, 3, 4


@dataclass(frozen=True)
class Round:
    """A market in which the reports of `YEAR` wait for their bodies."""

    market: object
    codes: tuple[str, ...] = ("V1", "V2")

    def acts(self, code, person=1):
        """How somebody acts."""
        return self.market.acts(code, person)

    def work(self, code="E001"):
        """The standing work on an entity's report."""
        (found,) = queries.works(YEAR, Organisation.objects.filter(code=code)).filter(ended_at=None)
        return found

    def verifier(self, work, person):
        """A verifier of the body of a work, by the number of the person."""
        name = f"{work.body.code}-{person}"
        everybody = queries.verifiers(work.body, INDUSTRY, DRAWN.date())
        return next(v for v in everybody if v.person.username == name)


def register(market, code, *, industry=INDUSTRY, people=4, full_time=4, since=date(2018, 1, 1)):
    """Put a body and its people into the register."""
    body = market[code]
    verification.register_body(
        body=body,
        standing=list(STANDING),
        rules=list(RULES),
        reference_projects=3,
        acting=FOUNDER,
        at=FOUNDED,
    )
    new = []
    for number in range(1, people + 1):
        parties.add_member(
            username=f"{code}-{number}",
            display_name=f"{code}核查员{number}",
            organisation=body,
            acting=FOUNDER,
            at=FOUNDED,
        )
        new.append(
            NewVerifier(
                f"{code}-{number}",
                industry,
                since,
                full_time=number <= full_time,
                may_lead=number == LEAD,
                may_review=number in {LEAD, REVIEWER},
            )
        )
    verification.register_verifiers(body=body, people=new, acting=FOUNDER, at=FOUNDED)


def waiting_round(entities=3):
    """Reports are in and bodies registered; nothing is drawn."""
    market = founded_market(entities)
    submit_reports(market, YEAR)
    made = Round(market)
    for code in made.codes:
        register(market, code)
    return made


def drawn_round(entities=3):
    """The bodies are drawn."""
    made = waiting_round(entities)
    draw(made)
    return made


def draw(made, *, seed=SEED, person=1, code="bureau", law=CQ):
    """Draw the bodies."""
    return verification.draw_bodies(
        year=YEAR, seed=seed, reference=seed, law=law, acting=made.acts(code, person), at=DRAWN
    )


def declare(made, work, code=None):
    """The body declares itself independent."""
    verification.declare_independence(
        work=work, law=CQ, acting=made.acts(code or work.body.code), at=DECLARED
    )


def confirm(made, works, *, person=2, code="bureau"):
    """The bureau confirms."""
    verification.confirm_works(works=works, law=CQ, acting=made.acts(code, person), at=CONFIRMED)


def name_team(made, work, *, lead=LEAD, members=(SECOND,), reviewer=REVIEWER, code=None):
    """The body names its team."""
    verification.name_team(
        work=work,
        lead=made.verifier(work, lead),
        members=[made.verifier(work, number) for number in members],
        reviewer=made.verifier(work, reviewer),
        law=CQ,
        acting=made.acts(code or work.body.code),
        at=CONFIRMED,
    )


def declare_own(made, work, person):
    """Somebody of the team declares to have no interest."""
    verification.declare_own_independence(
        work=work, acting=made.acts(work.body.code, person), at=CONFIRMED
    )


def begun_round(entities=3):
    """Every work is assigned, its team named and each of it declared independent."""
    made = drawn_round(entities)
    works = list(queries.works(YEAR, Organisation.objects.all()))
    for work in works:
        declare(made, work)
    confirm(made, works)
    for work in works:
        name_team(made, work)
        for person in (LEAD, SECOND, REVIEWER):
            declare_own(made, work, person)
    return made


def raise_finding(made, work, *, person=LEAD, reference="f1", **otherwise):
    """A finding about the CO2 of the line."""
    facts = {
        "kind": "nonconformity",
        "text": "燃煤消耗量与台账不符",
        "line": "L1",
        "product": "产品",
        "figure": "co2_t",
        "candidate": Decimal(101_500),
    }
    return verification.raise_finding(
        work=work,
        reference=reference,
        acting=made.acts(work.body.code, person),
        at=WORKING,
        **facts | otherwise,
    )


def answer(made, finding, *, code=None, corrected=Decimal(101_000), cause="漏计一台锅炉"):
    """The entity answers."""
    verification.answer_finding(
        finding=finding,
        cause=cause,
        correction="补充锅炉燃煤量",
        corrected=corrected,
        acting=made.acts(code or finding.work.organisation.code),
        at=WORKING,
    )


def do_work(made, work, person=SECOND):
    """Go through the documents and see the site."""
    acting = made.acts(work.body.code, person)
    for item in ITEMS:
        verification.mark_item(
            work=work, item=item, is_right=True, note="", acting=acting, at=WORKING
        )
    verification.record_visit(
        work=work,
        place="厂区",
        began_at=WORKING - timedelta(hours=6),
        ended_at=WORKING,
        questions=[Asked("生产部", "燃料计量方式", "皮带秤")],
        reference="v1",
        acting=acting,
        at=WORKING,
    )


def submit(made, work, person=LEAD):
    """The lead submits the work for review."""
    verification.submit_work(work=work, acting=made.acts(work.body.code, person), at=SUBMITTED)


def approve(made, work, person=REVIEWER):
    """The reviewer approves it."""
    verification.approve_work(
        work=work, note="", acting=made.acts(work.body.code, person), at=SUBMITTED
    )


def sign(made, work, *, person=LEAD, statement=True, code=None):
    """The lead signs and enters the result."""
    verification.sign_result(
        work=work,
        statement=statement,
        law=CQ,
        acting=made.acts(code or work.body.code, person),
        at=ENTERED,
    )


def finish(made, work):
    """From the documents to the signed result."""
    do_work(made, work)
    submit(made, work)
    approve(made, work)
    sign(made, work)
