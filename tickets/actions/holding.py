"""A ticket held under its lock: what an action changes is collected, then written once, with one event a step."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import Conflict, DomainError, NotAllowed, WrongClient
from events.actions import record
from events.models import Event
from tickets.actions.attachments import Received, attach_to_message
from tickets.models import EstimateApproval, Message, Ticket
from tickets.policies import party_of
from tickets.rules import LONGEST_MESSAGE, Move, State, may_move, refusal, why_not_schedule

WRITTEN = (
    "engagement",
    "system",
    "component",
    "subject",
    "kind",
    "service_area",
    "priority",
    "estimate_minutes",
    "state",
    "state_since",
    "assignee",
    "planned_for",
    "reason",
    "unanswered_since",
    "first_answered_at",
    "last_message_at",
    "resolved_at",
    "closed_at",
    "updated_at",
)


class MoveRefused(Conflict):
    """The ticket cannot go there from the state it is in by now."""

    code = "move-refused"


class Incomplete(DomainError):
    """Something the step needs was not brought along; `field` names it."""

    code = "incomplete"


class Unusable(DomainError):
    """A value that means nothing here; `field` names it."""

    code = "unusable"


def clean(text: str) -> str:
    """What somebody typed, without what no table keeps and no reader sees."""
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


def words(body: str, *, without: str) -> str:
    """The words of a message or a note. Raises Incomplete with the sentence `without` for none, Unusable for too many."""
    text = clean(body)
    if not text:
        raise Incomplete(without, field="body")
    if len(text) > LONGEST_MESSAGE:
        raise Unusable(_("This is longer than %(most)d characters. Send it as a file.") % {"most": LONGEST_MESSAGE}, field="body")
    return text


@dataclass(slots=True)
class Held:
    """A locked ticket, who acts on it, and the steps taken so far. Nothing is on the row until `keep`."""

    ticket: Ticket
    actor: Actor
    now: dt.datetime
    steps: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def state(self) -> State:
        return State(self.ticket.state)

    @property
    def today(self) -> dt.date:
        """The day it is at the client."""
        return self.now.astimezone(ZoneInfo(self.ticket.client.time_zone)).date()

    def did(self, kind: str, **payload: Any) -> None:
        self.steps.append((kind, payload))

    def say(self, body: str, *, is_question: bool = False, received: Sequence[Received] = ()) -> Message:
        """Write a public message and note on the ticket who spoke last. Raises Incomplete for an empty one."""
        message = post(self.ticket, self.actor, body, at=self.now, is_question=is_question, received=received)
        heard(self.ticket, self.actor, at=self.now)
        self.did("message.posted", message=str(message.pk), by_client=message.by_client)
        return message

    def move(self, target: State, **brought: Any) -> None:
        """Take one step of the table in tickets.rules. Raises MoveRefused, NotAllowed or Incomplete with the rule's sentence."""
        ticket, source = self.ticket, self.state
        move = Move(
            source=source, target=target, by=party_of(self.actor), at=self.now, today=self.today, resolved_at=ticket.resolved_at, **brought
        )
        _refuse(move, ticket)
        ticket.state, ticket.state_since = target, self.now
        ticket.planned_for = move.scheduled_on if target == State.SCHEDULED else self._begun_on(target)
        if target == State.RESOLVED:
            ticket.resolved_at, ticket.reason = self.now, move.reason or ""
        elif target == State.CLOSED:
            ticket.closed_at = self.now
        else:
            ticket.resolved_at, ticket.reason = None, ""
        planned = {"planned_for": ticket.planned_for.isoformat()} if ticket.planned_for else {}
        reason = {"reason": ticket.reason} if target == State.RESOLVED else {}
        self.did("ticket.moved", **{"from": source.value, "to": target.value}, **planned, **reason)

    def _begun_on(self, target: State) -> dt.date | None:
        """What was planned is still to do while it is not solved: from its day on, or from today where it is taken up before."""
        planned = self.ticket.planned_for
        return None if planned is None or target in {State.RESOLVED, State.CLOSED} else min(planned, self.today)

    def withdraw_approval(self) -> None:
        """Take back an estimate that still waits for its decision, where there is one."""
        pending = EstimateApproval.objects.select_for_update(no_key=True).pending().filter(ticket_id=self.ticket.pk).first()
        if pending is not None:
            decide(pending, EstimateApproval.Decision.WITHDRAWN, by=self.actor, at=self.now)
            self.did("estimate.withdrawn", approval=str(pending.pk))

    def keep(self) -> dict[str, Event]:
        """Write the row once and an event a step, in order; the events by kind."""
        self.ticket.updated_at = self.now
        self.ticket.save(update_fields=WRITTEN)
        return {kind: record(kind, actor=self.actor, about=self.ticket, **payload) for kind, payload in self.steps}


def hold(ticket: Ticket, *, actor: Actor) -> Held:
    """Lock the ticket for the rest of the transaction and read it anew.

    Raises WrongClient where the database shows the actor no such ticket.
    """
    try:
        locked = Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk, client_id=ticket.client_id)
    except Ticket.DoesNotExist:
        raise WrongClient(_("This request belongs to another client.")) from None
    return Held(locked, actor, timezone.now())


def post(ticket: Ticket, actor: Actor, body: str, *, at: dt.datetime, is_question: bool, received: Sequence[Received]) -> Message:
    """Write down a public message with its files."""
    text = words(body, without=_("Write a message first."))
    message = Message.objects.create(
        client_id=ticket.client_id,
        ticket=ticket,
        author_id=actor.person_id,
        body=text,
        by_client=actor.is_member,
        is_question=is_question,
        created_at=at,
    )
    attach_to_message(message, received)
    return message


def heard(ticket: Ticket, actor: Actor, *, at: dt.datetime) -> None:
    """Note on the ticket that somebody spoke in public. The oldest unanswered words of the client count; only a person answers them."""
    ticket.last_message_at = at
    if actor.is_member:
        ticket.unanswered_since = ticket.unanswered_since or at
    elif not actor.is_system:
        if ticket.unanswered_since is not None:
            ticket.first_answered_at = ticket.first_answered_at or at
        ticket.unanswered_since = None


def decide(approval: EstimateApproval, decision: EstimateApproval.Decision, *, by: Actor, at: dt.datetime) -> None:
    approval.decision, approval.decided_by_id, approval.decided_at = decision, by.person_id, at
    approval.save(update_fields=["decision", "decided_by", "decided_at"])


def _refuse(move: Move, ticket: Ticket) -> None:
    sentence = refusal(move)
    if not sentence:
        return
    facts = {"ticket": ticket.reference, "state": move.source.value}
    if not may_move(move.source, move.target):
        raise MoveRefused(_(sentence), **facts)
    if not may_move(move.source, move.target, move.by):
        raise NotAllowed(_(sentence), **facts)
    if move.source == State.RESOLVED:
        raise MoveRefused(_(sentence), **facts)
    raise Incomplete(_(sentence), field=_lacking(move), **facts)


def _lacking(move: Move) -> str:
    """The argument that would have made the move sound."""
    match move.target:
        case State.OPEN:
            return "assignee"
        case State.AWAITING_APPROVAL if move.amount <= 0:
            return "minutes"
        case State.AWAITING_APPROVAL:
            return "expires_at" if move.approver_exists else ""
        case State.SCHEDULED if why_not_schedule(move.scheduled_on, "said", today=move.today or move.at.date()):
            return "planned_for"
        case State.RESOLVED:
            return "reason" if move.reason is None else "summary"
    return "body"
