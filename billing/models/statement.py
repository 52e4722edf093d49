"""The rows of a period as its statement tells them."""

from billing.models.entry import TimeEntry
from billing.models.ledger import ProjectedPeriod
from billing.rules.statement import Document, Heading, Line, document_of
from engagements.models import Engagement
from tickets.models import Ticket


def document_of_period(retainer: Engagement, found: ProjectedPeriod) -> Document:
    """The statement of a projected period: every entry that clients may know of, in the order of the work. One query more."""
    entries = [entry for entry in found.entries if entry.kind != TimeEntry.Kind.INTERNAL]
    tickets = Ticket.objects.in_bulk({entry.ticket_id for entry in entries if entry.ticket_id})
    heading = Heading(client=retainer.client_id, engagement=retainer.pk, period=found.period.pk, currency=retainer.currency)
    return document_of(heading, found.projection, [_line(entry, tickets.get(entry.ticket_id)) for entry in entries])


def _line(entry: TimeEntry, ticket: Ticket | None) -> Line:
    return Line(
        entry=entry.pk,
        engagement=entry.engagement_id,
        work_date=entry.work_date,
        person=entry.person_id,
        ticket=entry.ticket_id,
        reference=ticket.reference if ticket else "",
        service_area=entry.service_area,
        kind=entry.kind,
        raw_seconds=entry.raw_seconds,
        billed_minutes=entry.billed_minutes,
        burn_minutes=entry.burn_minutes,
        is_late=entry.is_late,
        corrects=entry.corrects_id,
    )
