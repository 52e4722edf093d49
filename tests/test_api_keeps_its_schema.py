"""Whatever is asked of the API, well-formed or not, it answers as its document says: generated requests of three callers.

`make test` asks each operation a few times, PROVE=1 a hundred times; both the same in every run. What one request did is
undone before the next.
"""

import gc
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import pairwise
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from django.urls import resolve
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.documents import COMMITTED, nowhere
from config.wsgi import application
from tests import cast
from tests.api_cast import results
from tests.canaries import fill

FULL = bool(os.environ.get("PROVE"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MODES = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
PATIENT = settings(
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink] if FULL else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)
LISTED_UNDER = {
    "client": "clients",
    "engagement": "engagements",
    "system": "systems",
    "ticket": "tickets",
    "period": "periods",
    "proposal": "proposals",
    "plan": "plans",
    "person": "people",
    "assignee": "people",
    "requester": "people",
    "lead": "people",
}

# What sends the requests writes long bodies into files and leaves them to the collector.
pytestmark = [pytest.mark.django_db, pytest.mark.prove, pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")]


@dataclass
class Caller:
    """Somebody who asks, the ids that they may have read before, and what they were answered."""

    headers: dict[str, str]
    cookies: dict[str, str] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    deviations: dict[str, str] = field(default_factory=dict)

    def ask(self, case: Any) -> Any:
        with transaction.atomic():
            response = case.call(headers=self.headers, cookies=self.cookies)
            if not connection.needs_rollback:
                transaction.set_rollback(True)
        self.statuses[response.status_code] += 1
        if response.status_code == HTTPStatus.NOT_FOUND:
            self.missed.append(unquote(urlsplit(response.request.url).path))
        return response

    def try_out(self, operation: Any, times: int) -> None:
        """Ask one operation that many times; keep the first answer that is not as the document says."""

        @seed(20260302)
        @settings(PATIENT, max_examples=times)
        @given(MODES.flatmap(lambda mode: operation.as_strategy(generation_mode=mode)), st.integers(0, 10_000))
        def conforms(case: Any, number: int) -> None:
            if number % 5:
                self._name_what_there_is(case, number)
            answer = self.ask(case)
            is_bulk = answer.status_code == HTTPStatus.MULTI_STATUS
            case.validate_response(answer, checks=[*CHECKS, bad_items_are_refused if is_bulk else negative_data_rejection])

        try:
            conforms()
        except (Exception, BaseExceptionGroup) as found:  # noqa: BLE001 (each operation is asked, whatever came of the one before)
            self.deviations[operation.label] = str(found)

    def _name_what_there_is(self, case: Any, number: int) -> None:
        """In place of ids that nobody has, those of things that exist, wherever a name or the address says of which kind."""
        steps = case.operation.path.strip("/").split("/")
        for before, step in pairwise(steps):
            name = step.strip("{}")
            if step != name and self.ids.get(before) and is_uuid(case.path_parameters.get(name)):
                case.path_parameters[name] = self._one_of(before, number)
        if case.headers and case.headers.get("If-Match"):
            case.headers["If-Match"] = "*"
        for part in (case.query, case.body):
            self._fill_in(part, number)

    def _fill_in(self, part: Any, number: int) -> None:
        if isinstance(part, list):
            for inner in part:
                self._fill_in(inner, number)
        if isinstance(part, dict):
            for name, value in part.items():
                listed = LISTED_UNDER.get(name, "")
                if is_uuid(value) and self.ids.get(listed):
                    part[name] = self._one_of(listed, number)
                else:
                    self._fill_in(value, number)

    def _one_of(self, listed: str, number: int) -> str:
        return self.ids[listed][number % len(self.ids[listed])]


def bad_items_are_refused(context: Any, response: Any, case: Any) -> None:
    """A bulk is answered 207 whatever its items are: what is no item is refused beside the others."""
    if case.meta.generation.mode.is_negative:
        statuses = [outcome["status"] for outcome in response.json()["results"]]
        assert any(status >= HTTPStatus.BAD_REQUEST for status in statuses), f"Bad data was taken: {statuses}"


def is_uuid(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False


def ids_seen_by(person: Any, operations: list[Any]) -> dict[str, list[str]]:
    """The ids in the first page of every list that needs none, as somebody sees them who signed in."""
    browser = cast.browser(person)
    lists = [each.path for each in operations if each.method == "get" and each.definition.raw["operationId"].endswith("_list")]
    found = {path.rpartition("/")[2]: results(browser.get(path, {"limit": 20})) for path in lists if "{" not in path}
    return {name: [row["id"] for row in rows if is_uuid(row.get("id"))] for name, rows in found.items()}


def read_and_closed(environ: Any, start_response: Any) -> list[bytes]:
    """The application as a server calls it: it closes what it has sent, which schemathesis does not."""
    answer = application(environ, start_response)
    try:
        return [b"".join(answer)]
    finally:
        answer.close()


@pytest.fixture(scope="module")
def operations():
    schema = schemathesis.openapi.from_path(COMMITTED)
    schema.app = read_and_closed
    return [each.ok() for each in schema.get_all_operations()]


@pytest.fixture
def house(acorn, cobalt, priya, ines, tomas, nadia, ada, mara):
    """Two clients of whom everything there can be is there."""
    fill(acorn, contact=priya, worker=ines, secret="quince", internal="vetch")
    fill(cobalt, contact=nadia, worker=tomas, secret="medlar", internal="sorrel")


@contextmanager
def one_connection() -> Iterator[None]:
    """The requests are within the transaction that undoes them, so none of them may close its connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def told(caller: Caller, who: str, operations: list[Any], capsys: Any, *, times: int) -> None:
    with one_connection():
        for operation in operations:
            caller.try_out(operation, 100 if FULL else times)
        gc.collect()
    with capsys.disabled():
        answers = ", ".join(f"{number} x {status}" for status, number in sorted(caller.statuses.items()))
        sys.stderr.write(f"\n{who}: {caller.statuses.total()} generated requests to {len(operations)} operations: {answers}\n")
    assert not caller.deviations, "\n\n".join(f"{label}\n{said}" for label, said in caller.deviations.items())


def test_an_administrator_of_the_firm_is_always_answered_as_documented(house, ada, operations, capsys):
    caller = Caller({"Authorization": f"Bearer {cast.key(ada)}"}, ids=ids_seen_by(ada, operations))
    told(caller, "administrator", operations, capsys, times=3)
    assert {status // 100 for status in caller.statuses} == {2, 4}


def test_somebody_of_a_client_is_always_answered_as_documented(house, priya, ada, operations, capsys):
    """Half of the ids they send are those of another client."""
    caller = Caller({"Authorization": f"Bearer {cast.key(priya)}"}, ids=ids_seen_by(ada, operations))
    told(caller, "owner of a client", operations, capsys, times=2)
    assert {status // 100 for status in caller.statuses} == {2, 4}


def test_somebody_who_signed_in_keeps_their_keys_as_documented(house, ada, operations, capsys):
    """No key makes or sees keys, so these few operations are asked as a browser asks them."""
    token = "t" * 32
    session = cast.browser(ada).cookies["session"].value
    of_keys = [each for each in operations if each.path.startswith("/api/v1/keys")]
    caller = Caller({"X-CSRFToken": token}, {"session": session, "csrf": token}, ids_seen_by(ada, operations))
    told(caller, "administrator in a browser", of_keys, capsys, times=4)
    assert {status // 100 for status in caller.statuses} == {2, 4}


def test_nobody_is_always_refused_as_documented(house, ada, operations, capsys):
    caller = Caller({"Authorization": ""}, ids=ids_seen_by(ada, operations))
    told(caller, "nobody", operations, capsys, times=1)
    assert set(caller.statuses) <= {401, 404}
    assert [path for path in caller.missed if resolve(path).func is not nowhere] == []
