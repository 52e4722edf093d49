"""An estimate goes to the client for a yes, and comes back decided, expired or withdrawn."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import permit
from figures.days import last_day
from figures.text import hours
from tickets import policies
from tickets.actions.holding import Held, MoveRefused, decide, hold
from tickets.actions.telling import Sentences, excerpt, tell_of, who_approves, who_tends
from tickets.models import EstimateApproval, Ticket
from tickets.rules import State

DECIDES_WITHIN = dt.timedelta(days=14)


@transaction.atomic
def ask_approval(*, actor: Actor, ticket: Ticket, minutes: int, body: str, expires_at: dt.datetime | None = None) -> EstimateApproval:
    """Send an estimate in minutes to those of the client who approve, with words that say what it covers; 14 days unless told.

    Raises NotAllowed, WrongClient, MoveRefused, Incomplete (also when nobody of the client may approve).
    """
    permit(policies.of_the_firm(actor, ticket), _("Only those who do the work send estimates."))
    held = hold(ticket, actor=actor)
    until = expires_at or held.now + DECIDES_WITHIN
    people = who_approves(held.ticket)
    held.move(State.AWAITING_APPROVAL, amount=minutes, expires_at=until, approver_exists=bool(people))
    message = held.say(body, is_question=True)
    held.ticket.estimate_minutes = minutes
    if held.ticket.assignee_id is None:
        held.ticket.assignee_id = actor.person_id
        held.did("ticket.assigned", to=str(actor.person_id))
    approval = EstimateApproval.objects.create(
        client_id=held.ticket.client_id,
        ticket=held.ticket,
        minutes=minutes,
        asked_by_id=actor.person_id,
        asked_at=held.now,
        expires_at=until,
    )
    held.did("estimate.asked", approval=str(approval.pk), minutes=minutes)
    asked, name = held.keep()["estimate.asked"], actor.name

    def sentences() -> tuple[str, ...]:
        day = date_format(last_day(until, timezone.get_current_timezone()), "j F")
        words = {"name": name, "hours": hours(minutes), "day": day}
        return (_("%(name)s asks you to approve %(hours)s, until %(day)s.") % words, excerpt(message.body))

    tell_of(held.ticket, asked, people, sentences)
    return approval


@transaction.atomic
def decide_estimate(*, actor: Actor, ticket: Ticket, approved: bool) -> EstimateApproval:
    """Say yes or no to the estimate a ticket waits with; the work comes back to the firm either way.

    Raises NotAllowed, WrongClient; MoveRefused when nothing waits for a decision any more or its time ran out.
    """
    permit(policies.approves(actor, ticket), _("Estimates are decided by those who approve for your company."))
    held = hold(ticket, actor=actor)
    approval = _pending(held)
    if approval.expires_at <= held.now:
        raise MoveRefused(_("The time for this decision ran out. Write to us and we ask again."))
    kinds = {
        True: (EstimateApproval.Decision.APPROVED, "estimate.approved"),
        False: (EstimateApproval.Decision.DECLINED, "estimate.declined"),
    }
    decision, kind = kinds[approved]
    decide(approval, decision, by=actor, at=held.now)
    name, minutes = actor.name, approval.minutes

    def sentences() -> tuple[str, ...]:
        words = {"name": name, "hours": hours(minutes)}
        return ((_("%(name)s approved %(hours)s.") if approved else _("%(name)s declined %(hours)s.")) % words,)

    _come_back(held, approval, kind, sentences)
    return approval


@transaction.atomic
def expire_estimate(*, actor: Actor, ticket: Ticket) -> EstimateApproval:
    """Let an estimate run out whose time has come. Raises MoveRefused when none waits, or its time has not come."""
    permit(actor.is_system, _("An estimate runs out by itself."))
    held = hold(ticket, actor=actor)
    approval = _pending(held)
    if approval.expires_at > held.now:
        raise MoveRefused(_("There is still time for this decision."))
    decide(approval, EstimateApproval.Decision.EXPIRED, by=actor, at=held.now)
    minutes = approval.minutes
    _come_back(held, approval, "estimate.expired", lambda: (_("Nobody decided on %(hours)s in time.") % {"hours": hours(minutes)},))
    return approval


def _pending(held: Held) -> EstimateApproval:
    waiting = EstimateApproval.objects.select_for_update(no_key=True).pending().filter(ticket_id=held.ticket.pk)
    approval = waiting.first() if held.state == State.AWAITING_APPROVAL else None
    if approval is None:
        raise MoveRefused(_("Nothing waits for a decision on %(reference)s.") % {"reference": held.ticket.reference})
    return approval


def _come_back(held: Held, approval: EstimateApproval, kind: str, sentences: Sentences) -> None:
    held.move(State.OPEN, taken=True)
    held.did(kind, approval=str(approval.pk), minutes=approval.minutes)
    event = held.keep()[kind]
    tell_of(held.ticket, event, who_tends(held.ticket), sentences)
