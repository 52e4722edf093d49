"""From time as it was worked to minutes as they count."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.capture import (
    billed_minutes,
    billed_together,
    burn_minutes,
    elapsed_seconds,
    round_seconds,
    weight_percent,
    work_date_of,
)
from tests.ledger_cast import promise

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("worked", "rounding", "billed"),
    [
        ("0:01", {"mode": "up"}, 1),
        ("1:01", {}, 1),
        ("1:30", {}, 2),
        ("7:30", {"increment_minutes": 15}, 15),
        ("45:01", {"increment_minutes": 15, "mode": "up"}, 60),
        ("3:00", {"increment_minutes": 6, "mode": "up", "minimum_minutes": 15}, 15),
        ("7:29", {"increment_minutes": 15}, 0),
        ("14:59", {"increment_minutes": 15, "mode": "down"}, 0),
        ("89:00", {"increment_minutes": 6}, 90),
        ("0:00", {"minimum_minutes": 15}, 0),
    ],
)
def test_worked_time_is_billed_in_steps(worked, rounding, billed):
    minutes, seconds = map(int, worked.split(":"))
    assert round_seconds(minutes * 60 + seconds, **rounding) == billed
    assert round_seconds(-minutes * 60 - seconds, **rounding) == -billed


def test_twenty_entries_of_ten_minutes_are_two_hundred():
    assert sum(billed_minutes(600, promise()) for _ in range(20)) == 200


def test_two_short_entries_on_one_ticket_and_day_are_rounded_apart_or_together():
    apart = promise(rounding_increment_minutes=30, rounding_mode="up")
    together = promise(rounding_increment_minutes=30, rounding_mode="up", rounding_scope="day_and_ticket")
    assert sum(billed_together([300, 300], apart)) == 60
    assert billed_together([300, 300], together) == [15, 15]
    assert billed_together([], together) == []


@given(
    st.lists(st.integers(1, 40000), min_size=1, max_size=9),
    st.integers(1, 60),
    st.sampled_from(["nearest", "up", "down"]),
    st.integers(0, 60),
)
def test_time_rounded_together_is_the_rounded_sum_shared_out(seconds, increment, mode, minimum):
    terms = promise(
        rounding_increment_minutes=increment, rounding_mode=mode, rounding_minimum_minutes=minimum, rounding_scope="day_and_ticket"
    )
    shared = billed_together(seconds, terms)
    assert sum(shared) == billed_minutes(sum(seconds), terms)
    assert min(shared) >= 0


def test_the_largest_weight_wins_and_never_compounds():
    terms = promise(weights={"after hours": 150, "weekend": 200, "training": 50})
    assert weight_percent(["after hours", "weekend"], terms) == 200
    assert weight_percent(["training"], terms) == 50
    assert weight_percent(["anything else"], terms) == 100
    assert burn_minutes(45, "included", 150) == 68
    assert burn_minutes(-45, "included", 150) == -68


@pytest.mark.parametrize("kind", ["goodwill", "project", "internal"])
def test_only_included_time_burns_hours(kind):
    assert burn_minutes(60, kind, 150) == 0


def test_work_belongs_to_the_day_it_started_in_the_clients_zone():
    started = dt.datetime(2026, 1, 31, 23, 30, tzinfo=dt.UTC)
    assert work_date_of(started, NEW_YORK) == dt.date(2026, 1, 31)
    assert work_date_of(started, BERLIN) == dt.date(2026, 2, 1)
    with pytest.raises(ValueError, match="on no day"):
        work_date_of(started.replace(tzinfo=None), BERLIN)


def test_elapsed_time_is_real_when_the_clocks_change():
    spring = [dt.datetime(2026, 3, 29, hour, 30, tzinfo=BERLIN) for hour in (1, 3)]
    autumn = [dt.datetime(2026, 10, 25, hour, 30, tzinfo=BERLIN) for hour in (1, 3)]
    assert elapsed_seconds(*spring) == 3600
    assert elapsed_seconds(*autumn) == 3 * 3600
