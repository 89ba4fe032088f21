"""The application as a WSGI server runs it."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
# What is loaded now stays for good. Left to the collector it is walked again and again, which
# lets about one page in twenty wait a tenth of a second.
assert get_resolver().url_patterns, "the pages are loaded"
gc.collect()
gc.freeze()
