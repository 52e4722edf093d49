"""A retainer is what has agreed terms: terms live on unless changed, and imported history is no promise until it has some."""

import datetime as dt
from dataclasses import replace

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actors import MemberRole
from engagements.actions import agree_terms
from engagements.models import Engagement
from look.hours import HoursField
from tests import cast
from tickets.models import Ticket
from workspace.quick import engagement_of
from workspace.views.clients import as_typed
from workspace.views.retainers import board


def terms_form(company, **changes):
    return {
        "starts_on": company.period.ends_on.isoformat(),
        "included_minutes": "20h",
        "fee": "2500",
        "period_unit": "month",
        "overage": "bill",
        "overage_rate": "200",
        "carry_periods": "1",
        "carry_cap_percent": "50",
        "thresholds": "50, 80",
    } | changes


@pytest.fixture
def history(acorn):
    """What an import made of Acorn's past: an older engagement without terms, with one ticket."""
    past = Engagement.objects.create(
        client=acorn.client, name="Before", currency="USD", starts_on=dt.date(2019, 1, 1), is_imported=True, import_key="sip:1"
    )
    Ticket.objects.filter(pk=cast.ask(cast.make_contact("Old Hand", acorn, MemberRole.REQUESTER), acorn).pk).update(engagement=past)
    return past


def test_new_terms_keep_what_the_form_does_not_show(browser, mara, acorn):
    rounded = replace(acorn.engagement.terms.get().as_rules(), starts_on=timezone.localdate() + dt.timedelta(days=1))
    rounded = replace(rounded, rounding_increment_minutes=15, rounding_mode="up", borrow_limit_minutes=60, grace_days=5)
    agree_terms(actor=cast.ARRANGING, engagement=acorn.engagement, terms=rounded)
    begins = (acorn.period.ends_on + dt.timedelta(days=40)).isoformat()
    answer = browser(mara).post(reverse("workspace:new_terms", args=[acorn.engagement.pk]), terms_form(acorn, starts_on=begins))
    assert answer.status_code == 302
    agreed = acorn.engagement.terms.latest("starts_on")
    assert (agreed.included_minutes, agreed.fee, agreed.thresholds, agreed.ends_on) == (1200, 2500, [50, 80], None)
    assert (agreed.rounding_increment_minutes, agreed.rounding_mode, agreed.borrow_limit_minutes, agreed.grace_days) == (15, "up", 60, 5)


def test_a_threshold_of_nothing_is_refused(browser, mara, acorn):
    url = reverse("workspace:new_terms", args=[acorn.engagement.pk])
    assert browser(mara).post(url, terms_form(acorn, thresholds="0, 80")).status_code == 422


@pytest.mark.parametrize("minutes", [500, 720, 2730, 6001])
def test_hours_of_terms_are_read_as_they_were_written(acorn, minutes):
    terms = acorn.engagement.terms.get()
    terms.included_minutes = minutes
    assert HoursField().clean(as_typed(terms)["included_minutes"]) == minutes


@pytest.mark.parametrize(("typed", "minutes"), [("1.33h", 80), ("45h", 2700), ("45h30", 2730), ("45h 5m", 2705), ("1h30", 90), ("90m", 90)])
def test_hours_are_rounded_half_up_to_minutes(typed, minutes):
    assert HoursField().clean(typed) == minutes


@pytest.mark.parametrize(("typed", "minutes"), [("10", 600), ("12.5", 750), ("12,5", 750), ("90m", 90), ("1h30", 90)])
def test_a_bare_number_is_hours_where_hours_are_asked_for(typed, minutes):
    assert HoursField(bare_is_hours=True).clean(typed) == minutes


def test_a_bare_number_is_minutes_elsewhere_as_on_the_quick_line():
    assert HoursField().clean("10") == 10


def test_a_request_is_filed_on_the_promise_and_not_on_history(browser, priya, acorn, history):
    browser(priya).post(reverse("portal:new_ticket"), {"subject": "A new one", "body": "Please look."})
    assert Ticket.objects.get(subject="A new one").engagement == acorn.engagement


def test_time_on_a_request_of_history_is_paid_by_the_promise(acorn, history, mara):
    assert engagement_of(cast.actor(mara), history.tickets.get()) == acorn.engagement


def test_history_stands_on_the_board_once_terms_are_agreed_on_it(mara, acorn, history):
    today = timezone.localdate()
    assert [row.engagement for row in board(cast.actor(mara), today)] == [acorn.engagement]
    terms = replace(acorn.engagement.terms.get().as_rules(), starts_on=cast.month_of(today))
    agree_terms(actor=cast.ARRANGING, engagement=history, terms=terms)
    assert {row.engagement for row in board(cast.actor(mara), today)} == {acorn.engagement, history}
