"""What minutes beyond the retainer cost: rounded once for each line."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from billing.rules.movements import Coverage, Unrepaid
from figures.rounding import half_up


class OverageLine(NamedTuple):
    """One line of an overage charge: all minutes of one rate (money an hour)."""

    rate: Decimal
    minutes: int
    amount: Decimal


def overage_amount(minutes: int, rate: Decimal, places: int = 2) -> Decimal:
    """Minutes at a rate an hour, in the currency's exponent, half away from zero; nothing is rounded before."""
    exact = Fraction(rate) * minutes * 10**places / 60
    return Decimal(half_up(exact.numerator, exact.denominator)).scaleb(-places)


def overage_part(minutes: int, rate: Decimal, places: int = 2, *, charged: int = 0) -> Decimal:
    """What further minutes of a line cost after `charged` of them were: the parts add up to the whole line, rounded once."""
    return overage_amount(charged + minutes, rate, places) - overage_amount(charged, rate, places)


def overage_lines(rows: Iterable[Coverage | Unrepaid], places: int = 2) -> list[OverageLine]:
    """The billable overage of a period, one line for each rate, cheapest first. Raises ValueError where a rate is missing."""
    minutes: dict[Decimal, int] = {}
    for row in rows:
        if row.kind == "overage":
            if row.rate is None:
                raise ValueError("Hours over have no rate. Put one into the terms.")
            minutes[row.rate] = minutes.get(row.rate, 0) + row.minutes
    return [OverageLine(rate, minutes[rate], overage_amount(minutes[rate], rate, places)) for rate in sorted(minutes)]
