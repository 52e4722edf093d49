"""A week as a grid: what was worked on down, its days across, and what was typed into the cells."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext

from accounts.actors import Actor
from billing.actions import Work, Write, work_of
from billing.models import Period, TimeEntry
from billing.models.entry import TimeEntryQuerySet
from engagements.models import Engagement
from figures.durations import LONGEST_SECONDS
from tickets.models import Ticket
from tickets.models.ticket import ServiceArea
from workspace.access import person_of
from workspace.quick import Unclear, duration_of

DAYS = 7
_HOURS = re.compile(r"(\d{1,4})(?:[.,](\d{1,2}))?", re.ASCII)


class Key(NamedTuple):
    """What makes two entries of a week one row."""

    engagement: UUID
    ticket: UUID | None
    service_area: str
    kind: str

    @classmethod
    def of(cls, entry: TimeEntry) -> Self:
        return cls(entry.engagement_id, entry.ticket_id, entry.service_area, entry.kind)

    @classmethod
    def read(cls, text: str) -> Self:
        """The key a form names. Raises ValueError for what is none."""
        engagement, ticket, area, kind = text.split(".")
        if area not in ServiceArea.values or kind not in TimeEntry.Kind.values:
            raise ValueError(text)
        return cls(UUID(engagement), UUID(ticket) if ticket else None, area, kind)

    def __str__(self) -> str:
        return f"{self.engagement}.{self.ticket or ''}.{self.service_area}.{self.kind}"


class Span(NamedTuple):
    """When work was done: a duration on a day, or from when to when."""

    raw_seconds: int | None = None
    work_date: dt.date | None = None
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None


@dataclass
class Cell:
    """The entries of one row on one day, and what somebody typed there instead."""

    day: dt.date
    day_name: str
    entries: list[TimeEntry] = field(default_factory=list)
    typed: str | None = None
    wrong: str = ""

    @property
    def standing(self) -> list[TimeEntry]:
        """What the cell shows and typing changes: what counts, or where nothing does, what was sent back and may be said anew."""
        return [entry for entry in self.entries if entry.state != TimeEntry.State.REJECTED] or self.entries

    @property
    def seconds(self) -> int:
        return sum(entry.raw_seconds for entry in self.standing)

    @property
    def sent_back_minutes(self) -> int:
        """What was sent back of the day: it is in no sum."""
        return (sum(entry.raw_seconds for entry in self.entries) - counted_seconds(self.entries)) // 60

    @property
    def is_sent_back(self) -> bool:
        return bool(self.entries) and all(entry.state == TimeEntry.State.REJECTED for entry in self.entries)

    @property
    def text(self) -> str:
        return hours_text(self.seconds) if self.typed is None else self.typed

    @property
    def stamp(self) -> str:
        """Which entries the cell shows and how long they are, to notice that they changed meanwhile."""
        return ",".join(f"{entry.pk.hex}:{entry.raw_seconds}" for entry in self.standing)

    @property
    def is_rest(self) -> bool:
        return self.day.weekday() >= 5

    @property
    def is_closed(self) -> bool:
        return any(entry.period.closed_at for entry in self.entries)

    @property
    def is_draft(self) -> bool:
        return any(entry.state == TimeEntry.State.DRAFT for entry in self.entries)


def counted_seconds(entries: Iterable[TimeEntry]) -> int:
    """How long entries are in all; what was sent back counts nowhere."""
    return sum(entry.raw_seconds for entry in entries if entry.state != TimeEntry.State.REJECTED)


def counted_minutes(entries: Iterable[TimeEntry]) -> int:
    """What entries burn in all, without what was sent back."""
    return sum(entry.burn_minutes for entry in entries if entry.state != TimeEntry.State.REJECTED)


@dataclass
class Row:
    """A ticket, or an area of work of a retainer, through the week. `over_minutes` is what the retainer is over in its period, `apart`
    what sets the row apart from another of its name.
    """

    key: Key
    engagement: Engagement
    ticket: Ticket | None
    cells: list[Cell]
    over_minutes: int = 0
    period: UUID | None = None
    apart: str = ""

    @property
    def name(self) -> str:
        return self.ticket.subject if self.ticket else self.area_name.capitalize()

    @property
    def called(self) -> str:
        """Its name, for those who hear it without the line below."""
        return f"{self.name}, {self.apart}" if self.apart else self.name

    @property
    def area_name(self) -> str:
        return str(ServiceArea(self.key.service_area).label)

    @property
    def kind_name(self) -> str:
        return str(TimeEntry.Kind(self.key.kind).label)

    @property
    def minutes(self) -> int:
        return sum(counted_seconds(cell.entries) for cell in self.cells) // 60

    @property
    def stamps(self) -> str:
        return ";".join(cell.stamp for cell in self.cells)

    @property
    def wrongs(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.wrong]

    @property
    def order(self) -> tuple[str, int, str, str]:
        return self.engagement.client.name, self.ticket.number if self.ticket else 1 << 31, self.key.service_area, self.key.kind


def week_entries(actor: Actor, monday: dt.date) -> TimeEntryQuerySet:
    """The actor's own entries of a week, in order."""
    mine = TimeEntry.objects.visible_to(actor).filter(person_id=person_of(actor), work_date__range=(monday, monday + dt.timedelta(days=6)))
    # Prefetched rather than joined: a thousand entries are of a few retainers, and a join makes each of them a thousand times.
    return mine.prefetch_related("ticket", "period", "engagement__client").order_by("work_date", "started_at", "pk")


def rows_of(actor: Actor, monday: dt.date, entries: Iterable[TimeEntry], also: Iterable[Key] = ()) -> list[Row]:
    """The rows of a week: one for each key that has entries or is wished for. What the actor does not see has no row."""
    days = [(day, date_format(day, gettext("l j F"))) for day in (monday + dt.timedelta(days=n) for n in range(DAYS))]
    cells: dict[Key, list[Cell]] = defaultdict(lambda: [Cell(day, name) for day, name in days])
    engagements: dict[UUID, Engagement] = {}
    tickets: dict[UUID | None, Ticket | None] = {None: None}
    for entry in entries:
        cells[Key.of(entry)][(entry.work_date - monday).days].entries.append(entry)
        engagements[entry.engagement_id] = entry.engagement
        tickets[entry.ticket_id] = entry.ticket
    wished = [key for key in also if key not in cells]
    engagements |= _seen_engagements(actor, {key.engagement for key in wished} - engagements.keys())
    tickets |= _seen_tickets(actor, {key.ticket for key in wished if key.ticket} - tickets.keys())
    seen = [key for key in [*cells, *wished] if key.engagement in engagements and key.ticket in tickets]
    rows = [Row(key, engagements[key.engagement], tickets.get(key.ticket), cells[key]) for key in dict.fromkeys(seen)]
    _tell_over(rows, monday)
    _tell_apart(rows)
    return sorted(rows, key=lambda row: row.order)


def _seen_engagements(actor: Actor, ids: set[UUID]) -> dict[UUID, Engagement]:
    return Engagement.objects.visible_to(actor).select_related("client").in_bulk(ids) if ids else {}


def _seen_tickets(actor: Actor, ids: set[UUID]) -> dict[UUID | None, Ticket | None]:
    return {**Ticket.objects.visible_to(actor).in_bulk(ids)} if ids else {}


def _tell_over(rows: list[Row], monday: dt.date) -> None:
    ends_on = monday + dt.timedelta(days=DAYS)
    of_the_week = Period.objects.of_the_promise().filter(engagement__in={row.key.engagement for row in rows})
    over = {
        period.engagement_id: period
        for period in of_the_week.filter(starts_on__lt=ends_on, ends_on__gt=monday).order_by("starts_on")
        if period.over_minutes
    }
    for row in rows:
        if row.key.kind == TimeEntry.Kind.INCLUDED and row.key.engagement in over:
            row.over_minutes, row.period = over[row.key.engagement].over_minutes, over[row.key.engagement].pk


def _tell_apart(rows: Iterable[Row]) -> None:
    """Rows of one name say their area or their retainer where these differ; what they count as each row says anyway."""
    alike: dict[tuple[UUID, UUID | None, str], list[Row]] = defaultdict(list)
    for row in rows:
        alike[row.engagement.client_id, row.key.ticket, row.name].append(row)
    for same in alike.values():
        areas, retainers = {row.area_name for row in same}, {row.engagement.name for row in same}
        for row in same:
            told = (row.area_name if len(areas) > 1 else "", row.engagement.name if len(retainers) > 1 else "")
            row.apart = " · ".join(filter(None, told))


def hours_text(seconds: int) -> str:
    """Seconds as somebody would type them into a cell, a begun minute as a whole one: "1.5", and "1h28" where hours do not come out."""
    minutes = -(-seconds // 60)
    if not minutes:
        return ""
    if minutes % 3:
        return f"{minutes // 60}h{minutes % 60:02d}" if minutes >= 60 else f"{minutes}m"
    whole, hundredths = divmod(minutes * 5 // 3, 100)
    return f"{whole}.{hundredths:02d}".rstrip("0").rstrip(".")


def write_for(row: Row, cell: Cell, zone: str) -> Write:
    """The write that makes a cell hold what was typed. Raises Unclear."""
    if not cell.standing:
        return Write(engagement=row.engagement, work=_work(row, cell, zone))
    if len(cell.standing) > 1 and cell.is_sent_back:
        raise Unclear(gettext("Several entries of this day were sent back. Open each of them below and say it anew."))
    if len(cell.standing) > 1:
        return Write(engagement=row.engagement, work=_work(row, cell, zone, besides=cell.seconds))
    entry = cell.standing[0]
    return Write(engagement=row.engagement, entry=entry, work=_said_anew(entry, cell, zone) if cell.typed else None)


def _work(row: Row, cell: Cell, zone: str, besides: int = 0) -> Work:
    if besides and (not cell.typed or _seconds(cell.typed) <= besides):
        raise Unclear(gettext("Several entries make this up. To take some of it away, open one of them below."))
    return Work(service_area=row.key.service_area, kind=row.key.kind, ticket=row.ticket, **_span(cell, zone, besides)._asdict())


def _said_anew(entry: TimeEntry, cell: Cell, zone: str) -> Work:
    span = _span(cell, zone)
    if entry.started_at is not None and span.raw_seconds:
        span = Span(started_at=entry.started_at, ended_at=entry.started_at + dt.timedelta(seconds=span.raw_seconds))
    return replace(work_of(entry), **span._asdict())


def _seconds(typed: str) -> int:
    """A bare number is hours, as the cells show them; anything else as everywhere. Raises Unclear."""
    found = _HOURS.fullmatch(typed)
    if found is None:
        return duration_of(typed).seconds
    seconds = (int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))) * 36
    if seconds > LONGEST_SECONDS:
        raise Unclear(gettext("%(typed)s hours are more than a day. Write %(typed)sm for minutes.") % {"typed": typed})
    if not seconds:
        raise Unclear(gettext("That is no time at all. Leave the cell empty instead."))
    return seconds


def _span(cell: Cell, zone: str, besides: int = 0) -> Span:
    typed = cell.typed or ""
    if _HOURS.fullmatch(typed) or besides:
        return Span(raw_seconds=_seconds(typed) - besides, work_date=cell.day)
    duration = duration_of(typed)
    if duration.started is None or duration.ended is None:
        return Span(raw_seconds=duration.seconds, work_date=cell.day)
    ends_on = cell.day + dt.timedelta(days=duration.ended <= duration.started)
    began, ended = ((cell.day, duration.started), (ends_on, duration.ended))
    return Span(started_at=dt.datetime.combine(*began, ZoneInfo(zone)), ended_at=dt.datetime.combine(*ended, ZoneInfo(zone)))


def seconds_of(stamp: str) -> int:
    """How long the entries of a cell were when its stamp was made. Raises ValueError for what is no stamp."""
    return sum(int(part.partition(":")[2]) for part in stamp.split(",") if part)


def on_day(entry: TimeEntry, day: dt.date) -> Work:
    """The same work on another day, at the same time of the clock."""
    if entry.started_at is None or entry.ended_at is None:
        return replace(work_of(entry), work_date=day)
    zone, by = ZoneInfo(entry.zone), day - entry.work_date
    return replace(work_of(entry), started_at=entry.started_at.astimezone(zone) + by, ended_at=entry.ended_at.astimezone(zone) + by)
