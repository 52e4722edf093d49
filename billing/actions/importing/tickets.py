"""Tickets that an import brings along: numbered without a gap, told to nobody, without a clock."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from accounts.models import Client
from billing.actions.importing.books import Books, day_of
from billing.actions.importing.keys import there
from billing.actions.importing.texts import key_of, line_of, moment_of
from billing.rules.importing import ImportRow
from billing.rules.importing import Mapping as Reading
from figures.rounding import half_up
from tickets.models import Ticket, TicketCounter
from tickets.rules import DEFAULT_PRIORITY, LONGEST_SUBJECT, REOPEN_WITHIN, Kind, ServiceArea, Source, State

MOST_MINUTES = 2**31 - 1
# These wait for a decision, an answer or a day that no file brings along.
NOT_WITHOUT_MORE = frozenset({State.AWAITING_APPROVAL, State.WAITING_ON_CLIENT, State.SCHEDULED})


type Told = Mapping[str, Sequence[ImportRow]]


def told_by(rows: Sequence[ImportRow], reading: Reading) -> Told:
    """The rows of each ticket, by its import key."""
    told: dict[str, list[ImportRow]] = {}
    for row in rows:
        if row.ticket_key:
            told.setdefault(key_of(reading.name, row.ticket_key), []).append(row)
    return told


def known_tickets(told: Told, client: Client) -> dict[str, Ticket]:
    return {ticket.import_key or "": ticket for ticket in there(Ticket.objects.all(), client, told)}


def make_tickets(told: Told, books: Books) -> list[Ticket]:
    """A ticket for each import key, in the order of the file. The first row of a ticket describes it."""
    made = Ticket.objects.bulk_create(_numbered([_ticket(key, about, books) for key, about in told.items()], books.client))
    books.tally.tickets += len(made)
    return made


def end_later(tickets: Mapping[str, Ticket], worked: Told, books: Books) -> None:
    """A ticket whose end the file does not say ends with the last work on it, which a later batch may bring."""
    late = []
    for key, about in worked.items():
        ticket = tickets.get(key)
        if ticket is None or ticket.closed_at is None or ticket.source != Source.IMPORT or about[0].ticket_closed_on:
            continue
        ended_at = _end_of(about, books)
        if ended_at > ticket.closed_at:
            ticket.resolved_at = ticket.closed_at = ticket.state_since = ended_at
            late.append(ticket)
    Ticket.objects.bulk_update(late, ["resolved_at", "closed_at", "state_since"])


def _ticket(key: str, about: Sequence[ImportRow], books: Books) -> Ticket:
    first, ended_at = about[0], _end_of(about, books)
    opened_on = first.ticket_opened_on or min(day_of(row, books.today) for row in about)
    opened_at = min(moment_of(opened_on, books.client.time_zone), ended_at)
    return Ticket(
        client=books.client,
        engagement=books.engagement_for(first),
        subject=line_of(first.ticket_subject, LONGEST_SUBJECT),
        kind=first.kind or Kind.REQUEST,
        service_area=first.service_area or ServiceArea.TEAM_SUPPORT,
        source=Source.IMPORT,
        priority=first.priority or DEFAULT_PRIORITY,
        estimate_minutes=min(half_up(first.estimate_seconds, 60), MOST_MINUTES) if first.estimate_seconds else None,
        import_key=key,
        created_at=opened_at,
        **_standing(first, opened_at, ended_at),
    )


def _standing(row: ImportRow, opened_at: dt.datetime, ended_at: dt.datetime) -> dict[str, Any]:
    """The state a ticket is kept in. Of what the file leaves unsaid it is the end: history never comes back to the inbox."""
    state = row.status or State.CLOSED
    if state in NOT_WITHOUT_MORE:
        state = State.OPEN
    if state == State.RESOLVED and ended_at < timezone.now() - REOPEN_WITHIN:
        state = State.CLOSED
    if state not in {State.RESOLVED, State.CLOSED}:
        return {"state": state, "state_since": opened_at}
    closed_at = ended_at if state == State.CLOSED else None
    return {"state": state, "state_since": ended_at, "resolved_at": ended_at, "closed_at": closed_at, "reason": row.reason or ""}


def _end_of(about: Sequence[ImportRow], books: Books) -> dt.datetime:
    """When the ticket was done: the day the file says, else that of the last work on it. Never a moment to come."""
    last_worked = max((row.work_date for row in about if row.work_date), default=None)
    day = about[0].ticket_closed_on or last_worked or about[0].ticket_opened_on or books.today
    return min(moment_of(day, books.client.time_zone), timezone.now())


def _numbered(tickets: list[Ticket], client: Client) -> list[Ticket]:
    """The next numbers of the client, whose counter stays locked until the commit, so that an abort leaves no gap."""
    if not tickets:
        return []
    counter, _ = TicketCounter.objects.select_for_update(no_key=True).get_or_create(client=client)
    for ticket in tickets:
        counter.last_number += 1
        ticket.number = counter.last_number
        ticket.reference = f"{client.code}-{ticket.number}"
        ticket.subject = ticket.subject or ticket.reference
    counter.save(update_fields=["last_number"])
    return tickets
