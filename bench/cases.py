"""The cases, each against its floor: the same SQL through bare psycopg, the rows as JSON through orjson, nothing else."""

import datetime as dt
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import psycopg
from django.db import connection

from accounts import scope
from bench.dataset import DataSet
from bench.timing import Timed
from billing.models import Period
from billing.rules.ledger import project
from billing.rules.movements import Entry, Lot, PeriodSpan
from config.wsgi import application
from engagements.rules import Terms

Statement = tuple[Any, Any]


class Api:
    """The whole application as a server calls it: middleware, both walls, view, rendering."""

    def __init__(self, data: DataSet) -> None:
        self.secret = data.secret

    def call(self, path: str, method: str = "GET", body: bytes = b"") -> bytes:
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "HTTP_HOST": "localhost",
            "HTTP_AUTHORIZATION": f"Bearer {self.secret}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
        }
        said: list[str] = []
        answer = b"".join(application(environ, lambda status, _headers, _exc=None: said.append(status)))  # type: ignore[arg-type,return-value]
        if not said[0].startswith("2"):
            raise RuntimeError(f"{method} {path}: {said[0]} {answer[:300]!r}")
        return answer


@contextmanager
def statements_of() -> Iterator[list[Statement]]:
    """What Django sends while something runs, so that the floor can send the same."""
    sent: list[Statement] = []

    def note(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield sent


def floor_of(case: Timed) -> tuple[Timed, int]:
    """The same statements by bare psycopg in one transaction, their rows as JSON; and how many there are."""
    case()  # what only the first call does (an alert, the key's last use) is no part of it
    with statements_of() as sent:
        case()
    raw = psycopg.connect(**_address(), autocommit=True, prepare_threshold=2)
    reading = [statement for statement in sent if not str(statement[0]).startswith(("SAVEPOINT", "RELEASE"))]

    def floor() -> bytes:
        with raw.transaction():
            raw.execute("SELECT set_config('role', 'tend_system', true), set_config('app.client_id', '', true)")
            for sql, params in reading:
                cursor = raw.execute(sql, params)
                rows = cursor.fetchall() if cursor.description else []
                names = [column.name for column in cursor.description or ()]
        return orjson.dumps([dict(zip(names, row, strict=True)) for row in rows], default=str)

    return floor, len(reading)


def _address() -> dict[str, Any]:
    settings = connection.settings_dict
    found = {"dbname": settings["NAME"], "user": settings["USER"], "password": settings["PASSWORD"], "host": settings["HOST"]}
    return found | ({"port": settings["PORT"]} if settings["PORT"] else {})


def recompute() -> Timed:
    """An open period with 1,000 entries, projected."""
    month = PeriodSpan(dt.date(2026, 1, 1), dt.date(2026, 2, 1))
    terms = Terms(starts_on=month.starts_on, included_minutes=6000)
    lots = [Lot("grant", 6000, month.starts_on, dt.date(2026, 3, 1))]
    entries = [Entry(f"{n:04}", dt.date(2026, 1, 1 + n % 31), 7, service_area="reporting", ticket=f"t{n % 40}") for n in range(1000)]
    return lambda: project(terms, month, lots, entries)


def burn_sweep() -> Timed:
    """The sweep's one query over the running totals of all retainers."""

    def sweep() -> None:
        with scope.system("bench"):
            list(Period.objects.without_alert_for_reached_threshold().values_list("pk"))

    return sweep
