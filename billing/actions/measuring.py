"""What somebody says of their work, measured: its day in the zone of the client, its seconds, and what they count as."""

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.database.compiled import insert
from accounts.errors import WrongClient
from billing.errors import NoSuchTime, Overlaps
from billing.models import Period, TimeEntry
from billing.rules import capture
from engagements.models import AISystem, Engagement
from engagements.rules import Terms
from tickets.models import Ticket

LONGEST_STRETCH = dt.timedelta(days=31)
AHEAD_OF_TODAY = dt.timedelta(days=1)
AHEAD_OF_NOW = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What was done: a stretch from `started_at` to `ended_at`, or `raw_seconds` on a `work_date`."""

    service_area: str
    raw_seconds: int | None = None
    work_date: dt.date | None = None
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    kind: str = "included"
    work_kind: str = ""
    note: str = ""
    ticket: Ticket | None = None
    system: AISystem | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """Work with its day, its seconds, and the zone in which the day was told."""

    work_date: dt.date
    raw_seconds: int
    zone: str


def work_of(entry: TimeEntry) -> Work:
    """The work an entry records, as somebody would log it."""
    timed = entry.started_at is not None
    return Work(
        service_area=entry.service_area,
        raw_seconds=None if timed else entry.raw_seconds,
        work_date=None if timed else entry.work_date,
        started_at=entry.started_at,
        ended_at=entry.ended_at,
        kind=entry.kind,
        work_kind=entry.work_kind,
        note=entry.note,
        ticket=entry.ticket,
        system=entry.system,
    )


def measure(work: Work, retainer: Engagement, standing: TimeEntry | None = None) -> Measured:
    """The day and seconds of work. What is said of `standing` as it was keeps its day and zone, wherever the client is by now.

    Raises NoSuchTime.
    """
    if standing is not None and _span(work_of(standing)) == _span(work):
        return Measured(standing.work_date, standing.raw_seconds, standing.zone)
    zone = retainer.client.time_zone
    if work.started_at is not None and work.ended_at is not None:
        seconds = capture.elapsed_seconds(work.started_at, work.ended_at)
        day = capture.work_date_of(work.started_at, ZoneInfo(zone))
        if work.work_date not in {None, day}:
            raise NoSuchTime(_("That stretch began on %(day)s. Leave the day out, or give that one.") % {"day": day}, field="work_date")
    elif work.raw_seconds is not None and work.work_date is not None:
        seconds, day = work.raw_seconds, work.work_date
    else:
        raise NoSuchTime(_("Give a start and an end, or a duration and a day."), field=_missing(work))
    if seconds <= 0:
        raise NoSuchTime(_("An entry lasts longer than nothing. Write how long you worked, such as 45m or 1h30."), field=_length(work))
    if day > timezone.localdate(timezone=ZoneInfo(zone)) + AHEAD_OF_TODAY:
        raise NoSuchTime(_("That day has not come yet. Choose today or a day before."), field="work_date")
    _refuse_wrong_ends(work, seconds)
    return Measured(day, seconds, zone)


def _missing(work: Work) -> str:
    """The field that would make half of a time whole."""
    if work.started_at is not None or work.ended_at is not None:
        return "ended_at" if work.ended_at is None else "started_at"
    return "minutes" if work.raw_seconds is None else "work_date"


def _length(work: Work) -> str:
    """The field that says for how long."""
    return "minutes" if work.ended_at is None else "ended_at"


def _span(work: Work) -> tuple[object, ...]:
    return work.started_at, work.ended_at, work.raw_seconds, work.work_date


def _refuse_wrong_ends(work: Work, seconds: int) -> None:
    if work.started_at is None or work.ended_at is None:
        return
    if seconds > LONGEST_STRETCH.total_seconds():
        raise NoSuchTime(_("That is longer than a month at a stretch. Look at the start and the end."), field="ended_at")
    if work.ended_at > timezone.now() + AHEAD_OF_NOW:
        raise NoSuchTime(_("That ends later than now. Log it when it is over, or start a timer."), field="ended_at")


def refuse_other_client(work: Work, retainer: Engagement) -> None:
    """Raises WrongClient where the ticket or the AI system is another client's."""
    for thing, what in ((work.ticket, "ticket"), (work.system, "system")):
        if thing is not None and thing.client_id != retainer.client_id:
            raise WrongClient(_("This belongs to another client. Choose one of %(client)s.") % {"client": retainer.client.name}, field=what)


def write(entry: TimeEntry, work: Work, measured: Measured, period: Period, terms: Terms) -> TimeEntry:
    """Set all that an entry says and counts as, and save it. Raises Overlaps."""
    billed = capture.billed_minutes(measured.raw_seconds, terms)
    values: dict[str, Any] = {
        "period": period,
        "ticket": work.ticket,
        "system": work.system or (work.ticket.system if work.ticket else None),
        "service_area": work.service_area,
        "kind": work.kind,
        "work_kind": work.work_kind,
        "work_date": measured.work_date,
        "zone": measured.zone,
        "started_at": work.started_at if work.ended_at else None,
        "ended_at": work.ended_at if work.started_at else None,
        "raw_seconds": measured.raw_seconds,
        "billed_minutes": billed,
        "burn_minutes": capture.burn_under(terms, billed, work.kind, work.work_kind),
        "rate": terms.overage_rate,
        "note": work.note.strip(),
        "is_late": measured.work_date < period.starts_on,
        "updated_at": timezone.now(),
    }
    for name, value in values.items():
        setattr(entry, name, value)
    _save(entry)
    return entry


def _save(entry: TimeEntry) -> None:
    save = partial(insert, entry) if entry._state.adding else entry.save
    if entry.started_at is None:
        save()
        return
    try:
        with transaction.atomic():
            save()
    except IntegrityError as error:
        if "entries_of_a_person_never_overlap" in str(error):
            raise Overlaps(
                _("You logged something else at that time a moment ago. Look at your week, then choose another time.")
            ) from error
        raise
