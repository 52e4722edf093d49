"""The first pages somebody sees say what is so, in words that need no explanation."""

import datetime as dt
from decimal import Decimal

import pytest
from django import forms
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.actors import MemberRole
from billing.models.ledger import balance_of
from engagements.models import Engagement, RetainerTerms
from look.apps import LEFT_EMPTY
from tests import cast
from tests.cast import ask
from tickets.actions import assign_ticket

pytestmark = pytest.mark.django_db

FIRST_CLIENT = {
    "name": "Harrow Books",
    "code": "HRB",
    "time_zone": "Europe/London",
    "engagement_name": "AI care",
    "currency": "GBP",
    "included_minutes": "10",
    "fee": "2000",
    "period_unit": "month",
    "overage": "bill",
    "overage_rate": "150",
    "carry_periods": "1",
    "thresholds": "50, 80, 100",
}


def test_ten_hours_a_period_typed_bare_are_ten_hours(browser, ada):
    answer = browser(ada).post("/workspace/clients/new/", FIRST_CLIENT | {"starts_on": timezone.localdate().isoformat()})
    assert answer.status_code == 302, answer.content.decode()
    terms = RetainerTerms.objects.get(client__code="HRB")
    assert (terms.included_minutes, terms.fee) == (600, Decimal(2000))


def test_a_new_retainer_begins_today_and_is_not_called_under_served(browser, ada):
    page = browser(ada).get("/workspace/clients/new/").content.decode()
    assert f'value="{timezone.localdate().isoformat()}"' in page
    browser(ada).post("/workspace/clients/new/", FIRST_CLIENT | {"starts_on": timezone.localdate().isoformat()})
    balance = balance_of(Engagement.objects.get(client__code="HRB"), today=timezone.localdate())
    assert balance is not None
    assert balance.period.starts_on == timezone.localdate()
    if balance.period.ends_on - timezone.localdate() > dt.timedelta(days=4):
        assert balance.state == "too_early"


def test_a_request_that_was_given_to_somebody_is_not_called_nobodys(browser, acorn, rob, mara, ines):
    assign_ticket(actor=cast.actor(mara), ticket=ask(rob, acorn), assignee=ines)
    page = browser(mara).get("/workspace/inbox/").content.decode()
    assert "given to Ines" in page
    assert "nobody has taken" not in page


def test_signing_in_is_told_by_name_and_without_ceremony(mara):
    mara.user.set_password("seven green herons")
    mara.user.save(update_fields=["password"])
    visitor = Browser()
    page = visitor.post("/accounts/login/", {"login": mara.user.email, "password": "seven green herons"}, follow=True).content.decode()
    assert "Signed in as Mara Lead." in page
    assert "uccessfully" not in page


def test_an_empty_choice_asks_to_choose(browser, ada, acorn):
    assert "Select an option" not in browser(ada).get("/workspace/tickets/new/").content.decode()


def test_a_field_that_is_left_empty_says_what_to_give(browser, ada, acorn):
    page = browser(ada).post(reverse("workspace:new_client"), {"name": ""}).content.decode()
    for words in (
        "This is empty. Write something here.",
        "This is empty. Write a number.",
        "No day is chosen.",
        "Nothing is chosen. Choose one.",
    ):
        assert words in page
    assert "This field is required" not in page
    assert "This field is required" not in Browser().post(reverse("account_login"), {"login": ""}).content.decode()


def every_kind(kind):
    return [kind, *(below for each in kind.__subclasses__() for below in every_kind(each))]


def test_no_kind_of_field_keeps_the_words_of_the_framework():
    kinds = [kind for kind in every_kind(forms.Field) if "required" in vars(kind).get("default_error_messages", {})]
    assert len(kinds) >= len(LEFT_EMPTY)
    assert not [kind for kind in kinds if str(kind.default_error_messages["required"]).startswith("This field")]


def test_time_zones_are_called_by_their_city(browser, ada):
    page = browser(ada).get("/workspace/clients/new/").content.decode()
    assert '<option value="America/New_York">New York</option>' in page
    assert '<optgroup label="Americas">' in page
    assert '<option value="America/Argentina/Salta">Salta (Argentina)</option>' in page


def test_a_requester_is_told_why_proposals_stay_empty(browser, rob, priya):
    assert "Proposals are read by those who decide." in browser(rob).get("/portal/proposals/").content.decode()
    assert "Nothing was proposed yet." in browser(priya).get("/portal/proposals/").content.decode()


def test_work_for_tomorrow_is_refused_for_what_it_is(browser, ines, acorn):
    answer = browser(ines).post("/workspace/log/", {"line": "tomorrow 1h ACM planning"})
    assert answer.status_code == 422
    assert "Tomorrow has not come yet. Log time on the day it was worked." in answer.content.decode()


def test_a_client_without_people_is_not_said_to_read_a_reply(browser, ada, acorn):
    answer = browser(ada).post(
        "/workspace/tickets/new/",
        {
            "client": acorn.client.pk,
            "subject": "Set up",
            "body": "First steps.",
            "kind": "task",
            "service_area": "reporting",
            "priority": 3,
        },
    )
    said = "nobody of Acorn Mills can sign in yet"
    assert said in browser(ada).get(answer.url).content.decode()
    cast.make_contact("Priya Owner", acorn, MemberRole.OWNER)
    assert said not in browser(ada).get(answer.url).content.decode()


def test_the_kind_of_care_is_told_once_somebody_chose_it(browser, acorn, rob, ines):
    ticket = ask(rob, acorn)
    assert "Kind of care" not in browser(rob).get(f"/portal/tickets/{ticket.pk}/").content.decode()
    browser(ines).post(f"/workspace/tickets/{ticket.pk}/acceptance/")
    assert "Kind of care" in browser(rob).get(f"/portal/tickets/{ticket.pk}/").content.decode()
