"""Several writes of one person's time as one: all of them or none, and for ten minutes taken back as they were."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import Conflict, DomainError
from billing.actions.measuring import Work, work_of
from billing.actions.time import change_entry, delete_entry, log_time, restore_entry
from billing.actions.turns import take_turns
from billing.models import TimeEntry
from engagements.models import Engagement

TAKEN_BACK_WITHIN = dt.timedelta(minutes=10)
LOOKED_BACK = 50  # rows of an entry's history, of which rounding together writes some that tell no other work
_TELLS_A_CHANGE = ("raw_seconds", "work_date", "started_at", "ticket_id", "service_area", "kind", "note")

type Kept = Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write: time logged where there is no entry, an entry said anew, or one deleted where there is no work."""

    engagement: Engagement
    entry: TimeEntry | None = None
    work: Work | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """An entry before and after a write, as plain text; None where there was none. Enough to take the write back."""

    entry: str
    before: Kept | None
    after: Kept | None


class SomeRefused(DomainError):
    """Nothing was written: `refusals` holds the broken rule of each write that would not go, by its place."""

    code = "some-refused"

    def __init__(self, refusals: Mapping[int, DomainError]) -> None:
        super().__init__(_("Nothing is saved yet. Mend what is marked, then save again."))
        self.refusals = refusals


class TooLate(Conflict):
    """What was done stands: ten minutes are over, or somebody has changed it since."""

    code = "too-late"


@transaction.atomic
def write_together(*, actor: Actor, writes: Sequence[Write]) -> list[Trace]:
    """Carry out every write or none, and say what each changed. Raises SomeRefused with every refusal, not only the first."""
    take_turns(
        people={actor.person_id, *(write.entry.person_id for write in writes if write.entry)},
        engagements={write.engagement.pk for write in writes},
    )
    traces: list[Trace] = []
    refusals: dict[int, DomainError] = {}
    for place, write in enumerate(writes):
        try:
            with transaction.atomic():
                traces.append(_carry_out(actor, write))
        except DomainError as error:
            refusals[place] = error
    if refusals:
        raise SomeRefused(refusals)
    return traces


@transaction.atomic
def take_back(*, actor: Actor, traces: Sequence[Trace], at: dt.datetime) -> None:
    """Undo writes made at a moment: what was logged is deleted, what was deleted is there again, what was changed is as it was.

    Raises TooLate, and what the single actions raise; then nothing is taken back.
    """
    if timezone.now() - at > TAKEN_BACK_WITHIN:
        raise TooLate(_("Ten minutes are over. Change the entry itself."))
    take_turns(people={actor.person_id, *_named("person_id", traces)}, engagements=_named("engagement_id", traces))
    for trace in reversed(traces):
        _undo(actor, trace)


def last_write(*, actor: Actor, entry_id: UUID) -> tuple[Trace, dt.datetime] | None:
    """What the actor last did to an entry, and when, told from the history: for whoever kept no trace of it.

    None where the actor sees no such entry and none that was deleted. Raises TooLate where somebody else wrote it last.
    """
    standing = TimeEntry.objects.visible_to(actor).filter(pk=entry_id).first()
    former = _former(actor, entry_id, standing)
    if former is not None:
        before, at, whose = kept(former), former.pgh_created_at, (former.pgh_context or {}).get("person")
    elif standing is not None:
        before, at, whose = None, standing.created_at, standing.person_id
    else:
        return None
    if actor.person_id is None or str(whose) != str(actor.person_id):
        raise TooLate(_("Somebody else wrote it last, so it stands. Change the entry itself."))
    return Trace(entry=str(entry_id), before=before, after=kept(standing) if standing else None), at


def _former(actor: Actor, entry_id: UUID, standing: TimeEntry | None) -> Any:
    """The newest row of the history that tells other work than what stands; of an entry that is gone, how it was deleted."""
    seen = Engagement.objects.visible_to(actor).values("pk")
    history = TimeEntry.pgh_event_model.objects.filter(pgh_obj_id=entry_id, engagement_id__in=seen).order_by("-pgh_id")  # type: ignore[attr-defined]
    if standing is None:
        return history.filter(pgh_label="deleted").first()
    now = _as_told(standing)
    return next((row for row in history[:LOOKED_BACK] if _as_told(row) != now), None)


def trace_of(entry: TimeEntry) -> Trace:
    """The trace of an entry that was just logged."""
    return Trace(entry=str(entry.pk), before=None, after=kept(entry))


def kept(entry: Any) -> Kept:
    """Every column of an entry, or of one in its history, as text."""
    fields = TimeEntry._meta.concrete_fields
    return {field.attname: None if field.value_from_object(entry) is None else field.value_to_string(entry) for field in fields}


def _named(column: str, traces: Iterable[Trace]) -> set[UUID]:
    """The ids that entries have in a column, before or after what was done."""
    return {UUID(told) for trace in traces for kept in (trace.before, trace.after) if kept and (told := kept[column])}


def _carry_out(actor: Actor, write: Write) -> Trace:
    standing = write.entry
    before = kept(standing) if standing else None
    if standing is None:
        if write.work is None:
            raise LookupError("A write names an entry, or work.")
        return trace_of(log_time(actor=actor, engagement=write.engagement, work=write.work))
    if write.work is None:
        delete_entry(actor=actor, entry=standing)
        return Trace(entry=str(standing.pk), before=before, after=None)
    changed = change_entry(actor=actor, entry=standing, work=write.work)
    return Trace(entry=str(standing.pk), before=before, after=kept(changed))


def _undo(actor: Actor, trace: Trace) -> None:
    standing = TimeEntry.objects.visible_to(actor).filter(pk=trace.entry).first()
    if _as_told(standing) != _told(trace.after):
        raise TooLate(_("It was changed since, so it stands. Open the entry to change it."))
    if trace.before is None:
        if standing is not None:
            delete_entry(actor=actor, entry=standing)
        return
    former = _row(trace.before)
    if standing is None:
        restore_entry(actor=actor, entry=former)
    else:
        change_entry(actor=actor, entry=standing, work=work_of(former))


def _as_told(entry: Any | None) -> tuple[str | None, ...] | None:
    return _told(kept(entry)) if entry else None


def _told(values: Kept | None) -> tuple[str | None, ...] | None:
    return tuple(values[name] for name in _TELLS_A_CHANGE) if values else None


def _row(values: Kept) -> TimeEntry:
    fields: Sequence[models.Field[Any, Any]] = TimeEntry._meta.concrete_fields
    texts = ((field, values.get(field.attname)) for field in fields)
    return TimeEntry(**{field.attname: None if text is None else field.to_python(text) for field, text in texts})
