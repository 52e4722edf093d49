"""The words in which the tests of closing speak: a retainer that began last January, its months, their use."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.actions.clients import add_client
from accounts.models import Client, Person
from billing.actions import Work, close_period, give_lot, log_time
from billing.models import Lot, Period, Statement, TimeEntry
from engagements.actions import begin_engagement
from engagements.models import Engagement
from engagements.rules import Terms
from tests.cast import ARRANGING, actor

SETTLED_IN_MONTHS = 4


def january() -> dt.date:
    """The first day of a January that lies at least three whole months back."""
    today = timezone.localdate()
    return dt.date(today.year if today.month >= SETTLED_IN_MONTHS else today.year - 1, 1, 1)


def day(month: int, number: int = 1) -> dt.date:
    return dt.date(january().year, month, number)


def promise(**changes: Any) -> Terms:
    """Base 600, month periods, carry 1 period, no cap, borrow 0, overage billed at 250.00."""
    stated: dict[str, Any] = {"starts_on": january(), "included_minutes": 600, "carry_cap_percent": None}
    stated |= {"overage": "bill", "overage_rate": Decimal("250.00")}
    return Terms(**stated | changes)


@dataclass
class Kept:
    """A retainer whose months are told by their number."""

    client: Client
    engagement: Engagement
    worker: Person

    def month(self, number: int) -> Period:
        return self.engagement.periods.of_the_promise().covering(day(number, 28)).get()

    def use(self, month: int, minutes: int, number: int = 10, **more: Any) -> TimeEntry:
        """Work on a day of a month; never logged where it took no time."""
        if not minutes:
            return TimeEntry()
        work: dict[str, Any] = {"service_area": "reporting", "raw_seconds": minutes * 60, "work_date": day(month, number)} | more
        return log_time(actor=actor(self.worker), engagement=self.engagement, work=Work(**work))

    def close(self, month: int, **more: Any) -> Statement:
        return close_period(actor=ARRANGING, period=self.month(month), **more)

    def give(self, kind: str, minutes: int, usable_from: dt.date, usable_until: dt.date) -> Lot:
        return give_lot(
            actor=ARRANGING,
            engagement=self.engagement,
            kind=kind,
            minutes=minutes,
            usable_from=usable_from,
            usable_until=usable_until,
            reason="agreed",
        )


def keep(worker: Person, code: str = "KEE", **changes: Any) -> Kept:
    """A client of its own with a retainer of these terms. The worker leads, so sees everybody."""
    client = add_client(actor=ARRANGING, name=f"Keeper {code}", code=code)
    engagement = begin_engagement(actor=ARRANGING, client=client, name="AI care", currency="USD", terms=promise(**changes))
    return Kept(client, engagement, worker)
