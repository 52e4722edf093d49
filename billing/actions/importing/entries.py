"""The rows of one client in one batch: what is new among them becomes tickets and time."""

import datetime as dt
from collections.abc import Generator, Iterator, Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Client
from billing.actions.costing import keep_costs
from billing.actions.importing import counting
from billing.actions.importing.books import Books, total_history
from billing.actions.importing.counting import Finding, Imported
from billing.actions.importing.keys import there
from billing.actions.importing.parties import people_of
from billing.actions.importing.texts import key_of, line_of
from billing.actions.importing.tickets import end_later, known_tickets, make_tickets, told_by
from billing.actions.projecting import project_open_periods
from billing.actions.rounding import bill_as_one
from billing.models import Period, TimeEntry
from billing.rules import capture
from billing.rules.importing import ImportRow
from billing.rules.importing import Mapping as Reading
from engagements.rules import Terms
from events.actions import record
from figures.rounding import half_up
from tickets.models import Ticket
from tickets.rules import ServiceArea

LONGEST_NOTE = 500
MOST_SECONDS = 100 * 366 * 86_400


def import_rows(rows: Sequence[ImportRow], *, actor: Actor, client: Client, reading: Reading, tally: Imported) -> Iterator[Finding]:
    """Write what is new in the rows of one client, and say of which rows a person should hear."""
    today = timezone.localdate(timezone=ZoneInfo(client.time_zone))
    fresh = yield from _sift(rows, client, reading, tally, today)
    told = told_by(rows, reading)
    tickets = known_tickets(told, client)
    unknown = {key: about for key, about in told.items() if key not in tickets}
    if not fresh and not unknown:
        return
    books = Books(client, reading, actor, tally, today)
    books.open()
    books.post([about[0] for about in unknown.values()], fresh)
    end_later(tickets, told_by(fresh, reading), books)
    tickets |= {ticket.import_key or "": ticket for ticket in make_tickets(unknown, books)}
    yield from _make_entries(fresh, tickets, books)


def _sift(
    rows: Sequence[ImportRow], client: Client, reading: Reading, tally: Imported, today: dt.date
) -> Generator[Finding, None, list[ImportRow]]:
    """The rows whose time is not there yet and can be written; the others are counted, and listed where they were not written."""
    keys = {key_of(reading.name, row.external_id): row for row in rows}
    known = there(TimeEntry.objects.all(), client, keys).values_list("import_key", "raw_seconds", "work_date")
    said_before = {key: (seconds, day) for key, seconds, day in known}
    fresh = []
    for key, row in keys.items():
        sentence = _why_not(row, today)
        if key in said_before:
            tally.entries_there += 1
            tally.seconds_there += said_before[key][0]
            if said_before[key] != (row.raw_seconds, row.work_date):
                yield Finding.of_row("noted", row, counting.CHANGED)
        elif sentence:
            yield _listed(row, sentence, tally)
        else:
            fresh.append(row)
    return fresh


def _why_not(row: ImportRow, today: dt.date) -> str:
    if row.work_date is None:
        return counting.UNDATED
    if row.work_date > today:
        return counting.NOT_YET
    return counting.TOO_LONG if row.raw_seconds > MOST_SECONDS else ""


def _listed(row: ImportRow, sentence: str, tally: Imported) -> Finding:
    tally.listed += 1
    tally.seconds_listed += row.raw_seconds
    return Finding.of_row("listed", row, sentence)


def _make_entries(rows: Sequence[ImportRow], tickets: Mapping[str, Ticket], books: Books) -> Iterator[Finding]:
    posted = []
    for row in rows:
        period = books.period_for(row)
        if period is None:
            yield _listed(row, counting.NO_PERIOD, books.tally)
            continue
        posted.append((row, period))
        yield from (Finding.of_row("noted", row, remark) for remark in _remarks(row))
    people = people_of([row for row, _ in posted], books.reading, books.tally)
    made = TimeEntry.objects.bulk_create(
        [_entry(row, period, people[row.person_key], _ticket_of(row, tickets, books), books) for row, period in posted]
    )
    books.tally.entries += len(made)
    books.tally.seconds += sum(entry.raw_seconds for entry in made)
    keep_costs(made)
    _tell(made, books)
    total_history({period.pk for _, period in posted if period.is_history})
    _project([(entry, period) for entry, (_, period) in zip(made, posted, strict=True) if not period.is_history], books)


def _tell(made: Sequence[TimeEntry], books: Books) -> None:
    """One event for the batch: how much came in, and for which days."""
    if made:
        days = [entry.work_date for entry in made]
        seconds = sum(entry.raw_seconds for entry in made)
        told = {"entries": len(made), "raw_seconds": seconds, "first": min(days).isoformat(), "last": max(days).isoformat()}
        record("time.imported", actor=books.actor, about=books.client, client_id=books.client.pk, is_public=False, **told)


def _remarks(row: ImportRow) -> Iterator[str]:
    yield from row.remarks
    if len(row.note) > LONGEST_NOTE:
        yield counting.SHORTENED


def _ticket_of(row: ImportRow, tickets: Mapping[str, Ticket], books: Books) -> Ticket | None:
    return tickets[key_of(books.reading.name, row.ticket_key)] if row.ticket_key else None


def _entry(row: ImportRow, period: Period, person_id: UUID, ticket: Ticket | None, books: Books) -> TimeEntry:
    day = row.work_date or books.today
    terms = None if period.is_history else books.terms_on(period, day)
    billed = capture.billed_minutes(row.raw_seconds, terms) if terms else half_up(row.raw_seconds, 60)
    kind = row.time_kind or "included"
    return TimeEntry(
        client=books.client,
        engagement_id=period.engagement_id,
        period=period,
        person_id=person_id,
        ticket=ticket,
        service_area=row.service_area or (ticket.service_area if ticket else ServiceArea.TEAM_SUPPORT),
        kind=kind,
        work_date=day,
        zone=books.client.time_zone,
        raw_seconds=row.raw_seconds,
        billed_minutes=billed,
        burn_minutes=capture.burn_minutes(billed, kind),
        rate=terms.overage_rate if terms else None,
        note=line_of(row.note, LONGEST_NOTE),
        is_late=day < period.starts_on,
        import_key=key_of(books.reading.name, row.external_id),
    )


def _project(posted: Sequence[tuple[TimeEntry, Period]], books: Books) -> None:
    """What went to a promise counts as if it had been logged: rounded as the terms say, projected, and told of."""
    together: dict[tuple[UUID, UUID, dt.date], Terms] = {}
    for entry, period in posted:
        terms = books.terms_on(period, entry.work_date)
        if terms.rounding_scope == "day_and_ticket" and entry.ticket_id is not None:
            together[entry.engagement_id, entry.ticket_id, entry.work_date] = terms
    for (engagement_id, ticket_id, day), terms in together.items():
        bill_as_one(books.actor, engagement_id, ticket_id, day, terms, told={entry.pk for entry, _period in posted})
    for engagement_id in sorted({period.engagement_id for _, period in posted}):
        project_open_periods(books.engagements[engagement_id], actor=books.actor)
