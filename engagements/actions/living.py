"""The life of an engagement after it was begun: set anew, paused and resumed, ended with notice, renewed by itself."""

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actors import Actor, StaffRole
from accounts.errors import Conflict, NotAllowed
from accounts.models import Person
from engagements import policies
from engagements.actions.promising import kept_from_closed_periods
from engagements.models import Engagement, EngagementReminder, Pause
from engagements.rules import renewed_until
from events.actions import Telling, record, tell
from events.models import Event

REMINDED_DAYS = (60, 30, 7)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Living:
    """What may be said anew of an engagement while it runs. `committed_until` is the first day on which either side may leave."""

    name: str
    lead: Person | None = None
    needs_approval: bool = False
    closes_by_itself: bool = False
    notice_days: int = 30
    committed_until: dt.date | None = None
    renewal_months: int | None = None

    @classmethod
    def of(cls, engagement: Engagement) -> "Living":
        return cls(**{field.name: getattr(engagement, field.name) for field in fields(cls)})


@transaction.atomic
def set_engagement(*, actor: Actor, engagement: Engagement, living: Living) -> Engagement:
    """Say anew who leads it, whether its time is approved and its periods close by themselves, and how it is left or renewed.

    Raises NotAllowed, Conflict.
    """
    standing = _held(actor, engagement)
    lead = living.lead
    if lead is not None and (not lead.is_staff or lead.left_at is not None):
        raise Conflict(_("%(name)s does not work for the firm. Choose a colleague as lead.") % {"name": lead.name}, field="lead")
    if living.renewal_months is not None and living.committed_until is None:
        raise Conflict(_("Say until when both are committed: from that day on it renews."), field="committed_until")
    if living.committed_until is not None and living.committed_until <= standing.starts_on:
        raise Conflict(_("Choose a day after %(day)s, its first.") % {"day": standing.starts_on}, field="committed_until")
    if standing.draws_on_id is not None and living.needs_approval != standing.draws_on.needs_approval:  # type: ignore[union-attr]
        raise Conflict(_("It draws on %(name)s, which says so for both.") % {"name": standing.draws_on}, field="needs_approval")
    changed = [field.name for field in fields(living) if getattr(standing, field.name) != getattr(living, field.name)]
    for name in changed:
        setattr(standing, name, getattr(living, name))
    if changed:
        standing.save(update_fields=changed)
        if "needs_approval" in changed:
            standing.projects.update(needs_approval=living.needs_approval)
        record("engagement.set", actor=actor, about=standing, is_public=False, fields=changed)
    return standing


@transaction.atomic
def begin_project(*, actor: Actor, pool: Engagement, name: str, lead: Person | None = None, starts_on: dt.date | None = None) -> Engagement:
    """Begin work of its own name that draws on the hours of another retainer: it has no terms and no periods.

    Raises NotAllowed, and Conflict for a pool that draws on one itself or has ended, and for a name that is taken.
    """
    whole = _held(actor, pool)
    if whole.draws_on_id is not None:
        raise Conflict(_("%(name)s draws on another retainer itself. Choose that one.") % {"name": whole.name})
    first = starts_on or max(timezone.localdate(), whole.starts_on)
    if first < whole.starts_on or (whole.ends_on is not None and first >= whole.ends_on):
        raise Conflict(_("Choose a first day on which %(name)s runs.") % {"name": whole.name}, field="starts_on")
    if Engagement.objects.filter(client_id=whole.client_id, name=name).exists():
        raise Conflict(_("%(name)s exists already. Choose another name.") % {"name": name}, field="name")
    if lead is not None and (not lead.is_staff or lead.left_at is not None):
        raise Conflict(_("%(name)s does not work for the firm. Choose a colleague as lead.") % {"name": lead.name}, field="lead")
    project = Engagement.objects.create(
        client_id=whole.client_id,
        name=name,
        currency=whole.currency,
        lead=lead,
        starts_on=first,
        draws_on=whole,
        needs_approval=whole.needs_approval,
    )
    record("project.begun", actor=actor, about=project, pool=str(whole.pk))
    return project


@transaction.atomic
def pause_engagement(*, actor: Actor, engagement: Engagement, starts_on: dt.date, ends_on: dt.date | None = None, reason: str) -> Pause:
    """Let a retainer rest from a day on: no hours are granted and no fee is charged for those days.

    Raises NotAllowed, and Conflict for days outside the engagement, in a closed period, or paused already.
    """
    standing = _held(actor, engagement)
    if not reason.strip():
        raise Conflict(_("Say why it rests; the client reads it."), field="reason")
    if ends_on is not None and ends_on <= starts_on:
        raise Conflict(_("It resumes after it pauses. Choose a later day."), field="ends_on")
    if starts_on < standing.starts_on or (standing.ends_on is not None and starts_on >= standing.ends_on):
        raise Conflict(_("Choose a first day on which %(name)s runs.") % {"name": standing.name}, field="starts_on")
    if standing.draws_on_id is not None:
        raise Conflict(_("Its hours are those of %(name)s. Pause that one.") % {"name": standing.draws_on}, field="starts_on")
    pause = Pause(
        client_id=standing.client_id,
        engagement=standing,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason.strip()[:200],
        paused_by_id=actor.person_id,
    )
    if any(other.span.within(pause.span) for other in standing.pauses.all()):
        raise Conflict(_("Some of these days are paused already. Choose others."), field="starts_on")
    with kept_from_closed_periods("starts_on"):
        pause.save()
    record("engagement.paused", actor=actor, about=pause, **_days(pause))
    return pause


@transaction.atomic
def resume_engagement(*, actor: Actor, pause: Pause, on: dt.date) -> Pause | None:
    """End a pause with a day, the first that counts again; resumed by its first day it never was, and None is returned.

    Raises NotAllowed, and Conflict where it has ended before that day.
    """
    standing = _held(actor, pause.engagement)
    found = standing.pauses.get(pk=pause.pk)
    if found.ends_on is not None and found.ends_on <= on:
        raise Conflict(_("It resumed on %(day)s already.") % {"day": found.ends_on}, field="on")
    never = on <= found.starts_on
    with kept_from_closed_periods("on"):
        if never:
            standing.pauses.filter(pk=found.pk).delete()
        else:
            found.ends_on = on
            found.save(update_fields=["ends_on"])
    record("engagement.resumed", actor=actor, about=found, **_days(found))
    return None if never else found


@transaction.atomic
def end_engagement(*, actor: Actor, engagement: Engagement, ends_on: dt.date, reason: str, by_agreement: bool = False) -> Engagement:
    """End an engagement, and the projects that draw on it; `ends_on` is the first day they no longer run. Hours that are left expire.

    Raises NotAllowed, and Conflict for a day before notice allows (unless both agreed), or one behind a close or logged time.
    """
    standing = _held(actor, engagement)
    if not reason.strip():
        raise Conflict(_("Say why it ends."), field="reason")
    if standing.ends_on is not None and standing.ends_on <= timezone.localdate():
        raise Conflict(_("It ended on %(day)s.") % {"day": standing.ends_on}, field="ends_on")
    if ends_on <= standing.starts_on:
        raise Conflict(_("Choose a day after %(day)s, its first.") % {"day": standing.starts_on}, field="ends_on")
    soonest = earliest_end(standing, timezone.localdate())
    if ends_on < soonest and not by_agreement:
        words = _("By notice it ends on %(day)s at the soonest. Choose that day or a later one, or say that both agreed.")
        raise Conflict(words % {"day": date_format(soonest, "j F Y")}, field="ends_on")
    later = standing.projects.filter(starts_on__gte=ends_on).first()
    if later is not None:
        words = _("%(name)s draws on its hours from %(day)s on. Choose a later day.")
        raise Conflict(words % {"name": later.name, "day": date_format(later.starts_on, "j F Y")}, field="ends_on")
    before, standing.ends_on, standing.ends_because = standing.ends_on, ends_on, reason.strip()[:200]
    with kept_from_closed_periods("ends_on"):
        standing.save(update_fields=["ends_on", "ends_because"])
    with_it = Q(ends_on=None) | Q(ends_on__gt=ends_on) | Q(ends_on=before)
    standing.projects.filter(with_it).update(ends_on=ends_on, ends_because=standing.ends_because)
    record("engagement.ended", actor=actor, about=standing, ends_on=ends_on.isoformat(), by_agreement=by_agreement)
    return standing


@transaction.atomic
def continue_engagement(*, actor: Actor, engagement: Engagement) -> Engagement:
    """Take an end back: the engagement, and what ended with it, runs on as if it had never been given notice.

    Raises NotAllowed, Conflict, and PeriodClosed where its last period was closed: what was left has expired.
    """
    standing = _held(actor, engagement)
    if standing.ends_on is None:
        raise Conflict(_("It runs on already."))
    before = standing.ends_on
    standing.ends_on, standing.ends_because = None, ""
    standing.save(update_fields=["ends_on", "ends_because"])
    standing.projects.filter(ends_on=before).update(ends_on=None, ends_because="")
    record("engagement.continued", actor=actor, about=standing, ends_on=before.isoformat())
    return standing


def earliest_end(engagement: Engagement, today: dt.date) -> dt.date:
    """The first day on which notice given today can end it."""
    by_notice = today + dt.timedelta(days=engagement.notice_days)
    return max(by_notice, engagement.committed_until or by_notice)


def renew_engagements(*, actor: Actor, today: dt.date) -> int:
    """Renew every engagement that nobody can leave in time any more; how many. Safe to run at any time, twice."""
    renewed = 0
    for engagement in Engagement.objects.to_renew(today).order_by("pk"):
        try:
            renewed += _renew(actor, engagement, today)
        except Exception as error:  # noqa: BLE001 (one bad row never blocks the next; the next run finds it again)
            log.warning("an engagement was not renewed", engagement=str(engagement.pk), error=type(error).__name__)
    return renewed


@transaction.atomic
def _renew(actor: Actor, engagement: Engagement, today: dt.date) -> int:
    standing = Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    if standing.committed_until is None or standing.renewal_months is None or not Engagement.objects.to_renew(today).filter(pk=standing.pk):
        return 0
    before = standing.committed_until
    last_chance = today + dt.timedelta(days=standing.notice_days)
    standing.committed_until = renewed_until(before, standing.renewal_months, day=standing.starts_on.day, until=last_chance)
    standing.save(update_fields=["committed_until"])
    event = record("engagement.renewed", actor=actor, about=standing, before=before.isoformat(), until=standing.committed_until.isoformat())
    _tell(event, standing, gettext_noop("%(client)s: %(name)s renews until %(day)s"), standing.committed_until)
    return 1


def remind_of_ends(*, actor: Actor, today: dt.date) -> int:
    """Remind 60, 30 and 7 days before an engagement ends or renews, each once; how many were sent. Safe to run twice."""
    horizon = today + dt.timedelta(days=max(REMINDED_DAYS))
    sent = 0
    for engagement in Engagement.objects.running(today).turning_before(horizon).select_related("client", "lead").order_by("pk"):
        turns_on = engagement.ends_on or engagement.committed_until
        due = min((days for days in REMINDED_DAYS if turns_on and today <= turns_on <= today + dt.timedelta(days=days)), default=None)
        if due is not None and turns_on is not None:
            sent += _remind(actor, engagement, turns_on, due)
    return sent


@transaction.atomic
def _remind(actor: Actor, engagement: Engagement, turns_on: dt.date, days: int) -> int:
    Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    reminder, is_new = EngagementReminder.objects.get_or_create(
        client_id=engagement.client_id, engagement=engagement, turns_on=turns_on, days=days
    )
    if not is_new:
        return 0
    event = record("engagement.turning", actor=actor, about=engagement, is_public=False, days=reminder.days, on=turns_on.isoformat())
    if engagement.ends_on is not None:
        subject = gettext_noop("%(client)s: %(name)s ends on %(day)s")
    elif engagement.renewal_months is not None:
        subject = gettext_noop("%(client)s: %(name)s renews on %(day)s")
    else:
        subject = gettext_noop("%(client)s: the commitment of %(name)s ends on %(day)s")
    _tell(event, engagement, subject, turns_on)
    return 1


def _tell(event: Event, engagement: Engagement, subject: str, day: dt.date) -> None:
    """The engagement's lead and the firm's admins, each once and in their language."""

    def compose(_person: Person) -> Telling:
        named = {"client": engagement.client.name, "name": engagement.name, "day": date_format(day, "j F Y")}
        return Telling(_(subject) % named, (_("Notice is %(days)s days.") % {"days": engagement.notice_days},))

    admins = Person.objects.of_the_firm().filter(staff_role=StaffRole.ADMIN)
    lead = [engagement.lead] if engagement.lead is not None and engagement.lead.left_at is None else []
    tell(event, {person.pk: person for person in [*lead, *admins]}.values(), about=engagement, compose=compose)


def _held(actor: Actor, engagement: Engagement) -> Engagement:
    """The row under its lock, for whoever may change what was promised. Raises NotAllowed."""
    if not policies.may_promise(actor):
        raise NotAllowed(_("Only admins and leads change how an engagement runs."))
    return Engagement.objects.select_for_update(no_key=True, of=("self",)).select_related("draws_on").get(pk=engagement.pk)


def _days(pause: Pause) -> dict[str, Any]:
    return {
        "engagement": str(pause.engagement_id),
        "starts_on": pause.starts_on.isoformat(),
        "ends_on": pause.ends_on.isoformat() if pause.ends_on else None,
    }
