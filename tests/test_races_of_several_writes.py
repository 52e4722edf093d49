"""Several writes at once against single ones: everybody takes people first, then retainers, so nobody waits in a circle."""

import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions.people import assign
from accounts.actors import StaffRole
from billing.actions import Trace, Work, Write, change_entry, kept, log_time, take_back, write_together
from billing.models import TimeEntry
from engagements.actions import begin_project
from tests.api_cast import Program
from tests.cast import ARRANGING, actor, key, make_staff
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 30


def stretch(after_minutes, minutes):
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) - dt.timedelta(days=1)
    began = midnight + dt.timedelta(minutes=after_minutes)
    return Work(service_area="reporting", started_at=began, ended_at=began + dt.timedelta(minutes=minutes))


def refusals(outcomes: list[Any]) -> list[Exception]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


def test_a_lead_takes_back_a_change_of_time_while_its_person_logs_more(acorn, mara, ines):
    entry = log_time(actor=actor(ines), engagement=acorn.engagement, work=stretch(0, 5))
    for turn in range(ROUNDS):
        entry.refresh_from_db()
        before = kept(entry)
        change_entry(actor=actor(mara), entry=entry, work=stretch(0, 6))
        done = Trace(entry=str(entry.pk), before=before, after=kept(TimeEntry.objects.get(pk=entry.pk)))
        more = stretch(20 + turn * 5, 4)
        outcomes = race(
            [
                (actor(mara), partial(take_back, actor=actor(mara), traces=[done], at=timezone.now())),
                (actor(ines), partial(log_time, actor=actor(ines), engagement=acorn.engagement, work=more)),
            ]
        )
        assert refusals(outcomes) == []


def test_an_entry_of_a_project_is_changed_by_a_program_while_a_week_is_saved(acorn, ines):
    project = begin_project(actor=ARRANGING, pool=acorn.engagement, name="Chatbot", starts_on=acorn.engagement.starts_on)
    joe = make_staff("Joe Consultant", StaffRole.CONSULTANT)
    assign(actor=ARRANGING, person=joe, client=acorn.client)
    work = Work(service_area="reporting", raw_seconds=600, work_date=timezone.localdate())
    entry = log_time(actor=actor(ines), engagement=project, work=work)
    program = Program(key(ines))
    for turn in range(ROUNDS):
        outcomes: list[Any] = race(
            [
                (actor(ines), partial(program.patch, f"time-entries/{entry.pk}", {"minutes": 11 + turn})),
                (actor(joe), partial(write_together, actor=actor(joe), writes=[Write(engagement=project, work=work)])),
            ]
        )
        assert refusals(outcomes) == []
        assert outcomes[0].status_code == 200
