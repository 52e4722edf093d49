"""The open periods of a retainer as the pure rules see them, and the balance that everybody asks for."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, JSONObject

from accounts.models import CalendarVersion
from accounts.rules import Calendar, Window, business_days
from billing.models.forecast import Forecast, as_forecast, latest_forecast
from billing.models.ledger_rows import LedgerEntry, entries_by_period, living_lots, open_periods, versions_of
from billing.models.period import Lot, Period, PeriodQuerySet
from billing.models.reservation import Reservation
from billing.rules import alerts, ledger, movements
from billing.rules import forecast as foresight
from billing.rules.projection import Projection
from engagements.models import Engagement
from engagements.rules import Terms
from figures.meters import Meter, meter
from figures.rounding import half_up

WEEKDAYS = Calendar(zone="UTC", windows=tuple(Window(day, 9 * 60, 17 * 60) for day in range(5)), overrides={})
TOO_EARLY_DAYS = 2
FORESEEN_FOR = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ProjectedPeriod:
    """An open period, the rows it is made of, and where each of their minutes went."""

    period: Period
    lots: tuple[Lot, ...]
    entries: tuple[LedgerEntry, ...]
    projection: Projection


def ledger_of(engagement: Engagement, versions: Sequence[Terms] = (), periods: Sequence[Period] = ()) -> list[ProjectedPeriod]:
    """The open periods of a retainer in order, projected as if each closed now. Four queries, five where overage is authorised.

    The first takes over what the last close carried and what it borrowed, so the cost is that of the open periods alone.
    `versions` are its terms in order and `periods` its `open_periods`, for whoever has read them already.
    """
    periods = list(periods or open_periods(engagement))
    if not periods:
        return []
    versions = versions or versions_of(engagement)
    lots = _lots_by_period(periods, living_lots(engagement))
    entries = entries_by_period(periods)
    links = [
        ledger.Link(
            terms=terms_reaching(versions, period),
            period=movements.PeriodSpan(
                period.starts_on,
                period.ends_on,
                owed_minutes=period.owed_before,  # type: ignore[attr-defined]  # annotated
                is_last=engagement.ends_on is not None and engagement.ends_on <= period.ends_on,
            ),
            lots=[as_lot(lot) for lot in lots[period.pk]],
            entries=[as_entry(entry) for entry in entries[period.pk]],
        )
        for period in periods
    ]
    consents = _consents(engagement, versions, entries.values(), periods[0])
    return [
        ProjectedPeriod(period, tuple(lots[period.pk]), tuple(entries[period.pk]), projection)
        for period, projection in zip(periods, ledger.project_chain(links, consents), strict=True)
    ]


def _consents(
    engagement: Engagement, versions: Iterable[Terms], entries: Iterable[Sequence[LedgerEntry]], first: Period
) -> list[movements.Authorisation]:
    """What the client has authorised, where its terms ask: no query where they do not."""
    if all(terms.overage != "authorise" for terms in versions):
        return []
    worked = min((found[0].work_date for found in entries if found), default=first.starts_on)
    return [given.as_rules() for given in engagement.authorisations.reaching(worked).with_use()]


def terms_reaching(versions: Iterable[Terms], period: Period) -> list[Terms]:
    """The versions in force on some day of a period."""
    return [terms for terms in versions if terms.starts_on < period.ends_on and (terms.ends_on or dt.date.max) > period.starts_on]


def _lots_by_period(periods: list[Period], lots: Iterable[Lot]) -> Mapping[UUID, list[Lot]]:
    """Each lot beside the open period it comes into: the first for one that was carried, its own for a grant, else the first
    that its life reaches.
    """
    found: dict[UUID, list[Lot]] = {period.pk: [] for period in periods}
    for lot in lots:
        reaches = (period.pk for period in periods if lot.usable_from < period.ends_on or lot.carried_minutes is not None)
        home = lot.period_id if lot.kind == Lot.Kind.GRANT and lot.carried_minutes is None else next(reaches, None)
        if home in found:
            found[home].append(lot)
    return found


def as_lot(lot: Lot) -> movements.Lot:
    """A lot as the first open period takes it over."""
    return movements.Lot(
        id=lot.pk,
        minutes=lot.minutes if lot.carried_minutes is None else lot.carried_minutes,
        usable_from=lot.usable_from,
        usable_until=lot.usable_until,
        kind=lot.kind,  # type: ignore[arg-type]
        priority=lot.priority,
        scope=frozenset(lot.service_areas),
        is_carried=lot.carried_minutes is not None,
    )


def as_entry(entry: LedgerEntry) -> movements.Entry:
    return movements.Entry(
        id=entry.id,
        work_date=entry.work_date,
        burn_minutes=entry.burn_minutes,
        started_at=entry.started_at,
        service_area=entry.service_area,
        ticket=entry.ticket_id,
        person=entry.person_id,
        kind=entry.kind,
        rate=entry.rate,
    )


@dataclass(frozen=True)
class Balance:
    """How a retainer stands on a day, from the running totals of its current period: the same cost however long its history.

    The pace is the straight line through today's use over business days; the outlook is what was foreseen last night where that was a
    range, else that line. `lasts_to` is None where the hours last the period. `waits_for_period_from` is the first day of the period
    before while that one is open: what is carried from it is then projected as if it closed now.
    """

    period: Period
    today: dt.date
    calendar: Calendar
    reserved_minutes: int = 0
    unusable_minutes: int = 0
    forecast: Forecast | None = None
    waits_for_period_from: dt.date | None = None

    @property
    def opening_is_provisional(self) -> bool:
        return self.waits_for_period_from is not None

    @property
    def capacity_minutes(self) -> int:
        return self.period.capacity_minutes

    @property
    def used_minutes(self) -> int:
        return self.period.used_minutes

    @property
    def left_minutes(self) -> int:
        """What can be used on the day: a lot that has ended, or has not begun, is left out."""
        return self.period.left_minutes - self.unusable_minutes

    @property
    def over_minutes(self) -> int:
        return self.period.over_minutes

    @property
    def free_minutes(self) -> int:
        return max(0, self.left_minutes - self.reserved_minutes)

    @property
    def short_minutes(self) -> int:
        """What is spoken for beyond what is left."""
        return max(0, self.reserved_minutes - self.left_minutes)

    @property
    def resets_on(self) -> dt.date:
        return self.period.ends_on

    @property
    def used_percent(self) -> int:
        return half_up(self.used_minutes * 100, self.capacity_minutes) if self.capacity_minutes else 0

    @property
    def elapsed_percent(self) -> int:
        days = (self.period.ends_on - self.period.starts_on).days
        return half_up(min(max((self.today - self.period.starts_on).days + 1, 0), days) * 100, days)

    @cached_property
    def _days(self) -> list[dt.date]:
        return list(business_days(self.calendar, self.period.starts_on, self.period.ends_on))

    @cached_property
    def _gone(self) -> int:
        return sum(1 for day in self._days if day <= self.today)

    @property
    def days_gone(self) -> int:
        """Business days of the period up to today, this one too."""
        return self._gone

    @cached_property
    def pace(self) -> alerts.Pace | None:
        """The straight line; None while it is too early to draw one."""
        if self._gone < TOO_EARLY_DAYS:
            return None
        return alerts.pace(used_minutes=self.used_minutes, capacity_minutes=self.capacity_minutes, day=self._gone, days=len(self._days))

    @property
    def days_ahead(self) -> int:
        """Business days of the period after this one."""
        return len(self._days) - self._gone

    @property
    def days_in_all(self) -> int:
        return len(self._days)

    @cached_property
    def outlook(self) -> foresight.Forecast | None:
        """Where the period is heading: the range of last night, else the straight line of today; None while it is too early."""
        seen = self.forecast
        if seen is not None and seen.is_range and self._is_of_now(seen):
            return foresight.since_then(seen.as_rules(), self.today, self.used_minutes)
        if self.pace is None:
            return None
        standing = foresight.Standing(self.today, self.used_minutes, self.capacity_minutes, self._gone, tuple(self._days[self._gone :]))
        return foresight.straight_line(standing, seen.history_days if seen else 0)

    def _is_of_now(self, seen: Forecast) -> bool:
        """A range made for other hours, or long ago, says nothing of today."""
        return seen.capacity_minutes == self.capacity_minutes and self.today - seen.as_of <= FORESEEN_FOR

    @property
    def has_little_data(self) -> bool:
        """Whether there is no range for want of business days or of work on them, rather than because none was made yet."""
        return self.forecast is not None and not self.forecast.is_range

    @property
    def by_end_minutes(self) -> int | None:
        return self.outlook.end.likely if self.outlook else None

    @cached_property
    def lasts_to(self) -> dt.date | None:
        """The business day on which the hours are likely to run out, or on which they did."""
        if self.outlook and self.outlook.is_range and not self.over_minutes:
            return self.outlook.runs_out.likely
        if self.pace is None or self.pace.runs_out_on_day is None:
            return None
        return self._days[min(self.pace.runs_out_on_day, len(self._days)) - 1]

    @cached_property
    def state(self) -> str:
        """over, ends_early, short, under_served, too_early or on_course."""
        if self.over_minutes or (self.used_minutes and not self.capacity_minutes):
            return "over"
        if self.lasts_to is not None and self.by_end_minutes is not None and self.by_end_minutes > self.capacity_minutes:
            return "ends_early"
        if self.short_minutes:
            return "short"
        if self.is_under_served:
            return "under_served"
        return "on_course" if self.outlook and not alerts.is_low(**self._so_far) else "too_early"

    @property
    def is_under_served(self) -> bool:
        """Whether the client gets too little for the time that is gone; never of hours that are over or on their way to it."""
        return alerts.is_under_served(**self._so_far)

    @property
    def _so_far(self) -> dict[str, int]:
        return {"used_minutes": self.used_minutes, "capacity_minutes": self.capacity_minutes, "day": self._gone, "days": len(self._days)}

    @property
    def danger(self) -> tuple[int, int]:
        """What the overview is sorted by, the worst first when descending."""
        rank = {"over": 3, "ends_early": 2, "short": 2, "under_served": 1}.get(self.state, 0)
        return rank, self.used_percent - self.elapsed_percent

    @property
    def meter(self) -> Meter:
        return meter(
            used_minutes=self.used_minutes,
            capacity_minutes=self.capacity_minutes,
            held_minutes=self.reserved_minutes,
            gone=self.elapsed_percent,
            whole=100,
            is_low=self.state == "under_served",
        )


def balances(engagements: Iterable[Engagement], *, today: dt.date) -> dict[UUID, Balance]:
    """The balance of each retainer that has a period today, by engagement, in one query however many there are."""
    ids = [engagement.pk for engagement in engagements]
    current = standing(Period.objects.filter(engagement_id__in=ids).select_related("engagement"), today)
    return {
        period.engagement_id: Balance(
            period,
            today,
            calendar_of(period.hours_open),  # type: ignore[attr-defined]  # annotated, as the next four
            period.reserved,  # type: ignore[attr-defined]
            period.unusable,  # type: ignore[attr-defined]
            as_forecast(period.foreseen),  # type: ignore[attr-defined]
            period.waits_for,  # type: ignore[attr-defined]
        )
        for period in current
    }


def standing(periods: PeriodQuerySet, today: dt.date) -> PeriodQuerySet:
    """Those of the periods that hold the promise of a day, each with what else its balance is made of."""
    held = Reservation.objects.holding().filter(engagement=OuterRef("engagement")).with_held_minutes().order_by().values("engagement")
    ended = Q(usable_until__lte=today, usable_until__gt=OuterRef("starts_on"))
    to_come = Q(usable_from__gt=today, usable_from__lt=OuterRef("ends_on"))
    idle = Lot.objects.filter(ended | to_come, engagement=OuterRef("engagement"), is_spent=False).order_by().values("engagement")
    hours_open = CalendarVersion.objects.filter(calendar=OuterRef("client__calendar")).order_by("-created_at")
    return (
        periods.of_the_promise()
        .covering(today)
        .annotate(
            reserved=Coalesce(Subquery(held.annotate(total=Sum("held_minutes")).values("total")), Value(0)),
            unusable=Coalesce(Subquery(idle.annotate(total=Sum("left_minutes")).values("total")), Value(0)),
            hours_open=Subquery(hours_open.values(found=JSONObject(zone="zone", windows="windows", days="days"))[:1]),
            foreseen=latest_forecast(OuterRef("pk")),
        )
        .with_waits_for()
    )


def balance_of(engagement: Engagement, *, today: dt.date) -> Balance | None:
    """How one retainer stands, or the pool it draws on; None where no period covers the day."""
    whose = engagement.draws_on or engagement
    return balances([whose], today=today).get(whose.pk)


def balance_in(period: Period, *, today: dt.date) -> Balance | None:
    """How the retainer of a period stands in it: today while it runs, else on its last day, or on its first where it is to come."""
    day = today if period.covers(today) else period.last_day if period.ends_on <= today else period.starts_on
    return balances([period.engagement], today=day).get(period.engagement_id)


def period_taking(engagement: Engagement, day: dt.date) -> Period | None:
    """The period that would take work of a day: the one that covers it, or the earliest open one where that is closed."""
    promised = Period.objects.filter(engagement=engagement.draws_on_id or engagement.pk).of_the_promise().select_related("engagement")
    covering = promised.covering(day).first()
    return promised.open().order_by("starts_on").first() if covering and covering.closed_at else covering


def calendar_of(found: dict[str, Any] | None) -> Calendar:
    """The opening hours of a client's calendar; weekdays where it has none."""
    return CalendarVersion(**found).as_rules() if found else WEEKDAYS
