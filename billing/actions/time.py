"""Work written down: logged, changed, deleted; each under the lock on its retainer and projected at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction
from django.db.models import Exists
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.database.compiled import Statements
from accounts.errors import Conflict, NotAllowed
from accounts.models import Person
from billing import policies
from billing.actions.correcting import raw_seconds_left, take_back_closed
from billing.actions.measuring import Measured, Work, measure, refuse_other_client, work_of, write
from billing.actions.overlapping import refuse_overlap
from billing.actions.placing import posting_period
from billing.actions.projecting import project_open_periods
from billing.actions.recording import record_time
from billing.actions.rounding import bill_those_left, bill_together, terms_on
from billing.errors import CorrectionStands, PeriodClosed
from billing.models import TimeEntry
from billing.models.ledger_rows import SOME_ENGAGEMENT, open_periods, versions_of
from engagements.models import Engagement
from engagements.models.engagement import EngagementQuerySet
from engagements.rules import Terms

SOME_PERSON = UUID(int=2)  # stands for the person, as SOME_ENGAGEMENT for the retainer, in a statement that serves them all
locks = Statements()


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said anew of time, and the retainer and terms it is counted by."""

    retainer: Engagement
    work: Work
    measured: Measured
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
    retainer = _held(engagement.pk, by)
    measured = measure(work, retainer)
    refuse_other_client(work, retainer)
    refuse_overlap(actor, by, work.started_at, work.ended_at)
    versions = versions_of(retainer)
    standing = list(open_periods(retainer))
    period = next((each for each in standing if each.covers(measured.work_date)), None)
    if period is None:
        period, standing = posting_period(actor, retainer, measured.work_date), []
    fresh = TimeEntry(client=retainer.client, engagement=engagement, person_id=by)
    fresh.state = _state_after(actor, fresh, retainer)
    entry = write(fresh, work, measured, period, terms_on(versions, measured.work_date))
    bill_together(actor, entry, versions)
    project_open_periods(retainer, actor=actor, versions=versions, periods=standing)
    record_time("time.logged", actor, entry)
    return entry


@transaction.atomic
def change_entry(*, actor: Actor, entry: TimeEntry, work: Work) -> TimeEntry:
    """Say anew what an entry was. Its person and engagement stay.

    In a closed period the entry stands, and what is said anew is written into the open one: the correction or the late entry is
    what comes back. Raises as `log_time`; PeriodClosed where only words of closed time would change; CorrectionStands.
    """
    _refuse_others_time(actor, entry)
    retainer = _held(entry.engagement_id, entry.person_id)
    standing = TimeEntry.objects.select_related("period").get(pk=entry.pk)
    _refuse_change(standing)
    measured = measure(work, retainer, standing)
    refuse_other_client(work, retainer)
    refuse_overlap(actor, standing.person_id, work.started_at, work.ended_at, but=standing.pk)
    versions = versions_of(retainer)
    if standing.period.closed_at is not None:
        return _say_closed_anew(actor, standing, _Said(retainer, work, measured, versions))
    former, was_shown = (standing.ticket_id, standing.work_date), standing.is_shown_to_clients
    period = standing.period
    if measured.work_date != standing.work_date:
        period = posting_period(actor, retainer, measured.work_date)
    standing.state = _state_after(actor, standing, retainer)
    if _what(standing) != (measured.work_date, *_what(work)[1:]):
        standing.adds_to = None  # other work now: what is said of the closed entry is not said of it any more
    changed = write(standing, work, measured, period, terms_on(versions, measured.work_date))
    bill_together(actor, changed, versions)
    if former != (changed.ticket_id, changed.work_date):
        bill_those_left(actor, standing.engagement_id, *former, versions)
    project_open_periods(retainer, actor=actor, versions=versions)
    record_time("time.changed", actor, changed, was_shown=was_shown)
    return changed


@transaction.atomic
def delete_entry(*, actor: Actor, entry: TimeEntry) -> TimeEntry | None:
    """Take an entry away; the event keeps what it was. In a closed period it stands, and a correction takes its time back: that is
    what comes back.

    Raises NotAllowed, CorrectionStands, and PeriodClosed where it was sent back.
    """
    _refuse_others_time(actor, entry)
    retainer = _held(entry.engagement_id)
    standing = TimeEntry.objects.select_related("period").get(pk=entry.pk)
    _refuse_change(standing)
    versions = versions_of(retainer)
    if standing.period.closed_at is not None:
        terms = terms_on(versions, standing.work_date)
        correction = take_back_closed(actor=actor, retainer=retainer, entry=standing, left_seconds=0, terms=terms)
        project_open_periods(retainer, actor=actor, versions=versions)
        return correction
    record_time("time.deleted", actor, standing)
    former = (standing.ticket_id, standing.work_date)
    _take_away(standing)
    bill_those_left(actor, standing.engagement_id, *former, versions)
    project_open_periods(retainer, actor=actor, versions=versions)
    return None


def _take_away(entry: TimeEntry) -> None:
    """What a superseded statement names is kept as rejected, which burns nothing; everything else is deleted."""
    if entry.postings.exists():
        entry.state, entry.updated_at = TimeEntry.State.REJECTED, timezone.now()
        entry.save(update_fields=["state", "updated_at"])
    else:
        entry.delete()


def _say_closed_anew(actor: Actor, entry: TimeEntry, said: _Said) -> TimeEntry:
    """What the entry and the late time that adds to it come to is made what was said: said twice, it is the same.

    Less of the same is a correction, more of it is late time; anything else takes the entry back and logs it anew, late.
    """
    parts = {part: raw_seconds_left(part) for part in (entry, *entry.additions.burning().order_by("pk"))}
    told = (said.measured.work_date, *_what(said.work)[1:])
    same = {part: seconds for part, seconds in parts.items() if _what(part) == told}
    missing = said.measured.raw_seconds - sum(same.values())
    others = [part for part, seconds in parts.items() if part not in same and seconds]
    if not missing and not others:
        raise PeriodClosed(_("Its period is closed, so its words stay. Only the time can still be corrected."))
    written = [_leave(actor, part, 0, said) for part in others]
    for part, seconds in reversed(same.items()):
        less = min(seconds, max(-missing, 0))
        if less:
            written.append(_leave(actor, part, seconds - less, said))
            missing += less
    if missing > 0:
        written.append(_log_late(actor, entry, said, missing))
    project_open_periods(said.retainer, actor=actor, versions=said.versions)
    return next((each for each in reversed(written) if each is not None), entry)


def _what(of: TimeEntry | Work) -> tuple[object, ...]:
    """What makes two pieces of work the same but for how long they took: the day, what it was on, how it counts."""
    return of.work_date, of.ticket, of.service_area, of.kind, of.work_kind


def _leave(actor: Actor, part: TimeEntry, seconds: int, said: _Said) -> TimeEntry | None:
    """Leave only so many seconds: of closed time by a correction that takes the words along, of late time by changing it."""
    if part.period.closed_at is not None:
        terms = terms_on(said.versions, part.work_date)
        return take_back_closed(
            actor=actor, retainer=said.retainer, entry=part, left_seconds=seconds, terms=terms, note=said.work.note.strip()
        )
    if not seconds:
        return delete_entry(actor=actor, entry=part)
    shorter = replace(work_of(part), note=said.work.note, started_at=None, ended_at=None, raw_seconds=seconds, work_date=part.work_date)
    return change_entry(actor=actor, entry=part, work=shorter)


def _log_late(actor: Actor, entry: TimeEntry, said: _Said, seconds: int) -> TimeEntry:
    """Time said anew of a closed entry, as a duration: the closed one keeps its place on the clock."""
    period = posting_period(actor, said.retainer, said.measured.work_date)
    fresh = TimeEntry(client_id=entry.client_id, engagement_id=entry.engagement_id, person_id=entry.person_id, adds_to=entry)
    fresh.state = _state_after(actor, fresh, said.retainer)
    by_duration = replace(said.work, started_at=None, ended_at=None)
    measured = replace(said.measured, raw_seconds=seconds)
    late = write(fresh, by_duration, measured, period, terms_on(said.versions, measured.work_date))
    bill_together(actor, late, said.versions)
    record_time("time.logged", actor, late)
    return late


@transaction.atomic
def restore_entry(*, actor: Actor, entry: TimeEntry) -> TimeEntry:
    """Put a deleted entry back under the id it had; what it burns is computed by the terms of now.

    Raises NotAllowed, Overlaps, NoOpenPeriod, and Conflict where it is back already.
    """
    work = work_of(entry)
    _refuse_others_time(actor, entry)
    retainer = _held(entry.engagement_id, entry.person_id)
    if not policies.works_for(actor, retainer):
        raise NotAllowed(_("You change your own time; leads change everybody's."))
    if TimeEntry.objects.filter(pk=entry.pk).exists():
        raise Conflict(_("It is back already."))
    measured = measure(work, retainer, entry)
    refuse_overlap(actor, entry.person_id, work.started_at, work.ended_at)
    versions = versions_of(retainer)
    period = posting_period(actor, retainer, measured.work_date)
    if entry.state == TimeEntry.State.APPROVED:
        entry.state = _state_after(actor, entry, retainer)
    restored = write(entry, work, measured, period, terms_on(versions, measured.work_date))
    bill_together(actor, restored, versions)
    project_open_periods(retainer, actor=actor, versions=versions)
    record_time("time.restored", actor, restored)
    return restored


def _held(engagement_id: UUID, by: UUID | None = None) -> Engagement:
    """The retainer whose hours work on an engagement takes, under its lock: the pool it draws on, or itself.

    Before it, in the same statement, the person whose hours are claimed: two claims under one exclusion constraint deadlock each other,
    and a cost set meanwhile would miss the entry. A row is locked after it was found, and it is found only once the person is held.
    """
    given = {SOME_ENGAGEMENT: engagement_id, SOME_PERSON: by}
    (retainer,) = locks.objects("retainer" if by is None else "person, retainer", _of_somebody if by else _retainer, given)
    return retainer


def _retainer() -> EngagementQuerySet:
    return Engagement.objects.select_for_update(no_key=True, of=("self",)).select_related("client").whose_hours(SOME_ENGAGEMENT)


def _of_somebody() -> EngagementQuerySet:
    return _retainer().filter(Exists(Person.objects.select_for_update(no_key=True).filter(pk=SOME_PERSON)))


def _refuse_others_time(actor: Actor, entry: TimeEntry) -> None:
    """Asked before any lock, which a client's role may not take; whose time an entry is never changes."""
    if not policies.may_change_entry(actor, entry):
        raise NotAllowed(_("You change your own time; leads change everybody's."))


def _refuse_change(entry: TimeEntry) -> None:
    if entry.corrects_id is not None:
        raise CorrectionStands(_("A correction stands. Log the time again if it was right after all."))
    if entry.period.closed_at is not None and entry.state == TimeEntry.State.REJECTED:
        raise PeriodClosed(_("It was sent back, and its period closed since: it counts nowhere. Log the time anew."))


def _state_after(actor: Actor, entry: TimeEntry, retainer: Engagement) -> str:
    """A draft stays one; where time is approved, what was written waits for it, unless whoever wrote it may approve it."""
    if entry.state == TimeEntry.State.DRAFT:
        return entry.state
    was_approved = entry.state == TimeEntry.State.APPROVED and not entry._state.adding
    if not retainer.needs_approval or (was_approved and policies.may_approve_time(actor, retainer, entry.person_id)):
        return TimeEntry.State.APPROVED
    return TimeEntry.State.SUBMITTED
