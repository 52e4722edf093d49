"""What work cost and what it left: sums kept exact, rounded once where they are shown."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from figures.currencies import USUAL_PLACES
from figures.rounding import half_up

SECONDS_OF_AN_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """Money of some work in one currency, of so many places: what came in, and what it cost.

    `uncosted_seconds` were worked without a known cost.
    """

    fee: Decimal = Decimal(0)
    charged: Decimal = Decimal(0)
    labour: Decimal = Decimal(0)
    expenses: Decimal = Decimal(0)
    worked_seconds: int = 0
    uncosted_seconds: int = 0
    places: int = USUAL_PLACES

    @property
    def revenue(self) -> Decimal:
        return self.fee + self.charged

    @property
    def cost(self) -> Decimal:
        return self.labour + self.expenses

    @property
    def left(self) -> Decimal:
        return self.revenue - self.cost

    @property
    def percent(self) -> int | None:
        """What is left of the revenue, in whole percent; None where nothing came in."""
        if not self.revenue:
            return None
        share = Fraction(self.left) / Fraction(self.revenue) * 100
        return half_up(share.numerator, share.denominator)

    @property
    def hourly(self) -> Decimal | None:
        """What an hour of all the work brought in, at the places of its currency; None where nobody worked."""
        if not self.worked_seconds:
            return None
        exact = Fraction(self.revenue) * SECONDS_OF_AN_HOUR * 10**self.places / self.worked_seconds
        return Decimal(half_up(exact.numerator, exact.denominator)).scaleb(-self.places)


def labour_cost(rated_seconds: Decimal, places: int = USUAL_PLACES) -> Decimal:
    """Seconds times their cost an hour, summed, as money at the places of its currency, half away from zero."""
    exact = Fraction(rated_seconds) * 10**places / SECONDS_OF_AN_HOUR
    return Decimal(half_up(exact.numerator, exact.denominator)).scaleb(-places)


def utilisation_percent(billable_minutes: int, available_minutes: int) -> int | None:
    """How much of what somebody had went into work that clients pay; None where they had nothing."""
    return half_up(billable_minutes * 100, available_minutes) if available_minutes else None
