"""Two people act on one ticket at the same moment: the second sees what the first did."""

from functools import partial
from threading import Event as Signal
from threading import Thread

import pytest
from django.db import connection, transaction

from accounts import scope
from events.models import Event
from tests.cast import actor
from tests.racing import race
from tests.ticket_cast import does, now
from tickets.actions import MoveRefused, accept_ticket, ask_approval, decide_estimate, open_ticket, reply, resolve_ticket
from tickets.models import EstimateApproval, Message
from tickets.rules import State

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(rob, acorn):
    return does(rob, acorn, open_ticket, client=acorn.client, subject="Quotes are late", body="Since Monday.", source="portal")


def moves(ticket):
    return [event.payload["to"] for event in Event.objects.about(ticket).filter(kind="ticket.moved").order_by("id")]


def test_a_reply_waits_for_the_solution_and_then_reopens_it(asked, acorn, ines, rob):
    client, done, outcome = actor(rob), Signal(), []

    def answer():
        try:
            with scope.of(client):
                outcome.append(reply(actor=client, ticket=asked, body="One more thing."))
        finally:
            connection.close()
            done.set()

    other = Thread(target=answer)
    with transaction.atomic():
        does(ines, acorn, resolve_ticket, ticket=asked, summary="The table is pinned.")
        other.start()
        assert not done.wait(0.4), "the reply did not wait for the lock"
    other.join(timeout=30)
    assert [message.body for message in outcome] == ["One more thing."]
    assert moves(asked) == ["resolved", "open"]
    assert (now(asked).state, now(asked).unanswered_since is None) == (State.OPEN, False)


@pytest.mark.parametrize("round_", range(4))
def test_a_reply_and_a_solution_at_once_lose_neither(asked, acorn, ines, rob, round_):
    client, firm = actor(rob), actor(ines)
    outcomes = race(
        [
            (client, lambda: reply(actor=client, ticket=asked, body="One more thing.")),
            (firm, lambda: resolve_ticket(actor=firm, ticket=asked, summary="The table is pinned.")),
        ]
    )
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert set(Message.objects.filter(ticket=asked).values_list("body", flat=True)) == {
        "Since Monday.",
        "One more thing.",
        "The table is pinned.",
    }
    row = now(asked)
    assert (row.state, moves(asked)) in [(State.OPEN, ["resolved", "open"]), (State.RESOLVED, ["resolved"])]
    assert (row.unanswered_since is None) == (row.state == State.RESOLVED)


def test_of_two_who_accept_one_has_the_ticket(asked, acorn, ines, mara):
    people = [actor(ines), actor(mara)]
    outcomes = race([(who, partial(accept_ticket, actor=who, ticket=asked)) for who in people])
    assert sum(isinstance(outcome, MoveRefused) for outcome in outcomes) == 1
    winner = next(who for who, outcome in zip(people, outcomes, strict=True) if not isinstance(outcome, Exception))
    assert (now(asked).assignee_id, moves(asked)) == (winner.person_id, ["open"])


def test_of_two_decisions_one_counts(asked, acorn, ines, abe, priya):
    does(ines, acorn, ask_approval, ticket=asked, minutes=90, body="An hour and a half.")
    yes, no = actor(abe), actor(priya)
    outcomes = race(
        [
            (yes, lambda: decide_estimate(actor=yes, ticket=asked, approved=True)),
            (no, lambda: decide_estimate(actor=no, ticket=asked, approved=False)),
        ]
    )
    assert sum(isinstance(outcome, MoveRefused) for outcome in outcomes) == 1
    decided = next(outcome for outcome in outcomes if isinstance(outcome, EstimateApproval))
    assert EstimateApproval.objects.get().decision == decided.decision
    assert Event.objects.about(asked).filter(kind__in=["estimate.approved", "estimate.declined"]).count() == 1
