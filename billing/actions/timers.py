"""The clock beside the work. One runs per person; starting another stops the first at that instant."""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor, system
from accounts.errors import Conflict, NotAllowed, WrongClient
from accounts.models import Person
from billing import policies
from billing.actions.measuring import Work
from billing.actions.time import log_time
from billing.models import TimeEntry, Timer
from engagements.models import Engagement
from events.actions import Telling, record, tell
from figures.text import hours
from tickets.models import Ticket

LONG = dt.timedelta(hours=10)
DEFAULT_AREA = "team_support"


@transaction.atomic
def start_timer(*, actor: Actor, engagement: Engagement, ticket: Ticket | None = None, service_area: str = "", note: str = "") -> Timer:
    """Start the clock on a piece of work; one that already runs is stopped at this instant and logged.

    Raises NotAllowed, WrongClient, and Overlaps when the stopped one clashes with an entry.
    """
    if not policies.may_log_time(actor, engagement):
        raise NotAllowed(_("Only the people of this engagement log time on it."))
    if ticket is not None and ticket.client_id != engagement.client_id:
        raise WrongClient(_("This ticket belongs to another client."), field="ticket")
    person = _owner_of(actor)
    now = timezone.now()  # under the lock: whoever waited for another start begins after it
    running = _running_of(person)
    if running is not None:
        _stop(actor, running, now)
    timer = Timer.objects.create(
        client_id=engagement.client_id,
        engagement=engagement,
        ticket=ticket,
        person=person,
        service_area=service_area or (ticket.service_area if ticket else DEFAULT_AREA),
        note=note.strip(),
        started_at=now,
    )
    record("timer.started", actor=actor, about=timer, is_public=False)
    return timer


@transaction.atomic
def stop_timer(*, actor: Actor, timer: Timer) -> TimeEntry | None:
    """Stop the clock and log what it measured; None where it measured less than a second.

    Raises NotAllowed, Conflict when it runs no more, Overlaps when the stretch clashes with an entry.
    """
    standing = _running_of(_owner_of(actor))
    if standing is None or standing.pk != timer.pk:
        raise Conflict(_("This timer does not run any more. Look at your week for its entry."))
    return _stop(actor, standing, timezone.now())


@transaction.atomic
def discard_timer(*, actor: Actor, timer: Timer) -> None:
    """Stop the clock without logging anything."""
    standing = _running_of(_owner_of(actor))
    if standing is None or standing.pk != timer.pk:
        raise Conflict(_("This timer does not run any more."))
    standing.stopped_at = timezone.now()
    standing.save(update_fields=["stopped_at"])
    record("timer.discarded", actor=actor, about=standing, is_public=False)


def _owner_of(actor: Actor) -> Person:
    """The person whose timers these are, locked, so that two starts at once follow each other."""
    if actor.person_id is None:
        raise NotAllowed(_("A timer is somebody's."))
    return Person.objects.select_for_update(no_key=True).get(pk=actor.person_id)


def _running_of(person: Person) -> Timer | None:
    return Timer.objects.running().filter(person=person).select_related("engagement", "ticket").first()


def _stop(actor: Actor, timer: Timer, now: dt.datetime) -> TimeEntry | None:
    timer.stopped_at = now
    if now - timer.started_at >= dt.timedelta(seconds=1):
        work = Work(service_area=timer.service_area, started_at=timer.started_at, ended_at=now, note=timer.note, ticket=timer.ticket)
        timer.entry = log_time(actor=actor, engagement=timer.engagement, work=work)
    timer.save(update_fields=["stopped_at", "entry"])
    record("timer.stopped", actor=actor, about=timer, is_public=False)
    return timer.entry


def question_long_timers(*, now: dt.datetime) -> int:
    """Ask everybody whose timer passed ten hours whether they still work, each once; how many were asked."""
    asked = 0
    for pk in Timer.objects.running().filter(started_at__lte=now - LONG, questioned_at=None).values_list("pk", flat=True):
        with transaction.atomic():
            asked += question_timer(pk=pk, now=now)
    return asked


def question_timer(*, pk: UUID, now: dt.datetime) -> int:
    """Ask once about one timer. It is never cut silently; its owner decides."""
    timer = Timer.objects.running().filter(pk=pk, questioned_at=None).select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    if timer is None:
        return 0
    timer.questioned_at = now
    timer.save(update_fields=["questioned_at"])
    event = record("timer.questioned", actor=system("timers"), about=timer, is_public=False)
    running = hours(int((now - timer.started_at).total_seconds()) // 60)
    tell(
        event,
        [timer.person],
        about=timer.ticket or timer.engagement,
        compose=lambda _person: Telling(
            subject=_("Are you still working?"),
            sentences=(_("Your timer has been running for %(hours)s. Stop it, or change its times in your week.") % {"hours": running},),
        ),
    )
    return 1
