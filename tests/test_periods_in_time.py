"""Periods tile time from their anchor, and parts of a period add up to the whole."""

import datetime as dt
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements.rules import (
    Span,
    Terms,
    first_period,
    period_containing,
    prorated_fees,
    prorated_minutes,
    served_days,
)

units = st.sampled_from(["month", "quarter", "week"])
days = st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1))


def begins(first, count, **anchor):
    span, found = first_period(first, **anchor), []
    for _ in range(count):
        found.append(span.starts_on)
        span = first_period(span.ends_on, **anchor)
    return found


def test_an_anchor_of_31_falls_on_the_last_day_and_recovers():
    assert begins(dt.date(2026, 1, 31), 4, anchor_day=31) == [
        dt.date(2026, 1, 31),
        dt.date(2026, 2, 28),
        dt.date(2026, 3, 31),
        dt.date(2026, 4, 30),
    ]
    assert period_containing(dt.date(2028, 2, 29), anchor_day=30) == Span(dt.date(2028, 2, 29), dt.date(2028, 3, 30))


def test_the_day_before_the_anchor_belongs_to_the_period_before():
    assert period_containing(dt.date(2026, 3, 14), anchor_day=15) == Span(dt.date(2026, 2, 15), dt.date(2026, 3, 15))
    assert period_containing(dt.date(2026, 3, 15), anchor_day=15) == Span(dt.date(2026, 3, 15), dt.date(2026, 4, 15))


def test_quarters_run_from_their_month_and_weeks_from_their_weekday():
    assert period_containing(dt.date(2026, 11, 22), unit="quarter") == Span(dt.date(2026, 10, 1), dt.date(2027, 1, 1))
    assert period_containing(dt.date(2026, 11, 22), unit="quarter", anchor_month=12) == Span(dt.date(2026, 9, 1), dt.date(2026, 12, 1))
    assert period_containing(dt.date(2026, 11, 22), unit="week") == Span(dt.date(2026, 11, 16), dt.date(2026, 11, 23))
    assert period_containing(dt.date(2026, 11, 22), unit="week", anchor_day=7) == Span(dt.date(2026, 11, 22), dt.date(2026, 11, 29))


def test_a_first_period_ends_where_the_natural_one_does():
    assert first_period(dt.date(2026, 1, 16)) == Span(dt.date(2026, 1, 16), dt.date(2026, 2, 1))


def test_a_changed_anchor_makes_a_short_period_and_no_gap():
    assert first_period(dt.date(2026, 2, 1), anchor_day=15) == Span(dt.date(2026, 2, 1), dt.date(2026, 2, 15))


@given(days, st.integers(1, 31), units, st.integers(1, 12))
def test_a_period_contains_its_day_and_every_day_of_it_names_the_same_period(day, anchor_day, unit, anchor_month):
    anchor = {"anchor_day": anchor_day, "unit": unit, "anchor_month": anchor_month}
    span = period_containing(day, **anchor)
    assert span.covers(day)
    assert period_containing(span.starts_on, **anchor) == span == period_containing(span.ends_on - dt.timedelta(days=1), **anchor)


@given(days, st.integers(1, 31), units)
def test_periods_tile_time_without_gap_or_overlap(day, anchor_day, unit):
    spans = [first_period(day, anchor_day=anchor_day, unit=unit)]
    for _ in range(14):
        spans.append(first_period(spans[-1].ends_on, anchor_day=anchor_day, unit=unit))
    assert all(one.ends_on == other.starts_on and one.days > 0 for one, other in pairwise(spans))


def test_a_start_on_the_16th_gets_its_days_of_the_grant_and_of_the_fee():
    assert prorated_minutes([(600, 16)], 31) == [310]
    assert prorated_fees([(Decimal(2000), 16)], 31) == [Decimal("1032.26")]


def test_more_hours_from_the_16th_give_two_grants_that_add_up():
    assert prorated_minutes([(600, 15), (1200, 16)], 31) == [290, 620]


def test_paused_days_earn_nothing():
    january = Span(dt.date(2026, 1, 1), dt.date(2026, 2, 1))
    pause = Span(dt.date(2026, 1, 11), dt.date(2026, 1, 21))
    assert served_days(january, [pause]) == 21
    assert prorated_minutes([(600, 21)], january.days) == [406]
    assert sum(prorated_minutes([(600, 10), (600, 11)], 31)) == 406


def test_pauses_that_overlap_each_other_or_the_edge_count_once():
    january = Span(dt.date(2026, 1, 1), dt.date(2026, 2, 1))
    assert served_days(january, [Span(dt.date(2025, 12, 20), dt.date(2026, 1, 6)), Span(dt.date(2026, 1, 4), dt.date(2026, 1, 8))]) == 24
    assert january.within(Span(dt.date(2026, 2, 1), dt.date(2026, 3, 1))) is None


def test_a_fee_in_three_segments_adds_up_to_the_fee():
    assert prorated_fees([(Decimal(1000), 10)] * 3, 30) == [Decimal("333.33"), Decimal("333.34"), Decimal("333.33")]


def test_a_currency_without_cents_prorates_in_whole_units():
    assert prorated_fees([(Decimal(300000), 17)], 31, places=0) == [Decimal(164516)]
    assert prorated_minutes([(720, 17)], 31) == [395]
    with pytest.raises(ValueError, match="more than 0 places"):
        prorated_fees([(Decimal("0.5"), 1)], 30, places=0)


def test_a_carry_cap_is_minutes_or_a_percent_of_the_base():
    terms: dict[str, Any] = {"starts_on": dt.date(2026, 1, 1), "included_minutes": 601}
    assert Terms(**terms).carry_cap() == 301
    assert Terms(**terms, carry_cap_percent=None).carry_cap() is None
    assert Terms(**terms, carry_cap_minutes=300).carry_cap() == 300
    assert Terms(**terms).carry_cap(310) == 155
