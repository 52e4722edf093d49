"""Who asks is found out before the view, so before ATOMIC_REQUESTS opens the transaction that the walls are stamped on."""

import secrets
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts import scope
from accounts.actions.keys import actor_of_key
from accounts.actions.people import actor_of_user
from accounts.actors import Actor

GetResponse = Callable[[HttpRequest], HttpResponse]
SECRET_ADDRESSES = ("/balance/", "/calendar/")
SIGN_IN = ("/accounts/", "/first-run/")
AT_THE_DOOR = ("/accounts/", "/livez", "/readyz", "/metrics", "/static/", "/brand.css", "/logo/", "/first-run/")


def with_request_id(get_response: GetResponse) -> GetResponse:
    """Outermost: every request has a name that its log lines, its problem body and its answer share."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.id = secrets.token_hex(8)  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.id, path=told_path(request.path))  # type: ignore[attr-defined]
        response = get_response(request)
        response["X-Request-Id"] = request.id  # type: ignore[attr-defined]
        return response

    return middleware


def for_its_reader_alone(get_response: GetResponse) -> GetResponse:
    """Within what serves files: an answer that does not say how it may be kept was made for whoever asked.

    Their own browser may keep it and asks each time whether it still holds (an API answers 304 then); nothing between keeps it.
    Pages of signing in show codes and seeds, so they are kept nowhere. What is kept longer, or shows a secret, says so itself.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Cache-Control", "private, no-store" if request.path.startswith(SIGN_IN) else "private, no-cache")
        return response

    return middleware


def told_path(path: str) -> str:
    """What a log may say of where a request went: the secret of an address is left out."""
    opens = next((prefix for prefix in SECRET_ADDRESSES if path.startswith(prefix)), None)
    return path if opens is None else f"{opens}…"


def at_the_door(get_response: GetResponse) -> GetResponse:
    """Around the session middleware: sessions, people and memberships are read, and sessions written back, as the door."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with scope.door():
            return get_response(request)

    return middleware


class InScope:
    """Innermost: finds the actor at the door and enters their scope for the view."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = None  # type: ignore[attr-defined]
        if request.path.startswith(AT_THE_DOOR):
            return self.get_response(request)
        actor = _actor_of(request)
        if actor is None:
            return self.get_response(request)
        request.actor = actor  # type: ignore[attr-defined]
        structlog.contextvars.bind_contextvars(actor=str(actor.person_id))
        with scope.of(actor), translation.override(translation.get_language()), timezone.override(actor.time_zone):
            return self.get_response(request)


def _actor_of(request: HttpRequest) -> Actor | None:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and request.path.startswith("/api/"):
        return actor_of_key(secret.strip())
    if not request.user.is_authenticated:
        return None
    person = request.user.person
    if person.language:
        translation.activate(person.language)
    if person.is_staff:
        return actor_of_user(request.user)
    chosen = request.session.get("client_id")
    return actor_of_user(request.user, client_id=chosen) or actor_of_user(request.user, client_id=next(iter(request.user.client_ids), None))
