"""Periods whose days for late logging are over: closed where the retainer says so, else people are asked once."""

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.actors import system
from accounts.rules import business_days
from billing.actions.alerts import who_is_told
from billing.actions.closing import close_period
from billing.actions.projecting import project_open_periods
from billing.models import Period, TimeEntry
from billing.models.ledger import WEEKDAYS
from engagements.models import Engagement
from events.actions import Telling, record, tell
from figures.text import hours

CLOSING = system("period closing")
AHEAD_OF_UTC = dt.timedelta(hours=14)  # no clock on earth is further
log = structlog.get_logger(__name__)


def close_or_propose(*, now: dt.datetime) -> int:
    """Look after every period that may be due; how many closed or were proposed. One that cannot be never keeps the next waiting.

    What a person opened again waits for a person: it is proposed anew, and never closes by itself.
    """
    _call_in_what_is_owed()
    earlier = Period.objects.of_the_promise().open().filter(engagement=OuterRef("engagement"), starts_on__lt=OuterRef("starts_on"))
    over = Period.objects.of_the_promise().open().filter(~Exists(earlier), ends_on__lte=(now + AHEAD_OF_UTC).date())
    waiting = over.filter(Q(proposed_at=None) | Q(engagement__closes_by_itself=True)).order_by("ends_on", "pk")
    return sum(_close_or_leave(*found, now) for found in waiting.values_list("pk", "engagement_id"))


def _call_in_what_is_owed() -> None:
    """Last periods that were projected when their debt was not called in yet say what becomes of it, before anybody is asked to close."""
    owing = Period.objects.of_the_promise().open().filter(owed_minutes__gt=0, engagement__ends_on__lte=F("ends_on"))
    for engagement_id in owing.values_list("engagement_id", flat=True):
        try:
            _project_anew(engagement_id)
        except Exception as error:  # noqa: BLE001 (as below)
            log.warning("what a last period owes was not called in", engagement=str(engagement_id), error=type(error).__name__)


@transaction.atomic
def _project_anew(engagement_id: UUID) -> None:
    project_open_periods(_held(engagement_id), actor=CLOSING)


def _held(engagement_id: UUID) -> Engagement:
    return Engagement.objects.select_for_update(no_key=True, of=("self",)).select_related("client", "lead").get(pk=engagement_id)


def _close_or_leave(period_id: UUID, engagement_id: UUID, now: dt.datetime) -> int:
    try:
        return _look_after(period_id, engagement_id, now)
    except Exception as error:  # noqa: BLE001 (one bad row never blocks the next; the next run finds it again)
        log.warning("a period was not closed", period=str(period_id), error=type(error).__name__)
        return 0


@transaction.atomic
def _look_after(period_id: UUID, engagement_id: UUID, now: dt.datetime) -> int:
    retainer = _held(engagement_id)
    period = retainer.periods.get(pk=period_id)
    reopened_at = period.statements.aggregate(last=Max("superseded_at"))["last"]
    if period.closed_at is not None or not _is_due(retainer, period, reopened_at, now):
        return 0
    if retainer.closes_by_itself and reopened_at is None and not TimeEntry.objects.filter(period=period).awaiting_approval().exists():
        close_period(actor=CLOSING, period=period)
        return 1
    return _propose(retainer, period, now)


def _is_due(retainer: Engagement, period: Period, reopened_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether as many business days as the terms grant for late logging have passed since the period ended, or was opened again."""
    zone = ZoneInfo(retainer.client.time_zone)
    today = timezone.localdate(now, timezone=zone)
    since = max(period.ends_on, timezone.localdate(reopened_at, timezone=zone)) if reopened_at else period.ends_on
    terms = retainer.terms.filter(starts_on__lt=period.ends_on).order_by("-starts_on").first()
    calendar = retainer.client.calendar.current() if retainer.client.calendar else WEEKDAYS
    return today >= period.ends_on and len(business_days(calendar, since, today)) >= (terms.grace_days if terms else 0)


def _propose(retainer: Engagement, period: Period, now: dt.datetime) -> int:
    if period.proposed_at is not None:
        return 0
    Period.objects.filter(pk=period.pk).update(proposed_at=now)
    event = record("period.close_proposed", actor=CLOSING, about=period)
    tell(event, who_is_told(retainer), about=period, compose=lambda _person: _telling(retainer, period))
    return 1


def _telling(retainer: Engagement, period: Period) -> Telling:
    names = {"client": retainer.client.name, "day": date_format(period.last_day, "j F")}
    return Telling(
        subject=_("%(client)s: the period to %(day)s can be closed") % names,
        sentences=(_("The days for late logging are over. Look at what the period comes to, then close it."),),
        facts=(
            (_("Used"), hours(period.used_minutes)),
            (_("Of"), hours(period.capacity_minutes)),
        ),
    )
