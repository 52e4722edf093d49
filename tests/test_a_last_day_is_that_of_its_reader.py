"""Until when a decision waits is told by the day of whoever reads it, the same in the notice, on the page and in the calendar."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Person
from api.agenda import agenda
from events.models import Notice
from figures.days import last_day
from proposals.actions import send_proposal
from tests.cast import actor, ask, browser
from tests.proposal_cast import drafted
from tests.ticket_cast import does
from tickets.actions import accept_ticket, ask_approval

MIDNIGHT_IN_BERLIN = dt.datetime(2031, 12, 6, 23, tzinfo=dt.UTC)
NIGHT_IN_TOKYO = dt.datetime(2031, 12, 6, 16, tzinfo=dt.UTC)
DAYS = [
    (MIDNIGHT_IN_BERLIN, "Europe/Berlin", dt.date(2031, 12, 6)),
    (MIDNIGHT_IN_BERLIN, "Asia/Tokyo", dt.date(2031, 12, 7)),
    (MIDNIGHT_IN_BERLIN, "America/Los_Angeles", dt.date(2031, 12, 6)),
    (NIGHT_IN_TOKYO, "Asia/Tokyo", dt.date(2031, 12, 7)),
    (NIGHT_IN_TOKYO, "America/Los_Angeles", dt.date(2031, 12, 6)),
]


def living_in(person, zone):
    Person.objects.filter(pk=person.pk).update(time_zone=zone)
    person.refresh_from_db()
    return person


def told(person):
    return Notice.objects.filter(person=person).latest("pk").sentences[0]


def text(person, name, pk):
    return browser(person).get(reverse(f"portal:{name}", args=[pk])).content.decode().replace("\xa0", " ")


@pytest.mark.django_db
@pytest.mark.parametrize(("ends_at", "zone", "day"), DAYS)
def test_a_proposal_waits_until_the_same_day_in_mail_and_on_pages(acorn, ines, priya, ends_at, zone, day):
    living_in(ines, "Pacific/Auckland")
    reader = living_in(priya, zone)
    proposal = does(ines, acorn, send_proposal, proposal=drafted(acorn, ines), expires_at=ends_at)
    assert told(reader).endswith(f"until {day.day} December.")
    assert f"until {day.day} Dec 2031" in text(reader, "proposal", proposal.pk)
    assert f"Until {day.day} Dec 2031." in browser(reader).get(reverse("portal:home")).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("ends_at", "zone", "day"), DAYS)
def test_an_estimate_waits_until_the_same_day_in_mail_and_on_pages(acorn, ines, priya, ends_at, zone, day):
    living_in(ines, "Pacific/Auckland")
    reader = living_in(priya, zone)
    ticket = ask(priya, acorn)
    does(ines, acorn, accept_ticket, ticket=ticket)
    does(ines, acorn, ask_approval, ticket=ticket, minutes=60, body="An hour to look.", expires_at=ends_at)
    assert told(reader).endswith(f"until {day.day} December.")
    assert f"until {day.day} Dec 2031" in text(reader, "ticket", ticket.pk)
    assert f"Until {day.day} Dec 2031." in browser(reader).get(reverse("portal:home")).content.decode()


@pytest.mark.django_db
def test_a_calendar_marks_the_day_that_the_page_names(acorn, ines, priya):
    reader = living_in(priya, "Asia/Tokyo")
    ends_at = dt.datetime.now(dt.UTC).replace(hour=16, minute=0, second=0, microsecond=0) + dt.timedelta(days=5)
    does(ines, acorn, send_proposal, proposal=drafted(acorn, ines), expires_at=ends_at)
    with timezone.override(reader.time_zone):
        [found] = [each for each in agenda(actor(reader, acorn), timezone.localdate()) if each.title.startswith("Last day to decide")]
    assert found.day == ends_at.astimezone(ZoneInfo("Asia/Tokyo")).date()


@given(st.datetimes(min_value=dt.datetime(2001, 1, 1), max_value=dt.datetime(2090, 1, 1), timezones=st.just(dt.UTC)))  # noqa: DTZ001
def test_a_moment_of_a_day_is_on_it_and_its_midnight_on_the_day_before(moment):
    zone = ZoneInfo("Asia/Tokyo")
    day = last_day(moment, zone)
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, zone)
    assert moment <= midnight
    assert last_day(midnight, zone) == day
