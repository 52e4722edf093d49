"""The client says yes or no, takes it back, or lets the time run out.

The portal's role only reads proposals: what a decision writes is a privileged step, taken after the row was locked in the
scope of whoever decides, so that another client's proposal cannot be named.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import scope
from accounts.actors import Actor
from accounts.errors import permit
from billing.actions import reserve_minutes
from billing.models import Reservation, TimeEntry, Timer
from events.actions import record
from events.models import Event
from figures.text import money_short
from proposals import policies
from proposals.actions.holding import hold, hold_with_retainer
from proposals.actions.telling import tell_of, who_leads
from proposals.errors import OverLimit, ProposalExpired, ProposalIncomplete, ProposalMoved, WorkBegan
from proposals.models import UNDO_WITHIN, Proposal, ProposalState, ProposalTask
from tickets.actions import open_ticket, resolve_ticket
from tickets.models import Ticket

LONGEST_NOTE = 500


@transaction.atomic
def approve_proposal(*, actor: Actor, proposal: Proposal, note: str = "") -> Proposal:
    """Say yes, up to the cap: every piece of the work becomes a ticket and its minutes are held, in this transaction.

    Raises NotAllowed, OverLimit, WrongClient, ProposalExpired, ProposalMoved where it is decided already, and whatever opening
    a ticket may raise: then nothing has happened.
    """
    permit(policies.decides(actor, proposal), _("Proposals are decided by those who approve for your company."))
    held = _waiting(hold_with_retainer(proposal))
    if not policies.is_within(policies.limit_of(actor), held.cap):
        sentence = _("%(cap)s is above what you may approve. Ask an owner of your company.")
        raise OverLimit(sentence % {"cap": money_short(held.cap, held.currency)})
    with scope.system("begin approved work"):
        _decide(held, ProposalState.APPROVED, by=actor, note=note)
        tickets = [_begin(held, task) for task in held.tasks.select_for_update(no_key=True).order_by("position")]
    ids = [str(ticket.pk) for ticket in tickets]
    approved = record("proposal.approved", actor=actor, about=held, cap=str(held.cap_amount), tickets=ids)
    words = {"name": actor.name, "cap": money_short(held.cap, held.currency)}
    _tell(held, approved, lambda: _("%(name)s approved this, up to %(cap)s.") % words)
    return held


@transaction.atomic
def decline_proposal(*, actor: Actor, proposal: Proposal, note: str = "") -> Proposal:
    """Say no, with words or without. Raises NotAllowed, WrongClient, ProposalExpired, ProposalMoved."""
    permit(policies.decides(actor, proposal), _("Proposals are decided by those who approve for your company."))
    held = _waiting(hold_with_retainer(proposal))
    with scope.system("decide on a proposal"):
        _decide(held, ProposalState.DECLINED, by=actor, note=note)
    declined = record("proposal.declined", actor=actor, about=held)
    _tell(held, declined, lambda: _("%(name)s declined this.") % {"name": actor.name})
    return held


@transaction.atomic
def undo_decision(*, actor: Actor, proposal: Proposal) -> Proposal:
    """Take a decision back within ten minutes, if no work began: its tickets are declined, their minutes let go, and it waits again.

    Raises NotAllowed, WrongClient, ProposalMoved where there is nothing to undo, WorkBegan.
    """
    permit(policies.decides(actor, proposal), _("Proposals are decided by those who approve for your company."))
    held = hold_with_retainer(proposal)
    if held.undo_until is None:
        raise ProposalMoved(_("There is no decision on %(reference)s to take back.") % {"reference": held.reference})
    if timezone.now() > held.undo_until:
        minutes = UNDO_WITHIN // dt.timedelta(minutes=1)
        raise WorkBegan(_("A decision can be taken back for %(minutes)d minutes. Write to us instead.") % {"minutes": minutes})
    undone = held.state
    _call_off(held, actor)
    with scope.system("decide on a proposal"):
        held.tasks.update(ticket=None)
        held.state, held.decided_at, held.decided_by_id, held.decision_note = ProposalState.SENT, None, None, ""
        _keep(held)
    event = record("proposal.reconsidered", actor=actor, about=held, undone=undone)
    _tell(held, event, lambda: _("%(name)s took the decision back; it is open again.") % {"name": actor.name})
    return held


@transaction.atomic
def expire_proposal(*, actor: Actor, proposal: Proposal) -> Proposal:
    """Let a proposal run out whose time has come. Raises NotAllowed, ProposalMoved where it does not wait or its time has not come."""
    permit(actor.is_system, _("A proposal runs out by itself."))
    held = hold(proposal)
    if held.state != ProposalState.SENT or held.is_waiting:
        raise ProposalMoved(_("There is still time for this decision, or it was taken."))
    _decide(held, ProposalState.EXPIRED, by=actor, note="")
    expired = record("proposal.expired", actor=actor, about=held)
    _tell(held, expired, lambda: _("Nobody decided in time."))
    return held


def _waiting(held: Proposal) -> Proposal:
    """Raises ProposalExpired, ProposalMoved unless the client can still decide."""
    if held.is_waiting:
        return held
    if held.state in {ProposalState.SENT, ProposalState.EXPIRED}:
        raise ProposalExpired(_("The time for this decision ran out. Write to us and we ask again."))
    words = {"reference": held.reference, "state": held.get_state_display()}
    raise ProposalMoved(_("%(reference)s is %(state)s already.") % words)


def _decide(held: Proposal, state: ProposalState, *, by: Actor, note: str) -> None:
    said = " ".join(note.replace("\x00", "").split())
    if len(said) > LONGEST_NOTE:
        raise ProposalIncomplete(_("Say it in at most %(most)d characters.") % {"most": LONGEST_NOTE}, field="note")
    held.state, held.decided_at, held.decided_by_id, held.decision_note = state, timezone.now(), by.person_id, said
    _keep(held)


def _keep(held: Proposal) -> None:
    held.updated_at = timezone.now()
    held.save(update_fields=["state", "decided_at", "decided_by", "decision_note", "updated_at"])


def _begin(held: Proposal, task: ProposalTask) -> Ticket:
    """Open one piece of the work for whoever approved it, and hold its minutes. The ticket is opened by the proposal itself."""
    itself = Actor(name=_("Proposal %(reference)s") % {"reference": held.reference}, process="begin approved work")
    ticket = open_ticket(
        actor=itself,
        client=held.client,
        engagement=held.engagement,
        system=held.system,
        subject=task.subject,
        body=f"{held.reference}: {held.title}\n\n{held.summary}",
        source=Ticket.Source.PROPOSAL,
        kind=Ticket.Kind.TASK,
        service_area=task.service_area,
        requester=held.decided_by,
        estimate_minutes=task.minutes,
    )
    reserve_minutes(actor=itself, ticket=ticket, minutes=task.minutes, source=Reservation.Source.PROPOSAL)
    task.ticket = ticket
    task.save(update_fields=["ticket"])
    return ticket


def _call_off(held: Proposal, actor: Actor) -> None:
    """Decline the tickets of a yes that is taken back; what they held is let go with them. Raises WorkBegan."""
    with scope.system("look for work that began"):
        tickets = list(Ticket.objects.filter(pk__in=held.tasks.values("ticket")).order_by("pk"))
        began = TimeEntry.objects.filter(ticket__in=tickets).exists() or Timer.objects.running().filter(ticket__in=tickets).exists()
    if began:
        raise WorkBegan(_("Work on this has begun. Write to us, and we stop it together."))
    whole = replace(actor, scopes=None)  # a yes opened them, whatever scopes its key has
    for ticket in tickets:
        if not ticket.is_settled:
            resolve_ticket(actor=whole, ticket=ticket, reason="declined", summary=_("The approval was taken back."))


def _tell(held: Proposal, event: Event, sentence: Callable[[], str]) -> None:
    tell_of(held, event, who_leads(held), lambda: tuple(filter(None, (sentence(), held.decision_note))))
