"""The way from the pages' own address to the streams, where those run at another one."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from openets.web.guards import public


@require_safe
@public
def market(request: HttpRequest) -> HttpResponse:
    """Lead a reader of market data on; a browser's event source follows.

    With a proxy that sends `/stream/` to the gateway nobody comes here.
    """
    if not settings.STREAM_URL:
        raise Http404
    query = request.META.get("QUERY_STRING", "")
    answer = HttpResponseRedirect(f"{settings.STREAM_URL}/stream/market?{query}")
    answer["Cache-Control"] = "no-store"
    return answer
