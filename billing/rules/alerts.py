"""When people are told: thresholds reached, pace, hours about to expire, clients who get too little. Integers only."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from figures.rounding import half_up

WITHOUT_CAPACITY = 0
EXPIRY_MARKS_DAYS = (14, 3)
PACE_FROM_DAY = 5
LOW_FROM_DAY = 5


class Episode(NamedTuple):
    """A threshold that fired before: its number within (period, threshold), and the use and capacity that were told."""

    threshold: int
    number: int
    used_minutes: int
    capacity_minutes: int


class Firing(NamedTuple):
    """A threshold that fires now. A superseded one is recorded, but the message of a higher one speaks for it."""

    threshold: int
    number: int
    is_superseded: bool


class Pace(NamedTuple):
    """The straight line through today: use at the end of the period, and the business day (from 1) on which the hours run out."""

    projected_minutes: int
    runs_out_on_day: int | None


def reached(thresholds: Iterable[int], *, used_minutes: int, capacity_minutes: int) -> list[int]:
    """Thresholds, in whole percent, that the use has reached; equality counts, a capacity of zero reaches none."""
    return [percent for percent in sorted(set(thresholds)) if _is_reached(percent, used_minutes, capacity_minutes)]


def firings(thresholds: Iterable[int], *, used_minutes: int, capacity_minutes: int, episodes: Iterable[Episode] = ()) -> list[Firing]:
    """The thresholds that fire with this write, lowest first: the last one is messaged, the others are superseded.

    A threshold fires once. Only more capacity opens its next episode, and only if the use told of before
    would not have reached it there. Work without any capacity fires once, as threshold WITHOUT_CAPACITY.
    """
    latest = {episode.threshold: episode for episode in sorted(episodes)}
    if capacity_minutes <= 0:
        fires = used_minutes > 0 and WITHOUT_CAPACITY not in latest
        return [Firing(WITHOUT_CAPACITY, 1, is_superseded=False)] if fires else []
    new = [
        percent
        for percent in reached(thresholds, used_minutes=used_minutes, capacity_minutes=capacity_minutes)
        if _opens(percent, latest.get(percent), capacity_minutes)
    ]
    return [Firing(percent, latest[percent].number + 1 if percent in latest else 1, is_superseded=percent != new[-1]) for percent in new]


def pace(*, used_minutes: int, capacity_minutes: int, day: int, days: int) -> Pace | None:
    """The straight line from zero through the use after `day` of `days` business days; None before the first has passed.

    The hours run out on the first business day whose use reaches the capacity; None if they last the period.
    """
    if day <= 0:
        return None
    runs_out = -(-capacity_minutes * day // used_minutes) if used_minutes > 0 else None
    projected = half_up(used_minutes * days, day)
    return Pace(projected, max(runs_out, 1) if runs_out is not None and runs_out <= days else None)


def tells_again(before: Episode | None, capacity_minutes: int) -> bool:
    """Whether what has no threshold may be told: the first time, and anew once the capacity rose past the use told of before."""
    return before is None or capacity_minutes > max(before.capacity_minutes, before.used_minutes)


def is_worth_telling(line: Pace | None, *, used_minutes: int, capacity_minutes: int, day: int) -> bool:
    """Whether people are told that a period will end over: from its fifth business day on, while its hours are not used up."""
    return day >= PACE_FROM_DAY and used_minutes < capacity_minutes and will_end_over(line, capacity_minutes)


def will_end_over(line: Pace | None, capacity_minutes: int) -> bool:
    """Whether the straight line ends above the capacity."""
    return line is not None and line.projected_minutes > capacity_minutes


def is_low(*, used_minutes: int, capacity_minutes: int, day: int, days: int) -> bool:
    """Less than 25 % used when 60 % of the period's days have passed."""
    return capacity_minutes > 0 and used_minutes * 100 < 25 * capacity_minutes and day * 100 >= 60 * days


def is_under_served(*, used_minutes: int, capacity_minutes: int, day: int, days: int) -> bool:
    """Whether a client gets too little: from the fifth business day on, so that who joined three days before the end is not, at once."""
    return day >= LOW_FROM_DAY and is_low(used_minutes=used_minutes, capacity_minutes=capacity_minutes, day=day, days=days)


def expiry_marks(usable_until: dt.date, *, left_minutes: int, today: dt.date, marks: Iterable[int] = EXPIRY_MARKS_DAYS) -> list[int]:
    """The marks, in days before the last usable day ends, that a lot with something left has passed; farthest first."""
    days = (usable_until - today).days
    return sorted((mark for mark in marks if left_minutes > 0 and 0 < days <= mark), reverse=True)


def _is_reached(percent: int, used_minutes: int, capacity_minutes: int) -> bool:
    return capacity_minutes > 0 and used_minutes * 100 >= percent * capacity_minutes


def _opens(percent: int, before: Episode | None, capacity_minutes: int) -> bool:
    if before is None:
        return True
    return capacity_minutes > before.capacity_minutes and not _is_reached(percent, before.used_minutes, capacity_minutes)
