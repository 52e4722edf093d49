"""A ticket's story in the order of time: what was said, what was noted, what happened."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from accounts.actors import Actor
from accounts.models import Person
from events.models import Event
from tickets.models.attachment import MessageAttachment, NoteAttachment
from tickets.models.message import Message, Note
from tickets.models.ticket import Ticket

SAID_BY_ITSELF = ("message.posted", "note.written", "ticket.opened")  # the message and the note stand there themselves


@dataclass(frozen=True, slots=True)
class Said:
    """A public message with its files."""

    at: dt.datetime
    message: Message
    author: Person | None
    attachments: list[MessageAttachment]
    kind: str = "said"


@dataclass(frozen=True, slots=True)
class Noted:
    """An internal note with its files; only ever made for the firm's people."""

    at: dt.datetime
    note: Note
    author: Person | None
    attachments: list[NoteAttachment]
    kind: str = "noted"


@dataclass(frozen=True, slots=True)
class Happened:
    """A step of the ticket: the event, who took it (nobody for a process), and whom it names (an assignee)."""

    at: dt.datetime
    event: Event
    by: Person | None
    named: Person | None
    kind: str = "happened"


def conversation(ticket: Ticket, actor: Actor) -> list[Said | Noted | Happened]:
    """Messages, notes (for the firm's people) and public events of a ticket, oldest first, in a constant number of queries."""
    story: list[Said | Noted | Happened] = [*_said(ticket, actor), *_happened(ticket, actor)]
    if not actor.is_member:
        story += _noted(ticket, actor)
    return sorted(story, key=lambda part: part.at)


def _said(ticket: Ticket, actor: Actor) -> list[Said]:
    messages = Message.objects.visible_to(actor).filter(ticket_id=ticket.pk).select_related("author").prefetch_related("attachments")
    return [Said(m.created_at, m, m.author, list(m.attachments.all())) for m in messages.order_by("id")]


def _noted(ticket: Ticket, actor: Actor) -> list[Noted]:
    notes = Note.objects.visible_to(actor).filter(ticket_id=ticket.pk).select_related("author").prefetch_related("attachments")
    return [Noted(n.created_at, n, n.author, list(n.attachments.all())) for n in notes.order_by("id")]


def _happened(ticket: Ticket, actor: Actor) -> list[Happened]:
    events = Event.objects.visible_to(actor).about(ticket).filter(is_public=True).exclude(kind__in=SAID_BY_ITSELF)
    found = list(events.select_related("person").order_by("id"))
    named = Person.objects.in_bulk(
        {UUID(event.payload["to"]) for event in found if event.kind == "ticket.assigned" and event.payload["to"]}
    )
    return [Happened(e.at, e, e.person, named.get(_named(e)) if _named(e) else None) for e in found]


def _named(event: Event) -> UUID | None:
    to = event.payload.get("to") if event.kind == "ticket.assigned" else None
    return UUID(to) if to else None
