"""A request waits a few seconds for what somebody else holds, and says so; a sweep passes over it; workers wait as long as it takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts import scope
from billing.actions.alerts import sweep_burn_alerts
from billing.actions.early_alerts import sweep_early_alerts
from billing.models import BurnAlert, Period, TimeEntry
from engagements.models import Engagement
from tests import cast
from tests.api_cast import Program, refused
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def held_by_somebody(company: cast.Company) -> Iterator[None]:
    """The retainer is locked by another connection meanwhile."""
    locked, done = Flag(), Flag()

    def hold() -> None:
        with scope.system("a trial"), transaction.atomic():
            Engagement.objects.select_for_update(no_key=True).get(pk=company.engagement.pk)
            locked.set()
            done.wait(timeout=60)
        connection.close()

    holder = Thread(target=hold)
    holder.start()
    assert locked.wait(timeout=30)
    try:
        yield
    finally:
        done.set()
        holder.join(timeout=30)


@pytest.fixture(autouse=True)
def short_of_patience(settings: Any) -> None:
    settings.WEB_LOCK_SECONDS = 1


def test_a_page_says_that_somebody_else_is_at_it_and_when_to_try_again(browser, acorn, ines):
    desk: Browser = browser(ines)
    desk.raise_request_exception = False
    url, line = reverse("workspace:log"), {"line": "30m ACM Held up"}
    with held_by_somebody(acorn):
        answer = desk.post(url, line)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Somebody else is at it" in answer.text
    assert not TimeEntry.objects.exists()
    assert desk.post(url, line).status_code == 302
    assert TimeEntry.objects.count() == 1


def test_a_program_is_told_to_try_again_and_how_soon(key, acorn, ines):
    program = Program(key(ines))
    work = {"minutes": 30, "work_date": timezone.localdate().isoformat(), "service_area": "reporting"}
    body = {"engagement": str(acorn.engagement.pk)} | work
    with held_by_somebody(acorn):
        answer = program.post("time-entries", body)
    refused(answer, 503, "try-again")
    assert answer["Retry-After"]
    assert program.post("time-entries", body).status_code == 201


def test_who_serves_nobody_waits_as_long_as_it_takes(acorn):
    def asked() -> str:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            return str(cursor.fetchone()[0])

    with scope.waiting_at_most(3):
        assert asked() == "3s"
    assert race([(cast.ARRANGING, asked)]) == ["0"]
    assert asked() == "0"


def test_sweeps_pass_over_a_retainer_that_is_held_and_find_it_the_next_time(acorn, mara):
    dune = cast.make_company("Dune Optics", "DUN", lead=mara)
    for company in (acorn, dune):
        Period.objects.filter(pk=company.period.pk).update(used_minutes=480, covered_minutes=480, closing_minutes=120)

    def told() -> set[object]:
        return set(BurnAlert.objects.values_list("period", flat=True))

    with held_by_somebody(acorn), scope.waiting_at_most(1):
        with scope.system("burn alerts"):
            sweep_burn_alerts()
            sweep_early_alerts(today=timezone.localdate())
        assert told() == {dune.period.pk}
    sweep_burn_alerts()
    assert told() == {acorn.period.pk, dune.period.pk}
