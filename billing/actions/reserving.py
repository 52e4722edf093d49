"""Hours spoken for: they leave the balance free to ask for, never the ledger."""

from django.db import transaction
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
    if ticket.engagement_id is None or minutes <= 0:
        return None
    with scope.system("reserve hours"):
        reservation, _made = Reservation.objects.update_or_create(
            client_id=ticket.client_id,
            ticket=ticket,
            defaults={"engagement_id": ticket.engagement_id, "minutes": minutes, "source": source, "ended_at": None},
        )
    record("hours.reserved", actor=actor, about=reservation, minutes=minutes, ticket=str(ticket.pk))
    return reservation


def release_reservation(*, ticket: Ticket) -> None:
    """Let go of what a settled ticket still held."""
    with scope.system("release hours"):
        Reservation.objects.holding().filter(ticket=ticket).update(ended_at=timezone.now())


def hold_again(*, ticket: Ticket) -> None:
    """Hold once more what a reopened ticket had held."""
    with scope.system("reserve hours"):
        Reservation.objects.filter(ticket=ticket).update(ended_at=None)
