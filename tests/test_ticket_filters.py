"""Lists of tickets narrowed: by state, turn, people and words, and never wider than what the caller may see."""

import datetime as dt

import pytest
from django.utils import timezone

from tests import cast
from tests.ticket_cast import does
from tickets.actions import accept_ticket, assign_ticket, open_ticket, reply, resolve_ticket
from tickets.filters import TicketFilter
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(acorn, cobalt, rob, nadia, ines, mara):
    """ACM-1 waits for the client, ACM-2 is Ines's and solved, CBF-1 is new."""
    first = does(rob, acorn, open_ticket, client=acorn.client, subject="Quotes are late", body="Since Monday.", source="portal")
    second = does(rob, acorn, open_ticket, client=acorn.client, subject="New price list", body="Here.", source="portal", kind="task")
    does(nadia, cobalt, open_ticket, client=cobalt.client, subject="Quotes differ", body="See.", source="portal", system=cobalt.system)
    does(mara, acorn, accept_ticket, ticket=first)
    does(mara, acorn, reply, ticket=first, body="Which ones?", ask=True)
    does(mara, acorn, assign_ticket, ticket=second, assignee=ines)
    does(ines, acorn, resolve_ticket, ticket=second, summary="Imported.")


def found(person, **wanted):
    who = cast.actor(person)
    narrowed = TicketFilter(wanted, queryset=Ticket.objects.visible_to(who), actor=who)
    assert narrowed.is_valid(), narrowed.errors
    return sorted(narrowed.qs.values_list("reference", flat=True))


@pytest.mark.parametrize(
    ("wanted", "references"),
    [
        ({}, ["ACM-1", "ACM-2", "CBF-1"]),
        ({"state": ["new", "resolved"]}, ["ACM-2", "CBF-1"]),
        ({"turn": "us"}, ["CBF-1"]),
        ({"turn": "client"}, ["ACM-1", "ACM-2"]),
        ({"assignee": "me"}, ["ACM-1"]),
        ({"requester": "me"}, []),
        ({"kind": ["task"]}, ["ACM-2"]),
        ({"priority": ["3"]}, ["ACM-1", "ACM-2", "CBF-1"]),
        ({"q": "quotes"}, ["ACM-1", "CBF-1"]),
        ({"q": " acm-2 "}, ["ACM-2"]),
        ({"q": "acm-"}, []),
        ({"q": "100%"}, []),
        ({"assignee": "nobody at all"}, []),
    ],
)
def test_a_list_is_narrowed_to_what_was_asked(three, mara, wanted, references):
    assert found(mara, **wanted) == references


def test_ids_narrow_and_ids_of_others_match_nothing(three, mara, rob, ines, acorn, cobalt):
    assert found(mara, client=str(cobalt.client.pk)) == ["CBF-1"]
    assert found(mara, system=str(cobalt.system.pk)) == ["CBF-1"]
    assert found(mara, assignee=str(ines.pk)) == ["ACM-2"]
    assert found(mara, engagement=str(acorn.engagement.pk)) == ["ACM-1", "ACM-2"]
    assert found(rob, client=str(cobalt.client.pk)) == []
    assert found(rob, requester="me") == ["ACM-1", "ACM-2"]


def test_moments_are_half_open(three, mara):
    at = Ticket.objects.get(reference="ACM-2").created_at
    assert found(mara, created_after=at.isoformat()) == ["ACM-2", "CBF-1"]
    assert found(mara, created_before=at.isoformat()) == ["ACM-1"]
    assert found(mara, updated_since=(timezone.now() + dt.timedelta(hours=1)).isoformat()) == []


@pytest.mark.parametrize("wrong", [{"state": ["lost"]}, {"turn": "theirs"}, {"client": "acorn"}, {"created_after": "yesterday"}])
def test_a_filter_that_means_nothing_is_said_to(mara, wrong):
    who = cast.actor(mara)
    assert not TicketFilter(wrong, queryset=Ticket.objects.visible_to(who), actor=who).is_valid()
