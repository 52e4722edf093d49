"""What waits for a client: questions to answer, estimates to decide, solutions to confirm."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts.actors import Actor, MemberRole
from billing.models.ledger import Balance
from portal.turns import Turns
from portal.wording import gist
from tickets import policies
from tickets.models import EstimateApproval, Message, Ticket
from tickets.rules import REOPEN_WITHIN, State

MOST_ASKED = 50
MOST_SOLVED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One thing that waits. `kind` is question, approval or solved; `said` are the firm's words; minutes belong to an approval."""

    kind: str
    ticket: Ticket
    said: str = ""
    who: str = ""
    at: dt.datetime | None = None
    until: dt.datetime | None = None
    minutes: int = 0
    free_minutes: int | None = None

    @property
    def after_minutes(self) -> int | None:
        """What would be free after a yes; below zero is over."""
        return None if self.free_minutes is None else self.free_minutes - self.minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """What waits on requests; of each kind the longest waiting first, so that no kind crowds out another."""

    questions: Turns[Ask]
    decisions: Turns[Ask]
    solved: Turns[Ask]


def asks_of(actor: Actor, balances: Mapping[UUID, Balance]) -> Asks:
    """What the actor may answer; what they may not is absent."""
    waiting = _waiting(actor)
    words = _last_words(actor, waiting)
    approvals = _approvals(actor, waiting)
    questions = [_question(ticket, words.get(ticket.pk)) for ticket in waiting if ticket.state == State.WAITING_ON_CLIENT]
    decisions = [
        _decision(ticket, approvals[ticket.pk], balances)
        for ticket in waiting
        if ticket.pk in approvals and policies.may_decide(actor, ticket)
    ]
    solved = [
        _solution(ticket, words.get(ticket.pk))
        for ticket in waiting
        if ticket.state == State.RESOLVED and policies.may_reopen(actor, ticket)
    ]
    return Asks(
        questions=Turns(questions, _left_out(waiting, State.WAITING_ON_CLIENT)),
        decisions=Turns(decisions, _left_out(waiting, State.AWAITING_APPROVAL)),
        solved=Turns(solved, _left_out(waiting, State.RESOLVED)),
    )


def _waiting(actor: Actor) -> list[Ticket]:
    """In one query the first of each kind, each with `of_kind`, how many of it wait."""
    asks = Q(state=State.WAITING_ON_CLIENT)
    if actor.holds(MemberRole.APPROVER):
        asks |= Q(state=State.AWAITING_APPROVAL)
    solved = Q(state=State.RESOLVED, resolved_at__gte=timezone.now() - REOPEN_WITHIN)
    tickets = Ticket.objects.visible_to(actor).filter(asks | solved).select_related("assignee")
    numbered = tickets.annotate(
        place=Window(RowNumber(), partition_by=[F("state")], order_by=[F("state_since").asc(), F("pk").asc()]),
        of_kind=Window(Count("pk"), partition_by=[F("state")]),
    )
    shown = Q(place__lte=MOST_SOLVED) | (~Q(state=State.RESOLVED) & Q(place__lte=MOST_ASKED))
    return list(numbered.filter(shown).order_by("state_since", "pk"))


def _left_out(waiting: list[Ticket], state: State) -> int:
    kind = [ticket for ticket in waiting if ticket.state == state]
    return kind[0].of_kind - len(kind) if kind else 0  # type: ignore[attr-defined]  # annotated


def _last_words(actor: Actor, tickets: list[Ticket]) -> dict[UUID, Message]:
    """The firm's latest message on each ticket."""
    said = Message.objects.visible_to(actor).filter(ticket__in=tickets, by_client=False).select_related("author")
    return {message.ticket_id: message for message in said.order_by("ticket_id", "-pk").distinct("ticket_id")}


def _approvals(actor: Actor, tickets: list[Ticket]) -> dict[UUID, EstimateApproval]:
    pending = EstimateApproval.objects.visible_to(actor).pending().filter(ticket__in=tickets).select_related("asked_by")
    return {approval.ticket_id: approval for approval in pending}


def _question(ticket: Ticket, message: Message | None) -> Ask:
    if message is None:
        return Ask(kind="question", ticket=ticket, said=ticket.subject, at=ticket.state_since)
    who = message.author.first_name if message.author else ""
    return Ask(kind="question", ticket=ticket, said=gist(message.body), who=who, at=message.created_at)


def _decision(ticket: Ticket, approval: EstimateApproval, balances: Mapping[UUID, Balance]) -> Ask:
    balance = balances.get(ticket.engagement_id) if ticket.engagement_id else None
    return Ask(
        kind="approval",
        ticket=ticket,
        who=approval.asked_by.first_name if approval.asked_by else "",
        at=approval.asked_at,
        until=approval.expires_at,
        minutes=approval.minutes,
        free_minutes=balance.left_minutes - balance.over_minutes - balance.reserved_minutes if balance else None,
    )


def _solution(ticket: Ticket, message: Message | None) -> Ask:
    who = message.author.first_name if message and message.author else ""
    said = gist(message.body) if message else ""
    until = ticket.resolved_at + REOPEN_WITHIN if ticket.resolved_at else None
    return Ask(kind="solved", ticket=ticket, said=said, who=who, at=ticket.resolved_at, until=until)
