"""The rules of hours that somebody may break."""

from accounts.errors import Conflict, DomainError
from engagements.errors import PeriodClosed

__all__ = [
    "DebtCalledIn",
    "EarlierPeriodOpen",
    "LastPeriodClosed",
    "NoOpenPeriod",
    "NoSuchTime",
    "Overlaps",
    "PeriodClosed",
    "PeriodNotOver",
    "TimeNotApproved",
]


class Overlaps(Conflict):
    """A person cannot work on two things at once. `facts` names the other entry."""

    code = "overlaps"


class NoSuchTime(DomainError):
    """A duration of nothing, an end before its start, a moment without a day."""

    code = "no-such-time"


class NoOpenPeriod(DomainError):
    """No period of the retainer takes the work: it has no terms, or had not begun, or has ended."""

    code = "no-open-period"


class LastPeriodClosed(NoOpenPeriod):
    """Every period of the retainer is closed, and none follows the last."""

    code = "last-period-closed"


class PeriodNotOver(Conflict):
    """A period closes once its last day is over."""

    code = "period-not-over"


class EarlierPeriodOpen(Conflict):
    """Periods close in order. `facts` names the one that comes first."""

    code = "earlier-period-open"


class TimeNotApproved(Conflict):
    """Time of the period waits for approval. `facts` says how many entries; a reason overrides it."""

    code = "time-not-approved"


class NoRetainer(DomainError):
    """The client has no retainer that could carry the time."""

    code = "no-retainer"


class CorrectionStands(Conflict):
    """A correction is never changed: what it took back is logged again instead."""

    code = "correction-stands"


class DebtCalledIn(Conflict):
    """An end would call in borrowed minutes that whoever says it has not read of: so many."""

    code = "debt-called-in"

    def __init__(self, sentence: str, *, minutes: int, field: str = "") -> None:
        super().__init__(sentence, field=field, minutes=minutes)
        self.minutes = minutes
