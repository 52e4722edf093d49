"""Work written down: logged, changed, deleted; each under the lock on its retainer and projected at once."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed, WrongClient
from accounts.models import Person
from billing import policies
from billing.actions.correcting import raw_seconds_left, take_back_closed
from billing.actions.overlapping import refuse_overlap
from billing.actions.periods import open_periods_of
from billing.actions.projecting import project_open_periods
from billing.errors import CorrectionStands, NoOpenPeriod, NoSuchTime, Overlaps, PeriodClosed
from billing.models import Period, TimeEntry
from billing.models.ledger import open_periods, versions_of
from billing.rules import capture
from engagements.models import AISystem, Engagement
from engagements.rules import Terms
from events.actions import record
from tickets.models import Ticket

LONGEST_STRETCH = dt.timedelta(days=31)
AHEAD_OF_TODAY = dt.timedelta(days=1)


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
class _Measured:
    """Work with its day, its seconds, and the zone in which the day was told."""

    work_date: dt.date
    raw_seconds: int
    zone: str


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said anew of time, and the retainer and terms it is counted by."""

    retainer: Engagement
    work: Work
    measured: _Measured
    versions: Sequence[Terms]


@transaction.atomic
def log_time(*, actor: Actor, engagement: Engagement, work: Work, person: Person | None = None) -> TimeEntry:
    """Record work on the day it was done. Never refused for lack of hours: only its coverage changes.

    Raises NotAllowed, NoSuchTime, WrongClient, NoOpenPeriod, Overlaps (the other entry is named).
    """
    if not policies.may_log_time(actor, engagement, person):
        raise NotAllowed(_("Only the people of this engagement log time on it, and only leads for somebody else."))
    by = person.pk if person else actor.person_id
    if by is None:
        raise NotAllowed(_("Time is somebody's: name the person who worked."))
    if person is not None and not person.is_staff:
        raise NotAllowed(_("%(name)s does not work for the firm. Only its people log time.") % {"name": person.name}, field="person")
    _take_turns(by, work)
    retainer = _held(engagement.pk)
    measured = _measure(work, retainer)
    _refuse_other_client(work, retainer)
    refuse_overlap(actor, by, work.started_at, work.ended_at)
    versions = versions_of(retainer)
    standing = list(open_periods(retainer))
    period = next((each for each in standing if each.covers(measured.work_date)), None)
    if period is None:
        period, standing = _posting(actor, retainer, measured.work_date), []
    fresh = TimeEntry(client=retainer.client, engagement=engagement, person_id=by)
    fresh.state = _state_after(actor, fresh, retainer)
    entry = _write(fresh, work, measured, period, terms_on(versions, measured.work_date))
    _bill_together(entry, versions)
    project_open_periods(retainer, actor=actor, versions=versions, periods=standing)
    _record("time.logged", actor, entry)
    return entry


@transaction.atomic
def change_entry(*, actor: Actor, entry: TimeEntry, work: Work) -> TimeEntry:
    """Say anew what an entry was. Its person and engagement stay.

    In a closed period the entry stands, and what is said anew is written into the open one: the correction or the late entry is
    what comes back. Raises as `log_time`; PeriodClosed where only words of closed time would change; CorrectionStands.
    """
    _take_turns(entry.person_id, work)
    retainer = _held(entry.engagement_id)
    standing = TimeEntry.objects.select_related("period").get(pk=entry.pk)
    _refuse_change(actor, standing)
    measured = _measure(work, retainer)
    _refuse_other_client(work, retainer)
    refuse_overlap(actor, standing.person_id, work.started_at, work.ended_at, but=standing.pk)
    versions = versions_of(retainer)
    if standing.period.closed_at is not None:
        return _say_closed_anew(actor, standing, _Said(retainer, work, measured, versions))
    former = (standing.ticket_id, standing.work_date)
    period = standing.period
    if measured.work_date != standing.work_date:
        period = _posting(actor, retainer, measured.work_date)
    standing.state = _state_after(actor, standing, retainer)
    changed = _write(standing, work, measured, period, terms_on(versions, measured.work_date))
    _bill_together(changed, versions)
    if former != (changed.ticket_id, changed.work_date):
        bill_those_left(standing.engagement_id, *former, versions)
    project_open_periods(retainer, actor=actor, versions=versions)
    _record("time.changed", actor, changed)
    return changed


@transaction.atomic
def delete_entry(*, actor: Actor, entry: TimeEntry) -> None:
    """Take an entry away; the event keeps what it was. In a closed period it stands, and a correction takes its time back.

    Raises NotAllowed, CorrectionStands.
    """
    retainer = _held(entry.engagement_id)
    standing = TimeEntry.objects.select_related("period").get(pk=entry.pk)
    _refuse_change(actor, standing)
    versions = versions_of(retainer)
    if standing.period.closed_at is not None:
        take_back_closed(actor=actor, retainer=retainer, entry=standing, left_seconds=0, terms=terms_on(versions, standing.work_date))
        project_open_periods(retainer, actor=actor, versions=versions)
        return
    _record("time.deleted", actor, standing)
    former = (standing.ticket_id, standing.work_date)
    _take_away(standing)
    bill_those_left(standing.engagement_id, *former, versions)
    project_open_periods(retainer, actor=actor, versions=versions)


def _take_away(entry: TimeEntry) -> None:
    """What a superseded statement names is kept as rejected, which burns nothing; everything else is deleted."""
    if entry.postings.exists():
        entry.state = TimeEntry.State.REJECTED
        entry.save(update_fields=["state"])
    else:
        entry.delete()


def _say_closed_anew(actor: Actor, entry: TimeEntry, said: _Said) -> TimeEntry:
    """Less of the same is a correction, more of it is late time; anything else takes the entry back and logs it anew, late."""
    had, seconds = raw_seconds_left(entry), said.measured.raw_seconds
    is_same = _what(entry) == (said.measured.work_date, *_what(said.work)[1:])
    if is_same and seconds == had:
        raise PeriodClosed(_("Its period is closed, so its words stay. Only the time can still be corrected."))
    told = entry
    left_seconds = min(seconds, had) if is_same else 0
    if left_seconds < had:
        terms = terms_on(said.versions, entry.work_date)
        told = take_back_closed(actor=actor, retainer=said.retainer, entry=entry, left_seconds=left_seconds, terms=terms)
    if seconds > left_seconds:
        told = _log_late(actor, entry, said, seconds - left_seconds)
    project_open_periods(said.retainer, actor=actor, versions=said.versions)
    return told


def _what(of: TimeEntry | Work) -> tuple[object, ...]:
    return of.work_date, of.ticket, of.service_area, of.kind, of.work_kind


def _log_late(actor: Actor, entry: TimeEntry, said: _Said, seconds: int) -> TimeEntry:
    """Time said anew of a closed entry, as a duration: the closed one keeps its place on the clock."""
    period = _posting(actor, said.retainer, said.measured.work_date)
    fresh = TimeEntry(client_id=entry.client_id, engagement_id=entry.engagement_id, person_id=entry.person_id)
    fresh.state = _state_after(actor, fresh, said.retainer)
    by_duration = replace(said.work, started_at=None, ended_at=None)
    measured = replace(said.measured, raw_seconds=seconds)
    late = _write(fresh, by_duration, measured, period, terms_on(said.versions, measured.work_date))
    _bill_together(late, said.versions)
    _record("time.logged", actor, late)
    return late


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


@transaction.atomic
def restore_entry(*, actor: Actor, entry: TimeEntry) -> TimeEntry:
    """Put a deleted entry back under the id it had; what it burns is computed by the terms of now.

    Raises NotAllowed, Overlaps, NoOpenPeriod, and Conflict where it is back already.
    """
    work = work_of(entry)
    _take_turns(entry.person_id, work)
    retainer = _held(entry.engagement_id)
    if not (policies.may_change_entry(actor, entry) and policies.works_for(actor, retainer)):
        raise NotAllowed(_("You change your own time; leads change everybody's."))
    if TimeEntry.objects.filter(pk=entry.pk).exists():
        raise Conflict(_("It is back already."))
    measured = _measure(work, retainer)
    refuse_overlap(actor, entry.person_id, work.started_at, work.ended_at)
    versions = versions_of(retainer)
    period = _posting(actor, retainer, measured.work_date)
    if entry.state == TimeEntry.State.APPROVED:
        entry.state = _state_after(actor, entry, retainer)
    restored = _write(entry, work, measured, period, terms_on(versions, measured.work_date))
    _bill_together(restored, versions)
    project_open_periods(retainer, actor=actor, versions=versions)
    _record("time.restored", actor, restored)
    return restored


def _held(engagement_id: UUID) -> Engagement:
    """The retainer whose hours work on an engagement takes, under its lock: the pool it draws on, or itself."""
    return Engagement.objects.select_for_update(no_key=True, of=("self",)).select_related("client").whose_hours(engagement_id).get()


def _take_turns(person_id: UUID, work: Work) -> None:
    """Lock the person whose hours are claimed, before any retainer: two claims under one exclusion constraint deadlock each other."""
    if work.started_at is not None:
        Person.objects.select_for_update(no_key=True).get(pk=person_id)


def _refuse_change(actor: Actor, entry: TimeEntry) -> None:
    if not policies.may_change_entry(actor, entry):
        raise NotAllowed(_("You change your own time; leads change everybody's."))
    if entry.corrects_id is not None:
        raise CorrectionStands(_("A correction stands. Log the time again if it was right after all."))


def _measure(work: Work, retainer: Engagement) -> _Measured:
    zone = retainer.client.time_zone
    if work.started_at is not None and work.ended_at is not None:
        seconds = capture.elapsed_seconds(work.started_at, work.ended_at)
        day = capture.work_date_of(work.started_at, ZoneInfo(zone))
        if work.work_date not in {None, day}:
            raise NoSuchTime(_("That stretch began on %(day)s. Leave the day out, or give that one.") % {"day": day}, field="work_date")
    elif work.raw_seconds is not None and work.work_date is not None:
        seconds, day = work.raw_seconds, work.work_date
    else:
        raise NoSuchTime(_("Give a start and an end, or a duration and a day."), field="duration")
    if seconds <= 0:
        raise NoSuchTime(_("An entry lasts longer than nothing. Write how long you worked, such as 45m or 1h30."), field="duration")
    if work.started_at is not None and seconds > LONGEST_STRETCH.total_seconds():
        raise NoSuchTime(_("That is longer than a month at a stretch. Look at the start and the end."), field="duration")
    if day > timezone.localdate(timezone=ZoneInfo(zone)) + AHEAD_OF_TODAY:
        raise NoSuchTime(_("That day has not come yet. Choose today or a day before."), field="work_date")
    return _Measured(day, seconds, zone)


def _refuse_other_client(work: Work, retainer: Engagement) -> None:
    for thing, what in ((work.ticket, "ticket"), (work.system, "system")):
        if thing is not None and thing.client_id != retainer.client_id:
            raise WrongClient(_("This belongs to another client. Choose one of %(client)s.") % {"client": retainer.client.name}, field=what)


def _posting(actor: Actor, retainer: Engagement, day: dt.date) -> Period:
    """The period that takes work of a day: the one that covers it, or the earliest open one if that is closed."""
    promised = retainer.periods.of_the_promise()
    period = promised.covering(day).first()
    if period is None:
        open_periods_of(actor=actor, engagement=retainer, until=day)
        period = promised.covering(day).first()
    if period is not None and period.closed_at is not None:
        period = promised.open().order_by("starts_on").first()
    if period is None:
        raise NoOpenPeriod(
            _("%(name)s has no period for %(day)s. It began on %(began)s; choose a day from then on, or agree terms first.")
            % {"name": retainer.name, "day": day, "began": retainer.starts_on},
            field="work_date",
        )
    return period


def terms_on(versions: Sequence[Terms], day: dt.date) -> Terms:
    """The terms of a day; before the first ones, the first. Raises NoOpenPeriod where none are agreed."""
    if not versions:
        raise NoOpenPeriod(_("No terms are agreed for this engagement yet. Agree them first."))
    return next((terms for terms in reversed(versions) if terms.starts_on <= day), versions[0])


def _write(entry: TimeEntry, work: Work, measured: _Measured, period: Period, terms: Terms) -> TimeEntry:
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
        "burn_minutes": capture.burn_minutes(billed, work.kind, capture.weight_percent([work.work_kind], terms)),  # type: ignore[arg-type]
        "rate": terms.overage_rate,
        "note": work.note.strip(),
        "is_late": measured.work_date < period.starts_on,
        "updated_at": timezone.now(),
    }
    for name, value in values.items():
        setattr(entry, name, value)
    _save(entry)
    return entry


def _state_after(actor: Actor, entry: TimeEntry, retainer: Engagement) -> str:
    """A draft stays one; where time is approved, what was written waits for it, unless whoever wrote it may approve it."""
    if entry.state == TimeEntry.State.DRAFT:
        return entry.state
    was_approved = entry.state == TimeEntry.State.APPROVED and not entry._state.adding
    if not retainer.needs_approval or (was_approved and policies.may_approve_time(actor, retainer, entry.person_id)):
        return TimeEntry.State.APPROVED
    return TimeEntry.State.SUBMITTED


def _save(entry: TimeEntry) -> None:
    if entry.started_at is None:
        entry.save()
        return
    try:
        with transaction.atomic():
            entry.save()
    except IntegrityError as error:
        if "entries_of_a_person_never_overlap" in str(error):
            raise Overlaps(
                _("You logged something else at that time a moment ago. Look at your week, then choose another time.")
            ) from error
        raise


def _bill_together(entry: TimeEntry, versions: Sequence[Terms]) -> None:
    """Round a day's work on a ticket as one, where the terms say so: the others' billed minutes follow this one's."""
    terms = terms_on(versions, entry.work_date)
    if terms.rounding_scope != "day_and_ticket" or entry.ticket_id is None:
        return
    bill_as_one(entry.engagement_id, entry.ticket_id, entry.work_date, terms)
    entry.refresh_from_db(fields=["billed_minutes", "burn_minutes"])


def bill_those_left(engagement_id: UUID, ticket_id: UUID | None, day: dt.date, versions: Sequence[Terms]) -> None:
    """Round what is left of a day's work on a ticket anew, where the terms round it as one."""
    terms = terms_on(versions, day)
    if terms.rounding_scope == "day_and_ticket" and ticket_id is not None:
        bill_as_one(engagement_id, ticket_id, day, terms)


def bill_as_one(engagement_id: UUID, ticket_id: UUID, day: dt.date, terms: Terms) -> None:
    """Round a day's work on a ticket together and share it out, for each kind by itself; what is closed stays as it is."""
    of_the_day = TimeEntry.objects.burning().worked().filter(engagement_id=engagement_id, ticket_id=ticket_id, work_date=day)
    for kind in TimeEntry.Kind.values:
        group = list(of_the_day.filter(kind=kind, period__closed_at=None).order_by("pk"))
        billed = capture.billed_together([entry.raw_seconds for entry in group], terms)
        for entry, minutes in zip(group, billed, strict=True):
            burn = capture.burn_minutes(minutes, kind, capture.weight_percent([entry.work_kind], terms))  # type: ignore[arg-type]
            if (entry.billed_minutes, entry.burn_minutes) != (minutes, burn):
                TimeEntry.objects.filter(pk=entry.pk).update(billed_minutes=minutes, burn_minutes=burn, updated_at=timezone.now())


def _record(kind: str, actor: Actor, entry: TimeEntry) -> None:
    record(
        kind,
        actor=actor,
        about=entry,
        is_public=entry.kind != TimeEntry.Kind.INTERNAL and entry.state != TimeEntry.State.REJECTED,
        minutes=entry.billed_minutes,
        raw_seconds=entry.raw_seconds,
        work_date=entry.work_date.isoformat(),
        ticket=str(entry.ticket_id or ""),
        engagement=str(entry.engagement_id),
        person=str(entry.person_id),
    )
