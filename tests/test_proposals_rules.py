"""What an automation would be worth: the worked examples to the cent, and the draws that say how sure that is."""

import statistics
import time
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proposals.errors import InputUnusable
from proposals.rules import chances, estimate, pert, read
from proposals.rules.chances import digest
from proposals.rules.estimate import rounded
from proposals.rules.inputs import INPUTS
from tests.proposal_numbers import QUOTE_FOLLOW_UPS, TOO_RARE, ranged

FIGURES = st.decimals(min_value=1, max_value=99, places=2)
CHANGEABLE = sorted(known.name for known in INPUTS)


def test_the_quote_follow_ups_to_the_cent():
    found = estimate(read(QUOTE_FOLLOW_UPS))
    assert (found.hours, found.benefit, found.net) == (Decimal("34.6667"), Decimal("693.33"), Decimal("483.33"))
    assert (found.build, found.payback_months) == (Decimal("2400.00"), Decimal("4.9655"))
    assert (found.net_first_year, found.npv) == (Decimal("3400.00"), Decimal("3110.24"))
    assert found.irr_percent == pytest.approx(565.73)
    assert not chances(read(QUOTE_FOLLOW_UPS)).doubts


def test_too_rare_a_task_loses_money_and_is_not_to_be_built():
    found = estimate(read(TOO_RARE))
    assert (found.net, found.payback_months, found.irr_percent) == (Decimal("-117.56"), None, None)
    assert chances(read(TOO_RARE)).doubts == ("payback_over_a_year", "may_lose_money")


def test_correcting_the_machine_can_cost_more_than_it_saves():
    """100 tasks, 3.0 manual, 2.5 review, one in ten corrected for 10 minutes: 100 x -0.5 / 60."""
    inputs = QUOTE_FOLLOW_UPS | {
        "frequency_per_week": {"likely": "23.0769"},  # 100 a month
        "manual_minutes": {"likely": 3},
        "review_minutes": {"likely": "2.5"},
        "rework_minutes": {"likely": 1},
        "automatable_percent": {"likely": 100},
    }
    assert estimate(read(inputs)).hours == Decimal("-0.8333")


def test_pert_is_a_beta_with_lambda_four():
    assert pert.mean(60, 120, 160) == pytest.approx(116.6667, abs=5e-5)
    drawn = pert.strata(60, 120, 160)
    assert statistics.fmean(drawn) == pytest.approx(116.6667, abs=1e-3)
    assert statistics.pstdev(drawn) == pytest.approx(18.7295, abs=1e-3)
    assert list(drawn) == sorted(drawn)


@given(st.tuples(*[st.floats(0, 1000)] * 3).map(sorted))
def test_draws_stay_within_low_and_high(points):
    drawn = pert.strata(*points)
    assert points[0] <= drawn[0]
    assert drawn[-1] <= points[2]


def test_certain_inputs_have_no_range():
    found = chances(read(QUOTE_FOLLOW_UPS))
    assert found.net.p10 == found.net.p50 == found.net.p90 == pytest.approx(483.3333, abs=1e-4)
    assert (found.p_net, found.p_first_year, found.p_multiple) == (1.0, 1.0, 0.0)
    assert (found.weighted, found.weighted_per_hour, found.swings) == (Decimal("3400.00"), Decimal("212.50"), ())
    assert found.rice == Decimal("1.30")  # 34.6667 h a month, at the client's word (.6), for 16 h of building


def test_uncertain_inputs_have_a_range_around_the_likely_figure():
    found = chances(read(ranged(QUOTE_FOLLOW_UPS)))
    assert found.net.p10 < found.net.p50 < found.net.p90
    assert found.net.p50 == pytest.approx(483, rel=0.1)
    assert 0.7 < found.p_first_year < 1
    widths = [abs(swing.at_high - swing.at_low) for swing in found.swings]
    assert widths == sorted(widths, reverse=True)
    assert found.swings[0].name in {"frequency_per_week", "manual_minutes", "loaded_rate", "realisation_percent"}


def test_a_range_that_may_lose_money_is_flagged_although_its_middle_does_not():
    """The likely case is back within a year, but too many of the draws are not."""
    shaky = QUOTE_FOLLOW_UPS | {"frequency_per_week": {"low": 10, "likely": 85, "high": 130}}
    found = chances(read(shaky))
    assert estimate(read(shaky)).net_first_year > 0
    assert "may_lose_money" in found.doubts


@settings(max_examples=20, deadline=None)
@given(st.permutations(list(ranged(QUOTE_FOLLOW_UPS))))
def test_the_order_in_which_inputs_are_told_changes_nothing(order):
    told = ranged(QUOTE_FOLLOW_UPS)
    shuffled = {name: told[name] for name in order}
    assert digest(read(shuffled)) == digest(read(told))
    assert chances(read(shuffled), draws=200) == chances(read(told), draws=200)


def test_the_same_number_written_differently_is_the_same_estimate():
    again = QUOTE_FOLLOW_UPS | {"frequency_per_week": {"low": 120.0, "likely": "120.00", "high": Decimal(120), "grade": "A"}}
    assert chances(read(again)) == chances(read(QUOTE_FOLLOW_UPS))


@given(FIGURES, FIGURES)
def test_more_of_a_task_that_saves_time_is_never_worth_less(some, more):
    lesser, greater = (estimate(read(QUOTE_FOLLOW_UPS | {"frequency_per_week": {"likely": n}})) for n in sorted((some, more)))
    assert lesser.hours <= greater.hours
    assert lesser.net <= greater.net
    assert lesser.npv <= greater.npv


@given(FIGURES)
def test_a_dearer_build_takes_longer_to_pay_back(hours):
    shorter = estimate(read(QUOTE_FOLLOW_UPS | {"build_hours": {"likely": hours}}))
    longer = estimate(read(QUOTE_FOLLOW_UPS | {"build_hours": {"likely": hours + 1}}))
    assert shorter.payback_months is not None
    assert longer.payback_months is not None
    assert shorter.payback_months < longer.payback_months
    assert shorter.npv > longer.npv


@given(st.fractions(max_denominator=10**6), st.integers(0, 4))
def test_rounding_goes_half_away_from_zero(exact, places):
    assert abs(Fraction(rounded(exact, places)) - exact) <= Fraction(1, 2 * 10**places)
    assert rounded(-exact, places) == rounded(exact, places).copy_negate()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"manual_minutes": None}, "manual_minutes"),
        ({"manual_minutes": {"likely": "a few"}}, "manual_minutes/likely"),
        ({"manual_minutes": {"likely": "NaN"}}, "manual_minutes/likely"),
        ({"manual_minutes": {"likely": -1}}, "manual_minutes/likely"),
        ({"manual_minutes": {"likely": True}}, "manual_minutes/likely"),
        ({"manual_minutes": {"low": 7, "likely": 6}}, "manual_minutes/low"),
        ({"manual_minutes": {"likely": 6, "high": 5}}, "manual_minutes/high"),
        ({"manual_minutes": {"likely": "6.00001"}}, "manual_minutes/likely"),
        ({"manual_minutes": {"likely": 6, "grade": "E"}}, "manual_minutes/grade"),
        ({"manual_minutes": {"likely": 6, "mode": 5}}, "manual_minutes/mode"),
        ({"automatable_percent": {"likely": 101}}, "automatable_percent/likely"),
        ({"build_hours": {"likely": 0}}, "build_hours/low"),
        ({"build_rate": "much"}, "build_rate"),
        ({"luck": {"likely": 1}}, "luck"),
    ],
)
def test_what_is_no_input_is_refused_at_its_field(change, field):
    with pytest.raises(InputUnusable) as refused:
        read(QUOTE_FOLLOW_UPS | change)
    assert refused.value.field == field


def test_ten_thousand_draws_take_less_than_150_ms():
    """All twelve inputs uncertain. In processor time and the best of three, so that a neighbour on the machine costs nothing."""
    inputs = read(ranged(QUOTE_FOLLOW_UPS | {name: {"likely": 1} for name in CHANGEABLE if name not in QUOTE_FOLLOW_UPS}))
    taken = []
    for _ in range(3):
        pert.strata.cache_clear()
        began = time.process_time()
        chances(inputs)
        taken.append(time.process_time() - began)
    assert min(taken) < 0.150
