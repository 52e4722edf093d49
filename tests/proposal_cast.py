"""The proposals that stories are told with: the worked example of the specification, and one that is not worth building."""

from collections.abc import Sequence
from typing import Any

from accounts.models import Person
from proposals.actions import Piece, draft_proposal, send_proposal
from proposals.models import Proposal
from tests.cast import Company, actor
from tests.proposal_numbers import QUOTE_FOLLOW_UPS

PIECES = (
    Piece(subject="Read the open quotes", service_area="integration_maintenance", minutes=360),
    Piece(subject="Draft the follow-ups", service_area="workflow_expansion", minutes=600),
)


def drafted(company: Company, by: Person, *, inputs: dict[str, Any] | None = QUOTE_FOLLOW_UPS, **more: Any) -> Proposal:
    """A proposal that nobody of the client has seen yet."""
    pieces: Sequence[Piece] = more.pop("pieces", PIECES)
    told: dict[str, Any] = {
        "title": "Draft the quote follow-ups",
        "summary": "Ines reads each draft before it goes out.",
        "system": company.system,
    } | more
    return draft_proposal(actor=actor(by), engagement=company.engagement, inputs=inputs, pieces=pieces, **told)


def sent(company: Company, by: Person, **more: Any) -> Proposal:
    """A proposal that waits for the client's decision; its cap is what the example costs to build, 2,400."""
    return send_proposal(actor=actor(by), proposal=drafted(company, by, **more))
