"""The application of the streams as an ASGI server runs it; the pages are `config.wsgi`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - the framework comes first

from openets.gateway.address import address_of  # noqa: E402
from openets.web.streams.application import Streams  # noqa: E402

application = Streams([address_of(f) for f in settings.FLOORS], secret=settings.FLOOR_SECRET)
