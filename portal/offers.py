"""Proposals that wait for a client's decision, as its approvers see them."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

from accounts.actors import Actor, MemberRole
from look.estimates import Shown, shown
from proposals import policies
from proposals.models import Proposal

MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposal with its estimate written out, and whether the reader may say yes to its cap."""

    proposal: Proposal
    told: Shown
    may_approve: bool
    limit: Decimal | None


def offers_of(actor: Actor) -> list[Offer]:
    """What an approver can decide now, the soonest to end first; nothing for those who decide nothing."""
    if not actor.holds(MemberRole.APPROVER):
        return []
    waiting = proposals_of(actor).undecided().filter(expires_at__gt=timezone.now()).order_by("expires_at")[:MOST_SHOWN]  # type: ignore[attr-defined]
    found = list(waiting)
    limit = policies.limit_of(actor) if found else None
    return [offer(proposal, limit) for proposal in found]


def offer(proposal: Proposal, limit: Decimal | None) -> Offer:
    return Offer(proposal, shown(proposal.estimate or {}, proposal.currency), policies.is_within(limit, proposal.cap), limit)


def proposals_of(actor: Actor) -> QuerySet[Proposal]:
    return Proposal.objects.visible_to(actor).select_related("sent_by", "decided_by", "system", "engagement")
