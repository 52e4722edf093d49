"""Clients as they burn: quiet and busy spells, days without work, a few very long ones, a trend over the year. Seeded."""

import datetime as dt
import random

from accounts.rules import business_days
from billing.models.ledger import WEEKDAYS
from billing.rules.hindsight import Past
from engagements.rules import Span, period_containing


def client_of(seed: int, *, months: int = 18) -> Past:
    """The burn of one client over months of weekdays."""
    draw = random.Random(seed)
    first = dt.date(2024, draw.randint(1, 12), 1)
    periods = [period_containing(first)]
    while len(periods) < months:
        periods.append(period_containing(periods[-1].ends_on))
    days = business_days(WEEKDAYS, first, periods[-1].ends_on)
    return Past(dict(_burned(draw, days)), tuple(periods), tuple(days))


def _burned(draw, days):
    usual, worked, spread, trend = draw.choice([20, 35, 60, 90]), draw.uniform(0.35, 0.9), draw.uniform(0.3, 1.2), draw.uniform(-0.3, 0.4)
    weekday, spell = [draw.uniform(0.8, 1.2) for _ in range(5)], 1.0
    for number, day in enumerate(days):
        if draw.random() < 0.02:
            spell = draw.choice([0.5, 0.8, 1, 1, 1.3, 2])
        if draw.random() < worked:
            level = spell * weekday[day.weekday()] * (1 + trend * number / len(days))
            yield day, max(5, int(usual / worked * level * draw.lognormvariate(-spread * spread / 2, spread)))


def steady(minutes: int, *, months: int = 2) -> Past:
    """A client who burns the same every weekday."""
    first = Span(dt.date(2026, 1, 1), dt.date(2026, 2, 1))
    periods = [first]
    while len(periods) < months:
        periods.append(period_containing(periods[-1].ends_on))
    days = business_days(WEEKDAYS, first.starts_on, periods[-1].ends_on)
    return Past(dict.fromkeys(days, minutes), tuple(periods), tuple(days))
