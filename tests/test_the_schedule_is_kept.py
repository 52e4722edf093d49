"""What recurs by itself goes on after beat was killed, and takes up where it stood."""

import datetime as dt
import os
import time
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import timezone
from redis import RedisError

from config import beat
from config.celery import app
from config.schedule import SCHEDULE
from deploy.embedded import Valkey
from deploy.processes import wait_until
from deploy.scratch import PREFIX
from deploy.up import BEAT, Program

NIGHTLY = "forecast every retainer each night"


@pytest.fixture
def valkey(tmp_path_factory):
    server = Valkey(tmp_path_factory.mktemp(PREFIX))
    server.start()
    yield server
    server.stop()


def test_a_beat_that_is_killed_is_started_again_and_ticks(tmp_path, valkey, settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": valkey.cache_url()}}
    env = {**os.environ, "BROKER_URL": valkey.broker_url(), "CACHE_URL": valkey.cache_url(), "STATE_DIR": str(tmp_path)}
    program = Program("beat", BEAT, tmp_path / "log", env)
    program.start()
    try:
        wait_until(lambda: beat.still_seconds() < beat.STILL_SECONDS, what="Beat", process=program.process, log=program.log)
        program.process.kill()
        program.process.wait()
        cache.delete(beat.TICKED)
        program.started_at = time.monotonic() - 60
        program.keep_alive()
        wait_until(lambda: beat.still_seconds() < beat.STILL_SECONDS, what="Beat", process=program.process, log=program.log)
    finally:
        program.stop()
    assert not [each for each in Path().glob("celerybeat*") if each.stat().st_mtime > time.time() - 60]


def test_a_night_that_was_missed_is_made_up_for():
    first = beat.KeptSchedule(app=app)  # type: ignore[arg-type]  # the stubs know tasks of Celery's own class only
    assert not first.schedule[NIGHTLY].is_due().is_due
    first.schedule[NIGHTLY].last_run_at = timezone.now() - dt.timedelta(days=2)
    first.sync()
    second = beat.KeptSchedule(app=app)  # type: ignore[arg-type]
    assert second.schedule[NIGHTLY].is_due().is_due
    assert set(second.schedule) == set(SCHEDULE)


def test_a_cache_that_is_down_does_not_end_the_schedule(settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/1"}}
    beat.keep(beat.TICKED, timezone.now())
    with pytest.raises(RedisError):
        beat.still_seconds()
