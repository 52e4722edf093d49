"""Periods opened ahead of time with their grants, and hours given besides."""

import datetime as dt
from collections.abc import Iterable

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from billing import policies
from billing.actions.projecting import project_open_periods
from billing.models import Lot, Period
from billing.rules.ledger import grants_for
from engagements.models import Engagement, Pause, RetainerTerms
from engagements.rules import Span, Terms
from events.actions import record

log = structlog.get_logger(__name__)

AHEAD = dt.timedelta(days=7)
MOST_PERIODS = 600


def open_due_periods(*, actor: Actor, today: dt.date) -> int:
    """Open every period that begins within a week, for all retainers; how many were opened. Safe to run at any time, twice.

    A retainer whose periods cannot be opened is left as it is and never keeps the next one waiting.
    """
    until = today + AHEAD
    open_enough = Period.objects.filter(engagement=OuterRef("pk"), ends_on__gt=until, is_history=False)
    due = Engagement.objects.running(until).filter(Exists(RetainerTerms.objects.filter(engagement=OuterRef("pk"))), ~Exists(open_enough))
    return sum(_open_or_leave(actor, engagement, until) for engagement in due.order_by("pk"))


def _open_or_leave(actor: Actor, engagement: Engagement, until: dt.date) -> int:
    try:
        return open_periods_of(actor=actor, engagement=engagement, until=until)
    except Exception as error:  # noqa: BLE001 (one bad row never blocks the next; the next run finds it again)
        log.warning("periods were not opened", engagement=str(engagement.pk), error=type(error).__name__)
        return 0


@transaction.atomic
def open_periods_of(*, actor: Actor, engagement: Engagement, until: dt.date) -> int:
    """Open the periods of one retainer up to the one that covers `until`, each with its grants; how many were opened."""
    retainer = Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    rows = list(retainer.terms.order_by("starts_on"))
    if not rows:
        return 0
    opened = 0
    while opened < MOST_PERIODS:
        span = _next_span(retainer, [row.as_rules() for row in rows])
        if span is None or span.starts_on > until:
            break
        period = Period.objects.create(client_id=retainer.client_id, engagement=retainer, starts_on=span.starts_on, ends_on=span.ends_on)
        _grant(period, rows)
        record("period.opened", actor=actor, about=period, starts_on=span.starts_on.isoformat())
        opened += 1
    if opened:
        project_open_periods(retainer, actor=actor)
    return opened


def _next_span(retainer: Engagement, versions: list[Terms]) -> Span | None:
    """The days of the period after the last one; None once the engagement has ended."""
    last = retainer.periods.of_the_promise().order_by("-starts_on").first()
    starts_on = last.ends_on if last else max(retainer.starts_on, versions[0].starts_on)
    if retainer.ends_on is not None and starts_on >= retainer.ends_on:
        return None
    terms = [version for version in versions if version.starts_on <= starts_on][-1]
    span = terms.period_from(starts_on)
    cuts = [version.starts_on for version in versions if version.starts_on > starts_on and version.cuts(terms)]
    return Span(span.starts_on, min([span.ends_on, retainer.ends_on or span.ends_on, *cuts]))


def _grant(period: Period, rows: list[RetainerTerms]) -> None:
    by_start = {row.starts_on: row for row in rows}
    reaching = [row.as_rules() for row in rows if row.starts_on < period.ends_on and (row.ends_on or dt.date.max) > period.starts_on]
    pauses = [pause.span for pause in Pause.objects.filter(engagement=period.engagement_id)]
    granted = []
    for grant in grants_for(reaching, Span(period.starts_on, period.ends_on), pauses=pauses):
        lot, _is_new = Lot.objects.update_or_create(
            client_id=period.client_id,
            period=period,
            terms=by_start[grant.terms.starts_on],
            kind=Lot.Kind.GRANT,
            defaults={
                "engagement_id": period.engagement_id,
                "minutes": grant.minutes,
                "usable_from": grant.usable_from,
                "usable_until": grant.usable_until,
            },
        )
        granted.append(lot.pk)
    Lot.objects.filter(period=period, kind=Lot.Kind.GRANT).exclude(pk__in=granted).update(minutes=0)


@transaction.atomic
def grant_anew(*, actor: Actor, engagement: Engagement) -> None:
    """Grant the open periods what the terms now promise, after new terms were agreed."""
    retainer = Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    rows = list(retainer.terms.order_by("starts_on"))
    for period in retainer.periods.open().of_the_promise():
        _grant(period, rows)
    project_open_periods(retainer, actor=actor)


@transaction.atomic
def give_lot(
    *,
    actor: Actor,
    engagement: Engagement,
    kind: str,
    minutes: int,
    usable_from: dt.date,
    usable_until: dt.date,
    reason: str,
    service_areas: Iterable[str] = (),
) -> Lot:
    """Give hours besides the retainer's: a top-up or goodwill, with a reason and a life of [usable_from, usable_until).

    What is given to a project goes to the pool it draws on. Raises NotAllowed, and Conflict for what is no gift: no minutes, no reason,
    a life that ends before it begins, or that is over before the first open period begins.
    """
    if not policies.may_give_hours(actor):
        raise NotAllowed(_("Only admins and leads give hours."))
    if minutes <= 0 or not reason.strip():
        raise Conflict(_("Say how many minutes, above zero, and why."), field="minutes" if minutes <= 0 else "reason")
    if usable_until <= usable_from:
        raise Conflict(_("The hours end before they begin. Choose a later end."), field="usable_until")
    retainer = Engagement.objects.select_for_update(no_key=True, of=("self",)).whose_hours(engagement.pk).get()
    _refuse_closed_days(retainer, usable_until)
    lot = Lot.objects.create(
        client_id=retainer.client_id,
        engagement=retainer,
        kind=kind,
        minutes=minutes,
        usable_from=usable_from,
        usable_until=usable_until,
        reason=reason.strip(),
        service_areas=sorted(service_areas),
        given_by_id=actor.person_id,
    )
    record("hours.given", actor=actor, about=lot, kind=kind, minutes=minutes)
    open_periods_of(actor=actor, engagement=retainer, until=timezone.localdate())
    project_open_periods(retainer, actor=actor)
    return lot


def _refuse_closed_days(retainer: Engagement, usable_until: dt.date) -> None:
    first = retainer.periods.of_the_promise().open().order_by("starts_on").first()
    if first is not None and usable_until <= first.starts_on:
        sentence = _("Those days are closed: nothing could use the hours any more. Choose an end after %(day)s.")
        raise Conflict(sentence % {"day": date_format(first.starts_on, "j F Y")}, field="usable_until")
