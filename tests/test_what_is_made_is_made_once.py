"""A form that makes something and is sent twice makes one of it; a secret that the first answer showed is not shown by the second."""

import re

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from accounts.models import Absence, ApiKey, BalanceLink, CalendarFeed, Client, Person, SavedView
from engagements.models import Component, Engagement
from events.models import IdempotentRequest, Webhook, WebhookMessage
from leaving.models import ExitKit
from proposals.models import Proposal
from tests import cast
from tests.test_forms_are_sent_once import SENT_TWICE, tokens
from tests.test_workspace_pages import new_client_form

pytestmark = pytest.mark.django_db
HOOK = {"url": "https://hooks.example.com/tend", "description": "Desk", "kinds": ["ticket.opened"]}
KEY = {"name": "Night robot", "scopes": ["tickets:read"]}
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{10,}|tend_live_[A-Za-z0-9_-]{20,}|(?<!links)/(?:balance|calendar)/[A-Za-z0-9_-]{20,}")


def sent_twice(at, address, typed, *, page=None):
    """Both answers to the last form of a page, sent twice as a double press does."""
    found = tokens(at.get(page or address).content.decode())
    assert found, f"no form of {page or address} has a token"
    return [at.post(address, typed | {"once": found[-1]}) for _ in range(2)]


def said(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.mark.parametrize("door", ["portal", "workspace"])
@pytest.mark.parametrize(
    ("place", "typed", "model"),
    [("keys", KEY, ApiKey), ("webhooks", HOOK, Webhook), ("links", {"what": "calendar"}, CalendarFeed)],
)
def test_a_secret_is_made_once_and_the_second_press_says_where_it_was(browser, ada, priya, door, place, typed, model):
    at, address = browser(priya if door == "portal" else ada), reverse(f"{door}:{place}")
    first, second = sent_twice(at, address, typed)
    assert (first.status_code, bool(SECRET.search(first.text))) == (201, True)
    assert "no-store" in first["Cache-Control"]
    assert (second.status_code, second["Location"]) == (302, address)
    shown = at.get(address)
    assert "The secret was in the first answer and is never shown again" in shown.text
    assert not SECRET.search(shown.text)
    assert model.objects.count() == 1


def test_a_balance_link_is_made_once(browser, mara, priya, acorn):
    inside, outside = reverse("workspace:balance_links", args=[acorn.client.pk]), reverse("portal:links")
    sent_twice(browser(mara), inside, {"name": "The board"})
    sent_twice(browser(priya), outside, {"what": "balance", "name": "Our bank"})
    assert sorted(BalanceLink.objects.values_list("name", flat=True)) == ["Our bank", "The board"]


def test_another_key_of_the_same_name_is_made_from_the_page_that_showed_the_first(browser, ada):
    at, address = browser(ada), reverse("workspace:keys")
    page = at.get(address)
    for _ in range(2):
        page = at.post(address, KEY | {"once": tokens(page.text)[-1]})
        assert page.status_code == 201
    assert ApiKey.objects.count() == 2


def test_a_secret_is_changed_once_and_a_test_is_sent_once(browser, mara):
    at = browser(mara)
    at.post(reverse("workspace:webhooks"), HOOK)
    webhook = Webhook.objects.get()
    page, rotation, ping = (reverse(f"workspace:{name}", args=[webhook.pk]) for name in ("webhook", "webhook_rotation", "webhook_ping"))
    sent_twice(at, ping, {}, page=page)
    assert WebhookMessage.objects.count() == 1
    first, second = sent_twice(at, rotation, {"answer": "at_once"}, page=page)
    assert (first.status_code, second["Location"]) == (201, page)
    rotated = Webhook.objects.get()
    assert SECRET.search(first.text)
    assert at.post(rotation, {"answer": "at_once"}).status_code == 201
    assert Webhook.objects.get().seeds(timezone.now()) != rotated.seeds(timezone.now()), "a press of its own changes it again"


def test_what_a_firm_writes_down_is_there_once(browser, mara, ada, acorn):
    at = browser(mara)
    engagement, client = [acorn.engagement.pk], [acorn.client.pk]
    of_proposal = {"engagement": str(acorn.engagement.pk), "title": "Draft the quotes"}
    forms = {
        reverse("workspace:new_proposal"): (of_proposal, None),
        reverse("workspace:system", args=[acorn.system.pk]): ({"name": "The model", "kind": "model", "version": "4"}, None),
        reverse("workspace:exit_kits", args=client): ({}, None),
        reverse("workspace:begin_project", args=engagement): (
            {"project-name": "The audit"},
            reverse("workspace:engagement", args=engagement),
        ),
        reverse("workspace:views"): ({"page": "people", "query": "q=a", "name": "Those with an a"}, reverse("workspace:people")),
        reverse("workspace:away"): (
            {"person": str(mara.pk), "starts_on": "2031-05-01", "ends_on": "2031-05-08"},
            reverse("workspace:team"),
        ),
    }
    for address, (typed, page) in forms.items():
        first, second = sent_twice(at, address, typed, page=page)
        assert (first.status_code, second.status_code, second["Location"]) == (302, 302, first["Location"]), address
        assert SENT_TWICE in said(second), address
    kept = (Proposal, Component, ExitKit, SavedView, Absence)
    assert [model.objects.count() for model in kept] == [1] * len(kept)
    assert Engagement.objects.filter(name="The audit").count() == 1


def test_who_is_invited_twice_by_one_press_gets_one_mail_and_no_complaint(browser, mara, acorn):
    at, page = browser(mara), reverse("workspace:people")
    typed = {"name": "Noor New", "email": "noor@northfold.example", "time_zone": "UTC", "staff_role": "consultant"}
    first, second = sent_twice(at, reverse("workspace:invite_staff"), {f"staff-{name}": value for name, value in typed.items()}, page=page)
    assert (first.status_code, second.status_code) == (302, 302)
    assert SENT_TWICE in said(second)
    noor = Person.objects.get(name="Noor New")
    again = reverse("workspace:invitation", args=[noor.pk])
    told = reverse("workspace:colleague", args=[noor.pk])
    first, second = sent_twice(at, again, {"next": told}, page=told)
    assert SENT_TWICE not in said(first)
    assert SENT_TWICE in said(second)


def test_a_client_is_taken_into_care_once(browser, mara, acorn):
    at, address = browser(mara), reverse("workspace:new_client")
    first, second = sent_twice(at, address, new_client_form(code="ELM"))
    assert first.status_code == 302, first.text
    assert second["Location"] == first["Location"]
    assert Client.objects.filter(code="ELM").count() == 1


def test_what_was_refused_by_a_page_that_leads_back_is_not_called_done(browser, mara):
    at = browser(mara)
    answers = sent_twice(at, reverse("workspace:away"), {"person": str(mara.pk)}, page=reverse("workspace:team"))
    for answer in answers:
        assert said(answer)[-1] == "Say who is away, from which day, and when they are back."
    assert not IdempotentRequest.objects.exists()
    assert "Say who is away" in at.get(reverse("workspace:team")).text, "the sentence is still shown"


def test_two_people_make_one_each_under_the_same_token(browser, ada, mara):
    token = {"once": tokens(browser(ada).get(reverse("workspace:keys")).text)[-1]}
    for person in (ada, mara):
        assert cast.browser(person).post(reverse("workspace:keys"), KEY | token).status_code == 201
    assert ApiKey.objects.count() == 2
