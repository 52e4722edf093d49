"""What the firm's people have, have logged and are promised: seen by leads, and said before more is promised."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.actions.days import be_away, set_week
from accounts.actors import StaffRole
from accounts.errors import Conflict, NotAllowed
from accounts.models import Absence, Person
from billing.models.capacity import ONE_WEEK, monday_of, weeks_of
from billing.rules.capacity import Load, minutes_of_day
from engagements.actions import Plan, add_plan
from tests import cast
from tests.api_cast import Program
from tests.cast import actor
from tickets.actions import accept_ticket, assign_ticket, edit_ticket, resolve_ticket, schedule_ticket
from tickets.models import Ticket
from tickets.tasks import open_planned_tickets, wake_scheduled_tickets

MONDAY = dt.date(2026, 11, 23)
TEAM = reverse("workspace:team")


@given(st.integers(0, 10_080))
def test_the_days_of_a_week_make_up_the_week(weekly):
    assert sum(minutes_of_day(weekly, MONDAY + dt.timedelta(days=number)) for number in range(7)) == weekly


def test_a_week_with_more_than_there_is_is_over_and_never_negative():
    load = Load(has_minutes=600, logged_minutes=400, planned_minutes=100)
    assert (load.free_minutes, load.over_minutes) == (100, 0)
    more = Load(has_minutes=600, logged_minutes=400, planned_minutes=260)
    assert (more.free_minutes, more.over_minutes) == (0, 60)


@pytest.fixture
def next_week(acorn, ines, priya, mara):
    """A ticket of 3 h planned for Ines in the next week."""
    today = timezone.localdate()
    ticket = cast.ask(priya, acorn, subject="Move to the new model")
    assign_ticket(actor=actor(mara), ticket=ticket, assignee=ines)
    edit_ticket(actor=actor(mara), ticket=ticket, estimate_minutes=180)
    schedule_ticket(actor=actor(ines), ticket=ticket, planned_for=monday_of(today) + ONE_WEEK, body="Then")
    ticket.refresh_from_db()
    return ticket


def loads(person):
    today = timezone.localdate()
    person.refresh_from_db()
    return [week.load for week in weeks_of([person], monday_of(today), today=today)[person.pk]]


def test_planned_work_stands_in_its_week_less_what_was_done_of_it(next_week, ines, acorn):
    assert loads(ines)[1].planned_minutes == 180
    cast.log(ines, acorn, minutes=60, ticket=next_week)
    assert loads(ines)[1].planned_minutes == 120
    assert loads(ines)[0].logged_minutes == 60


def test_recurring_work_counts_before_its_ticket_is_open(next_week, ines, mara, acorn):
    day = monday_of(timezone.localdate()) + ONE_WEEK
    plan = Plan(what="Review", service_area="prompt_optimisation", cadence="weekly", day=3, estimate_minutes=90, starts_on=day, person=ines)
    add_plan(actor=actor(mara), engagement=acorn.engagement, plan=plan)
    assert loads(ines)[1].planned_minutes == 270


def test_planned_work_stands_in_the_week_of_today_from_its_day_until_it_is_done(next_week, ines, acorn):
    Ticket.objects.update(planned_for=timezone.localdate())
    wake_scheduled_tickets()
    next_week.refresh_from_db()
    assert next_week.state == "open"
    assert [load.planned_minutes for load in loads(ines)] == [180, 0]
    cast.log(ines, acorn, minutes=60, ticket=next_week)
    assert loads(ines)[0].planned_minutes == 120
    resolve_ticket(actor=actor(ines), ticket=next_week, summary="It is moved.")
    assert loads(ines)[0].planned_minutes == 0


def test_planned_work_that_is_taken_up_before_its_day_stands_in_this_week(next_week, ines):
    accept_ticket(actor=actor(ines), ticket=next_week)
    assert [load.planned_minutes for load in loads(ines)] == [180, 0]


def test_recurring_work_that_is_due_today_stands_in_this_week(acorn, ines, mara):
    today = timezone.localdate()
    plan = Plan(what="Review", service_area="prompt_optimisation", cadence="once", estimate_minutes=90, starts_on=today, person=ines)
    add_plan(actor=actor(mara), engagement=acorn.engagement, plan=plan)
    open_planned_tickets()
    assert Ticket.objects.get().state == "new"
    assert loads(ines)[0].planned_minutes == 90


def test_days_away_are_taken_off_and_their_end_is_not(next_week, ines):
    day = monday_of(timezone.localdate()) + ONE_WEEK
    be_away(actor=actor(ines), person=ines, starts_on=day, ends_on=day + dt.timedelta(days=2))
    assert loads(ines)[1].has_minutes == 2400 * 3 // 5
    with pytest.raises(Conflict):
        be_away(actor=actor(ines), person=ines, starts_on=day, ends_on=day + dt.timedelta(days=1))


def test_only_leads_say_how_much_others_work_and_when_they_are_away(ines, mara, ada):
    with pytest.raises(NotAllowed):
        set_week(actor=actor(ines), person=ines, weekly_minutes=60)
    with pytest.raises(NotAllowed):
        be_away(actor=actor(ines), person=ada, starts_on=MONDAY, ends_on=MONDAY + ONE_WEEK)
    set_week(actor=actor(mara), person=ines, weekly_minutes=1920)
    assert loads(ines)[0].has_minutes == 1920


def test_leads_see_the_week_of_everybody_and_others_their_own(browser, next_week, ines, mara, tomas, acorn):
    cast.log(ines, acorn, minutes=90)
    seen = browser(mara).get(TEAM).text
    assert ines.name in seen
    assert tomas.name in seen
    assert "1.5\xa0h" in seen
    own = browser(ines).get(TEAM).text
    assert ines.name in own
    assert "Hours a week of" not in own


def test_what_somebody_has_on_is_said_where_a_ticket_is_given_to_them(browser, next_week, ines, mara):
    page = browser(mara).get(reverse("workspace:ticket", args=[next_week.pk])).text
    assert f"{ines.name} · 0\xa0h of 40\xa0h this week, 3\xa0h of 40\xa0h next" in page


def test_promising_more_than_there_is_is_said_and_not_refused(browser, next_week, ines, mara, priya, acorn):
    set_week(actor=actor(mara), person=ines, weekly_minutes=60)
    ticket = cast.ask(priya, acorn, subject="One more")
    signed_in = browser(mara)
    page = signed_in.get(reverse("workspace:ticket", args=[ticket.pk])).text
    assert "3\xa0h of 1\xa0h next: 2\xa0h over" in page
    signed_in.post(reverse("workspace:assignment", args=[ticket.pk]), {"assign-assignee": ines.pk})
    day = next_week.planned_for
    answer = signed_in.post(
        reverse("workspace:schedule", args=[ticket.pk]), {"plan-planned_for": day, "plan-body": "Then"}, follow=True
    ).text
    assert f"{ines.first_name} has 3\xa0h in the week of" in answer
    ticket.refresh_from_db()
    assert ticket.planned_for == day


def test_a_lead_sets_hours_and_notes_days_away_on_the_page(browser, ines, mara):
    signed_in = browser(mara)
    signed_in.post(reverse("workspace:week_of_person", args=[ines.pk]), {"hours": "32.5"})
    assert Person.objects.get(pk=ines.pk).weekly_minutes == 1950
    wrong = signed_in.post(reverse("workspace:week_of_person", args=[ines.pk]), {"hours": "many"}, follow=True).text
    assert "Write hours a week" in wrong
    signed_in.post(reverse("workspace:away"), {"person": ines.pk, "starts_on": MONDAY, "ends_on": MONDAY + ONE_WEEK})
    absence = Absence.objects.get(person=ines)
    signed_in.post(reverse("workspace:back_again", args=[absence.pk]))
    assert not Absence.objects.exists()


def test_programs_read_the_capacity_and_note_days_away(key, next_week, ines, mara, priya):
    lead = Program(key(mara))
    rows = lead.get("capacity").json()["results"]
    theirs = [row for row in rows if row["person"]["id"] == str(ines.pk)]
    assert [row["planned_minutes"] for row in theirs] == [0, 180]
    assert {row["person"]["name"] for row in Program(key(ines)).get("capacity").json()["results"]} == {ines.name}
    assert lead.get("capacity", week="soon").status_code == 400
    assert Program(key(priya)).get("capacity").status_code == 404
    made = lead.post("absences", {"person": str(ines.pk), "starts_on": "2026-12-21", "ends_on": "2026-12-28"})
    assert made.status_code == 201, made.json()
    assert lead.get("absences", covering="2026-12-22").json()["results"][0]["id"] == made.json()["id"]
    assert lead.delete(f"absences/{made.json()['id']}").status_code == 204
    week = lead.post(f"people/{ines.pk}/week", {"weekly_minutes": 1800})
    assert week.json()["weekly_minutes"] == 1800


def test_the_team_costs_the_same_however_many_there_are(browser, next_week, mara, priya, acorn, ines):
    signed_in = browser(mara)
    signed_in.get(TEAM)
    with CaptureQueriesContext(connection) as few:
        signed_in.get(TEAM)
    for number in range(5):
        cast.log(cast.make_staff(f"Colleague{number} C", StaffRole.LEAD), acorn, minutes=30)
    with CaptureQueriesContext(connection) as many:
        signed_in.get(TEAM)
    assert len(many) <= len(few)
    assert len(few) <= 25
