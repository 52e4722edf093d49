"""When each scheduled task ran last, and when the schedule was last seen alive: kept in the cache, not in a file that may lock."""

import datetime as dt
import logging
import time
from math import inf
from typing import Any

from celery.beat import Scheduler
from django.core.cache import cache
from django.utils import timezone
from redis import RedisError

RAN, TICKED = "beat:ran", "beat:ticked"
LONGEST_SLEEP_SECONDS = 5
STILL_SECONDS = 60  # longer than a slow start of beat, shorter than anybody waits for a mail
log = logging.getLogger(__name__)


class KeptSchedule(Scheduler):
    """Takes up where the beat before it stood, so a night that was missed is made up for, and leaves a sign of life at each look."""

    max_interval = LONGEST_SLEEP_SECONDS
    told_at = -inf

    def setup_schedule(self) -> None:
        super().setup_schedule()
        ran: dict[str, dt.datetime] = cache.get(RAN) or {}
        for name, ran_at in ran.items():
            if entry := self.schedule.get(name):
                entry.last_run_at = ran_at

    def tick(self, *args: Any, **kwargs: Any) -> float:
        pause: float = super().tick(*args, **kwargs)
        if time.monotonic() - self.told_at >= LONGEST_SLEEP_SECONDS:
            self.told_at = time.monotonic()
            keep(TICKED, timezone.now())
        return pause

    def sync(self) -> None:
        keep(RAN, {name: entry.last_run_at for name, entry in self.schedule.items() if entry.last_run_at})


def keep(key: str, value: object) -> None:
    """What cannot be kept now is told in the log: the schedule itself goes on."""
    try:
        cache.set(key, value, timeout=None)
    except RedisError as error:
        log.warning("beat cannot say that it runs: %s", type(error).__name__)


def still_seconds() -> float:
    """For how long the schedule has not ticked; infinite where it never did. Raises RedisError."""
    ticked: dt.datetime | None = cache.get(TICKED)
    return (timezone.now() - ticked).total_seconds() if ticked else inf


def said_of(seconds: float) -> str:
    """In words what is wrong with a schedule that stood still for so long; nothing where it ticks."""
    if seconds <= STILL_SECONDS:
        return ""
    since = "never ticked" if seconds == inf else f"has not ticked for {int(seconds // 60)} minutes"
    return f"The schedule {since}: no reminders, closes, forecasts or alerts. See that beat runs, and its log."
