"""Which retainers need a decision is one rule: the board, the number beside it in the navigation, and the sentence of Today."""

import re

import pytest
from django.urls import reverse

from tests.cast import log


def read(signed_in, place, **asked):
    return signed_in.get(reverse(f"workspace:{place}"), asked).content.decode()


def badge(page):
    found = re.search(r'Retainers<span class="count">(\d+)</span>', page)
    return int(found[1]) if found else 0


def grouped(page):
    found = re.search(r'Needs a decision <span class="faint">(\d+)</span>', page)
    return int(found[1]) if found else 0


@pytest.mark.parametrize("percent", [0, 50, 87, 99, 110])
def test_navigation_board_and_today_follow_one_rule_however_much_is_used(browser, mara, acorn, cobalt, percent):
    if percent:
        log(mara, acorn, minutes=acorn.period.capacity_minutes * percent // 100)
        log(mara, cobalt, minutes=cobalt.period.capacity_minutes * percent // 100)
    reader = browser(mara)
    decisions = grouped(read(reader, "retainers"))
    assert {badge(read(reader, place)) for place in ("retainers", "today", "clients")} == {decisions}
    assert percent <= 100 or decisions == 2
    today = read(reader, "today")
    assert "on course" not in today
    if "No retainer needs a decision." in today:
        assert decisions == 0
        assert ("The furthest is" in today) is bool(percent)


def test_the_number_beside_the_board_is_of_ones_own_clients(browser, mara, ines, acorn, cobalt):
    log(mara, cobalt, minutes=cobalt.period.capacity_minutes + 30)
    assert badge(read(browser(mara), "clients")) == 1
    assert badge(read(browser(ines), "clients")) == 0


def test_what_one_logs_changes_the_number_at_once(browser, mara, acorn):
    reader = browser(mara)
    assert badge(read(reader, "clients")) == 0
    assert reader.post(reverse("workspace:log"), {"line": "11h ACM all of it"}).status_code == 302
    assert badge(read(reader, "clients")) == 1


def test_where_no_retainer_runs_today_says_so(browser, mara):
    assert "No retainer runs today." in read(browser(mara), "today")
