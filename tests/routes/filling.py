"""What the requests of several doors are filled with: days, ids, and the terms and work that any of them may send."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from billing.rules.importing import shipped_path
from tests.canaries import Filled

type Body = Callable[[Filled], dict[str, Any]]

A_MAPPING = shipped_path("toggl").read_text("utf-8").replace('name = "toggl"', 'name = "another"')

A_HOOK = "https://hooks.example.com/tend"


def today() -> str:
    return timezone.localdate().isoformat()


def soon() -> str:
    return (timezone.localdate() + dt.timedelta(days=9)).isoformat()


def later() -> str:
    return (timezone.localdate() + dt.timedelta(days=19)).isoformat()


def ids(of: Filled) -> dict[str, str]:
    return {name: str(pk) for name, pk in of.ids.items()}


def terms() -> dict[str, Any]:
    return {
        "starts_on": soon(),
        "anchor_day": "1",
        "proration": "daily",
        "rounding_increment_minutes": "1",
        "rounding_mode": "nearest",
        "rounding_minimum_minutes": "0",
        "rounding_scope": "entry",
        "grace_days": "3",
        "included_minutes": "12h",
        "fee": "2000",
        "period_unit": "month",
        "overage": "authorise",
        "overage_rate": "185",
        "carry_periods": "1",
        "carry_cap_percent": "50",
        "thresholds": "50, 80, 100",
    }


def spent() -> dict[str, Any]:
    return {"spent_on": today(), "category": "travel", "note": "A train", "amount": "42.00", "currency": "USD"}


def new_client() -> dict[str, Any]:
    named = {"name": "Elm Works", "code": "ELM", "time_zone": "UTC", "engagement_name": "AI care", "lead": "", "currency": "USD"}
    return named | terms()


def work(of: Filled) -> dict[str, Any]:
    named = {"engagement": ids(of)["engagement"], "ticket": ids(of)["ticket"], "service_area": "team_support"}
    return named | {"raw_seconds": 600, "work_date": today()}
