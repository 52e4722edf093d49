"""What of a retainer's hours is spoken for: approved estimates and planned work, each less what was used on its ticket."""

from dataclasses import dataclass
from uuid import UUID

from accounts.actors import Actor
from accounts.models import Visibility
from billing.models import Period, Reservation
from tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class HeldRow:
    """Minutes that one ticket still holds of those agreed for it. Without a `ticket` its reader does not see which it is."""

    ticket: UUID | None
    reference: str
    subject: str
    source: str
    agreed_minutes: int
    held_minutes: int

    @property
    def used_minutes(self) -> int:
        return self.agreed_minutes - self.held_minutes


def held_of(period: Period, actor: Actor, level: str) -> list[HeldRow]:
    """What holds hours of the period's retainer today, the most first; nothing for who reads its balance only. Two queries."""
    if level == Visibility.BALANCE:
        return []
    holding = Reservation.objects.visible_to(actor).filter(engagement=period.engagement_id).holding().with_held_minutes()
    found = list(holding.order_by("pk"))
    tickets = Ticket.objects.visible_to(actor).in_bulk([each.ticket_id for each in found]) if found else {}
    rows = (_row(each, tickets.get(each.ticket_id)) for each in found)
    return sorted((row for row in rows if row.held_minutes), key=lambda row: -row.held_minutes)


def _row(held: Reservation, ticket: Ticket | None) -> HeldRow:
    return HeldRow(
        ticket=ticket.pk if ticket else None,
        reference=ticket.reference if ticket else "",
        subject=ticket.subject if ticket else "",
        source=held.source,
        agreed_minutes=held.minutes,
        held_minutes=held.held_minutes,  # type: ignore[attr-defined]  # annotated
    )
