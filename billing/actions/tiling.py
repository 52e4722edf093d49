"""The open periods after a promise changed: cut where it says, granted anew, dated lots living longer by a pause."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import scope
from accounts.actors import Actor
from accounts.errors import Conflict
from billing.actions.periods import AHEAD, grant_anew, open_periods_of
from billing.actions.projecting import project_open_periods
from billing.errors import PeriodClosed
from billing.models import BurnAlert, Forecast, Lot, Period, TimeEntry
from billing.rules.movements import Lot as RuledLot
from billing.rules.movements import lengthened
from engagements.models import Engagement

LIVES_LONGER = (Lot.Kind.TOP_UP, Lot.Kind.GOODWILL, Lot.Kind.MIGRATION)


@transaction.atomic
def follow_pause(*, actor: Actor, engagement: Engagement) -> None:
    """Grant the open periods for the days that are served, and let dated lots live longer by the days that are not."""
    retainer = Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    _lengthen_lots(retainer)
    grant_anew(actor=actor, engagement=retainer)


def _lengthen_lots(retainer: Engagement) -> None:
    pauses = [pause.span for pause in retainer.pauses.order_by("starts_on")]
    for lot in retainer.lots.filter(kind__in=LIVES_LONGER):
        given = lot.given_until or lot.usable_until
        living = RuledLot(lot.pk, lot.minutes, lot.usable_from, given, lot.kind)  # type: ignore[arg-type]  # one of the kinds
        for pause in pauses:
            living = lengthened(living, pause)
        if living.usable_until != lot.usable_until:
            lot.given_until, lot.usable_until = given, living.usable_until
            lot.save(update_fields=["given_until", "usable_until"])


@transaction.atomic
def follow_end(*, actor: Actor, engagement: Engagement) -> None:
    """Cut the periods where the engagement ends: the last grant is prorated and what it leaves expires.

    Raises Conflict that names the day where time is logged after the end, and PeriodClosed where the period that would be the last
    is closed: it handed its hours on.
    """
    retainer = Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    if retainer.ends_on is not None:
        worked = TimeEntry.objects.filter(Q(engagement=retainer) | Q(period__engagement=retainer))
        after = worked.filter(work_date__gte=retainer.ends_on).order_by("-work_date").first()
        if after is not None:
            sentence = _("Time is logged on %(day)s. Choose an end after it, or move that time.")
            raise Conflict(sentence % {"day": date_format(after.work_date, "j F Y")}, field="ends_on", entry=str(after.pk))
        _refuse_after_a_close(retainer, retainer.ends_on)
        if _run_on(retainer):
            grant_anew(actor=actor, engagement=retainer)
        cut(actor, retainer, retainer.ends_on)
    project_open_periods(retainer, actor=actor)


def _refuse_after_a_close(retainer: Engagement, day: dt.date) -> None:
    if retainer.periods.of_the_promise().closed().filter(is_last=True, ends_on__lt=day).exists():
        raise PeriodClosed(_("Its last period is closed and what was left expired. Open it again first, or begin a new engagement."))
    closed = retainer.periods.of_the_promise().closed().filter(ends_on=day).first()
    if closed is not None and retainer.periods.of_the_promise().filter(starts_on=day).exists():
        sentence = _("The period up to %(day)s is closed and handed its hours on. Choose a later end, or open that period again first.")
        raise PeriodClosed(sentence % {"day": date_format(closed.last_day, "j F Y")}, field="ends_on", period=str(closed.pk))


@transaction.atomic
def follow_continuation(*, actor: Actor, engagement: Engagement, ended_on: dt.date) -> None:
    """Let the period that an end had cut run to its natural end, and those after it open. Raises PeriodClosed."""
    retainer = Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    last = retainer.periods.of_the_promise().order_by("-starts_on").first()
    if last is not None and last.closed_at is not None and last.ends_on == ended_on:
        raise PeriodClosed(_("Its last period is closed and what was left expired. Open it again first, or begin a new engagement."))
    _run_on(retainer)
    open_periods_of(actor=actor, engagement=retainer, until=timezone.localdate() + AHEAD)
    grant_anew(actor=actor, engagement=retainer)


def _run_on(retainer: Engagement) -> bool:
    """Let the last period, where an end had cut it and it is open, run to its natural end; whether it was longer."""
    last = retainer.periods.of_the_promise().open().order_by("-starts_on").first()
    if last is None or last.ends_on >= (natural := _natural_end(retainer, last)):
        return False
    Period.objects.filter(pk=last.pk).update(ends_on=natural)
    return True


def _natural_end(retainer: Engagement, period: Period) -> dt.date:
    rows = [row.as_rules() for row in retainer.terms.order_by("starts_on")]
    terms = [version for version in rows if version.starts_on <= period.starts_on][-1]
    later = [version.starts_on for version in rows if version.starts_on > period.starts_on and version.cuts(terms)]
    return min([terms.period_from(period.starts_on).ends_on, *later])


@transaction.atomic
def follow_terms(*, actor: Actor, engagement: Engagement, starts_on: dt.date) -> None:
    """Grant what the terms now promise; where they change how time is cut, cut it from their first day on."""
    retainer = Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    versions = [row.as_rules() for row in retainer.terms.order_by("starts_on")]
    before = next((terms for terms in reversed(versions) if terms.starts_on < starts_on), None)
    if before is not None and versions[-1].cuts(before):
        cut(actor, retainer, starts_on)
    open_periods_of(actor=actor, engagement=retainer, until=timezone.localdate() + AHEAD)
    if before is not None and versions[-1].cuts(before):
        _post_where_it_was_worked(retainer)
    grant_anew(actor=actor, engagement=retainer)


def cut(actor: Actor, retainer: Engagement, day: dt.date) -> None:
    """End the open period that covers a day on it, and take away those after; their time waits in the last that stays.

    Where no open period ends on the day, because the one before it is closed, the one that begins on it stays and is cut as the terms
    now say. Call it under the lock on the retainer. What is taken away opens again where the promise goes on.
    """
    promised = retainer.periods.of_the_promise().open()
    later = list(promised.filter(ends_on__gt=day).order_by("starts_on"))
    stays = promised.filter(ends_on=day).first()
    if later and later[0].starts_on < day:
        stays = later.pop(0)
        Period.objects.filter(pk=stays.pk).update(ends_on=day)
        grant_anew(actor=actor, engagement=retainer)
    if later and stays is None:
        stays = later.pop(0)
        _take_away(later, stays)
        Period.objects.filter(pk=stays.pk).update(ends_on=_natural_end(retainer, stays))
    elif later and stays is not None:
        _take_away(later, stays)


def _take_away(periods: Sequence[Period], stays: Period) -> None:
    """The rows of periods that begin after all that is promised; nobody of the firm may delete one, so it is a step of its own."""
    with scope.system("cut periods"):
        TimeEntry.objects.filter(period__in=periods).update(period=stays)
        BurnAlert.objects.filter(period__in=periods).delete()
        Forecast.objects.filter(period__in=periods).delete()
        Lot.objects.filter(period__in=periods).delete()
        Period.objects.filter(pk__in=[period.pk for period in periods]).delete()


def _post_where_it_was_worked(retainer: Engagement) -> None:
    """Time moves to the open period of its work date, after periods were cut anew."""
    periods = list(retainer.periods.of_the_promise().open())
    for period in periods:
        worked = TimeEntry.objects.filter(period__in=periods, work_date__gte=period.starts_on, work_date__lt=period.ends_on)
        worked.exclude(period=period).update(period=period)
