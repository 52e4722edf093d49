"""Asking any route of the URL configuration as anybody, with everything it did undone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Person
from api.bulk import MULTI_STATUS
from tests import cast
from tests.canaries import Filled
from tests.routes import ASKS, BODIES, Row, address_ids, rows


def walk(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every route's name with its parameters."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or ''}", [*pattern.pattern.converters, *pattern.pattern.regex.groupindex]
        else:
            yield from walk(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)


ROUTES = dict(walk(get_resolver()))
ROWS = [row for row in rows() if row.route in ROUTES]


@dataclass(frozen=True)
class Persona:
    """Somebody at the door: the column that says what they get, how they come, and whose words they never read."""

    column: str
    bearer: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    reads_only: bool = False
    runs_a_timer: bool = False

    def browser(self) -> Browser:
        fresh = Browser(raise_request_exception=False, headers={"Authorization": f"Bearer {self.bearer}"} if self.bearer else {})
        for name, value in self.cookies.items():
            fresh.cookies[name] = value
        return fresh


def signed_in(person: Person, column: str, *, runs_a_timer: bool = False) -> Persona:
    """Somebody with a session, made without the form of the door."""
    return Persona(column, cookies={name: morsel.value for name, morsel in cast.browser(person).cookies.items()}, runs_a_timer=runs_a_timer)


def ask(persona: Persona, row: Row, of: Filled, *, method: str = "", words: str = "", more: dict[str, Any] | None = None) -> Any:
    """One request of one persona with the ids of one client, `more` beside what its body says, and everything it did undone."""
    method = method or row.method
    address = reverse(row.route, kwargs=address_ids(ROUTES[row.route], row, of))
    query = ASKS[row.route](of) if method in {"GET", "HEAD"} and row.route in ASKS else {}
    if words and "q" in query:
        query["q"] = words
    body = {**BODIES.get((row.route, row.method), lambda _: {})(of), **(more or {})}
    sent: dict[str, Any] = {"data": body} if method == "POST" else {}
    if row.of_the_api and method != "DELETE":
        sent = {"data": body, "content_type": "application/json"}
    if method in {"GET", "HEAD", "OPTIONS"}:
        sent = {}
    if row.of_the_api and (method in {"PATCH", "DELETE"} or row.route == "api:expense_approval"):
        sent["headers"] = {"If-Match": "*"}
    with transaction.atomic():
        answer = getattr(persona.browser(), method.lower())(address, query_params=query, **sent)
        if answer.streaming:
            answer.whole = b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    return answer


def kind_of(answer: Any) -> str:
    status, onward = answer.status_code, answer.headers.get("Location", "")
    if status == MULTI_STATUS:
        status = answer.json()["results"][0]["status"]
    if status == 401 or (status == 302 and onward.startswith("/accounts/")):
        return "in"
    if status < 400:
        return "yes"
    return "no" if status in {400, 403, 409, 422} else str(status)


def body_of(answer: Any) -> bytes:
    """What was sent, whether at once or as a stream."""
    return bytes(answer.whole if answer.streaming else answer.content)
