"""What could be better: workflow expansions with an estimate, and what the client decided."""

from proposals.models.proposal import UNDO_WITHIN, Proposal, ProposalCounter, ProposalState
from proposals.models.task import ProposalTask

__all__ = ["UNDO_WITHIN", "Proposal", "ProposalCounter", "ProposalState", "ProposalTask"]
