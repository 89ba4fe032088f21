"""A body's work from the draw to the signed result: who may do what, when, once."""

from contextlib import nullcontext
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest

from openets.casework import queries as cases
from openets.casework.models import Document
from openets.casework.objection import ReasonsMissing
from openets.casework.operations import SamePerson, WrongState
from openets.journal import queries as journal
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.mrv import estimating
from openets.mrv import queries as mrv
from openets.mrv.estimating import Ground
from openets.mrv.operations import NotYourOwn, StatementMissing
from openets.verification import operations as verification
from openets.verification import queries
from openets.verification.draw import draw as pure_draw
from openets.verification.models import DrawRecord, Finding, Verifier, Visit, Work
from openets.verification.procedures import FINDING, WORK
from openets.verification.team import NotInProgress
from tests.concurrently import at_once
from tests.markets import CQ, FOUNDER, figures
from tests.verified import (
    CONFIRMED,
    DECLARED,
    DRAWN,
    ENTERED,
    INDUSTRY,
    LEAD,
    OTHER,
    REVIEWER,
    SECOND,
    WORKING,
    YEAR,
    answer,
    approve,
    begun_round,
    confirm,
    declare,
    declare_own,
    do_work,
    draw,
    drawn_round,
    finish,
    name_team,
    raise_finding,
    sign,
    submit,
    waiting_round,
)

pytestmark = pytest.mark.django_db


AFTER_LIMIT = at(date(2023, 6, 12))


def estimate(made, code="E001"):
    """The bureau estimates what a false report hid; the limit to correct it has passed."""
    estimating.order_correction(
        organisation=made.market[code],
        year=YEAR,
        ground=Ground.FALSE,
        reasons="举报属实",
        due_date=date(2023, 6, 9),
        law=CQ,
        acting=made.acts("bureau"),
        at=WORKING,
    )
    estimating.estimate_emissions(
        organisation=made.market[code],
        year=YEAR,
        figures=figures(120_000),
        basis="按用电量测算",
        synthetic=True,
        law=CQ,
        acting=made.acts("bureau", 2),
        at=AFTER_LIMIT,
    )


@pytest.mark.requirement("CNETS-43b")
class TestAnEstimate:
    def test_ends_the_work_on_the_report_with_its_open_findings(self, begun):
        work, other = begun.work(), begun.work("E002")
        open_one, answered, closed = (
            raise_finding(begun, work, reference=reference) for reference in ("f1", "f2", "f3")
        )
        answer(begun, answered)
        answer(begun, closed)
        file_evidence(begun, closed)
        close(begun, closed)
        estimate(begun)
        assert (state(work), state(other)) == ("stopped", "in_progress")
        found = [cases.case(FINDING, f.subject).state for f in (open_one, answered, closed)]
        assert found == ["stopped", "stopped", "closed"]
        assert Work.objects.get(pk=work.pk).ended_at == AFTER_LIMIT
        assert "E001" not in queries.assigned_codes(work.body.code)
        with pytest.raises(NotInProgress):
            do_work(begun, work)

    def test_ends_a_work_that_was_only_drawn(self, drawn):
        work = drawn.work()
        estimate(drawn)
        assert state(work) == "stopped"
        with pytest.raises(WrongState):
            declare(drawn, work)

    def test_leaves_a_signed_work_as_it_is(self, begun):
        work = begun.work()
        finish(begun, work)
        estimate(begun)
        assert state(work) == "entered"
        assert Work.objects.get(pk=work.pk).ended_at is None


@pytest.fixture
def waiting(db):
    return waiting_round()


@pytest.fixture
def drawn(db):
    return drawn_round()


@pytest.fixture
def begun(db):
    return begun_round()


def state(work):
    return cases.case(WORK, work.subject).state


def other_body(made, work):
    return next(code for code in made.codes if code != work.body.code)


def file_evidence(made, finding):
    """Stand in for the document, whose filing has its own tests."""
    case = cases.case(FINDING, finding.subject)
    Document.objects.create(
        case=case,
        kind="evidence",
        name="台账.pdf",
        media_type="application/pdf",
        size_bytes=1,
        sha256="0" * 64,
        scan="clean",
        added_at=WORKING,
        person=f"{finding.work.organisation.code}-1",
        organisation=finding.work.organisation.code,
    )


def close(made, finding, person=SECOND):
    verification.close_finding(
        finding=finding,
        note="",
        acting=made.acts(finding.work.body.code, person),
        at=WORKING,
    )


class TestTheDraw:
    def test_opens_a_work_for_every_report_and_can_be_drawn_again_from_its_record(self, waiting):
        record = draw(waiting)
        lots = {lot["entity"]: lot for lot in record.lots}
        works = {w.organisation.code: w for w in Work.objects.select_related("organisation")}
        assert works.keys() == lots.keys() == {"E001", "E002", "E003"}
        again = pure_draw(
            seed=record.seed,
            entities=list(lots),
            bodies=waiting.codes,
            barred={code: lot["barred"] for code, lot in lots.items()},
            loads=record.loads,
            depth_share=record.depth_share,
        )
        assert [lot.as_json() for lot in again] == record.lots
        assert all(works[c].body.code == lots[c]["body"] for c in lots)

    def test_is_in_the_journal_with_its_seed(self, drawn):
        (entry,) = journal.trail(f"draw/{YEAR}")
        assert entry.content["seed"] == DrawRecord.objects.get().seed

    def test_asked_again_it_is_the_same_draw(self, drawn):
        assert draw(drawn).pk == DrawRecord.objects.get().pk

    def test_another_draw_finds_nothing_left(self, drawn):
        with pytest.raises(verification.NothingToDraw):
            draw(drawn, seed="another")

    def test_is_the_bureaus(self, waiting):
        with pytest.raises(NotYourRole):
            draw(waiting, code="V1")

    def test_a_declined_work_is_drawn_again_without_that_body(self, drawn):
        work = drawn.work()
        verification.tell_interest(
            body=work.body,
            organisation=work.organisation,
            kind="碳管理咨询",
            from_date=DRAWN.date() - timedelta(days=400),
            until_date=None,
            acting=drawn.acts(work.body.code),
            at=DECLARED,
        )
        with pytest.raises(verification.NotEligible) as no:
            declare(drawn, work)
        assert no.value.article == "BJETS-24.i5"
        verification.decline_work(
            work=work, reasons="提供过咨询", acting=drawn.acts(work.body.code), at=DECLARED
        )
        record = draw(drawn, seed="second")
        (lot,) = record.lots
        assert lot["entity"] == "E001"
        assert work.body.code in lot["barred"]
        assert drawn.work().attempt == 2
        assert drawn.work().body != work.body


class TestTheAssignment:
    def test_takes_the_declaration_and_a_second_person(self, drawn):
        work = drawn.work()
        with pytest.raises(WrongState):
            confirm(drawn, [work])
        declare(drawn, work)
        with pytest.raises(SamePerson):
            confirm(drawn, [work], person=1)
        with pytest.raises(NotYourRole):
            confirm(drawn, [work], code="registry")
        confirm(drawn, [work])
        assert state(work) == "assigned"
        assert cases.case(WORK, work.subject).handler == work.body

    def test_another_body_declares_nothing(self, drawn):
        work = drawn.work()
        other = next(code for code in drawn.codes if code != work.body.code)
        with pytest.raises(NotYourOwn):
            declare(drawn, work, code=other)

    def test_rejected_with_reasons_it_is_drawn_again(self, drawn):
        work = drawn.work()
        reject = partial(
            verification.reject_work, work=work, acting=drawn.acts("bureau", 2), at=DECLARED
        )
        with pytest.raises(ReasonsMissing):
            reject(reasons=" ")
        reject(reasons="机构人员不足")
        assert [lot["entity"] for lot in draw(drawn, seed="second").lots] == ["E001"]

    def choose(self, made, **otherwise):
        facts = {"organisation": made.market["E001"], "year": YEAR, "body": made.market["V2"]}
        return verification.choose_body(
            **{
                **facts,
                "reasons": "连续三年由同一机构核查，予以更换",
                "law": CQ,
                "acting": made.acts("bureau"),
                "at": DECLARED,
                **otherwise,
            }
        )

    def test_by_hand_it_takes_reasons_and_a_report_without_a_body(self, drawn):
        with pytest.raises(ReasonsMissing):
            self.choose(drawn, reasons="")
        with pytest.raises(verification.WorkRuns):
            self.choose(drawn)
        work = drawn.work()
        verification.decline_work(
            work=work, reasons="回避", acting=drawn.acts(work.body.code), at=DECLARED
        )
        chosen = self.choose(drawn, requirement="重点核对燃煤热值")
        assert (chosen.draw, chosen.requirement) == (None, "重点核对燃煤热值")
        assert state(chosen) == "drawn"

    @pytest.mark.django_db(transaction=True)
    def test_two_draws_at_once_draw_once(self):
        made = waiting_round(2)
        answers = at_once(*(partial(draw, made, seed=seed) for seed in ("a", "b")))
        assert answers == ["done", "nothing_to_draw"]
        assert Work.objects.count() == 2


class TestTheTeam:
    @pytest.fixture
    def assigned(self, drawn):
        work = drawn.work()
        declare(drawn, work)
        confirm(drawn, [work])
        return drawn, work

    @pytest.mark.parametrize(
        "team",
        [
            {"members": ()},
            {"members": (LEAD,)},
            {"lead": SECOND, "members": (LEAD,)},
            {"reviewer": OTHER},
            {"members": (REVIEWER,)},
        ],
        ids=["alone", "twice the same", "lead may not", "reviewer may not", "reviewer within"],
    )
    def test_that_cannot_work_is_refused(self, assigned, team):
        made, work = assigned
        with pytest.raises(verification.TeamNotFit):
            name_team(made, work, **team)
        assert state(work) == "assigned"

    def test_of_another_body_is_refused(self, assigned):
        made, work = assigned
        with pytest.raises(NotYourOwn):
            name_team(made, work, code=other_body(made, work))

    def test_is_named_anew_while_it_works_and_whoever_stays_has_declared(self, begun):
        work = begun.work()
        name_team(begun, work, members=(OTHER,))
        assert state(work) == "in_progress"
        assert work.team.count() == 3
        (undeclared,) = work.team.filter(declared_at=None)
        assert undeclared.verifier.person.username.endswith(f"-{OTHER}")
        do_work(begun, work, LEAD)
        submit(begun, work)
        with pytest.raises(WrongState):
            name_team(begun, work)

    @pytest.mark.requirement("BJETS-24.i5")
    def test_each_of_it_declares_before_working_and_nobody_for_another(self, assigned):
        made, work = assigned
        name_team(made, work)
        with pytest.raises(verification.NotDeclared) as no:
            raise_finding(made, work)
        assert no.value.article == "BJETS-24.i5"
        with pytest.raises(verification.NotYourPart):
            declare_own(made, work, OTHER)
        with pytest.raises(NotYourOwn):
            verification.declare_own_independence(
                work=work, acting=made.acts(other_body(made, work)), at=WORKING
            )
        with pytest.raises(NotYourRole):
            verification.declare_own_independence(work=work, acting=FOUNDER, at=WORKING)
        for _ in range(2):
            declare_own(made, work, LEAD)
        trail = journal.trail(work.subject)
        assert trail.filter(operation="verification.declare_own_independence").count() == 1
        raise_finding(made, work)
        with pytest.raises(verification.NotDeclared):
            raise_finding(made, work, person=SECOND, reference="f2")

    @pytest.mark.requirement("BJETS-24.i4")
    @pytest.mark.parametrize(("ended", "works"), [(0, False), (1, True)])
    def test_qualifications_hold_on_the_very_day(self, begun, ended, works):
        work = begun.work()
        until = WORKING.date() + timedelta(days=ended)
        Verifier.objects.filter(person__username=f"{work.body.code}-{LEAD}").update(
            until_date=until
        )
        with nullcontext() if works else pytest.raises(verification.NotQualified):
            raise_finding(begun, work)

    def test_a_qualification_that_begins_tomorrow_makes_no_team(self, assigned):
        made, work = assigned
        later = CONFIRMED.date() + timedelta(days=1)
        member = made.verifier(work, SECOND)
        Verifier.objects.filter(pk=member.pk).update(since_date=later)
        with pytest.raises(verification.TeamNotFit):
            verification.name_team(
                work=work,
                lead=made.verifier(work, LEAD),
                members=[member],
                reviewer=made.verifier(work, REVIEWER),
                law=CQ,
                acting=made.acts(work.body.code),
                at=CONFIRMED,
            )

    @pytest.mark.requirement("BJETS-24.i4")
    def test_registered_anew_one_goes_on_working(self, begun):
        work = begun.work()
        again = verification.NewVerifier(
            f"{work.body.code}-{LEAD}", INDUSTRY, date(2018, 1, 1), full_time=True, may_lead=True
        )
        verification.register_verifiers(
            body=work.body, people=[again], acting=FOUNDER, at=CONFIRMED
        )
        raise_finding(begun, work)


class TestTheWork:
    def test_needs_documents_reviewed_and_where_drawn_the_site_seen(self, begun):
        work = begun.work()
        Work.objects.filter(pk=work.pk).update(in_depth=True)
        work = begun.work()
        with pytest.raises(verification.WorkNotDone) as no:
            submit(begun, work)
        assert "现场核查记录" in no.value.message("zh")
        assert "核算边界" in no.value.message("zh")
        do_work(begun, work)
        with pytest.raises(verification.NotYourPart):
            submit(begun, work, SECOND)
        submit(begun, work)
        assert state(work) == "technical_review"

    def test_only_the_team_writes_and_only_while_it_works(self, begun):
        work = begun.work()
        for person in (REVIEWER, OTHER):
            with pytest.raises(verification.NotYourPart):
                raise_finding(begun, work, person=person)
        do_work(begun, work)
        submit(begun, work)
        with pytest.raises(verification.NotInProgress):
            raise_finding(begun, work)
        with pytest.raises(verification.NotInProgress):
            do_work(begun, work)

    def test_a_visit_is_recorded_once_and_is_over(self, begun):
        work = begun.work()
        do_work(begun, work)
        do_work(begun, work)
        (visit,) = Visit.objects.all()
        assert visit.questions == [
            {"person": "生产部", "question": "燃料计量方式", "answer": "皮带秤"}
        ]
        with pytest.raises(verification.VisitInFuture):
            verification.record_visit(
                work=work,
                place="厂区",
                began_at=WORKING,
                ended_at=WORKING + timedelta(minutes=1),
                questions=[],
                reference="v2",
                acting=begun.acts(work.body.code),
                at=WORKING,
            )

    def test_a_mark_for_no_item_is_refused_and_the_later_mark_counts(self, begun):
        work, acting = begun.work(), begun.acts(begun.work().body.code)
        mark = partial(verification.mark_item, work=work, note="", acting=acting, at=WORKING)
        with pytest.raises(verification.NoSuchItem):
            mark(item="x", is_right=True)
        mark(item="factors", is_right=False)
        mark(item="factors", is_right=True)
        assert queries.marks(work)["factors"].is_right

    def test_the_reviewer_alone_approves_or_returns_with_reasons(self, begun):
        work = begun.work()
        do_work(begun, work)
        submit(begun, work)
        with pytest.raises(verification.NotYourPart):
            approve(begun, work, LEAD)
        give_back = partial(
            verification.return_work,
            work=work,
            acting=begun.acts(work.body.code, REVIEWER),
            at=WORKING,
        )
        with pytest.raises(ReasonsMissing):
            give_back(reasons="")
        give_back(reasons="补充活动数据凭证")
        assert state(work) == "in_progress"
        submit(begun, work)
        approve(begun, work)
        assert state(work) == "reviewed"


class TestAFinding:
    def test_is_answered_and_closed_by_another_verifier_on_evidence(self, begun):
        finding = raise_finding(begun, begun.work())
        with pytest.raises(WrongState):
            close(begun, finding)
        answer(begun, finding)
        with pytest.raises(SamePerson):
            close(begun, finding, LEAD)
        with pytest.raises(verification.EvidenceMissing):
            close(begun, finding)
        file_evidence(begun, finding)
        close(begun, finding)
        assert cases.case(FINDING, finding.subject).state == "closed"

    def test_a_question_is_closed_without_evidence(self, begun):
        finding = raise_finding(begun, begun.work(), kind="clarification")
        answer(begun, finding)
        close(begun, finding)

    def test_is_raised_once_under_a_reference(self, begun):
        assert raise_finding(begun, begun.work()) == raise_finding(begun, begun.work())

    @pytest.mark.parametrize(
        "otherwise",
        [
            {"line": "L9"},
            {"figure": "production_days"},
            {"candidate": Decimal(-1)},
            {"line": "", "product": "", "figure": ""},
        ],
    )
    def test_concerns_a_reported_figure(self, begun, otherwise):
        with pytest.raises(verification.NoSuchFigure):
            raise_finding(begun, begun.work(), **otherwise)
        assert not Finding.objects.exists()

    def test_is_answered_by_the_entity_with_cause_and_correction(self, begun):
        finding = raise_finding(begun, begun.work())
        with pytest.raises(NotYourOwn):
            answer(begun, finding, code="E002")
        with pytest.raises(NotYourRole):
            answer(begun, finding, code="V1")
        with pytest.raises(verification.FindingIncomplete) as no:
            answer(begun, finding, cause=" ")
        assert no.value.field == "cause"
        with pytest.raises(verification.NoSuchFigure):
            answer(begun, finding, corrected=Decimal(-1))
        answer(begun, finding)
        with pytest.raises(WrongState):
            answer(begun, finding)

    def test_may_be_asked_again_with_reasons(self, begun):
        finding = raise_finding(begun, begun.work())
        answer(begun, finding)
        verification.ask_again(
            finding=finding,
            reasons="请补充热值检测报告",
            acting=begun.acts(finding.work.body.code),
            at=WORKING,
        )
        assert [f.state for f in queries.findings(finding.work)] == ["raised"]

    @pytest.mark.django_db(transaction=True)
    def test_two_raised_at_once_get_two_numbers(self):
        made = begun_round(1)
        raising = (
            partial(raise_finding, made, made.work(), person=person, reference=f"f{person}")
            for person in (LEAD, SECOND)
        )
        assert at_once(*raising) == ["done", "done"]
        assert sorted(Finding.objects.values_list("number", flat=True)) == [1, 2]


class TestTheResult:
    def test_is_as_reported_where_nothing_was_found(self, begun):
        work = begun.work()
        finish(begun, work)
        (year,) = mrv.verified_years(work.organisation)
        assert year.verified_tco2e == year.reported_tco2e == 100_000
        work = queries.work(work.pk)
        assert (work.signed_by, work.signed_at) == (f"{work.body.code}-1", ENTERED)
        assert work.verified_tco2e == 100_000

    def test_takes_the_correction_of_a_closed_finding(self, begun):
        finding = raise_finding(begun, begun.work())
        answer(begun, finding, corrected=Decimal(101_000))
        file_evidence(begun, finding)
        close(begun, finding)
        finish(begun, begun.work())
        assert begun.work().verified_tco2e == 101_000

    @pytest.mark.parametrize("corrected", [None, Decimal(101_000)])
    def test_takes_the_careful_value_of_an_open_one_and_says_why(self, begun, corrected):
        finding = raise_finding(begun, begun.work())
        answer(begun, finding, corrected=corrected)
        finish(begun, begun.work())
        work = begun.work()
        assert work.verified_tco2e == 101_500
        assert work.explanation[0]["result"] == "101500"
        assert cases.case(FINDING, finding.subject).state == "carried"

    def test_is_not_entered_without_statement_by_others_or_twice(self, begun):
        work = begun.work()
        do_work(begun, work)
        submit(begun, work)
        with pytest.raises(WrongState):
            sign(begun, work)
        approve(begun, work)
        with pytest.raises(StatementMissing):
            sign(begun, work, statement=False)
        with pytest.raises(verification.NotYourPart):
            sign(begun, work, person=REVIEWER)
        sign(begun, work)
        with pytest.raises(WrongState):
            sign(begun, work)
        assert state(work) == "entered"

    def test_every_step_is_in_the_journal(self, begun):
        work = begun.work()
        raise_finding(begun, work)
        finish(begun, work)
        told = set(journal.trail(work.subject).values_list("operation", flat=True))
        assert told >= {
            "verification_work.declare",
            "verification_work.confirm",
            "verification.name_team",
            "verification.mark_item",
            "verification.record_visit",
            "verification_work.approve",
            "verification_work.enter",
        }
