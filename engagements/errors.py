"""The rules of promises that somebody may break."""

from accounts.errors import Conflict, DomainError


class PeriodClosed(Conflict):
    """The period is closed; what it holds and what was promised for it never change."""

    code = "period-closed"


class RateMissing(DomainError):
    """Hours over that are billed have a price: terms that bill them name `overage_rate`."""

    code = "rate-missing"


class TooManyPlaces(DomainError):
    """An amount is finer than its currency: a fee in JPY has no places, one in USD two."""

    code = "too-many-places"


class Behind(DomainError):
    """Work that is due once was planned for a day that is over: it would never come due. Choose today or a later day."""

    code = "day-is-over"
