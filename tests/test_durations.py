"""Natural durations and the one line that logs time: what is read, and what is refused with which way out."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.durations import Unreadable, parse_duration, parse_hours, read_line, typed_hours

SUNDAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("1h30", 90),
        ("1:30", 90),
        ("1.5h", 90),
        ("1,5h", 90),
        ("90m", 90),
        ("90", 90),
        ("1h 30m", 90),
        ("1 h 30 min", 90),
        ("1H30M", 90),
        ("45min", 45),
        ("45 minutes", 45),
        ("2 hours", 120),
        ("0:05", 5),
        ("0.25h", 15),
        ("1h5", 65),
        ("24h", 1440),
        ("  90 ", 90),
    ],
)
def test_every_natural_way_of_writing_a_duration_is_read(typed, minutes):
    assert parse_duration(typed).seconds == minutes * 60


@pytest.mark.parametrize(("typed", "minutes"), [("40h", 2400), ("40h30", 2430), ("1000:30", 60_030), ("6000m", 6000), ("0", 0)])
def test_a_promise_may_be_longer_than_a_day_and_nothing_at_all(typed, minutes):
    assert parse_hours(typed) == minutes


@pytest.mark.parametrize(
    ("typed", "minutes"), [("2", 120), ("1.5", 90), ("1,5", 90), ("2h", 120), ("90 min", 90), ("1:30", 90), ("0.01", 1)]
)
def test_a_bare_number_is_hours_where_hours_are_asked_for(typed, minutes):
    assert parse_hours(typed, bare_is_hours=True) == minutes


@pytest.mark.parametrize("typed", ["", "lots", "1.5", "0.001h", "-2h", "9:15-10:45", "1h75", "2h 30m more"])
def test_a_promise_that_cannot_be_read_is_refused(typed):
    with pytest.raises(Unreadable):
        parse_hours(typed)


@given(st.integers(0, 500_000))
def test_hours_are_read_back_as_they_are_written(minutes):
    assert parse_hours(typed_hours(minutes)) == parse_hours(typed_hours(minutes), bare_is_hours=True) == minutes


def test_a_range_gives_its_length_and_both_times():
    assert parse_duration("9:15-10:45") == (5400, dt.time(9, 15), dt.time(10, 45))
    assert parse_duration("9:15 to 10:45") == parse_duration("9:15 \u2013 10:45") == parse_duration("9:15-10:45")


def test_a_range_over_midnight_is_the_short_night_it_names():
    assert parse_duration("23:30-0:30") == (3600, dt.time(23, 30), dt.time(0, 30))
    assert parse_duration("22:00-24:00").seconds == 7200


@pytest.mark.parametrize(
    ("typed", "code", "way_out"),
    [
        ("", "unreadable_time", "like 1h30"),
        ("soon", "unreadable_time", '"soon"'),
        ("-5", "unreadable_time", "like 1h30"),
        ("9-10", "unreadable_time", "9:15-10:45"),
        ("1.5h30", "unreadable_time", "like 1h30"),
        ("1.500h", "unreadable_time", "like 1h30"),
        ("9:99-10:00", "unreadable_time", "no clock shows"),
        ("0", "zero_time", "Say how long it took"),
        ("0h", "zero_time", "Say how long it took"),
        ("9:15-9:15", "zero_time", "Say how long it took"),
        ("1.5", "ambiguous_time", "1.5h for hours or 1.5m for minutes"),
        ("1h 30", "ambiguous_time", "1h30"),
        ("90 10:30", "ambiguous_time", "in one piece"),
        ("1h75", "unreadable_time", "Write the minutes alone"),
        ("10:45-9:15", "backwards", "earlier time first"),
        ("2026", "longer_than_a_day", "each day by itself"),
        ("90m note", "unreadable_time", "like 1h30"),
        ("٩٠", "unreadable_time", "like 1h30"),
    ],
)
def test_what_cannot_be_read_in_one_way_is_refused_with_the_way_out(typed, code, way_out):
    with pytest.raises(Unreadable) as refused:
        parse_duration(typed)
    assert refused.value.code == code
    assert way_out in str(refused.value)
    assert refused.value.sentence % refused.value.params == str(refused.value)


def test_a_quick_line_is_time_then_ticket_then_note():
    line = read_line("1h30 BWL-17 clause library re-indexed", today=SUNDAY)
    assert (line.seconds, line.work_date, line.reference, line.note) == (5400, SUNDAY, "BWL-17", "clause library re-indexed")
    assert (line.started, line.ended) == (None, None)


def test_the_ticket_may_stand_first_and_in_small_letters():
    assert read_line("bwl-17 90m  re-indexed   twice", today=SUNDAY)[3:] == (SUNDAY, "BWL-17", "re-indexed twice")


def test_a_reference_inside_the_note_stays_note():
    line = read_line("45m as in BWL-17", today=SUNDAY)
    assert (line.reference, line.note) == (None, "as in BWL-17")


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("today 2h x", SUNDAY),
        ("yesterday 2h x", dt.date(2026, 11, 21)),
        ("mon 2h x", dt.date(2026, 11, 16)),
        ("Sunday 2h x", SUNDAY),
        ("sat 9:00-11:00 x", dt.date(2026, 11, 21)),
        ("2026-11-20 2h x", dt.date(2026, 11, 20)),
    ],
)
def test_a_line_may_begin_with_its_day(typed, day):
    line = read_line(typed, today=SUNDAY)
    assert (line.seconds, line.work_date, line.note) == (7200, day, "x")


@pytest.mark.parametrize(
    ("typed", "code"), [("2026-11-23 1h x", "day_to_come"), ("2026-02-30 1h x", "unreadable_day"), ("1h 30 pages", "ambiguous_time")]
)
def test_a_line_that_would_land_on_a_wrong_day_or_length_is_refused(typed, code):
    with pytest.raises(Unreadable) as refused:
        read_line(typed, today=SUNDAY)
    assert refused.value.code == code


@given(st.integers(1, 1440))
def test_every_length_up_to_a_day_reads_the_same_in_every_spelling(minutes):
    hour, minute = divmod(minutes, 60)
    spellings = [f"{minutes}", f"{minutes}m", f"{hour}:{minute:02d}", f"{hour}h{minute:02d}", f"{hour}h {minute}m"]
    assert {parse_duration(typed).seconds for typed in spellings} == {minutes * 60}


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_and_never_breaks(typed):
    try:
        line = read_line(typed, today=SUNDAY)
    except Unreadable:
        return
    assert 0 < line.seconds <= 86400
    assert line.work_date <= SUNDAY
