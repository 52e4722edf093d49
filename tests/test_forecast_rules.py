"""Where a period is heading: a range that holds four times of five, and a straight line that says it is one."""

import datetime as dt
import os

import pytest

from accounts.rules import business_days
from billing.models.ledger import WEEKDAYS
from billing.rules.forecast import (
    ENOUGH_MISSES,
    NARROWEST,
    WIDEST,
    Range,
    Standing,
    burn_by_day,
    conformal_factor,
    forecast,
    held,
    miss_percent,
)
from billing.rules.hindsight import hindsight, scored
from tests.burn_cast import client_of, steady

JANUARY = business_days(WEEKDAYS, dt.date(2026, 1, 1), dt.date(2026, 2, 1))
CLIENTS = 300 if os.environ.get("PROVE") else 24


def standing(used, gone, *, capacity=600, days=22):
    return Standing(JANUARY[gone - 1] if gone else dt.date(2025, 12, 31), used, capacity, gone, tuple(JANUARY[gone:days]))


def test_under_20_business_days_the_straight_line_stands_and_says_so():
    made = forecast(standing(360, 10), [36] * 19, seed="a")
    assert made is not None
    assert (made.method, made.is_range) == ("straight_line", False)
    assert made.end == Range(792, 792, 792)
    assert set(made.runs_out) == {JANUARY[16]}


def test_work_on_fewer_than_one_day_of_five_leaves_the_straight_line_however_long_the_history():
    asleep = [0] * 100
    seldom, weekly = [240, 0, 0, 0, 0, 0] * 20, [240, 0, 0, 0, 0] * 20
    made = [forecast(standing(360, 10), history, seed="a") for history in (asleep, seldom, weekly)]
    assert [each.is_range for each in made if each] == [False, False, True]
    assert made[0] is not None
    assert (made[0].end.likely, made[0].history_days) == (792, 100)


def test_who_woke_up_has_a_range_again_once_the_remembered_days_hold_enough_work():
    asleep = [60] * 100 + [0] * 59
    made = [forecast(standing(360, 10), asleep + after, seed="a") for after in ([60], [60] * 12)]
    assert [each.is_range for each in made if each] == [False, True]


def test_the_straight_line_needs_a_day_to_go_through():
    assert forecast(standing(0, 0), [], seed="a") is None


def test_from_20_business_days_on_there_is_a_range():
    made = forecast(standing(360, 10), [36] * 20, seed="a")
    assert made is not None
    assert made.is_range
    assert made.end.low < made.end.likely == 792 < made.end.high


def test_the_same_numbers_and_the_same_seed_give_the_same_forecast():
    history = [number * number % 97 for number in range(60)]
    assert forecast(standing(100, 4), history, seed="x") == forecast(standing(100, 4), history, seed="x")
    assert forecast(standing(100, 4), history, seed="x") != forecast(standing(100, 4), history, seed="y")


def test_the_day_the_hours_run_out_is_a_range_too_and_early_comes_first():
    made = forecast(standing(300, 8), [0, 90, 30, 0, 15, 140, 0, 45] * 5, seed="x")
    assert made is not None
    early, likely, late = made.runs_out
    assert early is not None
    assert early <= (likely or dt.date.max) <= (late or dt.date.max)


def test_hours_that_are_used_up_ran_out_today_and_hours_that_last_name_no_day():
    over = forecast(standing(700, 8), [10] * 30, seed="x")
    calm = forecast(standing(0, 8), [1] * 30, seed="x")
    assert over is not None
    assert calm is not None
    assert set(over.runs_out) == {JANUARY[7]}
    assert set(calm.runs_out) == {None}


def test_use_never_falls_below_what_is_used():
    made = forecast(standing(360, 21), [0] * 32 + [500] * 8, seed="x", factor_percent=WIDEST)
    assert made is not None
    assert made.end.low >= 360


def test_a_wider_factor_widens_the_range_and_leaves_its_middle():
    history = [0, 90, 30, 0, 15, 140, 0, 45] * 5
    narrow, wide = (forecast(standing(100, 4), history, seed="x", factor_percent=percent) for percent in (100, 200))
    assert narrow is not None
    assert wide is not None
    assert wide.end.likely == narrow.end.likely
    assert wide.end.low <= narrow.end.low < narrow.end.high < wide.end.high


def test_the_factor_is_that_under_which_four_of_five_would_have_held():
    misses = [3 * number for number in range(1, 101)]
    factor = conformal_factor(misses)
    assert 0.8 <= sum(miss <= factor for miss in misses) / len(misses) <= 0.83


def test_too_few_misses_of_its_own_are_filled_by_those_of_the_firm_and_too_few_of_those_widen_nothing():
    assert conformal_factor([300] * (ENOUGH_MISSES - 1)) == 100
    assert conformal_factor([300] * (ENOUGH_MISSES - 1), [150] * ENOUGH_MISSES) == 150
    assert conformal_factor([300] * ENOUGH_MISSES, [150] * ENOUGH_MISSES) == 300
    assert conformal_factor([1] * ENOUGH_MISSES) == NARROWEST
    assert conformal_factor([9999] * ENOUGH_MISSES) == WIDEST


def test_a_miss_is_measured_against_the_half_on_its_own_side_before_it_was_widened():
    assert miss_percent(Range(400, 500, 800), 100, 650) == 50
    assert miss_percent(Range(400, 500, 800), 200, 450) == 100
    assert miss_percent(Range(500, 500, 500), 100, 500) == 0


def test_work_of_a_weekend_counts_on_the_friday_before():
    friday, saturday, monday = dt.date(2026, 1, 9), dt.date(2026, 1, 10), dt.date(2026, 1, 12)
    assert burn_by_day({friday: 10, saturday: 5, monday: 1, dt.date(2025, 12, 1): 99}, [friday, monday]) == [15, 1]


def test_who_burns_the_same_every_day_is_foreseen_to_the_minute():
    rows = [row for row in hindsight({"steady": steady(30, months=6)}) if row.made.is_range]
    assert rows
    assert all(row.made.end.likely == row.minutes and held(row.made.end, row.minutes) for row in rows)


@pytest.fixture(scope="module")
def replay():
    """Clients of every temper, forecast on every fourth business day of a year and a half."""
    return list(hindsight({f"client {seed}": client_of(seed) for seed in range(CLIENTS)}, every=4))


@pytest.mark.prove
def test_ranges_hold_about_four_times_of_five_once_60_business_days_are_known(replay):
    score = scored(replay, least_history=60)
    assert score.ranges > 50 * CLIENTS
    assert 0.75 <= score.held / score.ranges <= 0.88


@pytest.mark.prove
def test_the_likely_end_is_nearer_the_truth_than_the_straight_line(replay):
    score = scored(replay, least_history=60)
    assert score.error_minutes < score.line_error_minutes


@pytest.mark.prove
def test_no_range_is_given_under_20_business_days(replay):
    early = [row for row in replay if row.made.history_days < 20]
    assert early
    assert not any(row.made.is_range for row in early)
    assert all(row.made.end.likely == row.line_minutes for row in early)
