"""Hours that are spoken for: an approved estimate holds them until its ticket is resolved."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from api.balance import STATES
from billing.models import Reservation
from billing.models.ledger import balance_of
from engagements.actions import begin_engagement
from engagements.rules import Terms
from events.models import Event
from tests.api_cast import Program
from tests.cast import actor, ask, key, log
from tickets.actions import ask_approval, decide_estimate, edit_ticket, reopen_ticket, resolve_ticket
from workspace.states import BALANCE_NAMES, BALANCE_TONES


@pytest.fixture
def approved(acorn, ines, priya):
    """A ticket whose estimate of two hours Priya approved."""
    ticket = ask(priya, acorn)
    ask_approval(actor=actor(ines), ticket=ticket, minutes=120, body="Two hours would do.")
    decide_estimate(actor=actor(priya, acorn), ticket=ticket, approved=True)
    return ticket


def balance(company):
    found = balance_of(company.engagement, today=timezone.localdate())
    assert found is not None
    return found


def test_an_approved_estimate_is_spoken_for_but_not_used(acorn, approved):
    assert (balance(acorn).left_minutes, balance(acorn).reserved_minutes, balance(acorn).free_minutes) == (600, 120, 480)


def test_work_on_the_ticket_uses_up_what_is_held_for_it(acorn, ines, approved):
    log(ines, acorn, minutes=45, ticket=approved)
    log(ines, acorn, minutes=30)
    assert (balance(acorn).left_minutes, balance(acorn).reserved_minutes) == (525, 75)
    log(ines, acorn, minutes=200, ticket=approved)
    assert balance(acorn).reserved_minutes == 0


def test_a_solved_ticket_lets_go_and_a_reopened_one_holds_again(acorn, ines, approved):
    resolve_ticket(actor=actor(ines), ticket=approved, reason="done", summary="It works.")
    assert balance(acorn).reserved_minutes == 0
    reopen_ticket(actor=actor(ines), ticket=approved)
    assert balance(acorn).reserved_minutes == 120


def test_letting_go_and_holding_again_are_remembered_with_who_did_it(ines, approved):
    resolve_ticket(actor=actor(ines), ticket=approved, reason="done", summary="It works.")
    reopen_ticket(actor=actor(ines), ticket=approved)
    told = Event.objects.filter(about_type="billing.reservation").order_by("pk").values_list("kind", "person__name")
    assert list(told)[1:] == [("hours.released", "Ines Consultant"), ("hours.reserved", "Ines Consultant")]


def test_what_is_spoken_for_goes_with_its_ticket_to_another_retainer(acorn, ada, approved):
    terms = Terms(starts_on=acorn.engagement.starts_on, included_minutes=300)
    second = begin_engagement(actor=actor(ada), client=acorn.client, name="Second", currency="USD", terms=terms)
    edit_ticket(actor=actor(ada), ticket=approved, engagement=second)
    held = balance_of(second, today=timezone.localdate())
    assert (balance(acorn).reserved_minutes, held and held.reserved_minutes) == (0, 120)
    edit_ticket(actor=actor(ada), ticket=approved, engagement=None)
    assert not Reservation.objects.holding().exists()


def test_a_declined_estimate_holds_nothing(acorn, ines, priya):
    ticket = ask(priya, acorn)
    ask_approval(actor=actor(ines), ticket=ticket, minutes=120, body="Two hours would do.")
    decide_estimate(actor=actor(priya, acorn), ticket=ticket, approved=False)
    assert not Reservation.objects.exists()


def test_a_balance_costs_one_query_however_much_is_held(acorn, ines, approved, django_assert_num_queries):
    log(ines, acorn, minutes=45, ticket=approved)
    with django_assert_num_queries(1):
        balance_of(acorn.engagement, today=timezone.localdate() + dt.timedelta(days=0))


def test_more_spoken_for_than_is_left_is_short_and_needs_a_decision(acorn, ines, priya, approved):
    assert balance(acorn).short_minutes == 0
    log(ines, acorn, minutes=540)
    found = balance(acorn)
    assert (found.left_minutes, found.reserved_minutes, found.free_minutes, found.short_minutes) == (60, 120, 0, 60)
    assert found.state in {"short", "ends_early"}
    assert found.danger[0] == 2


def test_hours_that_are_short_are_told_by_every_sum(acorn, priya, mara, browser):
    ticket = ask(priya, acorn)
    ask_approval(actor=actor(mara), ticket=ticket, minutes=720, body="Twelve hours would do.")
    decide_estimate(actor=actor(priya, acorn), ticket=ticket, approved=True)
    assert (balance(acorn).short_minutes, balance(acorn).state) == (120, "short")
    pages = {
        "portal:home": (priya, "2 h more than is left"),
        "portal:hours": (priya, "Short of what is spoken for"),
        "workspace:retainers": (mara, "2 h too many"),
        "workspace:today": (mara, "12 h spoken for, 2 h more than is left"),
    }
    for name, (person, words) in pages.items():
        assert words in browser(person).get(reverse(name), follow=True).content.decode().replace("\xa0", " "), name
    board = browser(mara).get(reverse("workspace:retainers"), {"state": "deciding"}).content.decode()
    assert "Acorn Mills" in board
    assert "Short of hours" in board
    told = Program(key(priya)).get(f"clients/{acorn.client.pk}/balance").json()["engagements"][0]
    assert (told["state"], told["free_minutes"]) == ("short", 0)


def test_every_state_of_a_balance_has_its_name_on_the_pages_and_its_place_in_the_schema():
    assert set(STATES) == BALANCE_NAMES.keys() == BALANCE_TONES.keys()
