"""Which retainers need a decision is one rule: the board, the number beside it in the navigation, and the sentence of Today."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import cast
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


def test_a_long_board_comes_in_pages_whose_counts_and_file_are_of_all(browser, mara, acorn, cobalt):
    reader = browser(mara)
    read(reader, "retainers")
    with CaptureQueriesContext(connection) as few:
        read(reader, "retainers")
    for n in range(50):
        cast.log(mara, cast.make_company(f"Client {n:02}", f"CL{n}", hours=1, lead=mara), minutes=61 + n)
    with CaptureQueriesContext(connection) as many:
        first = read(reader, "retainers")
    assert len(many) == len(few)
    assert (first.count('class="row-head'), grouped(first), badge(first)) == (50, 50, 50)
    assert "52 retainers" in first
    assert 'rel="next" href="?page=2"' in first
    assert 'rel="prev"' not in first
    second = read(reader, "retainers", page="2")
    assert second.count('class="row-head') == 2
    assert "52 retainers" in second
    assert {name for name in ("Acorn Mills", "Cobalt Freight") if name in second.partition("<tbody>")[2]} == {
        "Acorn Mills",
        "Cobalt Freight",
    }
    assert "sort=client" in second
    assert "page=2" not in second.partition('class="switch"')[2].partition("</nav>")[0], "another order begins at its first page"
    file = b"".join(reader.get(reverse("workspace:retainers"), {"format": "csv"}).streaming_content).decode()
    assert len(file.splitlines()) == 53


def test_hours_stand_in_one_notation_on_a_page(browser, mara, acorn):
    log(mara, acorn, minutes=200)
    reader = browser(mara)
    pages = [
        reader.get(reverse(name, args=[thing.pk]))
        for name, thing in (("workspace:client", acorn.client), ("workspace:period", acorn.period))
    ]
    for page in [*pages, *(reader.get(reverse(f"workspace:{place}")) for place in ("retainers", "today", "week", "entries"))]:
        told = re.sub(r"<[^>]+>", "", page.content.decode().partition("<main")[2]).replace("\xa0", " ")
        assert "3 h 20 min" in told or "6 h 40 min" in told, page.request["PATH_INFO"]
        assert not re.search(r"\b[36]:[24]0\b|\b[36]\.[36]\d? h\b", told), page.request["PATH_INFO"]
