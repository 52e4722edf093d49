"""The promise in numbers: terms of a retainer, the periods they cut time into, and what a part of a period is worth."""

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

from figures.rounding import half_up, shares

type PeriodUnit = Literal["month", "quarter", "week"]
type Proration = Literal["none", "daily"]
type OveragePolicy = Literal["bill", "authorise", "absorb"]
type RoundingMode = Literal["nearest", "up", "down"]
type Cadence = Literal["once", "weekly", "monthly", "quarterly"]
type RoundingScope = Literal["entry", "day_and_ticket"]

MONTHS_PER_PERIOD: Mapping[str, int] = {"month": 1, "quarter": 3}


class Span(NamedTuple):
    """Days from `starts_on` up to, but not including, `ends_on`."""

    starts_on: dt.date
    ends_on: dt.date

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days

    def covers(self, day: dt.date) -> bool:
        return self.starts_on <= day < self.ends_on

    def within(self, other: "Span") -> "Span | None":
        """The days both have, or None."""
        begins, ends = max(self.starts_on, other.starts_on), min(self.ends_on, other.ends_on)
        return Span(begins, ends) if begins < ends else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One version of a retainer's terms, in force on `[starts_on, ends_on)`. Minutes are integers, money is Decimal."""

    starts_on: dt.date
    ends_on: dt.date | None = None
    included_minutes: int
    fee: Decimal = Decimal(0)
    period_unit: PeriodUnit = "month"
    anchor_day: int = 1
    anchor_month: int = 1
    proration: Proration = "daily"
    carry_periods: int = 1
    carry_cap_minutes: int | None = None
    carry_cap_percent: int | None = 50
    borrow_limit_minutes: int | None = 0
    overage: OveragePolicy = "authorise"
    overage_rate: Decimal | None = None
    rounding_increment_minutes: int = 1
    rounding_mode: RoundingMode = "nearest"
    rounding_minimum_minutes: int = 0
    rounding_scope: RoundingScope = "entry"
    weights: Mapping[str, int] = field(default_factory=dict, hash=False)
    thresholds: tuple[int, ...] = (50, 80, 100)
    grace_days: int = 3

    def cuts(self, before: "Terms") -> bool:
        """Whether these terms cut time otherwise than those before them, so that a period ends where they begin."""
        return self._beginnings() != before._beginnings()  # noqa: SLF001 (of the same class)

    def _beginnings(self) -> tuple[str, int, int]:
        """Where periods begin: of quarters every third month says the same, of months and weeks no month says anything."""
        return (self.period_unit, self.anchor_day, self.anchor_month % 3 if self.period_unit == "quarter" else 0)

    def period_containing(self, day: dt.date) -> Span:
        """The natural period of these terms that a day lies in."""
        return period_containing(day, anchor_day=self.anchor_day, unit=self.period_unit, anchor_month=self.anchor_month)

    def period_from(self, starts_on: dt.date) -> Span:
        """From a day to the end of the natural period of these terms that it falls into."""
        return first_period(starts_on, anchor_day=self.anchor_day, unit=self.period_unit, anchor_month=self.anchor_month)

    def carry_cap(self, base_minutes: int | None = None) -> int | None:
        """The most that may be carried on, in minutes; None is no cap. A percent cap is of the base, half up."""
        caps = [] if self.carry_cap_minutes is None else [self.carry_cap_minutes]
        if self.carry_cap_percent is not None:
            base = self.included_minutes if base_minutes is None else base_minutes
            caps.append(half_up(base * self.carry_cap_percent, 100))
        return min(caps, default=None)


def period_containing(day: dt.date, *, anchor_day: int = 1, unit: PeriodUnit = "month", anchor_month: int = 1) -> Span:
    """The natural period a day lies in, computed from the anchor and never from the period before.

    A month begins on min(anchor, its last day): 31 Jan, 28 Feb, 31 Mar. A quarter begins so in `anchor_month`
    and every third month from it. A week begins on the ISO weekday `anchor_day` (1 is Monday; 8 is Monday again).
    """
    if unit == "week":
        begins = day - dt.timedelta(days=(day.isoweekday() - anchor_day) % 7)
        return Span(begins, begins + dt.timedelta(days=7))
    length = MONTHS_PER_PERIOD[unit]
    month = day.year * 12 + day.month - 1
    month -= (month - (anchor_month - 1)) % length
    if day < _anchored(month, anchor_day):
        month -= length
    return _on_or_after(month, length, day, anchor_day)


def _on_or_after(month: int, length: int, day: dt.date, anchor_day: int) -> Span:
    while _anchored(month + length, anchor_day) <= day:
        month += length
    return Span(_anchored(month, anchor_day), _anchored(month + length, anchor_day))


def _anchored(month: int, anchor_day: int) -> dt.date:
    year, index = divmod(month, 12)
    return dt.date(year, index + 1, min(anchor_day, calendar.monthrange(year, index + 1)[1]))


def first_period(starts_on: dt.date, *, anchor_day: int = 1, unit: PeriodUnit = "month", anchor_month: int = 1) -> Span:
    """From a day to the end of the natural period it falls into: a late beginning or a changed anchor makes a short one, never a gap."""
    return Span(starts_on, period_containing(starts_on, anchor_day=anchor_day, unit=unit, anchor_month=anchor_month).ends_on)


def due_dates(cadence: Cadence, day: int, *, starts_on: dt.date, ends_on: dt.date | None, since: dt.date, until: dt.date) -> list[dt.date]:
    """When recurring work is due within [since, until), and from `starts_on` up to, not including, `ends_on`.

    A weekly one on the ISO weekday `day`; a monthly one on min(day, the last of the month); a quarterly one three months after the
    first such day, and so on; one of a single time on `starts_on`.
    """
    last = min(until, ends_on) if ends_on else until
    if cadence == "once":
        return [starts_on] if since <= starts_on < last else []
    due, found = _first_due(cadence, day, starts_on), []
    while due < last:
        if due >= since:
            found.append(due)
        due = _due_after(cadence, day, due)
    return found


def _first_due(cadence: Cadence, day: int, starts_on: dt.date) -> dt.date:
    if cadence == "weekly":
        return starts_on + dt.timedelta(days=(day - starts_on.isoweekday()) % 7)
    month = starts_on.year * 12 + starts_on.month - 1
    due = _anchored(month, day)
    return due if due >= starts_on else _anchored(month + 1, day)


def _due_after(cadence: Cadence, day: int, due: dt.date) -> dt.date:
    if cadence == "weekly":
        return due + dt.timedelta(days=7)
    return _anchored(due.year * 12 + due.month - 1 + (3 if cadence == "quarterly" else 1), day)


def renewed_until(committed_until: dt.date, months: int, *, day: int, until: dt.date) -> dt.date:
    """The first day after `until` that lies a whole number of renewals of so many months behind the commitment.

    It keeps to `day` of the month, or to the last one of a shorter month: 31 August, 30 November, 31 January.
    """
    month = committed_until.year * 12 + committed_until.month - 1
    kept = day if committed_until == _anchored(month, day) else committed_until.day
    while (renewed := _anchored(month, kept)) <= until or renewed <= committed_until:
        month += months
    return renewed


def served_days(span: Span, pauses: Iterable[Span] = ()) -> int:
    """Days of the span outside all pauses; overlapping pauses count once."""
    paused: set[dt.date] = set()
    for pause in pauses:
        if common := span.within(pause):
            paused.update(common.starts_on + dt.timedelta(days=n) for n in range(common.days))
    return span.days - len(paused)


def prorated_minutes(segments: Sequence[tuple[int, int]], days_of: int) -> list[int]:
    """Grants of segments `(minutes of a whole period, days in force)`; rounded so that the parts add up to the whole."""
    return shares([minutes * days for minutes, days in segments], days_of)


def prorated_fees(segments: Sequence[tuple[Decimal, int]], days_of: int, places: int = 2) -> list[Decimal]:
    """Fees of segments `(fee of a whole period, days in force)` in the currency's exponent; the parts add up to the whole.

    Raises ValueError where a fee has more places than its currency.
    """
    units = [_in_units(fee, places) * days for fee, days in segments]
    return [Decimal(part).scaleb(-places) for part in shares(units, days_of)]


def _in_units(amount: Decimal, places: int) -> int:
    units = amount.scaleb(places)
    if units != units.to_integral_value():
        raise ValueError(f"{amount} has more than {places} places.")
    return int(units)


def segments(versions: Iterable[Terms], span: Span, pauses: Iterable[Span] = ()) -> list[tuple[Terms, int]]:
    """The versions of the terms in force during the span, oldest first, each with its served days (paused days are not served)."""
    pauses = tuple(pauses)
    within = [(terms, span.within(Span(terms.starts_on, terms.ends_on or span.ends_on))) for terms in versions]
    found = [(terms, served_days(common, pauses)) for terms, common in within if common]
    return sorted(found, key=lambda part: part[0].starts_on)


def natural_days(terms: Terms, span: Span) -> int:
    """Days of the whole period that the span is a part of: the denominator of proration."""
    return max(terms.period_containing(span.starts_on).days, span.days)


def granted_minutes(versions: Iterable[Terms], span: Span, pauses: Iterable[Span] = ()) -> list[tuple[Terms, int]]:
    """What each version grants in the span, in minutes, before anything borrowed is taken off.

    Daily proration shares the period by served days; the parts add up to the whole. Without proration the first
    version grants its whole minutes, however short the span, unless every day is paused.
    """
    parts = segments(versions, span, pauses)
    if not parts:
        return []
    first, served = parts[0]
    if first.proration == "none":
        return [(first, first.included_minutes if served else 0)]
    minutes = prorated_minutes([(terms.included_minutes, days) for terms, days in parts], natural_days(first, span))
    return [(terms, part) for (terms, _), part in zip(parts, minutes, strict=True)]


def charged_fees(versions: Iterable[Terms], span: Span, pauses: Iterable[Span] = (), *, places: int = 2) -> list[tuple[Terms, Decimal]]:
    """What each version charges for the span, in the currency's exponent; shared as the minutes are. Raises ValueError."""
    parts = segments(versions, span, pauses)
    if not parts:
        return []
    first, served = parts[0]
    if first.proration == "none":
        return [(first, first.fee if served else Decimal(0))]
    fees = prorated_fees([(terms.fee, days) for terms, days in parts], natural_days(first, span), places)
    return [(terms, part) for (terms, _), part in zip(parts, fees, strict=True)]
