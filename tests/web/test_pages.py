import re

import pytest
from django.test import Client
from django.urls import path, resolve
from structlog.testing import capture_logs

from config.urls import urlpatterns as real
from openets.parties.matrix import Scope, scope
from openets.parties.roles import Role
from openets.rulebook.load import law
from openets.rulebook.requirements import readings, requirements
from openets.web import menu

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


def text(answer):
    return answer.content.decode()


def test_the_first_visit_is_chinese_whatever_the_browser_wishes(client):
    answer = client.get("/law", headers={"accept-language": "en"})
    assert 'lang="zh-Hans"' in text(answer)
    assert "条文与实现" in text(answer)
    assert answer["Content-Language"] == "zh-hans"


def test_english_is_spoken_once_chosen(client):
    client.post("/set-language", {"language": "en", "next": "/law"})
    answer = client.get("/law")
    assert '<html lang="en">' in text(answer)
    assert "Law and code" in text(answer)


def test_every_page_forbids_foreign_and_inline_scripts(client):
    policy = client.get("/law")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_each_request_leaves_one_line(client):
    with capture_logs() as lines:
        answer = client.get("/law/CQ208-A1.2")
    (line,) = lines
    assert (line["method"], line["path"], line["status"]) == ("GET", "/law/CQ208-A1.2", 200)
    assert line["user"] is None
    assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])


def test_the_law_lists_every_requirement(client):
    assert f"<b>{len(requirements())}</b>" in text(client.get("/law"))


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ({"source": "CQVER"}, lambda row: row.source == "CQVER"),
        (
            {"system": "trading", "kind": "deadline"},
            lambda r: (r.system, r.kind) == ("trading", "deadline"),
        ),
        ({"text": "cq208-a1.5"}, lambda row: "CQ208-A1.5" in f"{row.id} {row.requirement}"),
        ({"state": "not software"}, lambda row: not row.is_software),
    ],
)
def test_the_law_is_filtered(client, query, kept):
    answer = client.get("/api/law/requirements", query).json()
    assert [row["id"] for row in answer] == [row.id for row in requirements() if kept(row)]


def test_a_search_without_result_says_so(client):
    assert "没有符合条件的要求" in text(client.get("/law", {"text": "no such words"}))


@pytest.mark.parametrize("row", requirements()[::29], ids=lambda row: row.id)
def test_each_requirement_has_its_page(client, row):
    page = text(client.get(f"/law/{row.id}"))
    assert row.id in page
    assert row.article in page


def test_each_reading_has_its_page(client):
    for reading in readings():
        assert client.get(f"/law/{reading.id}").status_code == 200


def test_an_unknown_article_is_not_found_in_the_same_design(client):
    answer = client.get("/law/CQ208-Z9")
    assert answer.status_code == 404
    assert "没有找到此页面" in text(answer)
    assert 'class="top"' in text(answer)


@pytest.mark.parametrize("jurisdiction", ["cq", "cn", "bj"])
def test_every_card_is_shown_with_its_article_or_reason(client, jurisdiction):
    pages = [
        text(client.get(address, {"jurisdiction": jurisdiction}))
        for address in ("/law/parameters", "/law/terms")
    ]
    for rule in law(jurisdiction):
        is_term = rule.key.startswith("terms.")
        page = pages[is_term]
        assert is_term or rule.key in page
        assert not rule.cite.source or f"/law/{rule.cite.source}" in page
    assert pages[0].count(">假定<") >= sum(bool(rule.cite.assumed) for rule in law(jurisdiction))


def test_an_unknown_jurisdiction_has_no_parameters(client):
    assert client.get("/law/parameters", {"jurisdiction": "xx"}).status_code == 404


def test_the_chosen_year_stays_chosen(client, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    assert '<option value="2022" selected>' in text(client.get("/law"))
    client.get("/law", {"year": "2021"})
    assert '<option value="2021" selected>' in text(client.get("/law"))
    client.get("/law", {"year": "1999"})
    assert '<option value="2021" selected>' in text(client.get("/law"))


def test_the_menu_marks_one_page_and_leads_to_pages_that_exist(client):
    page = text(client.get("/law/parameters"))
    menu = page.partition('<div class="menu">')[2].partition("</nav>")[0]
    links = re.findall(r'<a href="([^"]+)"( aria-current="page")?', menu)
    assert [href for href, here in links if here] == ["/law/parameters"]
    for href, _ in links:
        assert client.get(href).status_code == 200


def test_the_api_tells_cards_exactly(client):
    rows = client.get("/api/law/parameters").json()
    assert len(rows) == len(list(law("cq")))
    deadline = next(
        row for row in rows if row["years"] == [2021] and row["key"] == "compliance.deadline"
    )
    assert deadline["value"] == "2023-12-31"
    assert deadline["source"] == "CQ208-2b"


def test_a_refusal_leaves_the_api_as_422_with_its_remedy(client):
    answer = client.get("/api/law/parameters", {"jurisdiction": "xx"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "unknown_jurisdiction"
    assert answer.json()["remedy_zh"]


def test_the_api_is_documented_without_the_internet(client):
    page = text(client.get("/api/docs"))
    assert client.get("/api/openapi.json").json()["info"]["title"] == "OpenETS API"
    assert "https://" not in page


def test_health_asks_the_database(client):
    assert client.get("/api/health").json() == {"status": "ok"}


def broken(request):
    raise RuntimeError("our fault")


urlpatterns = [*real, path("broken", broken), path("", broken, name="overview")]
handler404 = "openets.web.errors.not_found"


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "marked"),
    [
        ("/", ["/"]),
        ("/law/CQETS-1", ["/law"]),
        ("/law/parameters", ["/law/parameters"]),
        ("/x", []),
    ],
)
def test_the_menu_marks_the_nearest_page(address, marked):
    links = [link for group in menu.shown(address, Role.PUBLIC) for link in group.links]
    assert [link.href for link in links if link.here] == marked


@pytest.mark.parametrize("role", Role)
def test_no_role_meets_two_entries_of_one_name_or_address_in_its_menu(role):
    links = [link for group in menu.shown("/", role) for link in group.links]
    for names in ([link.label.zh for link in links], [link.label.en for link in links]):
        assert len(names) == len(set(names))
    assert len(links) == len({link.href for link in links})


@pytest.mark.parametrize("role", Role)
def test_no_entry_of_the_menu_leads_anybody_to_a_closed_door(role):
    """A page of all matters at once is closed to whoever reaches some of them only."""
    closed = []
    for link in (link for group in menu.shown("/", role) for link in group.links):
        guard = getattr(resolve(link.href).func, "guard", None)
        if guard and guard.kind in {"guarded", "within"}:
            reach = scope(role, guard.operation)
            if reach is None or (guard.kind == "guarded" and reach != Scope.ALL):
                closed.append(link.href)
    assert closed == []


@pytest.mark.parametrize("role", [Role.FINANCE_BUREAU, Role.FINANCIAL_REGULATOR, Role.MINISTRY])
def test_whoever_takes_part_in_a_procedure_finds_its_to_do_list_in_the_menu(role):
    labels = {link.label.zh for group in menu.shown("/", role) for link in group.links}
    assert ({"待办事项", "收件箱", "事项查询"} <= labels) == (role != Role.MINISTRY)


def test_what_is_only_looked_up_is_folded_for_those_who_work_here():
    def folded(path, role):
        return [group.label.zh for group in menu.shown(path, role) if not group.is_open]

    assert folded("/", Role.REGISTRY_OPERATOR) == ["信息公开", "查询与下载", "规则"]
    assert folded("/law/terms", Role.REGISTRY_OPERATOR) == ["信息公开", "查询与下载"]
    assert folded("/", Role.PUBLIC) == []


def test_whoever_has_nothing_to_do_with_reports_meets_no_calculator_in_the_menu():
    def labels(role):
        return {link.label.zh for group in menu.shown("/", role) for link in group.links}

    assert "排放核算" in labels(Role.PUBLIC) & labels(Role.KEY_EMITTING_ENTITY)
    assert "排放核算" not in labels(Role.FINANCE_BUREAU) | labels(Role.EXCHANGE_OPERATOR)


@pytest.mark.urls(__name__)
def test_our_fault_is_told_in_both_languages(client):
    answer = client.get("/broken")
    assert answer.status_code == 500
    assert "系统出错了" in text(answer)
    assert "Something failed" in text(answer)


def test_an_expired_form_is_told_in_both_languages():
    answer = Client(enforce_csrf_checks=True).post("/set-language", {"language": "en"})
    assert answer.status_code == 403
    assert "表单已过期" in text(answer)
