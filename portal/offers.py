"""Proposals that wait for a client's decision, as its approvers see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone

from accounts.actors import Actor, MemberRole
from billing.models.ledger import Balance
from look.estimates import Shown, shown
from portal.turns import Turns
from proposals import policies
from proposals.models import Proposal
from proposals.models.proposal import ProposalQuerySet

MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposal with its estimate written out, whether the reader may say yes to its cap, and what a yes does to their hours.

    `after_minutes` would be free after a yes; below zero is over, None where no hours run that it could be held of.
    """

    proposal: Proposal
    told: Shown
    may_approve: bool
    limit: Decimal | None
    minutes: int
    after_minutes: int | None


def offers_of(actor: Actor, balances: Mapping[UUID, Balance]) -> Turns[Offer]:
    """What an approver can decide now, the soonest to end first; nothing for those who decide nothing."""
    if not actor.holds(MemberRole.APPROVER):
        return Turns()
    waiting = proposals_of(actor).undecided().filter(expires_at__gt=timezone.now()).order_by("expires_at", "pk")
    found = list(waiting.annotate(minutes=Sum("tasks__minutes", default=0))[:MOST_SHOWN])
    limit = policies.limit_of(actor) if found else None
    offers = [offer(proposal, limit, balances.get(proposal.engagement.draws_on_id or proposal.engagement_id)) for proposal in found]
    return Turns(offers, waiting.count() - len(found) if len(found) == MOST_SHOWN else 0)


def offer(proposal: Proposal, limit: Decimal | None, balance: Balance | None) -> Offer:
    told, minutes = shown(proposal.estimate or {}, proposal.currency), proposal.minutes  # type: ignore[attr-defined]  # annotated
    return Offer(proposal, told, policies.is_within(limit, proposal.cap), limit, minutes, free_after(balance, minutes))


def free_after(balance: Balance | None, minutes: int) -> int | None:
    """What of a balance would be free once more is spoken for; below zero is over, None where there is no balance."""
    return None if balance is None else balance.left_minutes - balance.over_minutes - balance.reserved_minutes - minutes


def proposals_of(actor: Actor) -> ProposalQuerySet:
    return Proposal.objects.visible_to(actor).select_related("sent_by", "decided_by", "system", "engagement")
