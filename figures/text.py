"""How numbers are written: a no-break space before every unit, no trailing zeros, never a negative balance.

The words around a number belong to the templates, which translate them; here are only figures, symbols and marks.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from figures.currencies import places_of
from figures.rounding import half_up, money

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Marks:
    """What a language puts between digits."""

    decimal: str = "."
    group: str = ","


ENGLISH = Marks()


class Balance(NamedTuple):
    """A balance in words to come: "6.5 h" and left, or "1.2 h" and over. The hours never carry a sign."""

    hours: str
    is_over: bool


def gettext_noop(sentence: str) -> str:
    """Marks a sentence for the translators; whoever shows it looks the translation up."""
    return sentence


def number(value: int | Decimal | Fraction, places: int = 0, *, marks: Marks = ENGLISH, group: bool = True) -> str:
    """Digits with exactly `places` decimals, half away from zero, thousands grouped, a true minus."""
    exact = Fraction(value)
    units = half_up(exact.numerator * 10**places, exact.denominator)
    whole, rest = divmod(abs(units), 10**places)
    text = f"{whole:,}".replace(",", marks.group if group else "")
    if places:
        text += f"{marks.decimal}{rest:0{places}d}"
    return f"{MINUS}{text}" if units < 0 else text


@lru_cache(maxsize=4096)  # a page of entries writes the same few durations hundreds of times
def hours(minutes: int, marks: Marks = ENGLISH) -> str:
    """Minutes so that what is written adds up: decimal hours where quarters or tenths say it, 390 -> "6.5 h"; else 200 -> "3 h 20 min".

    A minus appears only for a correction in a statement.
    """
    if minutes % 15 == 0 or minutes % 6 == 0:
        return f"{figure(minutes, marks)}{NO_BREAK}h"
    return _in_full(minutes * 60, marks)


def figure(minutes: int, marks: Marks = ENGLISH) -> str:
    """Hours without their unit, for the one large figure of a page: 390 -> "6.5", and 200 -> "3:20" where decimals would round."""
    if minutes % 15 and minutes % 6:
        hour, minute = divmod(abs(minutes), 60)
        return f"{MINUS if minutes < 0 else ''}{number(hour, marks=marks)}:{minute:02d}"
    text = number(Fraction(minutes, 60), 2, marks=marks)
    return text.rstrip("0").rstrip(marks.decimal)


def worked(seconds: int, marks: Marks = ENGLISH) -> str:
    """Time off the clock to the second, so that what is written adds up: 5021 -> "1 h 23 min 41 s"; whole minutes as `hours`."""
    return _in_full(seconds, marks) if seconds % 60 else hours(seconds // 60, marks)


def _in_full(seconds: int, marks: Marks) -> str:
    minutes, second = divmod(abs(seconds), 60)
    hour, minute = divmod(minutes, 60)
    parts = [f"{number(count, marks=marks)}{NO_BREAK}{unit}" for count, unit in ((hour, "h"), (minute, "min"), (second, "s")) if count]
    return (MINUS if seconds < 0 else "") + " ".join(parts)


def short(minutes: int, marks: Marks = ENGLISH) -> str:
    """For what is still running or a draft: "28 min" under an hour, decimal hours from there on."""
    return f"{number(minutes)}{NO_BREAK}min" if abs(minutes) < 60 else hours(minutes, marks)


def taken(minutes: int, marks: Marks = ENGLISH) -> str:
    """A line of a statement that takes away: "- 8.5 h" with a true minus; nothing taken is "0 h"."""
    return f"{MINUS}{NO_BREAK}{hours(minutes, marks)}" if minutes > 0 else hours(minutes, marks)


def balance(minutes: int, marks: Marks = ENGLISH) -> Balance:
    """What is left (zero or more) or over (below zero), the figure without a sign."""
    return Balance(hours(abs(minutes), marks), minutes < 0)


def clock(seconds: int) -> str:
    """A running timer: 2538 -> "0:42:18"."""
    rest, second = divmod(max(seconds, 0), 60)
    hour, minute = divmod(rest, 60)
    return f"{hour}:{minute:02d}:{second:02d}"


def money_text(amount: Decimal, currency: str, marks: Marks = ENGLISH, *, places: int | None = None) -> str:
    """An amount in a list of amounts: "USD 2,000.00". `places` are the currency's own unless said."""
    places = places_of(currency) if places is None else places
    return f"{currency}{NO_BREAK}{number(money(amount, places), places, marks=marks)}"


def money_short(amount: Decimal, currency: str, marks: Marks = ENGLISH, *, places: int | None = None) -> str:
    """An amount in a sentence: cents only where there are some, "USD 2,000"."""
    whole = amount == amount.to_integral_value()
    return money_text(amount, currency, marks, places=0 if whole else places)


def percent(value: int | Decimal | Fraction, places: int = 0, marks: Marks = ENGLISH) -> str:
    """Percents with a fixed number of places: "52 %", "95.0 %"."""
    return f"{number(value, places, marks=marks)}{NO_BREAK}%"


def multiple(value: int | Decimal | Fraction, marks: Marks = ENGLISH) -> str:
    """A value multiple with one place and no space: "3.6x". Compare multiples before they are written."""
    return f"{number(value, 1, marks=marks)}x"
