"""A proposal held under its lock, in the house's order: retainer, proposal, ticket, counter."""

from django.utils.translation import gettext as _

from accounts.errors import WrongClient
from engagements.models import Engagement
from proposals.errors import ProposalMoved
from proposals.models import Proposal


def hold(proposal: Proposal) -> Proposal:
    """Lock the proposal for the rest of the transaction and read it anew.

    Raises WrongClient where the database shows the actor no such proposal.
    """
    try:
        return Proposal.objects.select_for_update(no_key=True).get(pk=proposal.pk, client_id=proposal.client_id)
    except Proposal.DoesNotExist:
        raise WrongClient(_("This proposal belongs to another client.")) from None


def hold_with_retainer(proposal: Proposal) -> Proposal:
    """Lock the retainer whose hours are at stake, then the proposal."""
    Engagement.objects.select_for_update(no_key=True).filter(pk=proposal.engagement_id).first()
    return hold(proposal)


def hold_unsent(proposal: Proposal) -> Proposal:
    """Lock a proposal that may still change. Raises ProposalMoved once it is sent."""
    held = hold(proposal)
    if not held.is_unsent:
        raise ProposalMoved(_("%(reference)s is sent; what it says no longer changes.") % {"reference": held.reference})
    return held
