"""The download centre (下载中心): template packs for everybody."""

import io
import zipfile
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework.file_types import MEDIA_TYPES
from openets.opening import operations, queries
from openets.opening.models import TemplatePack
from openets.opening.templates import file_name, templates
from openets.parties.roles import Role
from openets.web import clock
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, public
from openets.web.language import Said
from openets.web.opening import forms
from openets.web.opening.page import DownloadPage

Data = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@public
def centre(request: HttpRequest) -> HttpResponse:
    """The versions that are offered; the exchange publishes and withdraws them here."""
    acting, at, here = acting_of(request), clock.now(request), reverse("downloads")
    packs = queries.packs()
    publish = forms.PublishForm.of(request)
    retract = forms.RetractForm.of(request, versions=[pack.version for pack in packs])

    def offer(data: Data) -> Done:
        operations.publish_templates(version=data["version"], acting=acting, at=at)
        return Done(here, Said("模板包已发布", "The pack is published"))

    def take_back(data: Data) -> Done:
        operations.withdraw_templates(version=data["version"], acting=acting, at=at)
        return Done(here, Said("该版本已撤回", "The version is withdrawn"))

    for form, do in ((publish, offer), (retract, take_back)):
        done = acted(request, form, do)
        if done:
            return done
    page = DownloadPage(
        packs=packs, templates=[(t.name, Said(t.zh, t.en)) for t in templates().values()]
    )
    is_exchange = acting.role == Role.EXCHANGE_OPERATOR
    context = {
        "page": page,
        "publish": publish if is_exchange else None,
        "retract": retract if is_exchange and packs else None,
    }
    status = max(publish.status, retract.status)
    return render(request, "web/opening/downloads.html", context, status=status)


@require_safe
@public
def pack(request: HttpRequest, version: str) -> HttpResponse:
    """A version of the pack as a ZIP archive."""
    content = bytes(_offered(version).content)
    return _download(f"templates-{version}.zip", content, "application/zip")


@require_safe
@public
def template(request: HttpRequest, version: str, name: str) -> HttpResponse:
    """One template out of a version of the pack."""
    archive = zipfile.ZipFile(io.BytesIO(bytes(_offered(version).content)))
    found = next(
        (file_name(t, n) for n, t in enumerate(templates().values(), start=1) if t.name == name),
        None,
    )
    if found is None or found not in archive.namelist():
        raise Http404(name)
    return _download(found, archive.read(found), MEDIA_TYPES["xlsx"])


def _offered(version: str) -> TemplatePack:
    found = queries.pack(version)
    if found is None:
        raise Http404(version)
    return found


def _download(name: str, content: bytes, media_type: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer
