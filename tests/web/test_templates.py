"""Every template keeps the promises of the shell: no script or style inside, two languages."""

import re
from pathlib import Path

import pytest

import openets.web

FOLDER = Path(openets.web.__file__).parent / "templates"
TEMPLATES = sorted(FOLDER.rglob("*.html"))
BILINGUAL = {"500.html", "403_csrf.html", "web/errors/bare.html"}
"""Pages that must work when the shell does not, so both languages stand on them."""

CJK = re.compile(r"[㐀-鿿]")


@pytest.fixture(params=TEMPLATES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def template(request):
    return request.param


def test_no_template_carries_script_or_style(template):
    text = template.read_text("utf-8")
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


def test_no_template_speaks_one_language_only(template):
    if template.relative_to(FOLDER).as_posix() in BILINGUAL:
        return
    alone = re.sub(r"{% say .*?%}", "", template.read_text("utf-8"))
    assert not CJK.search(alone)


def test_no_template_asks_another_host(template):
    assert not re.search(r'(src|href|action)="(https?:)?//', template.read_text("utf-8"))
