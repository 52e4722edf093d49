"""Where a period is heading: use at its end and the day its hours run out, as a range that has learned from its own misses.

Days of the past are drawn again and again for the days that are left (a moving-block bootstrap: neighbouring days stay together). The
spread of the draws is then widened, or narrowed, by a conformal factor: so much that four of five forecasts of the past would have held.
Where there is too little to draw from there is no range: one from nothing that holds nothing is always right and tells nobody anything.
Statistics, so floats; minutes that come out are whole.
"""

import datetime as dt
import math
import random
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal, NamedTuple

from billing.rules.alerts import pace

type Method = Literal["bootstrap", "straight_line"]

ENOUGH_DAYS = 20
REMEMBERED_DAYS = 60
WORKED_PERCENT = 20
BLOCK_DAYS = 10
PATHS = 400
HELD_PERCENT = 80
ENOUGH_MISSES = 60
OWN_MISSES, FIRMS_MISSES = 250, 2000
UNWIDENED = 100
NARROWEST, WIDEST = 50, 400
LARGEST_MISS = 30_000


@dataclass(frozen=True, slots=True)
class Standing:
    """A period at the end of a day: what is used, of what, after how many of its business days, and the business days still to come."""

    as_of: dt.date
    used_minutes: int
    capacity_minutes: int
    days_gone: int
    days_ahead: tuple[dt.date, ...]


class Range(NamedTuple):
    """Minutes used at the end: four of five times between low and high, half the time below likely."""

    low: int
    likely: int
    high: int


class RunsOut(NamedTuple):
    """The business day on which the hours run out, early, likely and late; None where they last the period."""

    early: dt.date | None
    likely: dt.date | None
    late: dt.date | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """Use at the end of the period and the day its hours run out. A straight line is a single line, and says that it is one."""

    method: Method
    end: Range
    runs_out: RunsOut
    history_days: int
    factor_percent: int = UNWIDENED

    @property
    def is_range(self) -> bool:
        return self.method == "bootstrap"


def forecast(standing: Standing, history: Sequence[int], *, seed: str, factor_percent: int = UNWIDENED) -> Forecast | None:
    """The forecast from the burn of each business day so far, oldest first; the same numbers and seed give the same forecast.

    Without enough to draw from it is the straight line of the period; None before its first business day has passed.
    """
    remembered = history[-REMEMBERED_DAYS:]
    if not is_enough(remembered):
        return straight_line(standing, len(history))
    fan = _fan(remembered, len(standing.days_ahead), random.Random(seed))  # noqa: S311 (draws of a statistic, to be repeated)
    bands = [_widened(band, factor_percent, sum(remembered) / len(remembered)) for band in fan]
    end = bands[-1] if bands else Range(0, 0, 0)
    return Forecast(
        method="bootstrap",
        end=Range(*(standing.used_minutes + more for more in end)),
        runs_out=RunsOut(*(_first_day(standing, [band[part] for band in bands]) for part in (2, 1, 0))),
        history_days=len(history),
        factor_percent=factor_percent,
    )


def is_enough(remembered: Sequence[int]) -> bool:
    """Whether a range can be drawn from these business days: 20 or more, with work on at least one of five."""
    worked = sum(minutes > 0 for minutes in remembered)
    return len(remembered) >= ENOUGH_DAYS and worked * 100 >= WORKED_PERCENT * len(remembered)


def straight_line(standing: Standing, history_days: int) -> Forecast | None:
    """The line from zero through today's use; None before the first business day has passed."""
    days = standing.days_gone + len(standing.days_ahead)
    line = pace(used_minutes=standing.used_minutes, capacity_minutes=standing.capacity_minutes, day=standing.days_gone, days=days)
    if line is None:
        return None
    ahead = None if line.runs_out_on_day is None else line.runs_out_on_day - standing.days_gone
    day = None if ahead is None else standing.days_ahead[ahead - 1] if ahead > 0 else standing.as_of
    end = Range(line.projected_minutes, line.projected_minutes, line.projected_minutes)
    return Forecast("straight_line", end, RunsOut(day, day, day), history_days)


def since_then(made: Forecast, today: dt.date, used_minutes: int) -> Forecast:
    """A forecast of last night on the day after: it ends no lower than what is used by now, and no hours ran out before today."""
    end = Range(*(max(minutes, used_minutes) for minutes in made.end))
    return replace(made, end=end, runs_out=RunsOut(*(day and max(day, today) for day in made.runs_out)))


def held(end: Range, minutes: int) -> bool:
    """Whether the range held what came true; both ends count."""
    return end.low <= minutes <= end.high


def miss_percent(end: Range, factor_percent: int, minutes: int) -> int:
    """How far from the likely end the truth was, in percent of the range's half on that side before it was widened."""
    aside = minutes - end.likely
    half = end.high - end.likely if aside > 0 else end.likely - end.low
    return min(round(abs(aside) * factor_percent / max(half, 1)), LARGEST_MISS)


def conformal_factor(own: Sequence[int], firms: Sequence[int] = ()) -> int:
    """The factor, in percent, under which four of five of the past misses would have been held; 100 where too few are known.

    Misses come oldest first: the engagement's own where there are 60, else the firm's; only the last are asked. Split conformal
    prediction with scaled residuals (Lei et al. 2018, "Distribution-free predictive inference for regression").
    """
    misses = own[-OWN_MISSES:] if len(own) >= ENOUGH_MISSES else firms[-FIRMS_MISSES:]
    if len(misses) < ENOUGH_MISSES:
        return UNWIDENED
    rank = min(math.ceil((len(misses) + 1) * HELD_PERCENT / 100), len(misses))
    return max(NARROWEST, min(sorted(misses)[rank - 1], WIDEST))


def burn_by_day(burned: Mapping[dt.date, int], days: Sequence[dt.date]) -> list[int]:
    """The burn of each business day in order; what was worked on another day counts on the business day before it."""
    found = [0] * len(days)
    for day, minutes in burned.items():
        if days and day >= days[0]:
            found[bisect_right(days, day) - 1] += minutes
    return found


def _fan(history: Sequence[int], days: int, draw: random.Random) -> Iterator[Range]:
    """For each day ahead the spread of what is burned until its end."""
    paths = [tuple(accumulate(_drawn(history, days, draw))) for _ in range(PATHS)]
    for column in zip(*paths, strict=True):
        ordered = sorted(column)
        yield Range(ordered[PATHS // 10 - 1], ordered[PATHS // 2], ordered[PATHS - PATHS // 10])


def _drawn(history: Sequence[int], days: int, draw: random.Random) -> list[int]:
    """So many days of the past, in blocks of two weeks; the end of the history is followed by its beginning."""
    path: list[int] = []
    while len(path) < days:
        start = int(draw.random() * len(history))
        path += history[start : start + BLOCK_DAYS]
    return path[:days]


def _widened(band: Range, factor_percent: int, average: float) -> Range:
    """The band with its halves times the factor; a half is at least an average day, and nobody works less than nothing."""
    low = max(band.likely - band.low, average) * factor_percent / 100
    high = max(band.high - band.likely, average) * factor_percent / 100
    return Range(max(0, round(band.likely - low)), band.likely, round(band.likely + high))


def _first_day(standing: Standing, burned: Iterable[int]) -> dt.date | None:
    """The first day at whose end the hours are used up; today where they already are."""
    left = standing.capacity_minutes - standing.used_minutes
    if left <= 0:
        return standing.as_of
    return next((day for day, minutes in zip(standing.days_ahead, burned, strict=True) if minutes >= left), None)
