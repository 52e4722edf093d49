"""Forecasts of every retainer each night, and their score once the truth is known."""

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import CalendarVersion
from accounts.rules import Calendar, business_days
from billing.models import Forecast, Period, TimeEntry
from billing.models.ledger import WEEKDAYS
from billing.rules import forecast as rules
from billing.rules.hindsight import Past, Score, hindsight, scored
from engagements.rules import Span, period_containing

CHUNK = 200
READ_BACK = dt.timedelta(days=130)
LEARNS_FROM = dt.timedelta(days=500)
SETTLED = dt.timedelta(days=14)
TAUGHT_DAYS = 60

type BurnByDay = Mapping[dt.date, int]


class Due(NamedTuple):
    """A period to forecast: its business days from the first of the history that is read, and where it begins among them."""

    period: Period
    days: list[dt.date]
    first: int
    now: int


def forecast_retainers(*, actor: Actor, today: dt.date) -> int:
    """Store where each open period is heading after the last business day before today; how many were stored.

    Safe to run at any time, twice: a period is forecast once a day. Nothing is locked, since nothing but the forecast is written, and
    the forecast is its own record. Raises NotAllowed for whoever is not the system.
    """
    if not actor.is_system:
        raise NotAllowed(_("Forecasts are made by Tend itself, each night."))
    known = Forecast.objects.filter(period=OuterRef("pk"), as_of__gte=today - dt.timedelta(days=1))
    due = Period.objects.open().of_the_promise().covering(today).filter(~Exists(known), starts_on__lt=today)
    ids = list(due.order_by("pk").values_list("pk", flat=True))
    firms = _misses(Forecast.objects.all(), today).get(None, [])
    return sum(_forecast_some(ids[start : start + CHUNK], today, firms) for start in range(0, len(ids), CHUNK))


@transaction.atomic
def _forecast_some(ids: Sequence[UUID], today: dt.date, firms: list[int]) -> int:
    due = [each for each in map(_due_on(today), _periods(ids)) if each is not None]
    engagements = {each.period.engagement_id for each in due}
    burned = burned_by_day(engagements, today)
    misses = _misses(Forecast.objects.filter(engagement_id__in=engagements), today, by_engagement=True)
    rows = [_foreseen(each, burned[each.period.engagement_id], misses.get(each.period.engagement_id, []), firms) for each in due]
    made = [row for row in rows if row is not None]
    Forecast.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def _periods(ids: Sequence[UUID]) -> Iterable[Period]:
    hours_open = CalendarVersion.objects.filter(calendar=OuterRef("client__calendar")).order_by("-created_at")
    began = Period.objects.filter(engagement=OuterRef("engagement")).order_by().values("engagement").annotate(first=Min("starts_on"))
    return Period.objects.filter(pk__in=ids).annotate(
        hours_open=Subquery(hours_open.values(found=JSONObject(zone="zone", windows="windows", days="days"))[:1]),
        began=Subquery(began.values("first")),
    )


def _due_on(today: dt.date) -> Any:
    """From a period to what its forecast is made of; None on its first business day and after its last."""

    def due(period: Any) -> Due | None:
        calendar: Calendar = CalendarVersion(**period.hours_open).as_rules() if period.hours_open else WEEKDAYS
        days = business_days(calendar, max(period.began, today - READ_BACK), period.ends_on)
        first, now = bisect_left(days, period.starts_on), bisect_left(days, today)
        return Due(period, days, first, now) if first < now < len(days) else None

    return due


def burned_by_day(engagements: Iterable[UUID], today: dt.date) -> Mapping[UUID, BurnByDay]:
    """What each retainer burned by day, work on its projects too, in one query."""
    since = today - READ_BACK
    entries = TimeEntry.objects.burning().filter(period__engagement_id__in=engagements, work_date__gte=since, work_date__lt=today)
    found: dict[UUID, dict[dt.date, int]] = defaultdict(dict)
    for engagement, day, minutes in entries.values_list("period__engagement_id", "work_date").annotate(Sum("burn_minutes")).order_by():
        found[engagement][day] = minutes
    return found


def _misses(rows: Any, today: dt.date, *, by_engagement: bool = False) -> dict[UUID | None, list[int]]:
    """How far the scored ranges were off, oldest first; as many as are learned from."""
    scored = rows.ranges().scored().filter(as_of__gte=today - LEARNS_FROM)
    if not by_engagement:
        newest = scored.order_by("-as_of", "-pk").values_list("miss_percent", flat=True)
        return {None: list(newest[: rules.FIRMS_MISSES])[::-1]}
    found: dict[UUID | None, list[int]] = defaultdict(list)
    for engagement, miss in scored.order_by("as_of", "pk").values_list("engagement_id", "miss_percent"):
        found[engagement].append(miss)
    return found


def _foreseen(due: Due, burned: BurnByDay, own: list[int], firms: list[int]) -> Forecast | None:
    period, as_of = due.period, due.days[due.now - 1]
    standing = rules.Standing(as_of, period.used_minutes, period.capacity_minutes, due.now - due.first, tuple(due.days[due.now :]))
    known = due.days[: due.now]
    history = rules.burn_by_day(burned, known)
    factor = rules.conformal_factor(own, firms)
    made = rules.forecast(standing, history, seed=f"{period.pk} {as_of}", factor_percent=factor)
    line = rules.straight_line(standing, len(history))
    if made is None or line is None:
        return None
    return Forecast(
        client_id=period.client_id,
        engagement_id=period.engagement_id,
        period=period,
        as_of=as_of,
        method=made.method,
        used_minutes=standing.used_minutes,
        capacity_minutes=standing.capacity_minutes,
        low_minutes=made.end.low,
        likely_minutes=made.end.likely,
        high_minutes=made.end.high,
        line_minutes=line.end.likely,
        runs_out_early=made.runs_out.early,
        runs_out_likely=made.runs_out.likely,
        runs_out_late=made.runs_out.late,
        history_days=made.history_days,
        factor_percent=made.factor_percent,
    )


def score_forecasts(*, actor: Actor, today: dt.date) -> int:
    """Write beside each forecast what came true, once its period is closed, or has ended two weeks ago; how many were scored.

    Safe to run at any time, twice: a forecast is scored once. Raises NotAllowed for whoever is not the system.
    """
    if not actor.is_system:
        raise NotAllowed(_("Forecasts are made by Tend itself, each night."))
    settled = Q(period__closed_at__isnull=False) | Q(period__ends_on__lte=today - SETTLED)
    due = Forecast.objects.unscored().filter(settled, period__ends_on__lte=today)
    scored = 0
    while rows := list(due.annotate(true_minutes=F("period__used_minutes")).order_by("pk")[: CHUNK * 10]):
        _score(rows)
        scored += len(rows)
    return scored


@transaction.atomic
def _score(rows: list[Any]) -> None:
    now = timezone.now()
    for row in rows:
        row.came_true_minutes, row.scored_at = row.true_minutes, now
        row.miss_percent = rules.miss_percent(row.end, row.factor_percent, row.true_minutes)
    Forecast.objects.bulk_update(rows, ["came_true_minutes", "miss_percent", "scored_at"], batch_size=CHUNK)


class Replay(NamedTuple):
    """How forecasts would have fared over a history: all ranges, those that knew 60 business days or more, and these by client."""

    all: Score
    taught: Score
    by_client: dict[str, Score]
    lines: int


def replay_history(*, actor: Actor, codes: Sequence[str] | None = None, every: int = 1) -> Replay:
    """Forecast every period of the past as if it were then, imported months too, by what each day's work is dated. Writes nothing.

    Raises NotAllowed for whoever is not the system.
    """
    if not actor.is_system:
        raise NotAllowed(_("Forecasts are made by Tend itself, each night."))
    pasts, client_of = _pasts(codes)
    rows = list(hindsight(pasts, every=every))
    by_client = {
        code: scored((row for row in rows if client_of[row.engagement] == code), TAUGHT_DAYS) for code in sorted(set(client_of.values()))
    }
    lines = sum(not row.made.is_range for row in rows)
    return Replay(scored(rows), scored(rows, TAUGHT_DAYS), {code: score for code, score in by_client.items() if score.ranges}, lines)


def _pasts(codes: Sequence[str] | None) -> tuple[dict[str, Past], dict[str, str]]:
    """The past of every engagement that burned something, and whose it is: from its first work, in the periods that have ended."""
    entries = TimeEntry.objects.burning().filter(burn_minutes__gt=0)
    periods = Period.objects.filter(ends_on__lte=timezone.localdate())
    if codes:
        entries, periods = entries.filter(client__code__in=codes), periods.filter(client__code__in=codes)
    burned: dict[UUID, dict[dt.date, int]] = defaultdict(dict)
    for engagement, day, minutes in entries.values_list("engagement_id", "work_date").annotate(Sum("burn_minutes")).order_by():
        burned[engagement][day] = minutes
    spans: dict[UUID, list[Span]] = defaultdict(list)
    client_of = {}
    for engagement, starts_on, ends_on, code in periods.order_by("starts_on").values_list(
        "engagement_id", "starts_on", "ends_on", "client__code"
    ):
        spans[engagement].append(Span(starts_on, ends_on))
        client_of[str(engagement)] = code
    pasts = {str(engagement): _past(burned[engagement], own) for engagement, own in spans.items() if burned[engagement]}
    return pasts, client_of


def _past(burned: BurnByDay, spans: list[Span]) -> Past:
    """Weekdays stand for the business days of a past whose calendar nobody kept."""
    days = business_days(WEEKDAYS, min(burned), spans[-1].ends_on)
    return Past(burned, tuple(unbroken(spans, min(burned))), tuple(days))


def unbroken(spans: list[Span], since: dt.date) -> Iterator[Span]:
    """Periods from the first work on, with the months in between that hold none: a quiet month is a month too."""
    expected = since
    for span in spans:
        while expected < span.starts_on:
            gap = Span(expected, min(period_containing(expected).ends_on, span.starts_on))
            yield gap
            expected = gap.ends_on
        if span.ends_on > since:
            yield Span(max(span.starts_on, since), span.ends_on)
        expected = max(expected, span.ends_on)
