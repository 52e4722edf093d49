"""Calendars of the firm: opened, given new hours that leave the old ones in peace, with a country's holidays and days of their own."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.calendars import open_calendar, public_holidays
from accounts.errors import NotAllowed
from accounts.models import BusinessCalendar, CalendarVersion, Client
from accounts.rules import Window
from tests import cast
from tests.cast import actor

pytestmark = pytest.mark.django_db

WEEK = {f"day_{weekday}": "9:00-12:30, 13:30-17" for weekday in range(5)}
BERLIN = WEEK | {"name": "Berlin office", "zone": "Europe/Berlin", "country": "DE", "region": "be"}


def opened(browser, person, **changes):
    answer = browser(person).post("/workspace/calendars/new/", BERLIN | changes)
    assert answer.status_code == 302, answer.content.decode()
    return BusinessCalendar.objects.get(name="Berlin office")


def test_a_calendar_is_opened_with_hours_and_the_holidays_of_a_place(browser, mara):
    rules = opened(browser, mara).current()
    year = timezone.localdate().year
    assert rules.zone == "Europe/Berlin"
    assert [(w.opens, w.closes) for w in rules.windows if w.weekday == 0] == [(540, 750), (810, 1020)]
    assert rules.hours_on(dt.date(year, 12, 25)) == ()
    assert rules.hours_on(dt.date(year + 1, 3, 8)) == ()
    assert len({day.year for day in rules.overrides}) == 3


def test_a_day_of_its_own_wins_over_a_holiday(browser, mara):
    year = timezone.localdate().year
    rules = opened(browser, mara, exceptions=f"{year}-12-24 9:00-12:00\n{year}-12-25 10-11\n{year}-12-31").current()
    assert rules.hours_on(dt.date(year, 12, 24)) == ((540, 720),)
    assert rules.hours_on(dt.date(year, 12, 25)) == ((600, 660),)
    assert rules.hours_on(dt.date(year, 12, 31)) == ()


def test_new_hours_are_a_new_version_and_the_old_one_stays(browser, mara):
    calendar = opened(browser, mara)
    before = calendar.versions.get()
    page = browser(mara).get(f"/workspace/calendars/{calendar.pk}/")
    again = {name: field.initial or "" for name, field in page.context["form"].fields.items()} | page.context["form"].initial
    answer = browser(mara).post(f"/workspace/calendars/{calendar.pk}/", again | {"day_5": "10-14"})
    assert answer.status_code == 302, answer.content.decode()
    assert calendar.versions.count() == 2
    assert calendar.current().hours_on(dt.date(2027, 1, 9)) == ((600, 840),)
    before.refresh_from_db()
    assert [5, 600, 840] not in before.windows
    assert calendar.current().overrides == before.as_rules().overrides


def test_the_list_says_what_opens_next_and_whom_each_serves(browser, mara, acorn, cobalt):
    calendar = opened(browser, mara)
    assert browser(mara).post(f"/workspace/calendars/{calendar.pk}/clients/", {"client": acorn.client.pk}).status_code == 302
    assert Client.objects.get(pk=acorn.client.pk).calendar == calendar
    page = browser(mara).get("/workspace/calendars/").content.decode()
    assert "next open" in page
    assert page.index("Berlin office") < page.index("Acorn Mills") < page.index("Without a calendar") < page.index("Cobalt Freight")
    browser(mara).post(f"/workspace/calendars/{calendar.pk}/clients/", {"client": acorn.client.pk, "end": "1"})
    assert Client.objects.get(pk=acorn.client.pk).calendar is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"day_0": "nine to five"}, "Write hours like 9:00-17:00"),
        ({"day_0": "17-9"}, "begin before they end"),
        ({"day_0": "9-13, 12-17"}, "overlap"),
        ({"exceptions": "24 December"}, "begins with no day"),
        ({"exceptions": "2026-02-31"}, "begins with no day"),
        ({"region": "XX"}, "has no part XX"),
        (dict.fromkeys(WEEK, ""), "stays closed"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_the_way_out(browser, mara, typed, said):
    answer = browser(mara).post("/workspace/calendars/new/", BERLIN | typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not CalendarVersion.objects.exists()


def test_a_name_is_taken_once(browser, mara):
    opened(browser, mara)
    answer = browser(mara).post("/workspace/calendars/new/", BERLIN)
    assert answer.status_code == 422
    assert "A calendar is called Berlin office already." in answer.content.decode()


def test_a_consultant_reads_calendars_and_keeps_none(browser, ines, mara):
    calendar = opened(browser, mara)
    page = browser(ines).get(f"/workspace/calendars/{calendar.pk}/").content.decode()
    assert "Put in force" not in page
    assert browser(ines).post(f"/workspace/calendars/{calendar.pk}/", WEEK).status_code == 404
    with pytest.raises(NotAllowed):
        open_calendar(actor=actor(ines), name="Mine", zone="UTC", windows=[Window(0, 540, 1020)])


def test_holidays_begin_this_year():
    found = public_holidays("US", "CA", today=dt.date(2026, 11, 22))
    assert min(found).year == 2026
    assert found[dt.date(2026, 7, 4)] == "Independence Day"


def test_the_list_costs_the_same_at_two_and_at_twelve(browser, mara):
    visitor, costs = browser(mara), []
    for number in range(12):
        open_calendar(actor=cast.ARRANGING, name=f"Office {number}", zone="UTC", windows=[Window(0, 540, 1020)])
        if number in {1, 11}:
            visitor.get("/workspace/calendars/")
            with CaptureQueriesContext(connection) as asked:
                assert visitor.get("/workspace/calendars/").status_code == 200
            costs.append(len(asked))
    assert costs[0] == costs[1]
