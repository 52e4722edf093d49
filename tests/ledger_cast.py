"""The words in which the ledger's tests speak: months of 2026, lots, entries, and terms as the vectors have them."""

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any

from billing.rules.ledger import Link, grants_for
from billing.rules.movements import Entry, Lot, PeriodSpan
from engagements.rules import Span, Terms, period_containing

NEW_YEAR = dt.date(2026, 1, 1)
_numbers = count(1)


def day(month, number):
    return dt.date(2026, month, number)


def month(number, **more):
    span = period_containing(day(number, 1))
    return PeriodSpan(span.starts_on, span.ends_on, **more)


def promise(**changes: Any) -> Terms:
    """Base 600, month periods, carry 1 period, no cap, borrow 0, overage billed."""
    stated: dict[str, Any] = {"starts_on": NEW_YEAR, "included_minutes": 600, "carry_cap_percent": None}
    stated |= {"overage": "bill", "overage_rate": Decimal(250)}
    return Terms(**stated | changes)


def grants(terms, number, **more):
    """The lots that the scheduler makes for a month."""
    span = Span(month(number).starts_on, month(number).ends_on)
    made = grants_for(terms if isinstance(terms, list) else [terms], span, **more)
    return [Lot(f"grant-{number:02d}-{part}", grant.minutes, grant.usable_from, grant.usable_until) for part, grant in enumerate(made)]


def work(on, minutes, name=None, **more):
    return Entry(name or f"entry-{next(_numbers):06d}", on, minutes, **more)


def used_in(number, minutes):
    """Work of so many minutes somewhere in the month."""
    return [work(day(number, 10), minutes)] if minutes else []


def months_of_use(terms, *uses, lots=None):
    """A chain from January, one month for each use, with the month's grant and the given lots by month."""
    return [
        Link(terms, month(number), [*grants(terms, number), *(lots or {}).get(number, [])], used_in(number, minutes))
        for number, minutes in enumerate(uses, start=1)
    ]
