"""Pages for what went wrong, in the same design and in the person's language."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from openets.web.language import Said
from openets.web.refusals import NoSuchAddress

TEXTS = {
    403: (
        Said("无权访问此页面", "This page is not yours to see"),
        Said(
            "请使用有权限的角色登录，或联系主管部门。",
            "Sign in with a role that may, or ask the authority.",
        ),
    ),
    429: (
        Said("请求过于频繁", "Too many requests"),
        Said("请过几分钟再试。", "Wait a few minutes and try again."),
    ),
    404: (
        Said("没有找到此页面", "There is no such page"),
        Said(
            "地址可能有误，或所查对象不存在。",
            "The address may be wrong, or the thing does not exist.",
        ),
    ),
}


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page for status 403."""
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page for status 404, and for programs its refusal."""
    if request.path.startswith("/api/"):
        return JsonResponse(NoSuchAddress(path=request.path).as_json(), status=404)
    return _page(request, 404)


def too_many(request: HttpRequest) -> HttpResponse:
    """The page for status 429: whoever guesses passwords waits."""
    return _page(request, 429)


def _page(request: HttpRequest, status: int) -> HttpResponse:
    title, text = TEXTS[status]
    context = {"status": status, "title": title, "text": text}
    return render(request, "web/errors/page.html", context, status=status)
