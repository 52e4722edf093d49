"""One rounding, one way of writing each number."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures import text
from figures.rounding import half_up, money, share, shares


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"), [(1, 2, 1), (-1, 2, -1), (3, 2, 2), (-3, 2, -2), (1, 3, 0), (2, 3, 1), (1, -2, -1)]
)
def test_a_half_goes_away_from_zero(numerator, denominator, expected):
    assert half_up(numerator, denominator) == expected


@given(st.integers(), st.integers(1, 10**6))
def test_rounding_is_never_more_than_a_half_off_and_mirrors_at_zero(numerator, denominator):
    rounded = half_up(numerator, denominator)
    assert abs(Fraction(numerator, denominator) - rounded) <= Fraction(1, 2)
    assert half_up(-numerator, denominator) == -rounded


def test_money_rounds_a_half_away_from_zero_at_the_exponent_of_its_currency():
    assert money(Decimal("9.505")) == Decimal("9.51")
    assert money(Decimal("-9.505")) == Decimal("-9.51")
    assert money(Decimal("164516.129"), 0) == 164516


@given(st.lists(st.integers(0, 10**6), min_size=1), st.integers(1, 10**4))
def test_shares_add_up_to_the_rounded_whole_and_are_less_than_one_off(parts, denominator):
    given_out = shares(parts, denominator)
    assert sum(given_out) == half_up(sum(parts), denominator)
    assert all(abs(Fraction(part, denominator) - got) < 1 + Fraction(1, denominator) for part, got in zip(parts, given_out, strict=True))


@given(st.integers(0, 10**5), st.integers(0, 31), st.integers(0, 31))
def test_stretches_that_tile_a_whole_share_all_of_it(total, one, other):
    first, second = sorted((one, other))
    assert share(total, (0, first), 31) + share(total, (first, second), 31) + share(total, (second, 31), 31) == total


@pytest.mark.parametrize(
    ("minutes", "written"),
    [(0, "0 h"), (240, "4 h"), (390, "6.5 h"), (45, "0.75 h"), (66, "1.1 h"), (60000, "1,000 h"), (-30, "\u22120.5 h")],
)
def test_hours_in_quarters_and_tenths_are_decimals_without_trailing_zeros(minutes, written):
    assert text.hours(minutes) == written.replace(" ", "\u00a0")


@pytest.mark.parametrize(("minutes", "written"), [(50, "50 min"), (89, "1 h 29 min"), (200, "3 h 20 min"), (-100, "\u22121 h 40 min")])
def test_other_hours_are_told_in_hours_and_minutes(minutes, written):
    assert text.hours(minutes).replace("\u00a0", " ") == written


@pytest.mark.parametrize(("minutes", "written"), [(390, "6.5"), (200, "3:20"), (60001, "1,000:01"), (-62, "\u22121:02"), (0, "0")])
def test_the_large_figure_says_all_of_its_minutes(minutes, written):
    assert text.figure(minutes) == written


@given(st.integers(-(10**6), 10**6))
def test_what_is_written_of_hours_is_all_of_them(minutes):
    plain = text.hours(minutes).replace("\u00a0", "").replace(" ", "").replace(",", "").replace(text.MINUS, "-")
    sign, parts = (-1, plain.lstrip("-")) if plain.startswith("-") else (1, plain)
    whole, _, rest = parts.partition("h") if "h" in parts else ("0", "", parts)
    assert sign * (Fraction(whole) * 60 + int(rest.removesuffix("min") or 0)) == minutes


@pytest.mark.parametrize(
    ("seconds", "written"), [(5021, "1 h 23 min 41 s"), (3600, "1 h"), (3000, "50 min"), (-12, "\u221212 s"), (3605, "1 h 5 s")]
)
def test_time_off_the_clock_is_told_to_the_second(seconds, written):
    assert text.worked(seconds).replace("\u00a0", " ") == written


def test_a_balance_is_left_or_over_and_never_negative():
    assert text.balance(390) == ("6.5\u00a0h", False)
    assert text.balance(0) == ("0\u00a0h", False)
    assert text.balance(-72) == ("1.2\u00a0h", True)


def test_what_still_runs_is_written_in_minutes_under_an_hour():
    assert text.short(28) == "28\u00a0min"
    assert text.short(90) == "1.5\u00a0h"
    assert [text.clock(seconds) for seconds in (2538, 0, 36000, -5)] == ["0:42:18", "0:00:00", "10:00:00", "0:00:00"]


def test_a_minus_stands_only_before_what_a_statement_takes_away():
    assert text.taken(510) == "\u2212\u00a08.5\u00a0h"
    assert text.taken(0) == "0\u00a0h"


def test_money_shows_its_currency_first_and_cents_where_amounts_are_listed():
    assert text.money_text(Decimal(2000), "USD") == "USD\u00a02,000.00"
    assert text.money_text(Decimal("-0.5"), "USD") == "USD\u00a0\u22120.50"
    assert text.money_text(Decimal(164516), "JPY", places=0) == "JPY\u00a0164,516"
    assert text.money_short(Decimal("2000.00"), "USD") == "USD\u00a02,000"
    assert text.money_short(Decimal("312.5"), "USD") == "USD\u00a0312.50"


def test_percents_and_multiples_are_written_with_their_marks():
    assert text.percent(52) == "52\u00a0%"
    assert text.percent(Decimal(95), 1) == "95.0\u00a0%"
    assert text.multiple(Decimal("3.55")) == "3.6x"
    assert text.multiple(Fraction(359999, 60000)) == "6.0x"


def test_another_language_brings_its_own_marks():
    german = text.Marks(decimal=",", group=".")
    assert text.hours(390, german) == "6,5\u00a0h"
    assert text.hours(72000, german) == "1.200\u00a0h"
    assert text.money_text(Decimal(2000), "EUR", german) == "EUR\u00a02.000,00"
