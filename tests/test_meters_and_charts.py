"""Numbers as drawings: the meter and the burn-down, as the design draws them."""

import datetime as dt
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.charts import Ahead, BurnRow, BurnWords, Fan, burn_down, burn_rows
from figures.labels import Label, Line
from figures.meters import meter, meter_svg
from figures.svg import Svg, element

NOVEMBER: dict[str, Any] = {"starts_on": dt.date(2026, 11, 1), "ends_on": dt.date(2026, 12, 1)}
MOVES = {
    dt.date(2026, 11, number): minutes for number, minutes in [(3, 60), (4, 90), (6, 45), (9, 75), (10, 45), (11, 90), (12, 60), (16, 45)]
}
WORDS = BurnWords("Hours left in November", "From 15 h to 6.5 h.", "6.5 h left", "today, 16 Nov", "ran out 9 Nov")


def day_name(day):
    return f"{day.day} {day:%b}"


def drawn(rows, today=dt.date(2026, 11, 16), start=900, words=WORDS, **span):
    return burn_down(start, rows, today=today, words=words, day_name=day_name, **NOVEMBER | span)


def test_a_meter_shows_used_spoken_for_and_the_time_gone():
    found = meter(used_minutes=510, capacity_minutes=900, held_minutes=240, gone=52, whole=100)
    assert (found.used_width, found.held_until_x, found.now_x) == ("56.67", "83.33", "52.00")
    assert (found.over, found.cap) == (0, None)


def test_a_meter_that_is_over_marks_where_the_hours_ended():
    found = meter(used_minutes=1320, capacity_minutes=1200, gone=52, whole=100)
    assert (found.used_width, found.over_width, found.cap_x, found.now_x) == ("90.91", "9.09", "90.91", "47.27")


def test_more_spoken_for_than_free_reaches_past_the_cap():
    found = meter(used_minutes=420, capacity_minutes=480, held_minutes=180)
    assert (found.used_width, found.over, found.held_until_x, found.cap_x) == ("70.00", 0, "100.00", "80.00")


def test_a_meter_without_capacity_is_empty_or_all_over():
    assert meter(used_minutes=0, capacity_minutes=0) == meter(used_minutes=0, capacity_minutes=600)
    found = meter(used_minutes=30, capacity_minutes=0, gone=1, whole=2)
    assert (found.used, found.over_width, found.now_x) == (0, "100.00", "50.00")


@given(st.integers(0, 10**5), st.integers(0, 10**5), st.integers(0, 10**5), st.integers(0, 31))
def test_the_parts_of_a_meter_never_leave_the_bar(used, capacity, held, gone):
    found = meter(used_minutes=used, capacity_minutes=capacity, held_minutes=held, gone=gone, whole=31)
    assert 0 <= found.used <= found.used + found.over <= (found.held_until or 10_000) <= 10_000
    assert all(0 <= part <= 10_000 for part in (found.cap or 0, found.now or 0))


def test_the_drawing_of_a_meter_says_itself_in_words():
    svg = meter_svg(meter(used_minutes=120, capacity_minutes=600, gone=74, whole=100, is_low=True), '2 h of 10 h "used" & done', "s")
    root = ET.fromstring(svg)
    assert (root.get("class"), root.get("role"), root.get("aria-label")) == ("meter meter-s", "img", '2 h of 10 h "used" & done')
    assert [part.get("class") for part in root] == ["m-track", "m-used m-low", "m-now"]
    assert svg.__html__() == svg


def test_the_table_behind_the_chart_counts_down_beside_even_use():
    rows = burn_rows(900, MOVES, **NOVEMBER)
    assert [row.left_minutes for row in rows] == [840, 750, 705, 630, 585, 495, 435, 390]
    assert rows[0] == BurnRow(dt.date(2026, 11, 3), 60, 840, 810)
    weekdays = [dt.date(2026, 11, number) for number in range(1, 31) if dt.date(2026, 11, number).weekday() < 5]
    assert [row.even_minutes for row in burn_rows(900, MOVES, working_days=weekdays, **NOVEMBER)][:2] == [814, 771]


def test_the_burn_down_is_the_one_of_the_design():
    full = drawn(burn_rows(900, MOVES, **NOVEMBER)).full
    assert 'class="c-plan" d="M28.0 16.0L908.0 266.0"' in full
    assert 'd="M28.0 16.0L86.7 16.0L86.7 32.7L116.0 32.7L116.0 57.7' in full
    assert full.endswith('<text class="mid" x="849.3" y="284.0">29</text></svg>')
    assert '<circle class="c-pt" cx="490.0" cy="157.7" r="4.5"/><text class="strong c-halo" x="499.0" y="149.7">6.5 h left</text>' in full


@pytest.mark.parametrize("width", ["full", "slim"])
def test_both_widths_are_sound_markup_with_title_and_description(width):
    svg = getattr(drawn(burn_rows(900, MOVES, **NOVEMBER), words=BurnWords("<b>Hours</b>", "a & b", "6 < 7", "today")), width)
    root = ET.fromstring(svg)
    assert [part.text for part in root][:2] == ["<b>Hours</b>", "a & b"]
    assert root.get("aria-labelledby").split() == [part.get("id") for part in root][:2]


def fan(best, likely, worst):
    return Fan(Ahead(*best), Ahead(*likely), Ahead(*worst), has_band=best != worst)


def test_the_band_and_the_likely_line_run_on_from_today_as_in_the_design():
    ahead = fan((60, None), (-80, dt.date(2026, 11, 27)), (-300, dt.date(2026, 11, 24)))
    words = replace(WORDS, best="at best 1 h left", worst="at worst to 24 Nov")
    found = drawn(burn_rows(900, MOVES, **NOVEMBER), words=words, fan=ahead)
    assert 'class="c-band" d="M490.0 157.7L908.0 249.3L908.0 266.0L724.7 266.0Z"' in found.full
    assert 'class="c-guess" d="M490.0 157.7L812.7 266.0"' in found.full
    assert '<text class="mid watch strong" x="812.7" y="284.0">27 Nov</text>' in found.full
    assert ">29<" not in found.full
    assert "at worst to 24 Nov" in found.full
    assert "at worst to 24 Nov" not in found.slim
    assert 'class="c-band"' in found.slim


def test_hours_that_last_have_a_band_that_ends_with_the_period_and_no_mark_on_the_ground():
    full = drawn(burn_rows(900, MOVES, **NOVEMBER), fan=fan((300, None), (200, None), (100, None))).full
    assert 'class="c-band" d="M490.0 157.7L908.0 182.7L908.0 238.2Z"' in full
    assert "c-out" not in full


def test_a_single_line_has_no_band_and_over_hours_have_neither():
    line = fan((200, None), (200, None), (200, None))
    assert "c-band" not in drawn(burn_rows(900, MOVES, **NOVEMBER), fan=line).full
    assert "c-guess" in drawn(burn_rows(900, MOVES, **NOVEMBER), fan=line).full
    assert "c-guess" not in drawn(burn_rows(900, {dt.date(2026, 11, 3): 960}, **NOVEMBER), fan=line).full
    assert "c-guess" not in drawn(burn_rows(900, MOVES, **NOVEMBER), fan=line, today=dt.date(2026, 12, 4)).full


def test_two_drawings_never_share_an_id():
    ids = re.findall(r' id="([^"]+)"', "".join(drawn([])) + "".join(drawn([], name="other")))
    assert len(ids) == len(set(ids)) == 8


def test_hours_that_ran_out_stay_at_zero_and_are_marked_where_they_ended():
    moves = {dt.date(2026, 11, 3): 600, dt.date(2026, 11, 9): 420}
    full = drawn(burn_rows(900, moves, **NOVEMBER)).full
    assert '<circle class="c-out" cx="262.7" cy="266.0" r="4.0"/>' in full.replace('r="4"', 'r="4.0"')
    assert "ran out 9 Nov" in full
    assert max(float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", full)) == 266.0


def test_a_period_to_come_shows_only_even_use_and_a_past_one_no_today():
    rows = burn_rows(900, MOVES, **NOVEMBER)
    assert "c-line" not in drawn(rows, today=dt.date(2026, 10, 31)).full
    past = drawn(rows, today=dt.date(2026, 12, 24)).full
    assert "c-line" in past
    assert "c-now" not in past


def test_what_comes_after_today_is_not_drawn_yet():
    rows = burn_rows(900, MOVES, **NOVEMBER)
    assert drawn(rows, today=dt.date(2026, 11, 5)) == drawn(rows[:2], today=dt.date(2026, 11, 5))


def test_a_label_near_the_edge_of_a_phone_stands_left_of_its_point():
    assert 'class="c-halo end"' in drawn([], today=dt.date(2026, 11, 28)).slim
    assert 'class="c-halo end"' not in drawn([], today=dt.date(2026, 11, 28)).full


@given(st.integers(0, 10**6), st.integers(1, 100), st.integers(-5, 110))
def test_any_period_and_balance_draws_at_most_four_lines_and_sound_markup(start, length, passed):
    ends_on = NOVEMBER["starts_on"] + dt.timedelta(days=length)
    today = NOVEMBER["starts_on"] + dt.timedelta(days=passed)
    for svg in drawn([], today=today, start=start, ends_on=ends_on):
        assert len(ET.fromstring(svg).findall("line[@class='c-grid']")) <= 4


def test_what_a_person_wrote_is_escaped_and_what_was_drawn_is_not():
    assert element("text", "<i>") == "<text>&lt;i&gt;</text>"
    assert element("g", element("text", "x"), class_='a"b') == '<g class="a&quot;b"><text>x</text></g>'
    assert isinstance(element("g"), Svg)


def corners(root, name):
    path = next(each for each in root.iter("path") if each.get("class") == name)
    return [tuple(map(float, pair.split())) for pair in re.split("[ML]", str(path.get("d")))[1:]]


def strokes_and_words(svg):
    root = ET.fromstring(svg)
    lines = [Line(*before, *after) for name in ("c-line", "c-plan") for before, after in pairwise(corners(root, name))]
    said = [{"text": str(node.text)} | node.attrib for node in root.iter("text") if "c-halo" in str(node.get("class"))]
    return lines, [Label(each["text"], float(each["x"]), float(each["y"]), "end" in each["class"].split()) for each in said]


STEADY = {dt.date(2026, 11, number): 60 for number in range(2, 21)}
STEEP = {dt.date(2026, 11, number): 110 for number in range(2, 12)}


@pytest.mark.parametrize("moves", [MOVES, STEADY, STEEP], ids=["as in the design", "down to little", "used up"])
@pytest.mark.parametrize("today", [6, 12, 16, 20, 22, 27])
def test_on_a_phone_no_word_of_today_lies_on_a_line_or_on_another_word(moves, today):
    day = dt.date(2026, 11, today)
    lines, words = strokes_and_words(drawn(burn_rows(900, moves, **NOVEMBER), today=day).slim)
    assert {word.text for word in words} >= {"6.5 h left", "today, 16 Nov"}
    for word in words:
        assert word.is_clear(lines, [other for other in words if other is not word], 340), (word, today)


def test_a_word_is_crossed_by_what_runs_through_it_alone():
    word = Label("used up", 100, 50, is_end=False)
    assert word.is_crossed_by(Line(0, 45, 340, 45))
    assert word.is_crossed_by(Line(90, 30, 160, 60))
    assert not word.is_crossed_by(Line(0, 60, 340, 60))
    assert not word.is_crossed_by(Line(0, 45, 90, 45))
    assert word.lies_on(Label("2.3 h over", 190, 55, is_end=True))
    assert not word.lies_on(Label("2.3 h over", 190, 70, is_end=True))
