"""The rules of proposals that somebody may break."""

from accounts.errors import Conflict, DomainError, NotAllowed


class InputUnusable(DomainError):
    """A number of the estimate is missing, out of its range or in the wrong order; `field` names it."""

    code = "unusable"


class ProposalIncomplete(DomainError):
    """Something a proposal needs before it is sent is not there yet; `field` names it."""

    code = "incomplete"


class ProposalMoved(Conflict):
    """The proposal is no longer, or not yet, in the state that this step needs."""

    code = "move-refused"


class ProposalExpired(Conflict):
    """The time for the decision ran out."""

    code = "expired"


class NotWorthBuilding(Conflict):
    """The estimate says: do not build."""

    code = "do-not-build"


class OverLimit(NotAllowed):
    """The cap is above what this person may approve."""

    code = "over-limit"


class WorkBegan(Conflict):
    """What was approved is being worked on, or the time to undo ran out."""

    code = "work-began"
