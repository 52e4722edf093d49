"""What forecasts would have said on the days of the past, knowing no more than was known, and how often they would have held."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import NamedTuple

from billing.rules.forecast import Forecast, Standing, burn_by_day, conformal_factor, forecast, held, miss_percent, straight_line
from engagements.rules import Span


@dataclass(frozen=True, slots=True)
class Past:
    """What an engagement burned by day, its periods, and its business days from the first of its history to the end of the last."""

    burned: Mapping[date, int]
    periods: tuple[Span, ...]
    days: tuple[date, ...]


class Hindsight(NamedTuple):
    """A forecast of the past, the straight line beside it, and the use that came true, in minutes."""

    engagement: str
    as_of: date
    made: Forecast
    line_minutes: int
    minutes: int


class Score(NamedTuple):
    """How forecasts have fared: how many ranges there were, how many held, and the median error of their likely end and of the line."""

    ranges: int
    held: int
    error_minutes: int
    line_error_minutes: int

    @property
    def held_percent(self) -> int | None:
        return round(self.held * 100 / self.ranges) if self.ranges else None


def hindsight(pasts: Mapping[str, Past], *, every: int = 1) -> Iterator[Hindsight]:
    """The forecast at the end of every business day of each period but the last, those that end first before the others.

    The factor of each is learned from the misses of periods that had ended before, as the nightly forecast learns.
    """
    own: dict[str, list[int]] = defaultdict(list)
    firms: list[int] = []
    ended = sorted((span.ends_on, name, span) for name, past in pasts.items() for span in past.periods)
    burns = {name: burn_by_day(past.burned, past.days) for name, past in pasts.items()}
    for _, name, span in ended:
        rows = list(_of_period(pasts[name], burns[name], span, name=name, factor_percent=conformal_factor(own[name], firms), every=every))
        yield from rows
        misses = [miss_percent(row.made.end, row.made.factor_percent, row.minutes) for row in rows if row.made.is_range]
        own[name] += misses
        firms += misses


def _of_period(past: Past, burns: Sequence[int], span: Span, *, name: str, factor_percent: int, every: int) -> Iterator[Hindsight]:
    first, end = (bisect_left(past.days, day) for day in span)
    minutes = sum(burned for day, burned in past.burned.items() if span.covers(day))
    for gone in range(1, end - first):
        used = sum(burned for day, burned in past.burned.items() if span.starts_on <= day < past.days[first + gone])
        if gone % every:
            continue
        standing = Standing(past.days[first + gone - 1], used, 0, gone, past.days[first + gone : end])
        history = burns[: first + gone]
        made = forecast(standing, history, seed=f"{name} {standing.as_of}", factor_percent=factor_percent)
        line = straight_line(standing, len(history))
        if made and line:
            yield Hindsight(name, standing.as_of, made, line.end.likely, minutes)


def scored(rows: Iterable[Hindsight], least_history: int = 0) -> Score:
    """How the ranges among these fared that knew at least so many business days."""
    ranges = [row for row in rows if row.made.is_range and row.made.history_days >= least_history]
    return Score(
        len(ranges),
        sum(held(row.made.end, row.minutes) for row in ranges),
        round(median([abs(row.minutes - row.made.end.likely) for row in ranges] or [0])),
        round(median([abs(row.minutes - row.line_minutes) for row in ranges] or [0])),
    )
