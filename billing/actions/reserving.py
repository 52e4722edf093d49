"""Hours spoken for: they leave the balance free to ask for, never the ledger."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import scope
from accounts.actors import Actor
from billing.models import Reservation
from events.actions import record
from tickets.models import Ticket


@transaction.atomic
def reserve_minutes(*, actor: Actor, ticket: Ticket, minutes: int, source: str) -> Reservation | None:
    """Hold minutes of the retainer for a ticket; reserving again sets them anew. None where the ticket has no retainer.

    A client's yes does this too, so the write is a privileged step of its own.
    """
    if ticket.engagement is None or minutes <= 0:
        return None
    holder = ticket.engagement.draws_on_id or ticket.engagement.pk
    with scope.system("reserve hours"):
        reservation, _made = Reservation.objects.update_or_create(
            client_id=ticket.client_id,
            ticket=ticket,
            defaults={
                "engagement_id": holder,
                "minutes": minutes,
                "source": source,
                "ended_at": None,
            },
        )
    record("hours.reserved", actor=actor, about=reservation, minutes=minutes, ticket=str(ticket.pk))
    return reservation


@transaction.atomic
def release_reservation(*, actor: Actor, ticket: Ticket) -> None:
    """Let go of what a settled ticket still held."""
    _set_anew(actor, Reservation.objects.holding().filter(ticket=ticket), "hours.released", ended_at=timezone.now())


@transaction.atomic
def hold_again(*, actor: Actor, ticket: Ticket) -> None:
    """Hold once more what a reopened ticket had held."""
    _set_anew(actor, Reservation.objects.filter(ticket=ticket).exclude(ended_at=None), "hours.reserved", ended_at=None)


@transaction.atomic
def follow_engagement(*, actor: Actor, ticket: Ticket) -> None:
    """Hold the hours on the retainer that the ticket went to, while it is not settled; for a ticket without one nothing is held."""
    if ticket.engagement is None:
        release_reservation(actor=actor, ticket=ticket)
    else:
        holder = ticket.engagement.draws_on_id or ticket.engagement.pk
        held = Reservation.objects.filter(ticket=ticket)
        _set_anew(actor, held.exclude(engagement_id=holder), "hours.moved", engagement_id=holder)
        if not ticket.is_settled:
            _set_anew(actor, held.exclude(ended_at=None), "hours.reserved", ended_at=None)


def _set_anew(actor: Actor, found: QuerySet[Reservation], kind: str, **values: Any) -> None:
    """Change the one reservation that a ticket may have, and say so. Call it under the lock on the ticket."""
    reservation = found.first()
    if reservation is None:
        return
    with scope.system("reserve hours"):
        Reservation.objects.filter(pk=reservation.pk).update(**values)
    record(kind, actor=actor, about=reservation, minutes=reservation.minutes, ticket=str(reservation.ticket_id))
