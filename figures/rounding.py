"""The one rounding of the house: half up, which always means half away from zero."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal


def half_up(numerator: int, denominator: int) -> int:
    """The whole number nearest to the fraction; a half goes away from zero. Raises ZeroDivisionError."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    if numerator < 0:
        return -((2 * -numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def money(amount: Decimal, places: int = 2) -> Decimal:
    """An amount at the currency's exponent (2 for USD, 0 for JPY, 3 for KWD), half away from zero."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def told_places(amount: Decimal) -> Decimal:
    """An amount in two places, or in more where it has them."""
    cents = amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return cents if cents == amount else amount


def shares(parts: Sequence[int], denominator: int) -> list[int]:
    """Each part over the denominator, rounded so that the results add up to the rounded sum of all.

    The running sum is rounded at every boundary and the differences are handed out:
    thirds of 1000 become 333, 334 and 333.
    """
    rounded, exact, given = [], 0, 0
    for part in parts:
        exact += part
        upto = half_up(exact, denominator)
        rounded.append(upto - given)
        given = upto
    return rounded


def share(total: int, part: tuple[int, int], whole: int) -> int:
    """What falls on the stretch `part` = (from, to) of `whole`, so that stretches that tile the whole add up to `total`."""
    begins, ends = part
    return half_up(total * ends, whole) - half_up(total * begins, whole)
