"""What the hour ledger is made of: lots, entries, consent to overage, and where each minute went. All in whole minutes."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, NamedTuple
from uuid import UUID

from engagements.rules import Span

type Id = UUID | str
type LotKind = Literal["grant", "top_up", "goodwill", "migration", "adjustment"]
type CoverageKind = Literal["covered", "borrowed", "overage", "unauthorised", "absorbed"]
type PostingKind = Literal["opening", "granted", "adjusted", "covered", "borrowed", "overage", "unauthorised", "absorbed", "expired"]


@dataclass(frozen=True, slots=True)
class PeriodSpan:
    """The period to project: its days, and what its neighbours have to do with it.

    `owed_minutes` were borrowed from its grant before it began. `next_grant_minutes` bounds what it may borrow itself
    (None: only the terms do). The last period of an engagement borrows nothing, what it leaves expires, and what its grants
    cannot repay is called in; `leaves_debt` is a last period of before that was so, which leaves it neither repaid nor billed.
    """

    starts_on: dt.date
    ends_on: dt.date
    owed_minutes: int = 0
    next_grant_minutes: int | None = None
    is_last: bool = False
    opening_is_provisional: bool = False
    leaves_debt: bool = False


@dataclass(frozen=True, slots=True)
class Lot:
    """Minutes with a life, usable on work dates in `[usable_from, usable_until)` and in the areas of its scope (empty: all).

    `minutes` is what it holds as the period takes it over: the grant itself, or what the period before left of it (`is_carried`).
    """

    id: Id
    minutes: int
    usable_from: dt.date
    usable_until: dt.date
    kind: LotKind = "grant"
    priority: int = 0
    scope: frozenset[str] = frozenset()
    is_carried: bool = False

    @property
    def burns_before(self) -> tuple[Any, ...]:
        """The order in which lots are drawn on."""
        return self.priority, self.usable_until, self.usable_from, self.id


class Entry(NamedTuple):
    """Time as the ledger sees it. `burn_minutes` below zero is a correction, which stays outside allocation."""

    id: Id
    work_date: dt.date
    burn_minutes: int
    started_at: dt.datetime | None = None
    service_area: str = ""
    ticket: Id | None = None
    person: Id | None = None
    kind: str = "included"
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Authorisation:
    """A client's consent to overage, for work dates before `valid_until`, up to minutes and money (None: no such cap).

    What earlier periods used of it is in `used_minutes` and `used_money`.
    """

    id: Id
    minutes_cap: int | None = None
    money_cap: Decimal | None = None
    valid_until: dt.date | None = None
    used_minutes: int = 0
    used_money: Decimal | Fraction = Decimal(0)


class Coverage(NamedTuple):
    """Where minutes of an entry went. `lot_id` only if covered; `authorisation_id` only where a client said yes; `rate` beyond the lots."""

    entry_id: Id
    lot_id: Id | None
    kind: CoverageKind
    minutes: int
    authorisation_id: Id | None = None
    rate: Decimal | None = None


class Unrepaid(NamedTuple):
    """Minutes borrowed before that the last grants could not repay, and what the terms say of them: work of an earlier period."""

    kind: CoverageKind
    minutes: int
    authorisation_id: Id | None = None
    rate: Decimal | None = None


class Posting(NamedTuple):
    """One frozen row of a closed period; rate and consent as its coverage has them. Over and without an entry: not repaid."""

    kind: PostingKind
    minutes: int
    lot_id: Id | None = None
    entry_id: Id | None = None
    rate: Decimal | None = None
    authorisation_id: Id | None = None


@dataclass(frozen=True, slots=True)
class LotState:
    """A lot after the period: lot.minutes = repaid + covered + expired + closing, none below zero."""

    lot: Lot
    repaid_minutes: int
    covered_minutes: int
    expired_minutes: int
    closing_minutes: int

    @property
    def available_minutes(self) -> int:
        """What the lot brings into the period, after what was borrowed from it."""
        return self.lot.minutes - self.repaid_minutes

    @property
    def left_minutes(self) -> int:
        """What is left while the period is open, before anything expires with its close."""
        return self.available_minutes - self.covered_minutes

    def foots(self) -> bool:
        parts = (self.repaid_minutes, self.covered_minutes, self.expired_minutes, self.closing_minutes)
        return min(parts) >= 0 and sum(parts) == self.lot.minutes


class GivenBack(NamedTuple):
    """What a negative correction of a closed period gives back, in minutes, by the way it goes back."""

    adjustment_minutes: int = 0
    credit_minutes: int = 0
    unauthorised_minutes: int = 0
    absorbed_minutes: int = 0


_WAY_BACK = {
    "covered": "adjustment_minutes",
    "borrowed": "adjustment_minutes",
    "overage": "credit_minutes",
    "unauthorised": "unauthorised_minutes",
    "absorbed": "absorbed_minutes",
}


def give_back(coverages: Iterable[Coverage], minutes: int, *, already: int = 0) -> GivenBack:
    """How `minutes` too many of one entry go back, last drawn first, after `already` went back before.

    Covered and borrowed minutes return as an adjustment lot, billed overage as a credit note. Raises ValueError
    if the entry never had that many.
    """
    rows = tuple(coverages)
    before, after = _given_back(rows, already), _given_back(rows, already + minutes)
    return GivenBack(*(then - now for now, then in zip(before, after, strict=True)))


def _given_back(coverages: Iterable[Coverage], minutes: int) -> GivenBack:
    back: dict[str, int] = {}
    for row in reversed(tuple(coverages)):
        taken = min(minutes, row.minutes)
        back[_WAY_BACK[row.kind]] = back.get(_WAY_BACK[row.kind], 0) + taken
        minutes -= taken
    if minutes:
        raise ValueError("A correction cannot give back more than its entry burned.")
    return GivenBack(**back)


def lengthened(lot: Lot, pause: Span) -> Lot:
    """A dated lot lives longer by the paused days of its life; a grant counts periods, an adjustment ends with the open one: both stay."""
    if lot.kind in {"grant", "adjustment"} or pause.starts_on >= lot.usable_until:
        return lot
    paused = max((pause.ends_on - max(pause.starts_on, lot.usable_from)).days, 0)
    return replace(lot, usable_until=lot.usable_until + dt.timedelta(days=min(paused, (dt.date.max - lot.usable_until).days)))


def held_minutes(estimate_minutes: int, burned_minutes: int) -> int:
    """What an approved estimate or planned work still reserves."""
    return max(0, estimate_minutes - burned_minutes)
