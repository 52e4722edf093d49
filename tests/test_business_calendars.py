"""Open time, against the table of promises and against a clock that is read minute by minute."""

import datetime as dt
import time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.rules import (
    BadCalendar,
    Calendar,
    NeverOpen,
    Window,
    business_days,
    due_at,
    elapsed,
    elapsed_minutes,
    elapsed_seconds,
    is_business_day,
    is_open_at,
    open_windows,
    refuse_never_open,
)

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def every(days, *hours):
    return tuple(Window(weekday, round(opens * 60), round(closes * 60)) for weekday in days for opens, closes in hours)


WEEKDAYS = range(5)
UTC95 = Calendar("UTC", every(WEEKDAYS, (9, 17)))
NY95 = Calendar("America/New_York", every(WEEKDAYS, (9, 17)))
NY95H = Calendar("America/New_York", NY95.windows, {dt.date(2026, 11, 26): (), dt.date(2026, 11, 27): ((9 * 60, 13 * 60),)})
F10 = Calendar("UTC", every(WEEKDAYS, (10, 18)))
BER = Calendar("Europe/Berlin", every(range(7), (9, 18)))
LUNCH = Calendar("America/Sao_Paulo", every(WEEKDAYS, (8, 12), (13.5, 18)))
NIGHTNY = Calendar("America/New_York", every(range(7), (0, 8)))
KTM = Calendar("Asia/Kathmandu", every(WEEKDAYS, (9, 17)))
ALWAYS = Calendar("Europe/Berlin", every(range(7), (0, 24)))
SPLIT = Calendar("Europe/Berlin", every(range(7), (0.5, 1.25), (2.25, 2.75), (23, 24)))
LORD_HOWE = Calendar("Australia/Lord_Howe", every(range(7), (1, 2.5)))
CALENDARS = [UTC95, NY95, NY95H, F10, BER, LUNCH, NIGHTNY, KTM, ALWAYS, SPLIT, LORD_HOWE]


def utc(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def paused(day, *spans):
    return [(utc(f"{day} {begins}"), utc(f"{day} {ends}")) for begins, ends in spans]


@pytest.mark.parametrize(
    ("calendar", "start", "minutes", "pauses", "due"),
    [
        (UTC95, "2024-01-19 16:00", 120, [], "2024-01-22 10:00"),
        (UTC95, "2024-01-17 18:00", 120, [], "2024-01-18 11:00"),
        (NY95, "2024-01-19 21:00", 120, [], "2024-01-22 15:00"),
        (F10, "2026-11-21 15:00", 1440, [], "2026-11-25 18:00"),
        (F10, "2026-11-19 15:00", 120, paused("2026-11-19", ("15:30", "16:30")), "2026-11-19 18:00"),
        (BER, "2013-06-04 09:00", 120, paused("2013-06-04", ("09:30", "09:45"), ("10:00", "10:30")), "2013-06-04 11:45"),
        (BER, "2013-06-04 09:00", 120, paused("2013-06-04", ("10:00", "15:00")), "2013-06-04 16:00"),
        (NY95, "2026-03-06 21:00", 120, [], "2026-03-09 14:00"),
        (NIGHTNY, "2026-03-08 05:00", 360, [], "2026-03-08 11:00"),
        (KTM, "2026-11-20 10:45", 60, [], "2026-11-23 03:45"),
        (LUNCH, "2026-11-23 15:30", 30, [], "2026-11-23 17:00"),
        (NY95H, "2026-11-25 21:00", 240, [], "2026-11-27 17:00"),
        (UTC95, "2026-11-23 17:00", 1, [], "2026-11-24 09:01"),
        (UTC95, "2026-11-23 09:00", 480, [], "2026-11-23 17:00"),
    ],
)
def test_what_was_promised_is_due_when_the_table_says(calendar, start, minutes, pauses, due):
    assert due_at(calendar, utc(start), minutes, pauses) == utc(due)
    assert elapsed_minutes(calendar, utc(start), utc(due), pauses) == minutes


def local(day, clock):
    return dt.datetime.fromisoformat(f"2026-11-{day} {clock}").replace(tzinfo=ZoneInfo("America/New_York"))


def test_a_first_response_raised_to_an_hour_counts_from_the_beginning():
    assert due_at(NY95H, local(23, "10:00"), 240) == local(23, "14:00")
    assert due_at(NY95H, local(23, "10:00"), 60) == local(23, "11:00")


def test_waiting_a_day_for_the_client_moves_the_resolution_by_a_working_day():
    waiting = [(local(23, "12:00"), local(24, "12:00"))]
    assert due_at(NY95H, local(23, "10:00"), 480, waiting) == local(25, "10:00")
    assert elapsed_minutes(NY95H, local(23, "10:00"), local(24, "12:00"), waiting) == 120


def test_resolved_out_of_a_pause_counts_only_the_work_before_it():
    waiting = [(local(23, "12:00"), local(27, "12:00"))]
    assert elapsed_minutes(NY95H, local(23, "10:00"), local(27, "12:00"), waiting) == 120
    assert elapsed_minutes(NY95H, local(23, "10:00"), local(27, "12:00")) == 1560


def test_the_next_response_to_a_message_of_late_monday_is_due_on_tuesday():
    assert due_at(NY95H, local(23, "16:00"), 120) == local(24, "10:00")


@pytest.mark.parametrize(("day", "hours"), [(dt.date(2026, 3, 8), 7), (dt.date(2026, 3, 9), 8), (dt.date(2026, 11, 1), 9)])
def test_a_night_has_the_hours_it_really_has(day, hours):
    since = dt.datetime.combine(day, dt.time(), ZoneInfo("America/New_York"))
    assert elapsed(NIGHTNY, since, since + DAY) == dt.timedelta(hours=hours)
    assert [ends - begins for begins, ends in open_windows(NIGHTNY, since, since + dt.timedelta(hours=12))] == [dt.timedelta(hours=hours)]


def test_hours_that_the_clock_shows_twice_are_open_twice():
    night = Calendar("America/New_York", every(range(7), (1.25, 1.75)))
    since = utc("2026-11-01 04:00")
    assert [begins for begins, _ in open_windows(night, since, since + DAY)] == [utc("2026-11-01 05:15"), utc("2026-11-01 06:15")]


def test_hours_that_the_clock_skips_are_not_open():
    night = Calendar("America/New_York", every(range(7), (2.25, 2.75)))
    assert elapsed(night, utc("2026-03-08 05:00"), utc("2026-03-09 04:00")) == dt.timedelta()


def test_a_day_that_a_country_skipped_has_no_hours():
    samoa = Calendar("Pacific/Apia", every(range(7), (9, 17)))
    assert elapsed_minutes(samoa, utc("2011-12-29 10:00"), utc("2011-12-31 10:00")) == 2 * 480


def test_windows_that_meet_at_midnight_are_one():
    assert list(open_windows(ALWAYS, utc("2025-12-30 00:00"), utc("2026-11-01 00:00"))) == [
        (utc("2025-12-30 00:00"), utc("2026-11-01 00:00"))
    ]


def test_open_windows_are_cut_to_what_was_asked_for():
    assert list(open_windows(UTC95, utc("2026-11-20 16:00"), utc("2026-11-23 10:00"))) == [
        (utc("2026-11-20 16:00"), utc("2026-11-20 17:00")),
        (utc("2026-11-23 09:00"), utc("2026-11-23 10:00")),
    ]


def test_the_door_opens_with_the_first_second_and_is_shut_at_the_closing_one():
    assert is_open_at(UTC95, utc("2026-11-23 09:00"))
    assert not is_open_at(UTC95, utc("2026-11-23 17:00"))
    assert is_open_at(UTC95, utc("2026-11-23 17:00") - dt.timedelta(microseconds=1))
    assert is_open_at(ALWAYS, utc("2026-11-23 23:00"))


def test_time_is_exact_to_the_last_digit_of_a_timestamp():
    start = utc("2026-11-23 16:59:59.250001")
    due = due_at(UTC95, start, 1)
    assert due == utc("2026-11-24 09:00:59.250001")
    assert elapsed_seconds(UTC95, start, due) == 60
    assert elapsed_seconds(UTC95, start, due - dt.timedelta(microseconds=1)) == 59


def test_nothing_to_do_is_due_at_once_even_at_night():
    assert due_at(UTC95, utc("2026-11-22 03:00"), 0) == utc("2026-11-22 03:00")


def test_overlapping_pauses_count_once():
    pauses = paused("2026-11-23", ("10:00", "11:00"), ("10:30", "12:00"), ("10:15", "10:20"), ("12:00", "12:00"))
    assert elapsed_minutes(UTC95, utc("2026-11-23 09:00"), utc("2026-11-23 13:00"), pauses) == 120


def test_business_days_follow_the_week_and_the_days_with_hours_of_their_own():
    days = business_days(NY95H, dt.date(2026, 11, 23), dt.date(2026, 12, 1))
    assert [day.day for day in days] == [23, 24, 25, 27, 30]
    assert not is_business_day(NY95H, dt.date(2026, 11, 26))
    assert business_days(NY95H, dt.date(2026, 11, 26), dt.date(2026, 11, 26)) == []


def test_a_calendar_that_never_opens_is_refused():
    start = utc("2026-01-01 00:00")
    with pytest.raises(NeverOpen):
        refuse_never_open(Calendar("UTC", ()), start)
    with pytest.raises(NeverOpen):
        due_at(Calendar("UTC", ()), start, 1)


@pytest.mark.parametrize(("days", "refused"), [(400, False), (401, True)])
def test_a_calendar_may_stay_closed_for_400_days_and_no_longer(days, refused):
    start = utc("2026-01-01 00:00")
    once = Calendar("UTC", (), {(start + days * DAY).date(): ((0, 60),)})
    if not refused:
        refuse_never_open(once, start)
        assert due_at(once, start, 60) == start + days * DAY + 60 * MINUTE
    else:
        with pytest.raises(NeverOpen):
            refuse_never_open(once, start)


def test_a_calendar_that_closes_for_good_half_way_is_refused_when_it_matters():
    with pytest.raises(NeverOpen):
        due_at(Calendar("UTC", (), {dt.date(2026, 1, 2): ((0, 60),)}), utc("2026-01-01 00:00"), 61)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Window(7, 540, 1020),
        lambda: Window(0, 1020, 540),
        lambda: Window(0, 540, 540),
        lambda: Window(0, 540, 1441),
        lambda: Window(0, -1, 540),
        lambda: Calendar("Mars/Olympus", ()),
        lambda: Calendar("../etc/passwd", ()),
        lambda: Calendar("", ()),
        lambda: Calendar("UTC", (Window(0, 540, 720), Window(0, 700, 800))),
        lambda: Calendar("UTC", (), {dt.date(2026, 1, 1): ((540, 720), (700, 800))}),
    ],
)
def test_hours_that_no_clock_can_show_are_refused(wrong):
    with pytest.raises(BadCalendar):
        wrong()


def test_an_instant_without_a_zone_and_a_negative_target_are_mistakes():
    with pytest.raises(ValueError, match="time zone"):
        is_open_at(UTC95, dt.datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake itself
    with pytest.raises(ValueError, match="negative"):
        due_at(UTC95, utc("2026-01-01 00:00"), -1)


def test_equal_calendars_are_equal_whatever_the_order_of_their_clocks():
    assert Calendar("UTC", UTC95.windows) == UTC95
    assert hash(NY95H) == hash(Calendar(NY95H.zone, NY95H.windows, dict(NY95H.overrides)))


def test_work_of_many_years_is_due_in_a_calendar_that_keeps_opening():
    mondays = Calendar("UTC", (Window(0, 540, 600),))
    assert due_at(mondays, utc("2026-01-05 00:00"), 60 * 300) == utc("2026-01-05 10:00") + 299 * 7 * DAY


def test_a_due_date_more_than_a_year_ahead_takes_under_two_milliseconds():
    start = utc("2026-01-01 00:00")
    due_at(LUNCH, start, 145_000)  # the clock changes of these years are found once

    def took():
        began = time.perf_counter()
        due = due_at(LUNCH, start, 145_000)
        assert due - start > 395 * DAY
        return time.perf_counter() - began

    assert min(took() for _ in range(20)) < 0.002


# Against the slow clock: a minute is open when the clock on the wall says so and nobody has paused it.


def wall_says_open(calendar, at):
    wall = at.astimezone(ZoneInfo(calendar.zone))
    week = [(w.opens, w.closes) for w in calendar.windows if w.weekday == wall.weekday()]
    hours = calendar.overrides.get(wall.date(), week)
    return any(opens <= wall.hour * 60 + wall.minute < closes for opens, closes in hours)


def slow_elapsed(calendar, since, until, pauses):
    total, at = 0, since
    while at < until:
        total += wall_says_open(calendar, at) and not any(begins <= at < ends for begins, ends in pauses)
        at += MINUTE
    return total


# Around clock changes of all the zones above, and a turn of the year.
CRITICAL = ["2026-03-08", "2026-11-01", "2026-03-29", "2026-10-25", "2026-04-04", "2026-10-03", "2018-11-04", "2025-12-31", "2026-11-26"]
starts = st.builds(lambda day, minute: utc(day) - 1.5 * DAY + minute * MINUTE, st.sampled_from(CRITICAL), st.integers(0, 4320))
far_starts = st.builds(lambda minute: utc("2009-01-01") + minute * MINUTE, st.integers(0, 20 * 365 * 1440))


@st.composite
def pauses_after(draw, start, most=4320):
    offsets = draw(st.lists(st.tuples(st.integers(-600, most), st.integers(0, 900)), max_size=4))
    return [(start + begins * MINUTE, start + (begins + length) * MINUTE) for begins, length in offsets]


@given(st.sampled_from(CALENDARS), starts, st.integers(0, 2880), st.data())
@settings(max_examples=60, deadline=None)
def test_elapsed_time_is_what_the_clock_on_the_wall_counts(calendar, since, length, data):
    pauses = data.draw(pauses_after(since))
    until = since + length * MINUTE
    assert elapsed_minutes(calendar, since, until, pauses) == slow_elapsed(calendar, since, until, pauses)


@given(st.sampled_from(CALENDARS), starts, st.integers(0, 2880))
@settings(max_examples=60, deadline=None)
def test_open_windows_hold_exactly_the_open_minutes(calendar, since, length):
    until = since + length * MINUTE
    windows = list(open_windows(calendar, since, until))
    assert all(begins < ends for begins, ends in windows)
    assert all(ends < begins for (_, ends), (begins, _) in pairwise(windows))
    for at in (since + n * 7 * MINUTE for n in range(length // 7)):
        assert any(begins <= at < ends for begins, ends in windows) == wall_says_open(calendar, at) == is_open_at(calendar, at)


@given(st.sampled_from(CALENDARS), st.one_of(starts, far_starts), st.integers(1, 20_000), st.data())
@settings(deadline=None)
def test_at_the_due_instant_exactly_the_target_has_passed_and_never_before(calendar, start, minutes, data):
    pauses = data.draw(pauses_after(start, most=20_000))
    due = due_at(calendar, start, minutes, pauses)
    assert elapsed(calendar, start, due, pauses) == minutes * MINUTE
    assert elapsed(calendar, start, due - dt.timedelta(microseconds=1), pauses) < minutes * MINUTE


@given(st.sampled_from(CALENDARS), far_starts, st.integers(0, 90_000), st.integers(0, 90_000), st.data())
@settings(deadline=None)
def test_open_time_adds_up_and_never_runs_backwards(calendar, since, first, second, data):
    pauses = data.draw(pauses_after(since, most=90_000))
    between, until = since + first * MINUTE, since + (first + second) * MINUTE
    whole = elapsed(calendar, since, until, pauses)
    assert whole == elapsed(calendar, since, between, pauses) + elapsed(calendar, between, until, pauses)
    assert dt.timedelta() <= elapsed(calendar, since, between, pauses) <= whole <= until - since
    assert elapsed(calendar, until, since, pauses) == dt.timedelta()


@given(st.sampled_from(CALENDARS), far_starts, st.integers(0, 50_000), st.data())
@settings(deadline=None)
def test_more_pauses_never_make_more_time_and_repeated_ones_change_nothing(calendar, since, length, data):
    until = since + length * MINUTE
    some, more = (data.draw(pauses_after(since, most=50_000)) for _ in range(2))
    assert elapsed(calendar, since, until, some + more) <= elapsed(calendar, since, until, some)
    assert elapsed(calendar, since, until, some + some) == elapsed(calendar, since, until, some[::-1])


@given(st.sampled_from(CALENDARS), far_starts, st.integers(0, 20_000), st.integers(0, 5_000))
@settings(deadline=None)
def test_more_work_is_never_due_earlier(calendar, start, minutes, more):
    assert due_at(calendar, start, minutes) <= due_at(calendar, start, minutes + more)
