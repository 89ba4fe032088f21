"""Projects and filings: who, twice, two at once, wrong amounts, the journal."""

import pytest

from openets.crediting import operations
from openets.crediting.models import Filing, Project
from openets.crediting.operations import (
    AlreadyFiled,
    AlreadyRegistered,
    NothingToFile,
    WrongFee,
)
from openets.journal import queries as journal
from openets.kernel.acting import NotYourRole
from openets.kernel.quantity import Fen, Tonnes
from openets.registry import queries as units
from openets.registry.operations import NoAccount
from tests.concurrently import at_once
from tests.crediting.projects import (
    FILED,
    credit_market,
    file_project,
    file_reductions,
    pay,
    register,
)
from tests.markets import founded_market


@pytest.fixture
def market(db):
    return credit_market()


class TestFiling:
    def test_a_project_is_filed_once_and_journalled(self, market):
        file_project(market)
        (entry,) = journal.trail("P1-1")
        assert entry.operation == "crediting.file_project"
        assert entry.content["owner"] == "P1"
        with pytest.raises(AlreadyFiled):
            file_project(market)
        assert Project.objects.count() == 1

    def test_only_the_bureau_files(self, market):
        with pytest.raises(NotYourRole):
            file_project(market, acting=market.acts("P1"))
        project = file_project(market)
        with pytest.raises(NotYourRole):
            file_reductions(market, project, acting=market.acts("platform"))

    def test_reductions_of_a_year_are_filed_once_and_journalled(self, market):
        project = file_project(market)
        filing = file_reductions(market, project)
        (entry,) = journal.trail("P1-1/2022")
        assert entry.content == {"amount_t": 10_000, "serial_from": 1, "fee_fen": 1_200_000}
        with pytest.raises(AlreadyFiled):
            file_reductions(market, project, amount_t=Tonnes(1))
        assert Filing.objects.get() == filing

    def test_the_serials_of_the_next_year_go_on(self, market):
        project = file_project(market)
        file_reductions(market, project, vintage_year=2021)
        assert file_reductions(market, project).serial_from == 10_001
        other = file_project(market, code="P1-2")
        assert file_reductions(market, other).serial_from == 1

    @pytest.mark.parametrize("amount_t", [0, -1])
    def test_nothing_is_not_filed(self, market, amount_t):
        project = file_project(market)
        with pytest.raises(NothingToFile):
            file_reductions(market, project, amount_t=Tonnes(amount_t))


class TestPayingAndRegistering:
    @pytest.fixture
    def filing(self, market):
        return file_reductions(market, file_project(market))

    def test_the_fee_is_paid_once_to_the_platform(self, market, filing):
        with pytest.raises(NotYourRole):
            pay(market, filing, by="P1")
        pay(market, filing)
        assert journal.trail("P1-1/2022").last().content == {"paid_fen": 1_200_000}
        paid_at = Filing.objects.get().fee_paid_at
        with pytest.raises(WrongFee) as no:
            pay(market, filing)
        assert no.value.numbers["before"] == 1_200_000
        assert Filing.objects.get().fee_paid_at == paid_at

    def test_one_fen_too_much_does_not_fit(self, market, filing):
        with pytest.raises(WrongFee):
            pay(market, filing, Fen(1_200_001))
        assert Filing.objects.get().stage == "awaiting_fee"

    def test_the_platform_registers_once_and_the_registry_remembers(self, market, filing):
        pay(market, filing)
        with pytest.raises(NotYourRole):
            register(market, filing, by="P1")
        register(market, filing)
        (entry,) = journal.trail("register_credits/P1-1/2022")
        assert entry.content["parts"][0][2] == 10_000
        with pytest.raises(AlreadyRegistered):
            register(market, filing)
        assert [h.total_t for h in units.holdings(market["P1"])] == [10_000]
        assert all(lot.holds for lot in units.conservation())


@pytest.mark.django_db
def test_an_owner_without_an_account_gets_no_units():
    market = founded_market(entities=0)
    filing = file_reductions(market, file_project(market))
    pay(market, filing)
    operations.certify(organisations=[market["P1"]], acting=market.acts("platform"), at=FILED)
    with pytest.raises(NoAccount):
        register(market, filing)
    assert Filing.objects.get().stage == "paid"


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_one_of_two_projects_of_a_code_is_refused(self):
        market = credit_market()
        done = at_once(lambda: file_project(market), lambda: file_project(market))
        assert done == ["already_filed", "done"]

    def test_two_years_filed_at_once_get_serials_of_their_own(self):
        market = credit_market()
        project = file_project(market)
        done = at_once(
            lambda: file_reductions(market, project, vintage_year=2021),
            lambda: file_reductions(market, project, vintage_year=2022),
        )
        assert done == ["done", "done"]
        assert sorted(Filing.objects.values_list("serial_from", flat=True)) == [1, 10_001]

    def test_one_of_two_registrations_is_refused(self):
        market = credit_market()
        filing = file_reductions(market, file_project(market))
        pay(market, filing)
        done = at_once(lambda: register(market, filing), lambda: register(market, filing))
        assert done == ["already_registered", "done"]
        assert [h.total_t for h in units.holdings(market["P1"])] == [10_000]
