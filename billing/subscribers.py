"""What billing does when a promise or the work changes: periods open, hours are reserved, in the same transaction."""

import datetime as dt
from uuid import UUID

from django.utils import timezone

from accounts.actors import Actor
from billing.actions.approving import settle_waiting
from billing.actions.costing import keep_cost
from billing.actions.periods import AHEAD, open_periods_of
from billing.actions.reserving import follow_engagement, hold_again, release_reservation, reserve_minutes
from billing.actions.tiling import follow_continuation, follow_end, follow_pause, follow_terms
from billing.models import Reservation
from engagements.models import Engagement, Pause, RetainerTerms
from events.actions import on
from events.models import Event
from tickets.models import Ticket
from tickets.rules import State


@on("engagement.begun")
def open_first_periods(event: Event, actor: Actor) -> None:
    engagement = Engagement.objects.get(pk=event.about_id)
    open_periods_of(actor=actor, engagement=engagement, until=timezone.localdate() + AHEAD)


@on("terms.agreed")
def grant_what_was_agreed(event: Event, actor: Actor) -> None:
    agreed = RetainerTerms.objects.select_related("engagement").get(pk=event.about_id)
    follow_terms(actor=actor, engagement=agreed.engagement, starts_on=agreed.starts_on)


@on("engagement.paused")
def rest(event: Event, actor: Actor) -> None:
    pause = Pause.objects.select_related("engagement").get(pk=event.about_id)
    follow_pause(actor=actor, engagement=pause.engagement)


@on("engagement.resumed")
def serve_again(event: Event, actor: Actor) -> None:
    follow_pause(actor=actor, engagement=Engagement.objects.get(pk=event.payload["engagement"]))


@on("engagement.ended")
def end_with_it(event: Event, actor: Actor) -> None:
    follow_end(actor=actor, engagement=Engagement.objects.get(pk=event.about_id))


@on("engagement.set")
def settle_what_waits(event: Event, actor: Actor) -> None:
    """Where time need not be approved any more, what waited for it is."""
    engagement = Engagement.objects.get(pk=event.about_id)
    if "needs_approval" in event.payload["fields"] and not engagement.needs_approval:
        settle_waiting(actor=actor, engagement=engagement)


@on("engagement.continued")
def go_on_with_it(event: Event, actor: Actor) -> None:
    ended_on = dt.date.fromisoformat(event.payload["ends_on"])
    follow_continuation(actor=actor, engagement=Engagement.objects.get(pk=event.about_id), ended_on=ended_on)


@on("estimate.approved")
def reserve_what_was_approved(event: Event, actor: Actor) -> None:
    ticket = Ticket.objects.get(pk=event.about_id)
    reserve_minutes(actor=actor, ticket=ticket, minutes=event.payload["minutes"], source=Reservation.Source.ESTIMATE)


@on("ticket.moved")
def follow_the_ticket(event: Event, actor: Actor) -> None:
    """What is spoken for ends when the ticket is resolved, and is held again when it is reopened."""
    moved = (event.payload["from"], event.payload["to"])
    if moved[1] == State.RESOLVED:
        release_reservation(actor=actor, ticket=Ticket.objects.get(pk=event.about_id))
    elif moved == (State.RESOLVED, State.OPEN):
        hold_again(actor=actor, ticket=Ticket.objects.get(pk=event.about_id))


@on("ticket.edited")
def follow_the_retainer(event: Event, actor: Actor) -> None:
    """What is spoken for goes with its ticket to another retainer of the client."""
    if "engagement" in event.payload["fields"]:
        follow_engagement(actor=actor, ticket=Ticket.objects.get(pk=event.about_id))


@on("plan.opened")
def reserve_what_was_planned(event: Event, actor: Actor) -> None:
    ticket = Ticket.objects.get(pk=event.payload["ticket"])
    reserve_minutes(actor=actor, ticket=ticket, minutes=event.payload["minutes"], source=Reservation.Source.PLAN)


@on("time.logged")
@on("time.changed")
@on("time.restored")
def keep_what_it_cost(event: Event, _actor: Actor) -> None:
    told = event.payload
    day = dt.date.fromisoformat(told["work_date"])
    if event.client_id is not None:  # an entry is always some client's
        keep_cost(entry_id=event.about_id, client_id=event.client_id, person_id=UUID(told["person"]), day=day)
