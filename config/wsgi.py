"""The application as a WSGI server runs it: its files, then its pages."""

import gc
import os
from wsgiref.types import WSGIApplication

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from servestatic import ServeStatic  # type: ignore[import-untyped]

NOSNIFF = ("X-Content-Type-Options", "nosniff")
"""Scripts and styles are what they are declared as."""


def with_files(pages: WSGIApplication) -> ServeStatic:
    """Answer addresses of scripts, styles and pictures before anything of Django runs.

    The package's middleware would do the same, but it is asynchronous: every page would be made in
    an event loop of its own, which costs a third of its time.
    """
    served = ServeStatic(
        pages,
        autorefresh=settings.DEBUG,
        add_headers_function=lambda headers, *_: headers.add_header(*NOSNIFF),
    )
    for finder in get_finders():
        for storage in getattr(finder, "storages", {}).values():
            prefix = getattr(storage, "prefix", None) or ""
            served.add_files(storage.location, prefix=f"{settings.STATIC_URL}{prefix}")
    return served


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = with_files(get_wsgi_application())
# What is loaded now stays for good. Left to the collector it is walked again and again, which
# lets about one page in twenty wait a tenth of a second.
assert get_resolver().url_patterns, "the pages are loaded"
gc.collect()
gc.freeze()
