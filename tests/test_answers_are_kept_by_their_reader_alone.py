"""What was made for somebody is kept by their own browser at most, and asked for again; what is the same for all is kept."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import Logo
from tests import cast
from tests.test_the_firms_look import picture, settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def over_http(live_server, settings):
    """Asks a served Tend with the headers of somebody, and gives status and headers."""
    settings.PUBLIC_URL = live_server.url

    def ask(path, **headers):
        connection = HTTPConnection(urlsplit(live_server.url).netloc, timeout=20)
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, answer.headers

    return ask


def session_of(person, settings):
    return f"{settings.SESSION_COOKIE_NAME}={cast.browser(person).cookies[settings.SESSION_COOKIE_NAME].value}"


@pytest.mark.django_db(transaction=True)
def test_pages_and_answers_to_a_session_are_private(over_http, settings, acorn, mara, priya):
    ours, theirs = session_of(mara, settings), session_of(priya, settings)
    places = [
        ("/workspace/", ours),
        (f"/workspace/clients/{acorn.client.pk}/", ours),
        ("/portal/", theirs),
        ("/portal/hours/", theirs),
        ("/api/v1/tickets", ours),
        ("/api/v1/me", theirs),
    ]
    for path, cookie in places:
        status, headers = over_http(path, Cookie=cookie)
        assert (status, headers["Cache-Control"]) == (200, "private, no-cache"), path
    for path, cookie in (("/portal/tickets/0198c0de-0000-7000-8000-000000000000/", theirs), ("/workspace/", theirs)):
        status, headers = over_http(path, Cookie=cookie)
        assert (status, headers["Cache-Control"]) == (404, "private, no-cache"), path


@pytest.mark.django_db(transaction=True)
def test_where_a_secret_is_shown_nothing_is_kept_at_all(over_http, settings, mara, priya):
    ours, theirs = session_of(mara, settings), session_of(priya, settings)
    for path, cookie in (
        ("/workspace/keys/", ours),
        ("/workspace/webhooks/", ours),
        ("/portal/links/", theirs),
        (reverse("account_set_password"), ours),
        ("/accounts/login/", ""),
    ):
        status, headers = over_http(path, Cookie=cookie)
        assert (status, "no-store" in headers["Cache-Control"], "private" in headers["Cache-Control"]) == (200, True, True), path


@pytest.mark.django_db(transaction=True)
def test_a_program_that_has_the_newest_is_told_so_and_keeps_it(over_http, mara, acorn):
    bearer = f"Bearer {cast.key(mara)}"
    path = f"/api/v1/clients/{acorn.client.pk}"
    status, headers = over_http(path, Authorization=bearer)
    assert (status, headers["Cache-Control"]) == (200, "private, no-cache")
    status, again = over_http(path, Authorization=bearer, If_None_Match=headers["ETag"])
    assert (status, again["Cache-Control"], again["ETag"]) == (304, "private, no-cache", headers["ETag"])


def test_what_is_the_same_for_everybody_is_still_kept(browser, ada):
    settle(browser(ada), logo_file=picture())
    for visitor in (Browser(), browser(ada)):
        assert "immutable" in visitor.get(f"/logo/{Logo.objects.get().pk}.png")["Cache-Control"]
        assert "public" in visitor.get("/brand.css")["Cache-Control"]
        served = visitor.get("/static/icons.svg")
        assert "public" in served["Cache-Control"]
        assert served.getvalue().startswith(b"<svg")
