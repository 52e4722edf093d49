"""What the firm says to itself never reaches a client, and no client writes into another's ticket: each with either wall off."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from accounts import scope
from accounts.errors import NotAllowed, WrongClient
from events.models import Delivery, Event, Notice
from tests.cast import actor, ask
from tests.ticket_cast import does
from tickets import policies
from tickets.actions import (
    Unusable,
    accept_ticket,
    ask_approval,
    assign_ticket,
    close_ticket,
    decide_estimate,
    edit_ticket,
    open_ticket,
    opening,
    reopen_ticket,
    reply,
    resolve_ticket,
    schedule_ticket,
    write_note,
)
from tickets.models import Message, Note, NoteAttachment, Ticket, TicketCounter
from tickets.models.conversation import Happened, Noted, Said, conversation
from tickets.rules import LONGEST_MESSAGE

pytestmark = pytest.mark.django_db

SECRET = "canary-4711 they will not renew"


@pytest.fixture
def noted(rob, ines, acorn):
    """A request of Rob's on which Ines answered and kept a note."""
    ticket = does(rob, acorn, open_ticket, client=acorn.client, subject="Quotes are late", body="Since Monday.", source="portal")
    does(ines, acorn, reply, ticket=ticket, body="Seen.")
    does(ines, acorn, write_note, ticket=ticket, body=SECRET)
    return ticket


@pytest.mark.parametrize("model", [Note, NoteAttachment, TicketCounter])
def test_the_portals_database_role_may_not_even_count_what_is_internal(noted, acorn, rob, model):
    with scope.of(actor(rob)), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        model.objects.count()


def test_the_conversation_of_a_client_has_no_notes_and_no_sign_of_them(noted, acorn, rob, ines):
    with scope.of(actor(rob)):
        story = conversation(noted, actor(rob))
    assert SECRET not in repr(story) + "".join(part.message.body for part in story if isinstance(part, Said))
    assert not [part for part in story if isinstance(part, Noted)]
    assert not [part for part in story if isinstance(part, Happened) and part.event.kind == "note.written"]
    with scope.of(actor(ines)):
        assert [part.note.body for part in conversation(noted, actor(ines)) if isinstance(part, Noted)] == [SECRET]


def test_with_the_second_wall_off_the_conversation_still_has_no_notes(noted, rob):
    assert [part for part in conversation(noted, actor(rob)) if part.kind == "noted"] == []
    assert not Event.objects.visible_to(actor(rob)).filter(kind="note.written").exists()


def test_with_the_first_wall_off_the_event_of_a_note_does_not_exist_for_the_portal(noted, rob):
    assert Event.objects.filter(kind="note.written").exists()
    with scope.of(actor(rob)):
        assert not Event.objects.filter(kind="note.written").exists()


def test_a_note_tells_nobody_and_stands_in_no_event_or_notice(noted):
    assert not Notice.objects.filter(event__kind="note.written").exists()
    everything = [*Event.objects.values(), *Notice.objects.values(), *Delivery.objects.values()]
    assert SECRET not in repr(everything)


def test_a_note_changes_nothing_a_client_could_read_the_change_off(noted, acorn, ines):
    before = Ticket.objects.filter(pk=noted.pk).values().get()
    does(ines, acorn, write_note, ticket=noted, body="Another.")
    assert Ticket.objects.filter(pk=noted.pk).values().get() == before


def test_a_client_writes_no_notes(noted, acorn, rob):
    with pytest.raises(NotAllowed):
        does(rob, acorn, write_note, ticket=noted, body="Mine.")


PUBLIC: dict[Callable[..., Any], dict[str, Any]] = {
    reply: {"body": "Hello from next door."},
    resolve_ticket: {},
    reopen_ticket: {},
    close_ticket: {},
    decide_estimate: {"approved": True},
}
INTERNAL: dict[Callable[..., Any], dict[str, Any]] = {
    accept_ticket: {},
    assign_ticket: {"assignee": None},
    edit_ticket: {"priority": 1},
    write_note: {"body": "Hm."},
    ask_approval: {"minutes": 60, "body": "An hour."},
    schedule_ticket: {"body": "Then.", "planned_for": timezone.localdate()},
}
ACTS = [pytest.param(act, what, id=act.__name__) for act, what in (PUBLIC | INTERNAL).items()]


def everything_of(company):
    return [
        *Ticket.objects.filter(client=company.client).values(),
        *Message.objects.filter(client=company.client).values(),
        *Event.objects.filter(client=company.client).values(),
    ]


@pytest.mark.parametrize(("act", "what"), ACTS)
def test_a_client_is_refused_on_another_clients_ticket_by_the_first_wall_alone(act, what, noted, acorn, cobalt, nadia):
    before = everything_of(acorn)
    with pytest.raises(NotAllowed):
        act(actor=actor(nadia), ticket=noted, **what)  # in the system's scope: the database hides nothing
    assert everything_of(acorn) == before


@pytest.mark.parametrize(("act", "what"), ACTS)
def test_a_client_is_refused_on_another_clients_ticket_by_the_second_wall_alone(act, what, noted, acorn, cobalt, nadia, monkeypatch):
    monkeypatch.setattr(policies, "works_for", lambda *_: True)
    monkeypatch.setattr(policies, "of_the_firm", lambda *_: True)
    before = everything_of(acorn)
    with pytest.raises((WrongClient, ProgrammingError)), transaction.atomic():
        does(nadia, cobalt, act, ticket=noted, **what)
    assert everything_of(acorn) == before


def test_a_client_opens_no_ticket_for_another_with_either_wall_off(acorn, cobalt, nadia, monkeypatch):
    request = {"client": acorn.client, "subject": "Hello", "body": "From next door.", "source": "portal"}
    with pytest.raises(NotAllowed):
        open_ticket(actor=actor(nadia), **request)
    monkeypatch.setattr(policies, "works_for", lambda *_: True)
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        does(nadia, cobalt, open_ticket, **request)
    assert not Ticket.objects.exists()


def test_the_schema_refuses_a_ticket_on_another_clients_system(acorn, cobalt, rob, monkeypatch):
    monkeypatch.setattr(opening, "keep_to_client", lambda *_: None)
    open_ticket(actor=actor(rob), client=acorn.client, subject="Late", body="Monday.", source="portal", system=cobalt.system)
    with pytest.raises(IntegrityError, match="a_ticket_names_a_system_of_its_client"):
        connection.check_constraints()


def test_the_schema_refuses_a_message_under_another_clients_ticket(noted, cobalt):
    Message.objects.create(client=cobalt.client, ticket=noted, body="Hello.", by_client=True)
    with pytest.raises(IntegrityError, match="a_message_belongs_to_its_tickets_client"):
        connection.check_constraints()


def test_the_schema_refuses_a_follow_up_across_clients(noted, cobalt):
    Ticket.objects.create(client=cobalt.client, number=1, reference="CBF-1", subject="Late", source="portal", follow_up_of=noted)
    with pytest.raises(IntegrityError, match="a_follow_up_belongs_to_the_same_client"):
        connection.check_constraints()


def test_a_consultant_of_another_client_may_do_nothing_here(noted, tomas):
    for act, what in (PUBLIC | INTERNAL).items():
        with pytest.raises(NotAllowed):
            act(actor=actor(tomas), ticket=noted, **what)


def test_a_conversation_costs_the_same_however_long_it_is(noted, acorn, ines, rob, django_assert_num_queries):
    who = actor(ines)
    with scope.of(who), transaction.atomic(), django_assert_num_queries(6):
        conversation(noted, who)
    for _ in range(5):
        does(rob, acorn, reply, ticket=noted, body="And?")
        does(ines, acorn, write_note, ticket=noted, body="Hm.")
    with scope.of(who), transaction.atomic(), django_assert_num_queries(6):
        assert len(conversation(noted, who)) > 12


@pytest.mark.parametrize("write", [reply, write_note])
def test_words_without_end_are_refused_in_every_door_alike(acorn, ines, priya, write):
    ticket = ask(priya, acorn)
    with pytest.raises(Unusable):
        write(actor=actor(ines), ticket=ticket, body="x" * (LONGEST_MESSAGE + 1))
    write(actor=actor(ines), ticket=ticket, body="x" * LONGEST_MESSAGE)
