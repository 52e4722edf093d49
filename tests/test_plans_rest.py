"""Recurring work rests with its retainer: no ticket, no hours held and no day shown for the days of a pause."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.actions.links import open_feed
from billing.models import Reservation
from billing.models.capacity import monday_of, weeks_of
from engagements.actions import Plan, add_plan, pause_engagement, resume_engagement
from engagements.models import Engagement
from tests import cast
from tickets.actions import open_planned_ticket
from tickets.models import PlannedTicket, Ticket
from tickets.tasks import open_planned_tickets

DAY = dt.timedelta(days=1)


@pytest.fixture
def today():
    return timezone.localdate()


def weekly(today, **changes):
    plan = {
        "what": "Prompt review",
        "service_area": "prompt_optimisation",
        "cadence": "weekly",
        "day": (today + 2 * DAY).isoweekday(),
        "estimate_minutes": 60,
        "starts_on": today,
    }
    return Plan(**plan | changes)


@pytest.fixture
def plan(acorn, mara, ines, today):
    """Work of Ines that is due the day after tomorrow, and each week from then on."""
    return add_plan(actor=cast.actor(mara), engagement=acorn.engagement, plan=weekly(today, person=ines))


def rest(mara, company, starts_on, ends_on=None):
    return pause_engagement(
        actor=cast.actor(mara), engagement=company.engagement, starts_on=starts_on, ends_on=ends_on, reason="Stocktaking"
    )


def test_a_paused_retainer_opens_no_ticket_and_holds_nothing(acorn, mara, plan, today):
    pause = rest(mara, acorn, today + DAY)
    open_planned_tickets()
    assert open_planned_ticket(actor=cast.ARRANGING, plan=plan, due_on=today + 2 * DAY) is None
    assert not Ticket.objects.exists()
    assert not Reservation.objects.exists()
    resume_engagement(actor=cast.actor(mara), pause=pause, on=today + 2 * DAY)
    open_planned_tickets()
    assert PlannedTicket.objects.get().due_on == today + 2 * DAY
    assert Reservation.objects.get().minutes == 60


def test_a_project_rests_with_the_retainer_it_draws_on(acorn, mara, today):
    project = Engagement.objects.create(
        client=acorn.client, name="Rollout", currency=acorn.engagement.currency, starts_on=today, draws_on=acorn.engagement
    )
    added = add_plan(actor=cast.actor(mara), engagement=project, plan=weekly(today))
    rest(mara, acorn, today + DAY)
    assert added.next_due(today) is None
    open_planned_tickets()
    assert not Ticket.objects.exists()


def test_the_next_day_lies_behind_a_pause_however_long(acorn, mara, plan, today):
    rest(mara, acorn, today + DAY, today + 2 * DAY + 210 * DAY)
    assert plan.next_due(today) == today + 2 * DAY + 210 * DAY


def test_the_client_is_promised_no_day_of_a_pause_and_the_lead_can_still_end_the_plan(browser, acorn, mara, priya, plan, today):
    front, page = reverse("portal:home"), reverse("workspace:client", args=[acorn.client.pk])
    assert "Prompt review" in browser(priya).get(front).text
    rest(mara, acorn, today)
    assert "Prompt review" not in browser(priya).get(front).text
    shown = browser(mara).get(page).text
    assert "rests until resumed" in shown
    assert reverse("workspace:end_plan", args=[plan.pk]) in shown


def test_a_pause_leaves_room_in_the_week(acorn, mara, ines, plan, today):
    def planned():
        return sum(week.load.planned_minutes for week in weeks_of([ines], monday_of(today), today=today)[ines.pk])

    before = planned()
    rest(mara, acorn, today + DAY)
    assert before > 0
    assert planned() == 0


def test_a_calendar_shows_no_review_within_a_pause(client, acorn, mara, ines, plan, today):
    def days():
        _feed, secret = open_feed(actor=cast.actor(ines))
        found = Calendar.from_ical(client.get(reverse("calendar_feed", args=[secret])).content).walk("VEVENT")
        return {each.decoded("dtstart") for each in found if str(each["uid"]).startswith(f"plan-{plan.pk}")}

    first = today + 9 * DAY
    assert {first, first + 7 * DAY} <= days()
    rest(mara, acorn, first, first + 7 * DAY)
    assert first not in days()
    assert first + 7 * DAY in days()
