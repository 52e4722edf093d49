"""The story of a request as its client reads it: messages as they were written, steps in one sentence each."""

import datetime as dt
from dataclasses import dataclass

from django.utils.dateparse import parse_date
from django.utils.translation import gettext

from accounts.actors import Actor
from look.templatetags.tend import day, hours
from tickets.models import Ticket
from tickets.models.conversation import Happened, Said, conversation
from tickets.rules import State


@dataclass(frozen=True, slots=True)
class Step:
    """A line between messages: an icon of the sprite, and what happened."""

    at: dt.datetime
    sign: str
    text: str
    kind: str = "step"


def story(ticket: Ticket, actor: Actor) -> list[Said | Step]:
    """What was said and what happened, oldest first; a step that the message beside it already tells is left out."""
    told: list[Said | Step] = []
    for part in conversation(ticket, actor):
        if isinstance(part, Said):
            told.append(part)
        elif isinstance(part, Happened):
            sign, text = _moved(part) if part.event.kind == "ticket.moved" else _other(part)
            if text:
                told.append(Step(part.at, sign, text))
    return told


def listener(ticket: Ticket, told: list[Said | Step]) -> str:
    """Whom a reply is addressed to: whoever of the firm spoke last, else who looks after the request; empty for the firm."""
    voices = [part.author for part in told if isinstance(part, Said) and not part.message.by_client and part.author]
    person = voices[-1] if voices else ticket.assignee
    return person.first_name if person else ""


def _who(part: Happened) -> str:
    return part.by.first_name if part.by else gettext("Tend")


def _moved(part: Happened) -> tuple[str, str]:
    source, target, name = part.event.payload.get("from"), part.event.payload.get("to"), {"name": _who(part)}
    if target == State.SCHEDULED:
        planned = parse_date(part.event.payload.get("planned_for", ""))
        return "calendar", gettext("Planned for %(day)s") % {"day": day(planned)} if planned else ""
    if target == State.RESOLVED:
        return "check", gettext("%(name)s marked it as solved") % name
    if target == State.CLOSED:
        return "check", gettext("%(name)s closed it") % name
    if target == State.OPEN and source == State.RESOLVED:
        return "undo", gettext("%(name)s reopened it") % name
    if target == State.OPEN and source == State.SCHEDULED:
        return "play", gettext("Work on it began")
    return "", ""


def _other(part: Happened) -> tuple[str, str]:
    kind = part.event.kind
    if kind == "ticket.assigned":
        return "people", gettext("%(name)s looks after it") % {"name": part.named.first_name} if part.named else ""
    words = {"name": _who(part), "hours": hours(part.event.payload.get("minutes", 0))}
    sentences = {
        "estimate.asked": ("clock", gettext("%(name)s estimated %(hours)s")),
        "estimate.approved": ("check", gettext("%(name)s approved %(hours)s")),
        "estimate.declined": ("cross", gettext("%(name)s declined %(hours)s")),
        "estimate.expired": ("clock", gettext("The estimate of %(hours)s ran out undecided")),
        "estimate.withdrawn": ("undo", gettext("The estimate was taken back")),
    }
    sign, text = sentences.get(kind, ("", ""))
    return sign, text % words
