"""What is said on a ticket: in public, or among the firm's people."""

from collections.abc import Sequence

from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import permit
from accounts.models import Person
from events.actions import record
from tickets import policies
from tickets.actions.attachments import Received, attach_to_note, receive
from tickets.actions.holding import Held, MoveRefused, hold, words
from tickets.actions.opening import follow_up
from tickets.actions.telling import excerpt, tell_of, who_asked, who_tends
from tickets.models import Message, Note, Ticket
from tickets.rules import State, after_client_reply


@transaction.atomic
def reply(*, actor: Actor, ticket: Ticket, body: str, ask: bool = False, files: Sequence["File[bytes]"] = ()) -> Message:
    """Say something in public.

    A client's words bring the ticket back to the firm; on a closed one they open a follow-up, and the message's ticket is that one.
    Who answers a new ticket for the firm has taken it; with `ask` it becomes the client's turn.
    Raises NotAllowed, WrongClient, MoveRefused, Incomplete, FileRefused.
    """
    permit(policies.works_for(actor, ticket.client_id), _("You may not write on this request."))
    received = receive(files, client_id=ticket.client_id)
    held = hold(ticket, actor=actor)
    return _from_client(held, body, received) if actor.is_member else _from_firm(held, body, received, ask=ask)


def _from_client(held: Held, body: str, received: Sequence[Received]) -> Message:
    after = after_client_reply(held.state, resolved_at=held.ticket.resolved_at, at=held.now)
    if after is None:
        return follow_up(held.ticket, actor=held.actor, body=body, received=received)
    message = held.say(body, received=received)
    if after != held.state:
        held.move(after)
    _keep_and_tell(held, message, who_tends(held.ticket))
    return message


def _from_firm(held: Held, body: str, received: Sequence[Received], *, ask: bool) -> Message:
    ticket = held.ticket
    if held.state == State.CLOSED:
        raise MoveRefused(_("%(reference)s is closed. Open a new request instead.") % {"reference": ticket.reference})
    message = held.say(body, is_question=ask, received=received)
    human = held.actor.person_id is not None
    if held.state == State.NEW and human:
        take(held)
    if ask and held.state != State.WAITING_ON_CLIENT:
        held.move(State.WAITING_ON_CLIENT, public_text=message.body)
    _keep_and_tell(held, message, who_asked(ticket))
    return message


def take(held: Held, assignee: Person | None = None) -> None:
    """Open the ticket for somebody: the one named, the one it has, or the one who acts; for a process, the client's queue."""
    before = held.ticket.assignee_id
    taker_id = assignee.pk if assignee else (before or held.actor.person_id)
    if taker_id != before:
        held.ticket.assignee_id = taker_id
        held.did("ticket.assigned", to=str(taker_id))
    held.move(State.OPEN, taken=True)


def _keep_and_tell(held: Held, message: Message, people: list[Person]) -> None:
    name = held.actor.name
    posted = held.keep()["message.posted"]

    def sentences() -> tuple[str, ...]:
        said = _("%(name)s asks you: %(words)s") if message.is_question else _("%(name)s wrote: %(words)s")
        return (said % {"name": name, "words": excerpt(message.body)},)

    tell_of(held.ticket, posted, people, sentences)


@transaction.atomic
def write_note(*, actor: Actor, ticket: Ticket, body: str, files: Sequence["File[bytes]"] = ()) -> Note:
    """Keep something among the firm's people. The ticket's row stays as it is: a client could read the change off it.

    Raises NotAllowed, Incomplete, FileRefused.
    """
    permit(policies.may_write_note(actor, ticket), _("Notes are written by those who do the work."))
    text = words(body, without=_("Write a note first."))
    received = receive(files, client_id=ticket.client_id)
    note = Note.objects.create(client_id=ticket.client_id, ticket=ticket, author_id=actor.person_id, body=text, created_at=timezone.now())
    attach_to_note(note, received)
    record("note.written", actor=actor, about=ticket, is_public=False, note=str(note.pk))
    return note
