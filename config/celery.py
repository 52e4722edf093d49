"""The Celery application. What it does by itself, and when, is one page: config/schedule.py."""

import os
from typing import Any

from celery import Celery, Task

from accounts import scope
from config.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class Scopeless(Task):  # type: ignore[type-arg]  # not subscriptable at run time
    """A task starts as nobody, also when it is called from code that has a scope (tests, eager mode)."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with scope.nobody():
            return super().__call__(*args, **kwargs)


app = Celery("tend", task_cls=Scopeless)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.conf.beat_scheduler = "config.beat:KeptSchedule"
app.autodiscover_tasks()
