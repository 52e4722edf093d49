"""When people are told about hours: once, for the highest, and never by dividing by nothing."""

import datetime as dt

import pytest

from billing.rules.alerts import (
    WITHOUT_CAPACITY,
    Episode,
    Pace,
    expiry_marks,
    firings,
    is_under_served,
    pace,
    reached,
    will_end_over,
)

USUAL = (50, 80, 100)


def test_equality_reaches_a_threshold_and_a_minute_less_does_not():
    assert reached([80], used_minutes=479, capacity_minutes=600) == []
    assert reached([80], used_minutes=480, capacity_minutes=600) == [80]
    assert reached([50], used_minutes=300, capacity_minutes=601) == []
    assert reached(USUAL, used_minutes=5, capacity_minutes=0) == []


class Told:
    """A period whose alerts are recorded as they fire; `say` returns what is messaged."""

    def __init__(self, *thresholds):
        self.thresholds, self.episodes = thresholds or USUAL, []

    def say(self, used, capacity=600):
        fired = firings(self.thresholds, used_minutes=used, capacity_minutes=capacity, episodes=self.episodes)
        self.episodes += [Episode(each.threshold, each.number, used, capacity) for each in fired]
        return [each.threshold for each in fired if not each.is_superseded], [each.threshold for each in fired if each.is_superseded]


def test_an_edit_down_and_up_again_tells_nobody_twice():
    period = Told(80)
    assert [period.say(used)[0] for used in (480, 470, 490)] == [[80], [], []]


def test_a_jump_over_several_sends_one_message_for_the_highest():
    period = Told()
    assert period.say(200) == ([], [])
    assert period.say(650) == ([100], [50, 80])
    assert period.say(700) == ([], [])


def test_a_top_up_arms_again_what_the_use_no_longer_reaches():
    period = Told()
    assert period.say(600) == ([100], [50, 80])
    assert period.say(600, 1200) == ([], [])
    assert period.say(960, 1200) == ([80], [])
    assert period.say(1200, 1200) == ([100], [])
    assert [episode.number for episode in period.episodes if episode.threshold == 100] == [1, 2]


def test_less_capacity_opens_no_second_episode():
    period = Told(80)
    assert period.say(480)[0] == [80]
    assert period.say(480, 500)[0] == []
    assert period.say(490, 600)[0] == []


def test_a_rule_created_late_fires_at_once_if_already_past():
    period = Told(100)
    assert period.say(650)[0] == [100]
    period.thresholds = (90, 100)
    assert period.say(650)[0] == [90]


def test_work_without_any_hours_tells_once_and_the_usual_rules_follow_when_hours_come():
    period = Told()
    assert period.say(0, 0) == ([], [])
    assert period.say(30, 0) == ([WITHOUT_CAPACITY], [])
    assert period.say(60, 0) == ([], [])
    assert period.say(60, 100) == ([50], [])


def test_a_straight_line_names_the_end_and_the_day_the_hours_run_out():
    line = pace(used_minutes=360, capacity_minutes=600, day=10, days=22)
    assert line == Pace(792, 17)
    assert will_end_over(line, 600)


@pytest.mark.parametrize(
    ("used", "day", "expected"),
    [(0, 10, Pace(0, None)), (100, 10, Pace(220, None)), (600, 10, Pace(1320, 10)), (300, 11, Pace(600, 22)), (5, 0, None)],
)
def test_a_pace_that_lasts_names_no_day(used, day, expected):
    assert pace(used_minutes=used, capacity_minutes=600, day=day, days=22) == expected


def test_hours_used_before_the_first_day_or_without_capacity_run_out_at_once():
    assert pace(used_minutes=10, capacity_minutes=0, day=3, days=22) == Pace(73, 1)
    assert not will_end_over(None, 600)


def test_a_client_is_under_served_below_a_quarter_at_three_fifths_of_the_time():
    assert is_under_served(used_minutes=149, capacity_minutes=600, day=18, days=30)
    assert not is_under_served(used_minutes=150, capacity_minutes=600, day=18, days=30)
    assert not is_under_served(used_minutes=0, capacity_minutes=600, day=17, days=30)
    assert not is_under_served(used_minutes=0, capacity_minutes=0, day=30, days=30)


def test_expiring_hours_are_told_14_and_3_days_before():
    ends = dt.date(2026, 3, 1)
    told = {days: expiry_marks(ends, left_minutes=60, today=ends - dt.timedelta(days=days)) for days in (15, 14, 4, 3, 1, 0)}
    assert told == {15: [], 14: [14], 4: [14], 3: [14, 3], 1: [14, 3], 0: []}
    assert expiry_marks(ends, left_minutes=0, today=dt.date(2026, 2, 27)) == []


def test_who_joined_three_days_before_the_end_is_not_under_served_at_once():
    assert not is_under_served(used_minutes=0, capacity_minutes=60, day=3, days=3)
    assert not is_under_served(used_minutes=0, capacity_minutes=60, day=4, days=4)
    assert is_under_served(used_minutes=0, capacity_minutes=60, day=5, days=5)
