"""A proposal goes to the client: from here on what it says never changes. The firm can take it back until it is decided."""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import permit
from events.actions import record
from figures.currencies import places_of
from figures.days import last_day
from figures.rounding import money
from figures.text import money_short
from proposals import policies
from proposals.actions.drafting import HIGHEST_CAP, hold_cap, score
from proposals.actions.holding import hold, hold_unsent
from proposals.actions.telling import approvers_of, tell_of
from proposals.errors import NotWorthBuilding, ProposalIncomplete, ProposalMoved
from proposals.models import Proposal, ProposalState

DECIDES_WITHIN = dt.timedelta(days=30)
EXCERPT_CHARACTERS = 400
LONGEST_REASON = 500


@transaction.atomic
def send_proposal(
    *, actor: Actor, proposal: Proposal, cap_amount: Decimal | None = None, expires_at: dt.datetime | None = None
) -> Proposal:
    """Freeze the estimate and ask those of the client who may approve its cap: the cost of building unless said otherwise, 30 days.

    Raises NotAllowed, WrongClient, ProposalMoved where it was sent before, ProposalIncomplete for what is missing,
    TooManyPlaces, NotWorthBuilding where the estimate says not to build.
    """
    permit(policies.may_propose(actor, proposal.engagement), _("Only those who work for a client propose to it."))
    held = hold_unsent(proposal)
    score(held)
    estimate = held.estimate or {}
    if estimate["doubts"]:
        raise NotWorthBuilding(_("The estimate says not to build this: it is not back within a year, or too likely to lose money."))
    now = timezone.now()
    building = money(Decimal(estimate["build"]), places_of(held.currency))
    held.cap_amount = next(cap for cap in (cap_amount, held.cap_amount, building) if cap is not None)
    held.expires_at = until = expires_at or held.expires_at or now + DECIDES_WITHIN
    _complete(held, now)
    asked = approvers_of(held)
    if not asked:
        sentence = _("Nobody at %(client)s may approve %(cap)s. Give somebody the role and a limit first.")
        cap = money_short(held.cap, held.currency)
        raise ProposalIncomplete(sentence % {"client": held.client.name, "cap": cap}, field="cap_amount")
    held.state, held.sent_at, held.sent_by_id, held.updated_at = ProposalState.SENT, now, actor.person_id, now
    held.save()
    sent = record("proposal.sent", actor=actor, about=held, cap=str(held.cap_amount), formula=str(estimate["formula"]))
    name = actor.name

    def sentences() -> tuple[str, ...]:
        day = date_format(last_day(until, timezone.get_current_timezone()), "j F")
        words = {"name": name, "cap": money_short(held.cap, held.currency), "day": day}
        asks = _("%(name)s asks you to approve up to %(cap)s, until %(day)s.") % words
        return (asks, Truncator(" ".join(held.summary.split())).chars(EXCERPT_CHARACTERS))

    tell_of(held, sent, [member.person for member in asked], sentences)
    return held


@transaction.atomic
def withdraw_proposal(*, actor: Actor, proposal: Proposal, reason: str) -> Proposal:
    """Take back what the client has not decided on yet, with a reason that its approvers read.

    Raises NotAllowed, WrongClient, ProposalMoved where there is nothing left to withdraw, ProposalIncomplete without a reason.
    """
    permit(policies.may_propose(actor, proposal.engagement), _("Only those who work for a client withdraw what was proposed to it."))
    said = " ".join(reason.replace("\x00", "").split())
    if not 0 < len(said) <= LONGEST_REASON:
        raise ProposalIncomplete(_("Tell the client why, in at most %(most)d characters.") % {"most": LONGEST_REASON}, field="reason")
    held = hold(proposal)
    if not held.is_waiting:
        words = {"reference": held.reference, "state": held.get_state_display()}
        raise ProposalMoved(_("Only what waits for a decision is withdrawn; %(reference)s is %(state)s.") % words)
    now = timezone.now()
    held.state, held.decided_at, held.decided_by_id, held.decision_note = ProposalState.WITHDRAWN, now, actor.person_id, said
    held.updated_at = now
    held.save(update_fields=["state", "decided_at", "decided_by", "decision_note", "updated_at"])
    withdrawn = record("proposal.withdrawn", actor=actor, about=held)
    name = actor.name
    tell_of(
        held,
        withdrawn,
        [member.person for member in approvers_of(held)],
        lambda: (_("%(name)s withdrew this; there is nothing left to decide.") % {"name": name}, said),
    )
    return held


def _complete(proposal: Proposal, now: dt.datetime) -> None:
    """Raises ProposalIncomplete for what the client would miss, TooManyPlaces for a cap in parts of the smallest coin."""
    if not proposal.summary:
        raise ProposalIncomplete(_("Tell the client in a few sentences what would change for them."), field="summary")
    if not proposal.tasks.exists():
        raise ProposalIncomplete(_("Say which work a yes begins: at least one piece, with its time."), field="tasks")
    if not 0 < proposal.cap <= HIGHEST_CAP:
        raise ProposalIncomplete(_("A cap is above zero: say what this may cost at most."), field="cap_amount")
    hold_cap(proposal)
    if proposal.expires_at is None or proposal.expires_at <= now:
        raise ProposalIncomplete(_("Say until when the client can decide: a moment still to come."), field="expires_at")
