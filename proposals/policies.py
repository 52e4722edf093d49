"""Who may do what to a proposal."""

from decimal import Decimal

from accounts.actors import Actor, MemberRole
from accounts.models import Membership
from billing.policies import works_for
from engagements.models import Engagement
from proposals.models import Proposal


def may_propose(actor: Actor, engagement: Engagement) -> bool:
    """Draft, estimate and send: whoever of the firm works for the client."""
    return not actor.is_member and actor.may_use("proposals:write") and works_for(actor, engagement)


def may_change(actor: Actor, proposal: Proposal) -> bool:
    """What is not sent yet may still change."""
    return proposal.is_unsent and may_propose(actor, proposal.engagement)


def may_withdraw(actor: Actor, proposal: Proposal) -> bool:
    """What waits for the client's decision can be taken back by those who propose to it."""
    return proposal.is_waiting and may_propose(actor, proposal.engagement)


def decides(actor: Actor, proposal: Proposal) -> bool:
    """Whether an actor decides for the client of this proposal what it spends money on."""
    approves = actor.is_member and actor.client_id == proposal.client_id and actor.holds(MemberRole.APPROVER)
    return approves and actor.may_use("proposals:write")


def limit_of(actor: Actor) -> Decimal | None:
    """The most money a member may approve at once; None is without limit. Nothing for whoever speaks for no client."""
    if actor.client_id is None or actor.person_id is None:
        return Decimal(0)
    mine = Membership.objects.active().filter(client_id=actor.client_id, person_id=actor.person_id).first()
    return mine.approves_up_to if mine is not None else Decimal(0)


def is_within(limit: Decimal | None, amount: Decimal) -> bool:
    return limit is None or amount <= limit


def may_decline(actor: Actor, proposal: Proposal) -> bool:
    return proposal.is_waiting and decides(actor, proposal)


def may_approve(actor: Actor, proposal: Proposal) -> bool:
    """In time, in the role, and within the person's limit."""
    return may_decline(actor, proposal) and is_within(limit_of(actor), proposal.cap)
