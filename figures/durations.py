"""Natural durations as people type them, and the one line that logs time.

What can be read in two ways is refused with a sentence that names both; a reading is never guessed.
"""

import datetime as dt
import re
from typing import NamedTuple

from figures.rounding import half_up
from figures.text import gettext_noop

LONGEST_SECONDS = 24 * 3600
LONGEST_NIGHT_SECONDS = 12 * 3600

_HOURS = r"(?:hours|hour|hrs|hr|h|std)"
_MINUTES = r"(?:minutes|minute|mins|min|m)"
_END = r"(?=\s|$)"
_RANGE = re.compile(rf"(\d{{1,2}}):(\d\d)\s*(?:-|\u2013|\u2014|\bto\b)\s*(\d{{1,2}}):(\d\d){_END}", re.ASCII | re.IGNORECASE)
_CLOCK = re.compile(rf"(\d{{1,4}}):(\d\d){_END}", re.ASCII)
_BOTH = re.compile(rf"(\d{{1,4}})\s*{_HOURS}(?:(\d{{1,2}})|\s*(\d{{1,2}})\s*{_MINUTES}){_END}", re.ASCII | re.IGNORECASE)
_DECIMAL = re.compile(rf"(\d{{1,4}})(?:[.,](\d{{1,2}}))?\s*(?:({_HOURS})|{_MINUTES}){_END}", re.ASCII | re.IGNORECASE)
_WITHOUT_UNIT = re.compile(r"\d{1,4}(?:[.,]\d{1,2})?", re.ASCII)
_BARE = re.compile(rf"(\d{{1,4}}){_END}", re.ASCII)
_UNITLESS = re.compile(rf"(\d{{1,4}}[.,]\d+){_END}", re.ASCII)
_ANOTHER = re.compile(rf"\d[\d.,:]*\s*(?:{_HOURS}\d*|{_MINUTES})?{_END}", re.ASCII | re.IGNORECASE)
_REFERENCE = re.compile(rf"([A-Za-z][A-Za-z0-9]{{0,9}}-\d{{1,9}}){_END}", re.ASCII)
_ISO_DAY = re.compile(rf"\d{{4}}-\d\d-\d\d{_END}", re.ASCII)
_WORD = re.compile(rf"[a-z]+{_END}", re.ASCII | re.IGNORECASE)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Unreadable(ValueError):
    """A time that cannot be read, or in two ways. `sentence` is the msgid, `params` what the person typed."""

    def __init__(self, sentence: str, *, code: str = "unreadable_time", **params: str) -> None:
        super().__init__(sentence % params)
        self.sentence = sentence
        self.code = code
        self.params = params


class Duration(NamedTuple):
    """Seconds worked; the wall-clock times where a range was typed.

    For a range the seconds are the difference on the clock face: across a clock change the real
    time follows from the two moments in the zone of the work.
    """

    seconds: int
    started: dt.time | None = None
    ended: dt.time | None = None


class QuickLine(NamedTuple):
    """One typed line, read: how long, which day, on which ticket, and the note for the client."""

    seconds: int
    started: dt.time | None
    ended: dt.time | None
    work_date: dt.date
    reference: str | None
    note: str


def parse_duration(text: str) -> Duration:
    """`1h30`, `1:30`, `1.5h`, `1,5h`, `90m`, `90`, `1h 30m`, `45min` or `9:15-10:45`; a bare number is minutes.

    Raises Unreadable for anything else, for zero and for more than a day.
    """
    typed = text.strip()
    duration, rest = _leading_duration(typed)
    if rest:
        raise _unreadable(typed)
    return duration


def parse_hours(text: str, *, bare_is_hours: bool = False) -> int:
    """A promise, an estimate or a limit in whole minutes: as `parse_duration`, but none at all is one too, and so is more than a
    day, `40h30`. A bare number is hours where hours are asked for. Raises Unreadable, also for a stretch of the clock.
    """
    typed = text.strip()
    if bare_is_hours and _WITHOUT_UNIT.fullmatch(typed):
        typed = f"{typed}h"
    for pattern, reading in ((_CLOCK, _clock), (_BOTH, _both), (_DECIMAL, _decimal), (_BARE, _bare)):
        if found := pattern.fullmatch(typed):
            seconds = reading(found).seconds
            return max(half_up(seconds, 60), 1) if seconds else 0
    raise _without_unit(typed) if _UNITLESS.fullmatch(typed) else _unreadable(typed)


def typed_hours(minutes: int | None) -> str:
    """Minutes as somebody would have typed them, and as `parse_hours` reads them back: 90 is "1h30". Empty for none."""
    if minutes is None:
        return ""
    hours, rest = divmod(minutes, 60)
    if rest and not hours:
        return f"{rest}m"
    return f"{hours}h{rest:02d}" if rest else f"{hours}h"


def read_line(text: str, *, today: dt.date) -> QuickLine:
    """Reads `[day] duration [reference] note`; the day is today unless the line begins with one.

    A day is `today`, `yesterday`, a weekday (the latest one, today included) or `2026-11-20`.
    The reference may also stand before the duration. Raises Unreadable.
    """
    work_date, rest = _leading_day(text.strip(), today)
    reference, rest = _leading_reference(rest)
    duration, rest = _leading_duration(rest)
    if reference is None:
        reference, rest = _leading_reference(rest)
    return QuickLine(*duration, work_date, reference, " ".join(rest.split()))


def _leading_day(text: str, today: dt.date) -> tuple[dt.date, str]:
    if iso := _ISO_DAY.match(text):
        return _named_day(iso[0], today), text[iso.end() :].lstrip()
    if word := _WORD.match(text):
        name = word[0].lower()
        if name == "tomorrow":
            raise _to_come(gettext_noop("Tomorrow has not come yet. Log time on the day it was worked."))
        back = {"today": 0, "yesterday": 1}.get(name)
        for weekday, full in enumerate(_WEEKDAYS):
            if len(name) >= 3 and full.startswith(name):
                back = (today.weekday() - weekday) % 7
        if back is not None:
            return today - dt.timedelta(days=back), text[word.end() :].lstrip()
    return today, text


def _named_day(text: str, today: dt.date) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise Unreadable(gettext_noop("%(day)s is not a day of the calendar."), code="unreadable_day", day=text) from None
    if day > today:
        raise _to_come(gettext_noop("%(day)s has not come yet. Log time on the day it was worked."), day=text)
    return day


def _to_come(sentence: str, **params: str) -> Unreadable:
    return Unreadable(sentence, code="day_to_come", **params)


def _leading_reference(text: str) -> tuple[str | None, str]:
    if found := _REFERENCE.match(text):
        return found[1].upper(), text[found.end() :].lstrip()
    return None, text


def _leading_duration(text: str) -> tuple[Duration, str]:
    for pattern, reading in ((_RANGE, _range), (_CLOCK, _clock), (_BOTH, _both), (_DECIMAL, _decimal), (_BARE, _bare)):
        if found := pattern.match(text):
            duration = reading(found)
            rest = text[found.end() :].lstrip()
            _refuse_second_number(found[0], rest)
            return _worth_logging(duration, found[0]), rest
    if found := _UNITLESS.match(text):
        raise _without_unit(found[1])
    raise _unreadable(text)


def _without_unit(typed: str) -> Unreadable:
    sentence = gettext_noop("%(typed)s of what? Write %(typed)sh for hours or %(typed)sm for minutes.")
    return Unreadable(sentence, code="ambiguous_time", typed=typed)


def _refuse_second_number(typed: str, rest: str) -> None:
    if another := _ANOTHER.match(rest):
        raise Unreadable(
            gettext_noop("Is %(another)s part of the time? Write the time in one piece, like 1h30, or begin the note with a word."),
            code="ambiguous_time",
            typed=typed,
            another=another[0].strip(),
        )


def _worth_logging(duration: Duration, typed: str) -> Duration:
    if duration.seconds <= 0:
        sentence = gettext_noop("%(typed)s is no time at all. Say how long it took, like 45m or 1h30.")
        raise Unreadable(sentence, code="zero_time", typed=typed)
    if duration.seconds > LONGEST_SECONDS:
        sentence = gettext_noop("%(typed)s is more than a day. Log each day by itself.")
        raise Unreadable(sentence, code="longer_than_a_day", typed=typed)
    return duration


def _unreadable(typed: str) -> Unreadable:
    sentence = gettext_noop('No time can be read from "%(typed)s". Begin with how long it took, like 1h30, 1.5h, 90m or 9:15-10:45.')
    return Unreadable(sentence, typed=typed[:60])


def _range(found: re.Match[str]) -> Duration:
    begins, ends = (_minute_of_day(found, first) for first in (1, 3))
    seconds = (ends - begins) * 60
    if seconds < 0:
        seconds += LONGEST_SECONDS
        if seconds > LONGEST_NIGHT_SECONDS:
            sentence = gettext_noop("%(typed)s ends before it starts. Write the earlier time first.")
            raise Unreadable(sentence, code="backwards", typed=found[0])
    return Duration(seconds, dt.time(begins // 60 % 24, begins % 60), dt.time(ends // 60 % 24, ends % 60))


def _minute_of_day(found: re.Match[str], first: int) -> int:
    hour, minute = int(found[first]), int(found[first + 1])
    if minute > 59 or hour * 60 + minute > 24 * 60:
        raise Unreadable(gettext_noop("%(typed)s holds a time that no clock shows. Hours run to 24:00."), typed=found[0])
    return hour * 60 + minute


def _clock(found: re.Match[str]) -> Duration:
    return _hours_and_minutes(found[0], int(found[1]), int(found[2]))


def _both(found: re.Match[str]) -> Duration:
    return _hours_and_minutes(found[0], int(found[1]), int(found[2] or found[3]))


def _hours_and_minutes(typed: str, hour: int, minute: int) -> Duration:
    if minute > 59:
        sentence = gettext_noop("%(typed)s has more than 59 minutes beside its hours. Write the minutes alone, like 90m.")
        raise Unreadable(sentence, typed=typed)
    return Duration(hour * 3600 + minute * 60)


def _decimal(found: re.Match[str]) -> Duration:
    hundredths = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0") or "0")
    return Duration(half_up(hundredths * (3600 if found[3] else 60), 100))


def _bare(found: re.Match[str]) -> Duration:
    return Duration(int(found[1]) * 60)
