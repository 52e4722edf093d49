"""Whatever people do to a ticket in whatever order, its events alone give the row."""

import datetime as dt
from uuid import UUID

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import DomainError
from events.models import Event
from tests import cast
from tests.ticket_cast import does, now
from tickets.actions import (
    accept_ticket,
    ask_approval,
    assign_ticket,
    close_ticket,
    decide_estimate,
    reopen_ticket,
    reply,
    resolve_ticket,
    schedule_ticket,
    write_note,
)
from tickets.models import EstimateApproval
from tickets.rules import Moved, State, replay

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)

STEPS = {
    "client writes": lambda t, c: does(c["rob"], c["acorn"], reply, ticket=t, body="More."),
    "firm writes": lambda t, c: does(c["ines"], c["acorn"], reply, ticket=t, body="Seen."),
    "firm asks": lambda t, c: does(c["ines"], c["acorn"], reply, ticket=t, body="Which?", ask=True),
    "note": lambda t, c: does(c["ines"], c["acorn"], write_note, ticket=t, body="Hm."),
    "accept": lambda t, c: does(c["mara"], c["acorn"], accept_ticket, ticket=t),
    "assign": lambda t, c: does(c["mara"], c["acorn"], assign_ticket, ticket=t, assignee=c["ines"]),
    "unassign": lambda t, c: does(c["mara"], c["acorn"], assign_ticket, ticket=t, assignee=None),
    "schedule": lambda t, c: does(c["ines"], c["acorn"], schedule_ticket, ticket=t, planned_for=c["soon"], body="Then."),
    "estimate": lambda t, c: does(c["ines"], c["acorn"], ask_approval, ticket=t, minutes=45, body="This much."),
    "approve": lambda t, c: does(c["abe"], c["acorn"], decide_estimate, ticket=t, approved=True),
    "decline": lambda t, c: does(c["abe"], c["acorn"], decide_estimate, ticket=t, approved=False),
    "solve": lambda t, c: does(c["ines"], c["acorn"], resolve_ticket, ticket=t, reason="answered", summary="So."),
    "client solves": lambda t, c: does(c["rob"], c["acorn"], resolve_ticket, ticket=t),
    "reopen": lambda t, c: does(c["rob"], c["acorn"], reopen_ticket, ticket=t),
    "close": lambda t, c: does(c["rob"], c["acorn"], close_ticket, ticket=t),
}


def replayed(ticket):
    """State, reason, plan, assignee, number of messages and pending approval of a ticket, from its events alone."""
    events = list(Event.objects.about(ticket).order_by("id"))
    moves = [event.payload for event in events if event.kind == "ticket.moved"]
    hands = [event.payload["to"] for event in events if event.kind == "ticket.assigned"]
    asked = [event.payload["approval"] for event in events if event.kind == "estimate.asked"]
    answered = [event.payload["approval"] for event in events if event.kind.startswith("estimate.") and event.kind != "estimate.asked"]
    assert len(asked) == len(set(asked))
    last = moves[-1] if moves else {}
    settled = [move["reason"] for move in moves if move["to"] == "resolved"]
    state = replay([Moved(source=State(move["from"]), target=State(move["to"])) for move in moves])
    return {
        "state": state,
        "reason": settled[-1] if state in {State.RESOLVED, State.CLOSED} else "",
        "planned_for": dt.date.fromisoformat(last["planned_for"]) if last.get("planned_for") else None,
        "assignee_id": UUID(hands[-1]) if hands and hands[-1] else None,
        "messages": sum(event.kind in {"ticket.opened", "message.posted"} for event in events),
        "pending": [UUID(one) for one in asked if one not in answered],
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(sorted(STEPS)), min_size=4, max_size=14))
def test_replaying_the_events_gives_the_row(steps, acorn, ines, mara, rob, abe):
    cast_of_it = {"acorn": acorn, "ines": ines, "mara": mara, "rob": rob, "abe": abe, "soon": timezone.localdate() + 9 * DAY}
    ticket = cast.ask(rob, acorn)
    for step in steps:
        try:
            STEPS[step](ticket, cast_of_it)
        except DomainError:
            continue  # refused: it must have left nothing behind
    row = now(ticket)
    fields = ("state", "reason", "planned_for", "assignee_id")
    pending = list(EstimateApproval.objects.pending().filter(ticket=ticket).values_list("pk", flat=True))
    there = {name: getattr(row, name) for name in fields} | {"messages": row.messages.count(), "pending": pending}
    assert replayed(ticket) == there
