"""What is told of time: each write, and to the client where an entry leaves its sight or is shown again."""

from collections.abc import Iterable

from django.utils import timezone

from accounts.actors import Actor
from billing.models import Period, TimeEntry
from events.actions import record
from events.models import Event


def record_time(kind: str, actor: Actor, entry: TimeEntry, *, was_shown: bool | None = None, is_public: bool | None = None) -> Event:
    """Record a write of an entry. It is public where the client sees the entry, unless said otherwise.

    `was_shown` is whether the client saw it before; where that has changed, programs of the client are told so.
    """
    shown = entry.is_shown_to_clients
    event = record(
        kind,
        actor=actor,
        about=entry,
        is_public=shown if is_public is None else is_public,
        minutes=entry.billed_minutes,
        raw_seconds=entry.raw_seconds,
        work_date=entry.work_date.isoformat(),
        ticket=str(entry.ticket_id or ""),
        engagement=str(entry.engagement_id),
        person=str(entry.person_id),
    )
    if was_shown is not None and was_shown != shown:
        _record_sight(actor, entry)
    return event


def _record_sight(actor: Actor, entry: TimeEntry) -> None:
    record(
        "time.shown" if entry.is_shown_to_clients else "time.hidden",
        actor=actor,
        about=entry,
        minutes=entry.billed_minutes,
        work_date=entry.work_date.isoformat(),
        ticket=str(entry.ticket_id or ""),
        engagement=str(entry.engagement_id),
    )


def move_to_period(actor: Actor, entries: Iterable[TimeEntry], period: Period) -> None:
    """Let another open period of the same retainer take entries that burn nothing, and tell of each."""
    for entry in {entry.pk: entry for entry in entries}.values():
        entry.period, entry.is_late, entry.updated_at = period, entry.work_date < period.starts_on, timezone.now()
        entry.save(update_fields=["period", "is_late", "updated_at"])
        record_time("time.changed", actor, entry)
