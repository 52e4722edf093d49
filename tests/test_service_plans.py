"""Recurring work: it becomes a ticket each time it is due, once, and holds its hours."""

import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actors import StaffRole
from accounts.errors import Conflict, NotAllowed
from billing.models import Reservation
from billing.models.ledger import balance_of
from engagements.actions import Plan, add_plan, end_plan, plan_onboarding
from engagements.models import Engagement, ServicePlan
from engagements.rules import due_dates
from events.models import Event
from tests import cast
from tests.api_cast import Program, refused, results
from tests.racing import race
from tickets.actions import open_planned_ticket
from tickets.models import PlannedTicket, Ticket
from tickets.tasks import open_planned_tickets


def day(text):
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("cadence", "on", "starts_on", "ends_on", "expected"),
    [
        ("weekly", 3, "2026-11-01", None, ["2026-11-25", "2026-12-02"]),
        ("weekly", 3, "2026-11-01", "2026-12-02", ["2026-11-25"]),
        ("weekly", 1, "2026-12-01", None, []),
        ("monthly", 31, "2026-01-31", None, ["2026-11-30"]),
        ("monthly", 1, "2026-11-02", None, ["2026-12-01"]),
        ("quarterly", 1, "2026-02-15", None, ["2026-12-01"]),
        ("quarterly", 1, "2026-03-15", None, []),
        ("once", 1, "2026-11-30", None, ["2026-11-30"]),
        ("once", 1, "2026-11-30", "2026-11-30", []),
    ],
)
def test_work_is_due_on_its_days(cadence, on, starts_on, ends_on, expected):
    found = due_dates(
        cadence, on, starts_on=day(starts_on), ends_on=day(ends_on) if ends_on else None, since=day("2026-11-24"), until=day("2026-12-04")
    )
    assert found == [day(each) for each in expected]


def test_a_month_end_is_computed_from_its_day_and_never_from_the_month_before():
    found = due_dates("monthly", 31, starts_on=day("2026-01-31"), ends_on=None, since=day("2026-01-01"), until=day("2026-05-01"))
    assert found == [day("2026-01-31"), day("2026-02-28"), day("2026-03-31"), day("2026-04-30")]


def review(**changes):
    plan: dict[str, Any] = {
        "what": "Weekly prompt review",
        "service_area": "prompt_optimisation",
        "cadence": "weekly",
        "day": (timezone.localdate() + dt.timedelta(days=2)).isoweekday(),
        "estimate_minutes": 45,
        "starts_on": timezone.localdate(),
        "checklist": "Read the ten worst answers\nMend the prompt",
    }
    return Plan(**plan | changes)


@pytest.fixture
def plan(acorn, mara, ines):
    return add_plan(actor=cast.actor(mara), engagement=acorn.engagement, plan=review(person=ines, system=acorn.system))


def held(company):
    return balance_of(company.engagement, today=timezone.localdate()).reserved_minutes


def test_a_plan_opens_its_ticket_ahead_of_the_day_once_and_holds_its_minutes(acorn, ines, plan):
    for _ in range(2):
        open_planned_tickets()
    ticket = Ticket.objects.get()
    due = timezone.localdate() + dt.timedelta(days=2)
    assert (ticket.subject, ticket.state, ticket.planned_for, ticket.assignee) == ("Weekly prompt review", "scheduled", due, ines)
    assert (ticket.source, ticket.kind, ticket.estimate_minutes, ticket.system) == ("plan", "task", 45, acorn.system)
    assert ticket.messages.get().body == "- Read the ten worst answers\n- Mend the prompt"
    assert PlannedTicket.objects.get().due_on == due
    assert Reservation.objects.get().source == "plan"
    assert held(acorn) == 45
    cast.log(ines, acorn, minutes=30, ticket=ticket)
    assert held(acorn) == 15
    assert Event.objects.filter(kind="plan.opened").get().process == "service plans"


def test_what_is_due_today_is_ours_to_move_at_once(acorn, mara):
    today = timezone.localdate()
    add_plan(actor=cast.actor(mara), engagement=acorn.engagement, plan=review(cadence="once", starts_on=today, checklist=""))
    open_planned_tickets()
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.planned_for, ticket.assignee, ticket.messages.get().body) == ("new", today, None, "Weekly prompt review")


def test_a_week_of_standstill_is_caught_up_and_older_days_are_not(acorn, plan):
    today = timezone.localdate()
    ServicePlan.objects.update(starts_on=today - dt.timedelta(days=40), created_at=timezone.now() - dt.timedelta(days=40))
    open_planned_tickets()
    opened = sorted(PlannedTicket.objects.values_list("due_on", flat=True))
    assert opened == [today - dt.timedelta(days=5), today + dt.timedelta(days=2)]


def test_an_ended_plan_or_engagement_opens_nothing(acorn, mara, plan):
    end_plan(actor=cast.actor(mara), plan=plan, ends_on=timezone.localdate())
    open_planned_tickets()
    ServicePlan.objects.update(ends_on=None)
    type(acorn.engagement).objects.filter(pk=acorn.engagement.pk).update(ends_on=timezone.localdate() + dt.timedelta(days=1))
    open_planned_tickets()
    assert not Ticket.objects.exists()


def test_somebody_who_no_longer_works_for_the_client_is_not_given_the_ticket(acorn, plan, ines):
    ines.assignments.all().delete()
    open_planned_tickets()
    assert Ticket.objects.get().assignee is None


@pytest.mark.django_db(transaction=True)
def test_racing_workers_open_one_ticket(firm):
    mara = cast.make_staff("Mara Lead", StaffRole.LEAD)
    company = cast.make_company("Acorn Mills", "ACM", lead=mara)
    added = add_plan(actor=cast.actor(mara), engagement=company.engagement, plan=review())
    due = added.next_due(timezone.localdate())
    assert due is not None
    act = partial(open_planned_ticket, actor=cast.ARRANGING, plan=added, due_on=due)
    outcomes = race([(cast.ARRANGING, act)] * 8)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType"] * 7 + ["Ticket"]
    assert Ticket.objects.count() == Reservation.objects.count() == 1


def test_nobody_but_the_process_opens_a_planned_ticket(acorn, ada, plan):
    with pytest.raises(NotAllowed):
        open_planned_ticket(actor=cast.actor(ada), plan=plan, due_on=plan.next_due(timezone.localdate()))


def test_only_leads_plan(acorn, ines, plan):
    for act in (
        partial(add_plan, engagement=acorn.engagement, plan=review()),
        partial(end_plan, plan=plan, ends_on=timezone.localdate()),
        partial(plan_onboarding, engagement=acorn.engagement, starts_on=timezone.localdate()),
    ):
        with pytest.raises(NotAllowed):
            act(actor=cast.actor(ines))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"day": 8}, "day"),
        ({"starts_on": dt.date(2020, 1, 1)}, "starts_on"),
        ({"starts_on": dt.date(2026, 12, 1), "ends_on": dt.date(2026, 12, 1)}, "ends_on"),
    ],
)
def test_what_can_never_be_due_is_refused_by_its_field(acorn, mara, changes, field):
    with pytest.raises(Conflict) as refusal:
        add_plan(actor=cast.actor(mara), engagement=acorn.engagement, plan=review(**changes))
    assert refusal.value.field == field


def test_what_is_due_once_is_refused_for_a_day_that_is_over(key, browser, acorn, mara):
    Engagement.objects.filter(pk=acorn.engagement.pk).update(starts_on=timezone.localdate() - dt.timedelta(days=60))
    over = (timezone.localdate() - dt.timedelta(days=1)).isoformat()
    desk, engagement = Program(key(mara)), {"engagement": str(acorn.engagement.pk), "starts_on": over}
    once = {"what": "Take stock", "service_area": "reporting", "cadence": "once", "estimate_minutes": 60}
    for path, body in (("plans", engagement | once), ("plans/onboarding", engagement)):
        problem = refused(desk.post(path, body), 422, "day-is-over")
        assert [error["pointer"] for error in problem["errors"]] == ["/starts_on"]
    wrong = browser(mara).post(reverse("workspace:new_plan", args=[acorn.engagement.pk]), form(cadence="once", starts_on=over))
    assert wrong.status_code == 422
    assert "Choose today or a later day" in wrong.text
    assert not ServicePlan.objects.exists()
    assert desk.post("plans", engagement | once | {"cadence": "monthly"}).status_code == 201


def test_the_first_sixty_days_come_from_a_template_once(acorn, mara):
    today = timezone.localdate()
    added = plan_onboarding(actor=cast.actor(mara), engagement=acorn.engagement, starts_on=today)
    assert [(plan.starts_on - today).days for plan in added] == [0, 13, 29, 59]
    assert {plan.cadence for plan in added} == {"once"}
    assert {plan.person for plan in added} == {mara}
    open_planned_tickets()
    assert Ticket.objects.get().subject == "Take stock of the AI systems"
    with pytest.raises(Conflict):
        plan_onboarding(actor=cast.actor(mara), engagement=acorn.engagement, starts_on=today)


def test_the_sweep_costs_the_same_for_one_plan_and_for_thirty(acorn, mara, plan):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            open_planned_tickets()
        return len(asked)

    open_planned_tickets()
    few = cost()
    for _ in range(29):
        add_plan(actor=cast.actor(mara), engagement=acorn.engagement, plan=review())
    open_planned_tickets()
    assert cost() == few


def form(**changes):
    return {
        "what": "Regression run",
        "service_area": "performance_monitoring",
        "cadence": "monthly",
        "day": "31",
        "estimate_minutes": "1h30",
        "starts_on": timezone.localdate().isoformat(),
    } | changes


def test_a_lead_plans_and_ends_work_on_the_clients_page(browser, mara, acorn):
    desk, page = browser(mara), reverse("workspace:client", args=[acorn.client.pk])
    url = reverse("workspace:new_plan", args=[acorn.engagement.pk])
    assert desk.get(url).status_code == 200
    assert desk.post(url, form())["Location"] == page
    shown = desk.get(page).content.decode()
    assert "Regression run" in shown
    assert "every month" in shown
    added = ServicePlan.objects.get()
    assert (added.estimate_minutes, added.day) == (90, 31)
    desk.post(reverse("workspace:end_plan", args=[added.pk]))
    assert '<span class="item-title">Regression run' not in desk.get(page).content.decode()
    wrong = desk.post(url, form(cadence="weekly"))
    assert wrong.status_code == 422
    assert "A week has seven days" in wrong.content.decode()


def test_the_first_sixty_days_are_one_click(browser, mara, acorn):
    desk, url = browser(mara), reverse("workspace:onboarding", args=[acorn.engagement.pk])
    assert "4 pieces of work are planned." in desk.post(url, follow=True).content.decode()
    assert "planned already" in desk.post(url, follow=True).content.decode()


def test_a_consultant_reads_the_plans_and_changes_none(browser, ines, acorn, plan):
    desk = browser(ines)
    page = desk.get(reverse("workspace:client", args=[acorn.client.pk])).content.decode()
    assert "Weekly prompt review" in page
    assert reverse("workspace:end_plan", args=[plan.pk]) not in page
    assert desk.post(reverse("workspace:end_plan", args=[plan.pk])).status_code == 404
    assert desk.post(reverse("workspace:new_plan", args=[acorn.engagement.pk]), form()).status_code == 404


def test_the_client_sees_what_is_planned_and_another_client_does_not(browser, priya, nadia, plan):
    assert "Weekly prompt review" in browser(priya).get(reverse("portal:home")).content.decode()
    assert "Weekly prompt review" not in browser(nadia).get(reverse("portal:home")).content.decode()


def test_programs_plan_read_and_end_work(key, mara, priya, nadia, acorn, plan):
    desk = Program(key(mara))
    body = {"engagement": str(acorn.engagement.pk), "what": "Report", "service_area": "reporting", "cadence": "monthly"}
    made = desk.post("plans", body | {"estimate_minutes": 60, "starts_on": timezone.localdate().isoformat()})
    assert made.status_code == 201, made.content
    path = f"plans/{made.json()['id']}"
    assert made["Location"].endswith(f"/api/v1/{path}")
    assert {row["what"] for row in results(Program(key(priya)).get("plans"))} == {"Report", "Weekly prompt review"}
    assert results(Program(key(nadia)).get("plans")) == []
    refused(Program(key(nadia)).get(path), 404, "not-found")
    refused(Program(key(priya)).post(f"{path}/ending", {"ends_on": "2027-01-01"}), 403, "not-allowed")
    assert desk.post(f"{path}/ending", {"ends_on": "2027-01-01"}).json()["ends_on"] == "2027-01-01"
    begun = desk.post("plans/onboarding", {"engagement": str(acorn.engagement.pk), "starts_on": timezone.localdate().isoformat()})
    assert (begun.status_code, len(begun.json())) == (201, 4)
    assert {plan["id"] for plan in begun.json()} <= {plan["id"] for plan in results(desk.get(begun["Location"]))}
