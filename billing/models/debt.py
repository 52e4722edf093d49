"""What the end of a retainer calls in: minutes borrowed before that no grant comes to repay."""

from dataclasses import dataclass
from decimal import Decimal

from billing.models.period import Period
from billing.rules.charges import overage_amount
from engagements.models import Engagement
from figures.currencies import places_of


@dataclass(frozen=True, slots=True)
class CalledIn:
    """Minutes of a debt that have one fate, overage, unauthorised or absorbed, and their price; None where there is none."""

    fate: str
    minutes: int
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Debt:
    """A debt that is called in, by what becomes of it under the terms of the last period's first day."""

    minutes: int
    rate: Decimal | None
    currency: str
    parts: tuple[CalledIn, ...]


def debt_of(period: Period) -> Debt | None:
    """What a period calls in, from its running totals; None where it calls nothing in. One query."""
    if not period.unrepaid_minutes:
        return None
    retainer = period.engagement
    agreed = retainer.terms.in_force(period.starts_on).first()
    rate = agreed.overage_rate if agreed is not None else None
    fates = {
        "overage": period.unrepaid_overage_minutes,
        "unauthorised": period.unrepaid_unauthorised_minutes,
        "absorbed": period.unrepaid_absorbed_minutes,
    }
    parts = tuple(CalledIn(fate, minutes, _price(fate, minutes, rate, retainer.currency)) for fate, minutes in fates.items() if minutes)
    return Debt(period.unrepaid_minutes, rate, retainer.currency, parts)


def debt_at_the_end(retainer: Engagement) -> Debt | None:
    """What the last open period of a retainer calls in; None while no end is said, or where a grant repays all."""
    last = retainer.periods.of_the_promise().open().select_related("engagement").order_by("-starts_on").first()
    return debt_of(last) if last is not None else None


def _price(fate: str, minutes: int, rate: Decimal | None, currency: str) -> Decimal | None:
    return None if rate is None or fate == "absorbed" else overage_amount(minutes, rate, places_of(currency))
