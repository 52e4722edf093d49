"""Everything that is done to a proposal. Keyword-only, the actor first; each is one transaction under the proposal's lock."""

from proposals.actions.deciding import approve_proposal, decline_proposal, expire_proposal, undo_decision
from proposals.actions.drafting import Piece, change_proposal, draft_proposal, score_proposal
from proposals.actions.sending import send_proposal, withdraw_proposal

__all__ = [
    "Piece",
    "approve_proposal",
    "change_proposal",
    "decline_proposal",
    "draft_proposal",
    "expire_proposal",
    "score_proposal",
    "send_proposal",
    "undo_decision",
    "withdraw_proposal",
]
