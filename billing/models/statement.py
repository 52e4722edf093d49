"""The rows of a period as its statement tells them."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from billing.models.entry import TimeEntry
from billing.models.ledger import ProjectedPeriod, as_entry, ledger_of
from billing.models.ledger_rows import LedgerEntry, in_order_of_work, versions_of
from billing.models.period import Period
from billing.rules.ledger import project
from billing.rules.movements import PeriodSpan
from billing.rules.statement import ENGINE, Document, Heading, Line, document_of
from engagements.models import Engagement
from engagements.rules import Span, Terms, charged_fees
from figures.currencies import places_of
from figures.rounding import money
from tickets.models import Ticket


def document_today(period: Period, projected: Sequence[ProjectedPeriod] | None = None, versions: Sequence[Terms] = ()) -> Document:
    """What the statement of a period says: as frozen, or as it would be if the period closed now.

    `projected` are the open periods of its retainer and `versions` its terms in order, for whoever has read them already.
    Imported history was promised nothing, so its document holds its entries and no lots.
    """
    if period.closed_at is not None and not period.is_history:
        document: Document = period.statements.standing().get().document
        return document
    if period.is_history:
        return document_of_period(period.engagement, _history(period), versions)
    ledger = ledger_of(period.engagement) if projected is None else projected
    found = next(each for each in ledger if each.period.pk == period.pk)
    return document_of_period(period.engagement, found, versions)


def _history(period: Period) -> ProjectedPeriod:
    entries = tuple(in_order_of_work(TimeEntry.objects.burning().filter(period=period)))
    nothing = Terms(starts_on=period.starts_on, included_minutes=0, overage="absorb")
    span = PeriodSpan(period.starts_on, period.ends_on)
    return ProjectedPeriod(period, (), entries, project(nothing, span, (), map(as_entry, entries)))


def fee_of(retainer: Engagement, span: Span, versions: Sequence[Terms] = ()) -> Decimal:
    """What the terms charge for the days of a period that are served, in the places of the currency. Two queries at most."""
    places = places_of(retainer.currency)
    charging = [replace(terms, fee=money(terms.fee, places)) for terms in versions or versions_of(retainer)]
    pauses = [pause.span for pause in retainer.pauses.all()]
    return sum((fee for _terms, fee in charged_fees(charging, span, pauses, places=places)), money(Decimal(0), places))


def document_of_period(retainer: Engagement, found: ProjectedPeriod, versions: Sequence[Terms] = (), *, engine: str = ENGINE) -> Document:
    """The statement of a projected period: every entry that clients may know of, in the order of the work. Three queries more.

    An earlier `engine` tells it in the shape that it had.
    """
    entries = [entry for entry in found.entries if entry.kind != TimeEntry.Kind.INTERNAL]
    tickets = Ticket.objects.in_bulk({entry.ticket_id for entry in entries if entry.ticket_id})
    heading = Heading(
        client=retainer.client_id,
        engagement=retainer.pk,
        period=found.period.pk,
        currency=retainer.currency,
        fee=fee_of(retainer, Span(found.period.starts_on, found.period.ends_on), versions),
        places=places_of(retainer.currency),
        engine=engine,
    )
    return document_of(heading, found.projection, [_line(entry, tickets.get(entry.ticket_id)) for entry in entries])


def _line(entry: LedgerEntry, ticket: Ticket | None) -> Line:
    return Line(
        entry=entry.id,
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
