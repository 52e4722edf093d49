"""What one cell says: seconds, days, and words of the house."""

import datetime as dt
import re
from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from billing.rules.importing.mapping import VOCABULARIES, Field, Mapping, Unit
from figures.rounding import half_up
from figures.text import gettext_noop

type Cells = MappingOf[str, str]

SECONDS_IN: MappingOf[Unit, int] = {"hours": 3600, "hours or clock": 3600, "minutes": 60, "seconds": 1}
_CLOCK = re.compile(r"(\d{1,9}):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_NUMBER = re.compile(r"(-?)(\d{1,9}|\d{1,3}(?:,\d{3}){1,2}|)(?:\.(\d{1,30}))?", re.ASCII)
_SWAPPED = str.maketrans(",.", ".,")


class Unclear(Exception):
    """A cell that does not say what it should. Becomes a RowError of its line."""

    def __init__(self, column: str, value: str, sentence: str) -> None:
        super().__init__(sentence)
        self.column = column
        self.value = value
        self.sentence = sentence


def text_of(field: Field | None, cells: Cells, mapping: Mapping, name: str = "") -> str | None:
    """The text of a field on one row; None where it is not mapped or says nothing. Raises Unclear.

    Cells that stand for "not there" are left out before columns are joined.
    """
    if field is None:
        return None
    if field.value:
        return field.value
    filled = [cells[column] for column in field.columns if cells.get(column, "") not in mapping.na]
    is_told = len(filled) == len(field.columns) if field.all else bool(filled)
    said = field.join.join(filled) if is_told else None
    if field.values is None or said is None:
        found = field.default if said is None else said
    else:
        found = field.values.get(said, field.default)
        if found is None:
            raise Unclear(_columns(field), said, gettext_noop("The mapping has no translation for this value."))
    if found and name in VOCABULARIES and found not in VOCABULARIES[name]:
        raise Unclear(_columns(field), found, gettext_noop("This is not a word we use. Let the mapping translate it."))
    return field.text.replace("{}", found) if found else None


def seconds_of(field: Field | None, cells: Cells, mapping: Mapping) -> tuple[int, bool] | None:
    """Whole seconds, and whether they had to be rounded (half up); None where nothing is said. Raises Unclear."""
    said = text_of(field, cells, mapping)
    if field is None or said is None:
        return None
    shows_clock = field.unit == "clock" or (field.unit == "hours or clock" and ":" in said)
    try:
        seconds = clock_seconds(said) if shows_clock else number_of(said, mapping.decimal) * SECONDS_IN[field.unit]
    except ValueError:
        raise Unclear(_columns(field), said, gettext_noop("No duration can be read here.")) from None
    if seconds < 0:
        raise Unclear(_columns(field), said, gettext_noop("A duration is never below zero."))
    return half_up(seconds.numerator, seconds.denominator), seconds.denominator != 1


def day_of(columns: Iterable[str], cells: Cells, mapping: Mapping) -> dt.date | None:
    """The day in the first filled column; None where all are empty. Raises Unclear for what is no day."""
    for column in columns:
        said = cells.get(column, "")
        if said in mapping.na:
            continue
        day = read_day(said, mapping.dating.formats, mapping.zone)
        if day is None:
            raise Unclear(column, said, gettext_noop("No day can be read here."))
        return day
    return None


def clock_seconds(text: str) -> Fraction:
    """`hh:mm` or `hh:mm:ss`, hours without bound. Raises ValueError."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return Fraction(int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0))


def number_of(text: str, decimal: str = ".") -> Fraction:
    """An exact number, with thousands in groups or not: 0.7, 2,100.5; with a decimal comma 2.100,5. Raises ValueError."""
    found = _NUMBER.fullmatch(text.translate(_SWAPPED) if decimal == "," else text)
    if found is None or not (found[2] or found[3]):
        raise ValueError(text)
    return Fraction(f"{found[1]}{found[2].replace(',', '') or 0}.{found[3] or 0}")


@lru_cache(maxsize=4096)
def read_day(text: str, formats: tuple[str, ...], zone: str) -> dt.date | None:
    """The day by the first format that fits (`iso` or as of strptime); a moment with an offset falls on its day in the zone."""
    for pattern in formats:
        try:
            moment = dt.datetime.fromisoformat(text) if pattern == "iso" else dt.datetime.strptime(text, pattern)  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return (moment.astimezone(ZoneInfo(zone)) if moment.tzinfo else moment).date()
    return None


def _columns(field: Field) -> str:
    return ", ".join(field.columns)
