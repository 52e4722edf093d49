"""The rules of promises that somebody may break."""

from accounts.errors import Conflict


class PeriodClosed(Conflict):
    """The period is closed; what it holds and what was promised for it never change."""

    code = "period-closed"
