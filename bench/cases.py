"""The API's hot resources, each against its floor: what they answer must be the floor's answer."""

import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import orjson
from django.db import connection
from django.utils import timezone

from accounts import scope
from bench.dataset import DataSet
from bench.floors import Floor
from bench.report import Report
from bench.timing import Ratio, against, alone
from billing.models import Period, TimeEntry
from billing.rules.ledger import project
from billing.rules.movements import Entry, Lot, PeriodSpan
from config.wsgi import application
from engagements.models import RetainerTerms
from engagements.rules import Terms

ENTRIES_OF_THE_FLOOR = 40
SECONDS = 300


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
            "HTTP_HOST": "localhost:8000",
            "HTTP_AUTHORIZATION": f"Bearer {self.secret}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
        }
        said: list[str] = []
        answer = b"".join(application(environ, lambda status, _headers, _exc=None: said.append(status)))
        if not said[0].startswith("2"):
            raise RuntimeError(f"{method} {path}: {said[0]} {answer[:300]!r}")
        return answer


@contextmanager
def statements_of() -> Iterator[list[tuple[Any, Any]]]:
    """What Django sends while something runs; not the SAVEPOINTs around an action."""
    sent: list[tuple[Any, Any]] = []

    def note(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if not str(sql).startswith(("SAVEPOINT", "RELEASE")):
            sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield sent


def sent_by(case: Callable[[], object]) -> list[tuple[Any, Any]]:
    case()  # what only the first call does (an alert, the key's last use) is no part of it
    with statements_of() as sent:
        case()
    return sent


def hot_resources(data: DataSet, report: Report) -> None:
    api, floor = Api(data), Floor(data)
    list_tickets = partial(api.call, "/api/v1/tickets?limit=50")
    sent = sent_by(list_tickets)
    bare = floor.tickets(sent[-1])
    _same(list_tickets(), bare(), but=("next",))
    report.ratio("GET /tickets?limit=50", against(list_tickets, bare), least=0.40, queries=len(sent), most=4)
    balance = partial(api.call, f"/api/v1/clients/{data.client_id}/balance")
    sent = sent_by(balance)
    bare = floor.balance(sent[-1], data.client_id, timezone.localdate())
    _same(balance(), bare())
    report.ratio("GET /clients/{id}/balance, 24 months of history", against(balance, bare), least=0.40, queries=len(sent), most=4)
    young = partial(api.call, f"/api/v1/clients/{data.young_client_id}/balance")
    found = against(balance, young)
    report.at_most("balance of 24 months against 1 month", 1 / found.speed, 1.3, unit="times")


def log_time(data: DataSet, report: Report, name: str = "POST /time-entries, a period of 40 entries") -> float:
    """The period is brought back to its 40 entries after each call, outside of what is timed. The milliseconds it took."""
    api, floor = Api(data), Floor(data)
    entry = {"engagement": data.engagement_id, "raw_seconds": SECONDS, "work_date": str(timezone.localdate()), "service_area": "reporting"}
    body = json.dumps(entry).encode()
    with scope.system("bench"):
        period = Period.objects.open().get(engagement_id=data.engagement_id)
        kept = list(period.entries.order_by("pk").values_list("pk", flat=True)[:ENTRIES_OF_THE_FLOOR])
        terms = RetainerTerms.objects.get(engagement_id=data.engagement_id)

    def tidy() -> None:
        with scope.system("bench"):
            TimeEntry.objects.filter(period_id=period.pk).exclude(pk__in=kept).delete()

    tidy()
    post = partial(api.call, "/api/v1/time-entries", "POST", body)
    sent = sent_by(post)
    bare = floor.log_time(body, terms)
    _same(post(), bare(), but=("id", "created_at", "updated_at"))
    tidy()
    ratio = against(post, bare, rounds=60, warm=5, between=tidy)
    report.ratio(name, ratio, least=0.25, queries=len(sent), most=12)
    return ratio.case_ms


def _same(answer: bytes, bare: bytes, but: tuple[str, ...] = ()) -> None:
    """A floor that gave less, or something else, would be no floor."""
    ours, floors = ({name: value for name, value in orjson.loads(each).items() if name not in but} for each in (answer, bare))
    if ours != floors:
        raise RuntimeError(f"The floor answers otherwise:\n{floors}\n{ours}")


def recompute(report: Report) -> None:
    """An open period with 1,000 entries, projected by the pure function."""
    month = PeriodSpan(dt.date(2026, 1, 1), dt.date(2026, 2, 1))
    terms = Terms(starts_on=month.starts_on, included_minutes=6000)
    lots = [Lot("grant", 6000, month.starts_on, dt.date(2026, 3, 1))]
    entries = [Entry(f"{n:04}", dt.date(2026, 1, 1 + n % 31), 7, service_area="reporting", ticket=f"t{n % 40}") for n in range(1000)]
    report.at_most("recompute of a period with 1,000 entries", alone(lambda: project(terms, month, lots, entries)), 5)


def burn_sweep(report: Report, name: str = "burn sweep over all retainers") -> Ratio:
    """The sweep's one query over the running totals of all retainers, in turn with one that reads no table and so never grows."""

    def sweep() -> None:
        with scope.system("bench"):
            list(Period.objects.without_alert_for_reached_threshold().values_list("pk"))

    def bare() -> None:
        with scope.system("bench"), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM generate_series(1, 2000)")
            cursor.fetchall()

    found = against(sweep, bare)
    report.at_most(name, found.case_ms, 3)
    return found
