"""Recurring work becomes tickets: each day that a service plan is due, once, a few days ahead."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import NotAllowed
from engagements.models import Engagement, ServicePlan
from events.actions import record
from tickets.actions.opening import file_ticket, works_for_client
from tickets.models import PlannedTicket, Ticket
from tickets.rules import State

AHEAD = dt.timedelta(days=7)
MISSED_WITHIN = dt.timedelta(days=7)


def due_openings(today: dt.date) -> list[tuple[ServicePlan, dt.date]]:
    """The plans and days that should have a ticket by now and have none: a week ahead, and what a week of standstill missed.

    Five queries, however many plans. A plan never comes due for days before it was made, nor on days that its retainer rests.
    """
    since, until = today - MISSED_WITHIN, today + AHEAD
    plans = ServicePlan.objects.running(since).filter(starts_on__lte=until).select_related("client", "system", "person")
    opened = set(PlannedTicket.objects.filter(due_on__gte=since).values_list("plan_id", "due_on"))
    return [
        (plan, due)
        for plan in plans.order_by("engagement_id", "pk")
        for due in plan.due(max(since, plan.created_at.date()), until + dt.timedelta(days=1))
        if (plan.pk, due) not in opened and (plan.engagement.ends_on is None or due < plan.engagement.ends_on)
    ]


@transaction.atomic
def open_planned_ticket(*, actor: Actor, plan: ServicePlan, due_on: dt.date) -> Ticket | None:
    """Open the ticket of a plan for one of its days, planned for that day; None when it was opened, or the plan ended or rests meanwhile.

    Only a named process does this. Its minutes are held by whoever hears `plan.opened`.
    """
    if not actor.is_system:
        raise NotAllowed(_("Plans open their tickets by themselves."))
    Engagement.objects.select_for_update(no_key=True).get(pk=plan.engagement_id)
    standing = ServicePlan.objects.select_related("client", "engagement", "system", "person").get(pk=plan.pk)
    opened = PlannedTicket.objects.filter(plan=standing, due_on=due_on).exists()
    if opened or not standing.due(due_on, due_on + dt.timedelta(days=1)):
        return None
    person = standing.person if standing.person and works_for_client(standing.person, standing.client) else None
    ahead = due_on > timezone.localdate()
    ticket = Ticket(
        client=standing.client,
        engagement=standing.engagement,
        system=standing.system,
        subject=standing.what,
        kind=Ticket.Kind.TASK,
        service_area=standing.service_area,
        source=Ticket.Source.PLAN,
        assignee=person,
        estimate_minutes=standing.estimate_minutes,
        state=State.SCHEDULED if ahead else State.NEW,
        planned_for=due_on,
    )
    file_ticket(ticket, actor, steps_of(standing), [])
    planned = PlannedTicket.objects.create(client=standing.client, plan=standing, due_on=due_on, ticket=ticket)
    record("plan.opened", actor=actor, about=planned, ticket=str(ticket.pk), minutes=standing.estimate_minutes, due_on=due_on.isoformat())
    return ticket


def steps_of(plan: ServicePlan) -> str:
    """The checklist as the first message of the ticket; what it is about where there is none."""
    steps = [line.strip() for line in plan.checklist.splitlines() if line.strip()]
    return "\n".join(f"- {step}" for step in steps) or plan.what
