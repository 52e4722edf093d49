"""Hours that are spoken for: an approved estimate holds them until its ticket is resolved."""

import datetime as dt

import pytest
from django.utils import timezone

from billing.models import Reservation
from billing.models.ledger import balance_of
from engagements.actions import begin_engagement
from engagements.rules import Terms
from events.models import Event
from tests.cast import actor, ask, log
from tickets.actions import ask_approval, decide_estimate, edit_ticket, reopen_ticket, resolve_ticket


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
