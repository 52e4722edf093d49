"""Whether Tend is alive, ready to serve, and what it counts. Answered at the door, without a transaction."""

import hmac
import time
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

import redis
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from accounts import scope
from config import beat, columns
from events.actions.delivering import outbox_state
from events.actions.posting import webhook_state


@dataclass(slots=True)
class Shapes:
    """What this process last found of the tables' columns: asked at the first probe and then once a minute, for the probe is cheap."""

    looked_at: float = -inf
    found: bool = False

    def fit(self) -> bool:
        if time.monotonic() - self.looked_at > LOOK_AGAIN_SECONDS:
            self.found, self.looked_at = not columns.differences(), time.monotonic()
        return self.found


LOOK_AGAIN_SECONDS = 60
shapes = Shapes()


class OutboxCollector(Collector):
    """The state of the outbox, read whenever somebody asks. Without a database the other counters still answer."""

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: registering must not read the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        try:
            with scope.system("metrics"):
                state, webhooks = outbox_state(), webhook_state()
        except DatabaseError:
            return
        yield GaugeMetricFamily("tend_outbox_waiting", "Deliveries that are not sent yet.", value=state.waiting)
        yield GaugeMetricFamily("tend_outbox_oldest_seconds", "Age of the oldest delivery not sent yet.", value=state.oldest_seconds)
        yield GaugeMetricFamily("tend_outbox_given_up", "Deliveries that were given up and wait for somebody.", value=state.given_up)
        yield GaugeMetricFamily("tend_webhooks_waiting", "Messages to programs outside that are not delivered yet.", value=webhooks.waiting)
        yield GaugeMetricFamily(
            "tend_webhooks_overdue_seconds", "For how long the first message that may go out did not.", value=webhooks.overdue_seconds
        )
        yield GaugeMetricFamily("tend_webhooks_given_up", "Messages of the last 30 days that were given up.", value=webhooks.given_up)


class ScheduleCollector(Collector):
    """For how long the schedule has not ticked. Without a cache the other counters still answer."""

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: registering must not read the cache."""
        return ()

    def collect(self) -> Iterable[Metric]:
        try:
            seconds = beat.still_seconds()
        except redis.RedisError:
            return
        told = "For how long the schedule of recurring work has not ticked; infinite where it never did."
        yield GaugeMetricFamily("tend_schedule_still_seconds", told, value=seconds)


REGISTRY.register(OutboxCollector())
REGISTRY.register(ScheduleCollector())


@transaction.non_atomic_requests
@require_safe
def livez(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


@transaction.non_atomic_requests
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """Database and broker answer, and the tables are as the models say; 503 names the one that is otherwise.

    A schedule that stands still is named too, but pages are served without it: turning people away would mend nothing.
    """
    needed = {"database": _database(), "broker": _broker()}
    is_ready = all(answer == "ok" for answer in needed.values())
    return JsonResponse(needed | {"schedule": _schedule()}, status=200 if is_ready else 503)


@transaction.non_atomic_requests
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Counters of this process and the state of the outbox, in the text format of Prometheus.

    For whoever holds METRICS_TOKEN; without one only for this machine, never through a proxy.
    """
    if not _may_count(request):
        raise Http404
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _may_count(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        return hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}")
    return "X-Forwarded-For" not in request.headers and "Forwarded" not in request.headers


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
        return "ok" if shapes.fit() else "tables differ from the models: manage.py doctor"
    except DatabaseError as error:
        return type(error).__name__


def _schedule() -> str:
    try:
        return beat.said_of(beat.still_seconds()) or "ok"
    except redis.RedisError as error:
        return type(error).__name__


def _broker() -> str:
    try:
        redis.Redis.from_url(settings.CACHE_URL, socket_timeout=2, socket_connect_timeout=2).ping()
    except redis.RedisError as error:
        return type(error).__name__
    return "ok"
