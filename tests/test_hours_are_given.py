"""More hours on a page: what they are, why, for how long and for what, without JavaScript."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Lot

pytestmark = pytest.mark.django_db


def typed(**changes):
    today = timezone.localdate()
    life = {"usable_from": today.isoformat(), "last_day": (today + dt.timedelta(days=40)).isoformat()}
    return {"kind": "top_up", "minutes": "5", "reason": "Bought by mail"} | life | changes


@pytest.fixture
def address(acorn):
    return reverse("workspace:new_lot", args=[acorn.engagement.pk])


def test_a_top_up_is_given_where_the_period_is_read(browser, mara, acorn, address):
    period = reverse("workspace:period", args=[acorn.period.pk])
    before = acorn.period.capacity_minutes
    assert address in browser(mara).get(period).content.decode()
    answer = browser(mara).post(address, typed(service_areas=["team_support"]), follow=True)
    assert answer.redirect_chain[-1][0] == period
    shown = answer.content.decode()
    assert "5\N{NO-BREAK SPACE}h more for Acorn Mills, as a top-up." in shown
    lot = Lot.objects.exclude(kind=Lot.Kind.GRANT).get()
    assert (lot.kind, lot.minutes, lot.reason, lot.service_areas) == ("top_up", 300, "Bought by mail", ["team_support"])
    assert lot.usable_until == timezone.localdate() + dt.timedelta(days=41), "its last day is still usable"
    acorn.period.refresh_from_db()
    assert acorn.period.capacity_minutes == before + 300


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"minutes": "0"}, "above zero"),
        ({"minutes": "lots"}, "Write hours like"),
        ({"last_day": "2020-01-01"}, "Choose a later last day"),
        ({"service_areas": ["gardening"]}, "gardening"),
    ],
)
def test_what_is_no_gift_says_why_and_keeps_what_was_typed(browser, mara, address, wrong, told):
    answer = browser(mara).post(address, typed(**wrong))
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert 'value="Bought by mail"' in answer.content.decode()
    assert not Lot.objects.exclude(kind=Lot.Kind.GRANT).exists()


def test_a_consultant_gives_none_and_reads_no_button(browser, ines, acorn, address):
    assert browser(ines).get(address).status_code == 404
    assert address not in browser(ines).get(reverse("workspace:period", args=[acorn.period.pk])).content.decode()
