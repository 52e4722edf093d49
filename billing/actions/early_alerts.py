"""Alerts that time brings rather than a write: hours about to expire, a pace that ends over, a client who gets too little."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from billing.actions.alerts import ALERTING, Burning, announce, ends_over, known_of, once, raise_burn_alerts
from billing.models import BurnAlert, Lot, Period
from billing.models.ledger import Balance, balance_of, balances
from billing.models.ledger_rows import versions_of
from billing.rules.alerts import EXPIRY_MARKS_DAYS, expiry_marks
from engagements.models import Engagement

CHUNK = 500
log = structlog.get_logger(__name__)


def sweep_early_alerts(*, today: dt.date) -> int:
    """Raise what is due today for every retainer that runs; how many retainers were looked after. Safe to run at any time, twice."""
    running = Engagement.objects.running(today).filter(draws_on=None).promised()
    return _raise_each(_standing_out(today, running) | set(_expiring(today)), today)


def _raise_each(owing: set[UUID], today: dt.date) -> int:
    for engagement_id in sorted(owing):
        try:
            _raise_for(engagement_id, today)
        except Exception as error:  # noqa: BLE001 (one bad row never blocks the next; the next run finds it again)
            log.warning("an alert was not raised", engagement=str(engagement_id), error=type(error).__name__)
    return len(owing)


def sweep_paces(*, today: dt.date) -> int:
    """Raise what a write of the last minute brought: retainers that will end over at their pace; how many were looked after.

    One query finds those ahead of the calendar of whom nobody was told, so it may run each half minute.
    """
    told = BurnAlert.objects.filter(period=OuterRef("pk"), kind=BurnAlert.Kind.PACE, capacity_minutes__gte=OuterRef("capacity_minutes"))
    periods = Period.objects.open().of_the_promise().covering(today).filter(used_minutes__gt=0, used_minutes__lt=F("capacity_minutes"))
    ahead = periods.filter(~Exists(told)).values_list("engagement_id", "starts_on", "ends_on", "used_minutes", "capacity_minutes")
    fast = [
        engagement
        for engagement, starts_on, ends_on, used, capacity in ahead
        if used * (ends_on - starts_on).days > capacity * ((today - starts_on).days + 1)
    ]
    owing = _standing_out(today, Engagement.objects.filter(pk__in=fast)) if fast else set()
    return _raise_each(owing, today)


def _standing_out(today: dt.date, among: QuerySet[Engagement]) -> set[UUID]:
    """Retainers over, ending over or under-served, of which nobody was told in this period."""
    running = among.order_by("pk")
    owing: set[UUID] = set()
    ids = list(running.values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        found = balances(running.filter(pk__in=ids[start : start + CHUNK]), today=today).values()
        kinds = {balance.period.pk: (kind, balance.period.engagement_id) for balance in found if (kind := _kind_of(balance))}
        told = set(BurnAlert.objects.filter(period__in=kinds).values_list("period_id", "kind"))
        owing |= {engagement for period, (kind, engagement) in kinds.items() if (period, kind) not in told}
    return owing


def _kind_of(balance: Balance) -> str:
    """What a balance stands out by, if by anything."""
    period = balance.period
    if period.closed_at is not None:
        return ""
    if period.capacity_minutes and period.overage_minutes + period.unauthorised_minutes + period.absorbed_minutes:
        return BurnAlert.Kind.OVERAGE
    if ends_over(balance):
        return BurnAlert.Kind.PACE
    return BurnAlert.Kind.LOW if is_low(balance) else ""


def is_low(balance: Balance) -> bool:
    """Whether the client gets too little, whatever is spoken for: what was approved and not begun is told all the more."""
    return balance.state in {"under_served", "short"} and balance.is_under_served


@transaction.atomic
def _raise_for(engagement_id: UUID, today: dt.date) -> None:
    retainer = Engagement.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=engagement_id).first()
    if retainer is None:  # somebody is at it; the next run finds it
        return
    period = Period.objects.open().of_the_promise().covering(today).filter(engagement=retainer).first()
    if period is None:
        return
    raise_burn_alerts(actor=ALERTING, burning=[Burning(retainer, [period], versions_of(retainer))])
    alerts = _of_the_balance(retainer, period, today) + _of_expiry(retainer, period, today)
    announce([(alert, retainer) for alert in alerts], actor=ALERTING)


def _of_the_balance(retainer: Engagement, period: Period, today: dt.date) -> list[BurnAlert]:
    """A pace that ends over, anew once the capacity rose past it; a client who gets too little, once a period."""
    balance = balance_of(retainer, today=today)
    if balance is None:
        return []
    known = known_of([period])
    if ends_over(balance) and balance.pace:
        return once(period, BurnAlert.Kind.PACE, known, minutes=balance.pace.projected_minutes)
    if is_low(balance) and not known[period.pk, BurnAlert.Kind.LOW]:
        return once(period, BurnAlert.Kind.LOW, known)
    return []


def _of_expiry(retainer: Engagement, period: Period, today: dt.date) -> list[BurnAlert]:
    """Each mark of each day on which hours end, once; of several marks that passed unseen the nearest is told."""
    known = set(period.alerts.filter(kind=BurnAlert.Kind.EXPIRING).values_list("falls_on", "days"))
    alerts = []
    for day, minutes in _ends(today, engagement=retainer)[retainer.pk].items():
        new = [mark for mark in expiry_marks(day, left_minutes=minutes, today=today) if (day, mark) not in known]
        alerts += [
            BurnAlert(
                client_id=period.client_id,
                period=period,
                kind=BurnAlert.Kind.EXPIRING,
                days=mark,
                falls_on=day,
                minutes=minutes,
                used_minutes=period.used_minutes,
                capacity_minutes=period.capacity_minutes,
                is_superseded=mark != new[-1],
            )
            for mark in new
        ]
    return alerts


def _expiring(today: dt.date) -> Iterable[UUID]:
    """Retainers with hours that end soon, of which a mark was not told yet."""
    told = {
        (engagement, day, mark)
        for engagement, day, mark in BurnAlert.objects.filter(kind=BurnAlert.Kind.EXPIRING, falls_on__gt=today).values_list(
            "period__engagement_id", "falls_on", "days"
        )
    }
    for engagement, days in _ends(today).items():
        for day, minutes in days.items():
            if any((engagement, day, mark) not in told for mark in expiry_marks(day, left_minutes=minutes, today=today)):
                yield engagement
                break


def _ends(today: dt.date, **of: Any) -> dict[UUID, dict[dt.date, int]]:
    """The minutes that end on each of the days ahead, by retainer: dated lots on their day, the rest with the period. Two queries."""
    until = today + dt.timedelta(days=max(EXPIRY_MARKS_DAYS))
    found: dict[UUID, dict[dt.date, int]] = defaultdict(dict)
    inside = Q(usable_until__gt=OuterRef("starts_on"), usable_until__lt=OuterRef("ends_on"))
    dated = Lot.objects.filter(inside, engagement=OuterRef("engagement")).exclude(kind=Lot.Kind.GRANT).order_by().values("engagement")
    periods = Period.objects.open().of_the_promise().covering(today).filter(ends_on__lte=until, expired_minutes__gt=0, **of)
    elsewhere = Coalesce(Subquery(dated.annotate(total=Sum("left_minutes")).values("total")), Value(0))
    with_the_close = periods.annotate(at_the_end=F("expired_minutes") - elsewhere)
    for engagement, day, minutes in with_the_close.values_list("engagement_id", "ends_on", "at_the_end"):
        if minutes > 0:
            found[engagement][day] = minutes
    now = Period.objects.open().of_the_promise().covering(today).filter(engagement=OuterRef("engagement"))
    lots = Lot.objects.exclude(kind=Lot.Kind.GRANT).filter(usable_until__gt=today, usable_until__lte=until, left_minutes__gt=0, **of)
    ending = lots.filter(is_spent=False).annotate(period_ends_on=Subquery(now.values("ends_on")[:1]))
    apart = ending.exclude(usable_until=F("period_ends_on")).values_list("engagement_id", "usable_until")
    for engagement, day, minutes in apart.annotate(Sum("left_minutes")).order_by():
        found[engagement][day] = minutes
    return found
