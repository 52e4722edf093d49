"""When work is done: business calendars, and the arithmetic of open time between instants.

A window is a stretch of the local clock. An instant is open when the clock on the wall of the calendar's zone lies in
a window of that day, so a night with a clock change counts the hours it really has. All arithmetic is on UTC instants.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count, pairwise
from zoneinfo import ZoneInfo

from accounts.errors import DomainError
from figures.text import gettext_noop

MIDNIGHT = 24 * 60
REFUSED_WHEN_CLOSED_FOR_DAYS = 400

type Hours = tuple[tuple[int, int], ...]
type Pause = tuple[dt.datetime, dt.datetime]
type _Span = tuple[int, int]  # microseconds since 1970, half-open: sums stay exact to the last digit of a timestamp

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()
_MICROSECOND = dt.timedelta(microseconds=1)
_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_DAY = 24 * 60 * _MINUTE


class BadCalendar(DomainError):
    """Opening hours that no clock can show, or that overlap."""

    code = "bad-calendar"


class NeverOpen(DomainError):
    """A calendar that stays closed for 400 days on end; nothing would ever be due in it."""

    code = "never-open"


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Open on one weekday (0 is Monday) from `opens` to `closes`, in minutes since local midnight.

    1440 is the midnight that ends the day. Raises BadCalendar.
    """

    weekday: int
    opens: int
    closes: int

    def __post_init__(self) -> None:
        if self.weekday not in range(7):
            raise BadCalendar(gettext_noop("A weekday is a number from 0, Monday, to 6, Sunday."), field="windows")
        _checked_hours([(self.opens, self.closes)], "windows")


@dataclass(frozen=True)
class Calendar:
    """Opening hours of a week in one zone, and the days that have hours of their own (none: closed all day).

    Windows of a day may touch, not overlap. Raises BadCalendar for hours that cannot be, and for an unknown zone.
    """

    zone: str
    windows: tuple[Window, ...]
    overrides: Mapping[dt.date, Hours] = field(default_factory=dict, hash=False)
    _week: tuple[Hours, ...] = field(init=False, repr=False, compare=False)
    _days: Mapping[int, Hours] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            raise BadCalendar(gettext_noop("A time zone is named like Europe/Berlin."), field="zone", zone=self.zone) from None
        week = [[(w.opens, w.closes) for w in self.windows if w.weekday == weekday] for weekday in range(7)]
        days = {day: _checked_hours(hours, "overrides") for day, hours in self.overrides.items()}
        object.__setattr__(self, "overrides", days)
        object.__setattr__(self, "_week", tuple(_checked_hours(hours, "windows") for hours in week))
        object.__setattr__(self, "_days", {day.toordinal() - _EPOCH_DAY: hours for day, hours in days.items()})

    def hours_on(self, day: dt.date) -> Hours:
        """(opens, closes) of a local day in minutes since its midnight, in order; empty when closed."""
        return self.hours_of_day_number(day.toordinal() - _EPOCH_DAY)

    def hours_of_day_number(self, day: int) -> Hours:
        """The same for a day counted from 1970-01-01, a Thursday."""
        hours = self._days.get(day)
        return self._week[(day + 3) % 7] if hours is None else hours


def refuse_never_open(calendar: Calendar, after: dt.datetime) -> None:
    """Raises NeverOpen unless the calendar opens within 400 days after the instant."""
    next(_open_spans(calendar, _number(after)), None)


def open_windows(calendar: Calendar, since: dt.datetime, until: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """The open stretches of [since, until) as UTC instants, in order, those that touch joined into one."""
    for begins, ends in _joined(_open_between(calendar, _number(since), _number(until))):
        yield _instant(begins), _instant(ends)


def is_open_at(calendar: Calendar, at: dt.datetime) -> bool:
    """Whether work is done at this instant; at the closing instant it is not."""
    return any(_open_between(calendar, _number(at), _number(at) + 1))


def elapsed(calendar: Calendar, since: dt.datetime, until: dt.datetime, pauses: Iterable[Pause] = ()) -> dt.timedelta:
    """Open time in [since, until) outside the union of the pauses, exact; zero when `until` is not later."""
    return _open_microseconds(calendar, since, until, pauses) * _MICROSECOND


def elapsed_seconds(calendar: Calendar, since: dt.datetime, until: dt.datetime, pauses: Iterable[Pause] = ()) -> int:
    """Whole seconds of open time in [since, until) outside the pauses; a begun second does not count."""
    return _open_microseconds(calendar, since, until, pauses) // _SECOND


def elapsed_minutes(calendar: Calendar, since: dt.datetime, until: dt.datetime, pauses: Iterable[Pause] = ()) -> int:
    """Whole minutes of open time in [since, until) outside the pauses; a begun minute does not count."""
    return _open_microseconds(calendar, since, until, pauses) // _MINUTE


def due_at(calendar: Calendar, start: dt.datetime, minutes: int, pauses: Iterable[Pause] = ()) -> dt.datetime:
    """The earliest instant by which that many open minutes have passed since `start`, in UTC.

    A target that ends exactly at closing is due at closing. Raises NeverOpen, and ValueError for a negative target.
    """
    if minutes < 0:
        raise ValueError("A target is not negative.")
    left = minutes * _MINUTE
    if not left:
        return start.astimezone(dt.UTC)
    for begins, ends in _without(_open_spans(calendar, _number(start)), _union(pauses)):
        if left <= ends - begins:
            return _instant(begins + left)
        left -= ends - begins
    raise NeverOpen(gettext_noop("This calendar ends before the work can."))


def is_business_day(calendar: Calendar, day: dt.date) -> bool:
    """Whether the calendar opens at all on this local day."""
    return bool(calendar.hours_on(day))


def business_days(calendar: Calendar, starts_on: dt.date, ends_on: dt.date) -> list[dt.date]:
    """The local days of [starts_on, ends_on) on which the calendar opens, in order."""
    days = (starts_on + dt.timedelta(days=n) for n in range((ends_on - starts_on).days))
    return [day for day in days if is_business_day(calendar, day)]


def _checked_hours(hours: Sequence[tuple[int, int]], about: str) -> Hours:
    ordered = tuple(sorted((opens, closes) for opens, closes in hours))
    if not all(0 <= opens < closes <= MIDNIGHT for opens, closes in ordered):
        raise BadCalendar(gettext_noop("Opening hours begin before they end and lie between 00:00 and 24:00."), field=about)
    if any(opens < closes for (_, closes), (opens, _) in pairwise(ordered)):
        raise BadCalendar(gettext_noop("Two opening hours of one day overlap. Join them or move one."), field=about)
    return ordered


def _open_microseconds(calendar: Calendar, since: dt.datetime, until: dt.datetime, pauses: Iterable[Pause]) -> int:
    spans = _open_between(calendar, _number(since), _number(until))
    return sum(ends - begins for begins, ends in _without(spans, _union(pauses)))


def _open_between(calendar: Calendar, since: int, until: int) -> Iterator[_Span]:
    for stretch in _stretches(calendar.zone, since):
        if stretch[0] >= until:
            return
        yield from _open_in(calendar, stretch[0], min(stretch[1], until), stretch[2])


def _open_spans(calendar: Calendar, since: int) -> Iterator[_Span]:
    """Open time from `since` on, for as long as the calendar opens once in 400 days."""
    last = since
    for begins, ends, offset in _stretches(calendar.zone, since):
        for span in _open_in(calendar, begins, ends, offset):
            _refuse_closed(last, span[0])
            yield span
            last = span[1]
        _refuse_closed(last, ends)


def _refuse_closed(since: int, until: int) -> None:
    if until - since > REFUSED_WHEN_CLOSED_FOR_DAYS * _DAY:
        raise NeverOpen(gettext_noop("This calendar stays closed for more than 400 days. Give it opening hours."))


def _open_in(calendar: Calendar, begins: int, ends: int, offset: int) -> Iterator[_Span]:
    """Open time of a stretch in which the zone keeps one offset from UTC."""
    for day in range((begins + offset) // _DAY, (ends + offset - 1) // _DAY + 1):
        midnight = day * _DAY - offset
        for opens, closes in calendar.hours_of_day_number(day):
            since, until = max(begins, midnight + opens * _MINUTE), min(ends, midnight + closes * _MINUTE)
            if since < until:
                yield since, until


def _stretches(zone: str, since: int) -> Iterator[tuple[int, int, int]]:
    """(begins, ends, offset from UTC), from `since` on and without gaps, each under one offset."""
    for year in count(_instant(since).year):
        if year == dt.MAXYEAR:
            return
        for (begins, offset), (ends, _) in pairwise(_offsets(zone, year)):
            if ends > since:
                yield max(begins, since), ends, offset


@lru_cache(maxsize=1024)
def _offsets(zone: str, year: int) -> tuple[tuple[int, int], ...]:
    """(instant, offset in force from then) of one UTC year; the last stands for where the next year begins."""
    info = ZoneInfo(zone)
    at, ends = (_number(dt.datetime(y, 1, 1, tzinfo=dt.UTC)) for y in (year, year + 1))
    found = [(at, _offset(info, at))]
    while at < ends:
        later = min(at + _DAY, ends)
        if _offset(info, later) != found[-1][1]:
            later = _change(info, at, later)
            found.append((later, _offset(info, later)))
        at = later
    return (*found, (ends, 0)) if found[-1][0] < ends else tuple(found)


def _change(info: ZoneInfo, before: int, after: int) -> int:
    """The second in which the offset of `before` ends."""
    offset = _offset(info, before)
    while after - before > _SECOND:
        middle = (before + after) // (2 * _SECOND) * _SECOND
        before, after = (middle, after) if _offset(info, middle) == offset else (before, middle)
    return after


def _offset(info: ZoneInfo, at: int) -> int:
    return (_instant(at).astimezone(info).utcoffset() or dt.timedelta()) // _MICROSECOND


def _union(pauses: Iterable[Pause]) -> list[_Span]:
    spans = sorted((_number(begins), _number(ends)) for begins, ends in pauses)
    return list(_joined(span for span in spans if span[0] < span[1]))


def _joined(spans: Iterable[_Span]) -> Iterator[_Span]:
    """Spans in order of their beginning, those that overlap or touch made one."""
    held: _Span | None = None
    for begins, ends in spans:
        if held and begins <= held[1]:
            held = held[0], max(held[1], ends)
            continue
        if held:
            yield held
        held = begins, ends
    if held:
        yield held


def _without(spans: Iterable[_Span], pauses: Sequence[_Span]) -> Iterator[_Span]:
    """What is left of spans in order once the pauses, in order and apart, are cut out."""
    first = 0
    for begins, ends in spans:
        at = begins
        while first < len(pauses) and pauses[first][1] <= at:
            first += 1
        for pause_begins, pause_ends in pauses[first:]:
            if pause_begins >= ends:
                break
            if at < pause_begins:
                yield at, pause_begins
            at = pause_ends
        if at < ends:
            yield at, ends


def _number(at: dt.datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("An instant needs its time zone.")
    return (at - _EPOCH) // _MICROSECOND


def _instant(number: int) -> dt.datetime:
    return _EPOCH + number * _MICROSECOND
