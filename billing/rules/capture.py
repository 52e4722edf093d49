"""From time as it was worked to minutes as they count: the day, the rounding, the weight."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Literal

from engagements.rules import RoundingMode, Terms
from figures.rounding import half_up, shares

type EntryKind = Literal["included", "goodwill", "project", "internal"]

BURNING: frozenset[str] = frozenset({"included"})
WHOLE_PERCENT = 100


def work_date_of(started_at: dt.datetime, zone: dt.tzinfo) -> dt.date:
    """The day, in the client's zone, on which the work started: the whole entry belongs to it. Raises ValueError for a naive moment."""
    _refuse_naive(started_at)
    return started_at.astimezone(zone).date()


def elapsed_seconds(started_at: dt.datetime, ended_at: dt.datetime) -> int:
    """Real seconds between two moments, also across a change of the clocks. Raises ValueError for naive moments."""
    _refuse_naive(started_at, ended_at)
    return int((ended_at.astimezone(dt.UTC) - started_at.astimezone(dt.UTC)).total_seconds())


def round_seconds(raw_seconds: int, *, increment_minutes: int = 1, mode: RoundingMode = "nearest", minimum_minutes: int = 0) -> int:
    """Whole minutes for raw seconds: in steps of the increment, at least the minimum; a correction mirrors what it corrects."""
    if raw_seconds < 0:
        return -round_seconds(-raw_seconds, increment_minutes=increment_minutes, mode=mode, minimum_minutes=minimum_minutes)
    if raw_seconds == 0:
        return 0
    step = increment_minutes * 60
    steps = {"nearest": half_up(raw_seconds, step), "up": -(-raw_seconds // step), "down": raw_seconds // step}[mode]
    return max(steps * increment_minutes, minimum_minutes)


def billed_minutes(raw_seconds: int, terms: Terms) -> int:
    """The billed minutes of one entry by itself."""
    return round_seconds(
        raw_seconds,
        increment_minutes=terms.rounding_increment_minutes,
        mode=terms.rounding_mode,
        minimum_minutes=terms.rounding_minimum_minutes,
    )


def billed_together(raw_seconds: Sequence[int], terms: Terms) -> list[int]:
    """The billed minutes of all entries of one day, ticket and kind, in their order: rounded as one sum under scope
    `day_and_ticket` and shared out by raw time, each by itself under scope `entry`.

    Time without a ticket is always rounded by entry: call `billed_minutes` for it.
    """
    together = sum(raw_seconds)
    if terms.rounding_scope == "entry" or together == 0:
        return [billed_minutes(seconds, terms) for seconds in raw_seconds]
    billed = billed_minutes(together, terms)
    return shares([seconds * billed for seconds in raw_seconds], together)


def weight_percent(kinds_of_work: Iterable[str], terms: Terms) -> int:
    """The weight of work that is of several kinds at once: the largest wins, they never compound; 100 where none is named."""
    return max((terms.weights[kind] for kind in kinds_of_work if kind in terms.weights), default=WHOLE_PERCENT)


def burn_minutes(billed: int, kind: str, weight: int = WHOLE_PERCENT) -> int:
    """What an entry takes from the hours: billed times weight in percent, half up; goodwill, project and internal time take nothing."""
    return half_up(billed * weight, 100) if kind in BURNING else 0


def burn_under(terms: Terms, billed: int, kind: str, work_kind: str) -> int:
    """What an entry takes from the hours under terms, which weigh the kind of work it was."""
    return burn_minutes(billed, kind, weight_percent([work_kind], terms))


def _refuse_naive(*moments: dt.datetime) -> None:
    if any(moment.tzinfo is None for moment in moments):
        raise ValueError("A moment without a zone is on no day.")
