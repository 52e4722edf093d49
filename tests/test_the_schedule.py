"""Everything on the one page of scheduled work is there, and doing all of it twice is doing it once."""

import pytest
from celery.schedules import crontab
from django.apps import apps

from accounts import scope
from billing.actions.verifying import verify_ledger
from config.celery import app
from config.schedule import SCHEDULE
from config.story import tell_story

pytestmark = pytest.mark.django_db


def test_the_ledger_is_served_by_itself():
    """Opening, closing, expiring and pace, forecasts, renewals: each on the page, each at least once an hour but for the nightly one."""
    when = {entry["task"]: entry["schedule"] for entry in SCHEDULE.values()}
    hourly = ("billing.tasks.open_due_periods", "billing.tasks.close_or_propose", "billing.tasks.sweep_early_alerts")
    for task in (*hourly, "engagements.tasks.renew_engagements"):
        assert isinstance(when[task], crontab)
        assert len(when[task].hour) == 24
    assert when["billing.tasks.sweep_burn_alerts"] <= 60
    assert when["billing.tasks.forecast_retainers"].hour == {2, 5}


def test_every_task_of_the_page_is_known_to_the_workers():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in SCHEDULE.values()} <= set(app.tasks)


def rows():
    return {model._meta.label: model._base_manager.count() for model in apps.get_models() if model._meta.managed and not model._meta.proxy}


def test_all_of_it_done_twice_is_done_once():
    app.loader.import_default_modules()
    with scope.system("a test"):
        tell_story()
        for entry in SCHEDULE.values():
            app.tasks[entry["task"]].run()
        once = rows()
        for entry in SCHEDULE.values():
            app.tasks[entry["task"]].run()
        assert {name: count - once[name] for name, count in rows().items() if count != once[name]} == {}
        assert list(verify_ledger()) == []
