"""A ticket changes hands, is planned, solved, taken up again and closed."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import permit
from accounts.models import Person
from tickets import policies
from tickets.actions.conversing import take
from tickets.actions.holding import Held, MoveRefused, Unusable, hold
from tickets.actions.opening import checked, checked_assignee, checked_subject, keep_to_client
from tickets.actions.telling import Sentences, excerpt, tell_of, who_asked, who_tends
from tickets.models import Ticket
from tickets.rules import Reason, State

EDITABLE = ("subject", "kind", "service_area", "priority", "system", "component", "estimate_minutes", "engagement")


@transaction.atomic
def accept_ticket(*, actor: Actor, ticket: Ticket, assignee: Person | None = None) -> Ticket:
    """Take a new ticket, or one that waits or is planned, into work: for the one named, its assignee, or whoever accepts it.

    A pending estimate is withdrawn. Raises NotAllowed, WrongClient, Conflict for an assignee who does not work for the client, MoveRefused.
    """
    held = _hold_for_the_firm(actor, ticket)
    if held.state == State.RESOLVED:
        raise MoveRefused(_("%(reference)s is solved. Reopen it instead.") % {"reference": held.ticket.reference})
    before = held.ticket.assignee_id
    if held.state == State.AWAITING_APPROVAL:
        held.withdraw_approval()
    take(held, checked_assignee(assignee, held.ticket.client) if assignee else None)
    _keep_and_tell_assignee(held, before)
    return held.ticket


@transaction.atomic
def assign_ticket(*, actor: Actor, ticket: Ticket, assignee: Person | None) -> Ticket:
    """Give a ticket to somebody, or back to the client's queue; its state stays. Assigning twice is the same as once.

    Raises NotAllowed, WrongClient, Conflict for somebody who does not work for the client, MoveRefused once it is closed.
    """
    held = _hold_for_the_firm(actor, ticket)
    before = held.ticket.assignee_id
    if assignee is not None:
        checked_assignee(assignee, held.ticket.client)
    if before != (assignee.pk if assignee else None):
        held.ticket.assignee = assignee
        held.did("ticket.assigned", to=str(assignee.pk) if assignee else None)
        _keep_and_tell_assignee(held, before)
    return held.ticket


@transaction.atomic
def schedule_ticket(*, actor: Actor, ticket: Ticket, planned_for: dt.date, body: str) -> Ticket:
    """Plan a ticket for a day, tomorrow to 90 days ahead by the client's calendar, with a note the client reads.

    Raises NotAllowed, WrongClient, MoveRefused, Incomplete.
    """
    held = _hold_for_the_firm(actor, ticket)
    held.move(State.SCHEDULED, scheduled_on=planned_for, public_text=body)
    message = held.say(body)

    def sentences() -> tuple[str, ...]:
        return (_("This is planned for %(day)s.") % {"day": date_format(planned_for, "j F")}, excerpt(message.body))

    _keep_and_tell(held, who_asked(held.ticket), sentences)
    return held.ticket


@transaction.atomic
def wake_ticket(*, actor: Actor, ticket: Ticket) -> Ticket:
    """Bring a planned ticket back into work on its day. Raises NotAllowed, and MoveRefused when it is not planned, or not for today yet."""
    permit(actor.is_system, _("What is planned wakes by itself; before its day it is accepted."))
    held = hold(ticket, actor=actor)
    if held.state != State.SCHEDULED or held.ticket.planned_for is None or held.ticket.planned_for > held.today:
        raise MoveRefused(_("%(reference)s is not planned for today.") % {"reference": held.ticket.reference})
    held.move(State.OPEN, taken=True)
    _keep_and_tell(held, who_tends(held.ticket), lambda: (_("Planned for today, so it is your turn again."),))
    return held.ticket


@transaction.atomic
def resolve_ticket(*, actor: Actor, ticket: Ticket, reason: str = Reason.DONE, summary: str = "") -> Ticket:
    """Call a ticket solved. The firm says why and, in public, what was done; a client just says so, with words or without,
    or that it is no longer wanted ("declined").

    A pending estimate is withdrawn. Raises NotAllowed, WrongClient, MoveRefused, Incomplete, Unusable for an unknown reason.
    """
    permit(policies.works_for(actor, ticket.client_id), _("You may not write on this request."))
    why = Reason.DONE if actor.is_member and reason != Reason.DECLINED else _reason(reason)
    held = hold(ticket, actor=actor)
    if held.state == State.AWAITING_APPROVAL:
        held.withdraw_approval()
    held.move(State.RESOLVED, reason=why, public_text=summary)
    said = held.say(summary).body if summary.strip() else ""
    held.ticket.unanswered_since = None
    people = who_tends(held.ticket) if actor.is_member else who_asked(held.ticket)
    name = actor.name

    def sentences() -> tuple[str, ...]:
        return tuple(filter(None, (_("%(name)s marked this as solved.") % {"name": name}, excerpt(said))))

    _keep_and_tell(held, people, sentences)
    return held.ticket


@transaction.atomic
def reopen_ticket(*, actor: Actor, ticket: Ticket, body: str = "") -> Ticket:
    """Take up a solved ticket again: a client for 14 days, the firm until it is closed.

    Raises NotAllowed, WrongClient, MoveRefused.
    """
    permit(policies.works_for(actor, ticket.client_id), _("You may not write on this request."))
    held = hold(ticket, actor=actor)
    if held.state not in {State.RESOLVED, State.CLOSED}:
        raise MoveRefused(_("%(reference)s is not solved yet.") % {"reference": held.ticket.reference})
    held.move(State.OPEN, taken=True)
    said = held.say(body).body if body.strip() else ""
    people = who_tends(held.ticket) if actor.is_member else who_asked(held.ticket)
    name = actor.name

    def sentences() -> tuple[str, ...]:
        return tuple(filter(None, (_("%(name)s reopened this.") % {"name": name}, excerpt(said))))

    _keep_and_tell(held, people, sentences)
    return held.ticket


@transaction.atomic
def close_ticket(*, actor: Actor, ticket: Ticket) -> Ticket:
    """Close a solved ticket for good: the client confirms it, or 14 days have passed.

    Raises NotAllowed, WrongClient, MoveRefused.
    """
    permit(policies.works_for(actor, ticket.client_id), _("You may not write on this request."))
    held = hold(ticket, actor=actor)
    held.move(State.CLOSED)
    held.keep()
    return held.ticket


@transaction.atomic
def edit_ticket(*, actor: Actor, ticket: Ticket, **changes: Any) -> Ticket:
    """Describe a ticket better: its subject, kind, service area, priority, system, component, estimate in minutes or engagement.

    Raises NotAllowed, WrongClient, Incomplete, Unusable, MoveRefused once it is closed; TypeError for anything else.
    """
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise TypeError(f"A ticket's {', '.join(sorted(unknown))} cannot be edited.")
    held = _hold_for_the_firm(actor, ticket)
    values = checked(**changes)
    if "subject" in values:
        values["subject"] = checked_subject(values["subject"])
    edited = [name for name, value in values.items() if getattr(held.ticket, name) != value]
    if not edited:
        return held.ticket
    for name in edited:
        setattr(held.ticket, name, values[name])
    if "system" in edited and "component" not in values:
        held.ticket.component = None
    keep_to_client(held.ticket.client, held.ticket.engagement, held.ticket.system, held.ticket.component)
    held.did("ticket.edited", fields=sorted(edited))
    held.keep()
    return held.ticket


def _hold_for_the_firm(actor: Actor, ticket: Ticket) -> Held:
    permit(policies.of_the_firm(actor, ticket), _("Only those who do the work may do this."))
    held = hold(ticket, actor=actor)
    if held.state == State.CLOSED:
        raise MoveRefused(_("%(reference)s is closed. Open a new request instead.") % {"reference": held.ticket.reference})
    return held


def _reason(reason: str) -> Reason | None:
    if reason and reason not in list(Reason):
        raise Unusable(_("Choose one of: %(choices)s.") % {"choices": ", ".join(Reason)}, field="reason")
    return Reason(reason) if reason else None


def _keep_and_tell(held: Held, people: list[Person], sentences: Sentences) -> None:
    moved = held.keep()["ticket.moved"]
    tell_of(held.ticket, moved, people, sentences)


def _keep_and_tell_assignee(held: Held, before: object) -> None:
    events = held.keep()
    ticket, name = held.ticket, held.actor.name
    if "ticket.assigned" in events and ticket.assignee is not None and ticket.assignee_id != before:
        tell_of(ticket, events["ticket.assigned"], [ticket.assignee], lambda: (_("%(name)s gave this to you.") % {"name": name},))
