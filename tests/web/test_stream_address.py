"""Where pages find the streams, and that their policy lets them."""

import pytest
from django.test import Client

from openets.web.middleware import POLICY

pytestmark = pytest.mark.django_db
ADDRESS = "/stream/market?product=CQEA-2021"


def test_with_streams_at_another_address_readers_are_led_there_and_pages_may_connect(settings):
    settings.STREAM_URL = "https://stream.example"
    answer = Client().get(ADDRESS)
    assert (answer.status_code, answer["Location"]) == (302, f"https://stream.example{ADDRESS}")
    allowed = "connect-src 'self' https://stream.example wss://stream.example"
    assert answer["Content-Security-Policy"].endswith(allowed)


def test_behind_a_proxy_nobody_is_led_anywhere(settings):
    settings.STREAM_URL = ""
    answer = Client().get(ADDRESS)
    assert (answer.status_code, answer["Content-Security-Policy"]) == (404, POLICY)
