"""What past periods would have come to under other terms: the same work, the same lots given besides, the same arithmetic."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from billing.rules.charges import overage_lines
from billing.rules.ledger import Link, grants_for, project_chain
from billing.rules.movements import Authorisation, Entry, Lot, PeriodSpan
from billing.rules.projection import Projection
from engagements.rules import Span, Terms, charged_fees


@dataclass(frozen=True, slots=True)
class Lived:
    """A period as it was lived: the lots given besides the grants that came into it, and its entries."""

    span: Span
    lots: tuple[Lot, ...]
    entries: tuple[Entry, ...]
    pauses: tuple[Span, ...] = ()
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Before:
    """What the first period that is replayed takes over: lots still alive, minutes borrowed from its grant, and consents as far as used."""

    lots: tuple[Lot, ...] = ()
    owed_minutes: int = 0
    consents: tuple[Authorisation, ...] = ()


class Outcome(NamedTuple):
    """What a period comes to. `overage_amount` is None where minutes over are billed and no rate was agreed.

    What was borrowed before and is called in at the end counts among the minutes over, by what becomes of it.
    """

    span: Span
    fee: Decimal
    overage_amount: Decimal | None
    capacity_minutes: int
    used_minutes: int
    overage_minutes: int
    unauthorised_minutes: int
    absorbed_minutes: int
    borrowed_minutes: int
    expired_minutes: int
    closing_minutes: int

    @property
    def beyond_minutes(self) -> int:
        """What no lot covered."""
        return self.overage_minutes + self.unauthorised_minutes + self.absorbed_minutes + self.borrowed_minutes


class Outcomes(NamedTuple):
    """Consecutive periods under one set of terms, and their sums; the balance is that of the last."""

    periods: tuple[Outcome, ...]

    @property
    def fee(self) -> Decimal:
        return sum((each.fee for each in self.periods), Decimal(0))

    @property
    def overage_amount(self) -> Decimal | None:
        amounts = [each.overage_amount for each in self.periods]
        return None if None in amounts else sum((amount for amount in amounts if amount is not None), Decimal(0))

    @property
    def together(self) -> Decimal | None:
        return None if self.overage_amount is None else self.fee + self.overage_amount

    @property
    def used_minutes(self) -> int:
        return sum(each.used_minutes for each in self.periods)

    @property
    def overage_minutes(self) -> int:
        return sum(each.overage_minutes for each in self.periods)

    @property
    def unauthorised_minutes(self) -> int:
        return sum(each.unauthorised_minutes for each in self.periods)

    @property
    def absorbed_minutes(self) -> int:
        return sum(each.absorbed_minutes for each in self.periods)

    @property
    def borrowed_minutes(self) -> int:
        return sum(each.borrowed_minutes for each in self.periods)

    @property
    def expired_minutes(self) -> int:
        return sum(each.expired_minutes for each in self.periods)

    @property
    def closing_minutes(self) -> int:
        return self.periods[-1].closing_minutes if self.periods else 0


def replay(
    versions: Sequence[Terms],
    lived: Sequence[Lived],
    *,
    before: Before = Before(),
    places: int = 2,
) -> Outcomes:
    """Periods in order under these versions of the terms, by the function that closes them.

    Fees and overage are in the currency's exponent. Raises ValueError where a fee has more places, LedgerDoesNotFoot.
    """
    chain = project_chain(_links(versions, lived, before), before.consents) if lived else []
    return Outcomes(tuple(_outcome(versions, each, projection, places) for each, projection in zip(lived, chain, strict=True)))


def under(terms: Terms, lived: Sequence[Lived]) -> tuple[list[Terms], list[Lived]]:
    """One set of terms for all of these periods, and their work priced at its rate: what the rate was then is left out."""
    first = lived[0].span.starts_on if lived else terms.starts_on
    repriced = [replace(each, entries=tuple(entry._replace(rate=None) for entry in each.entries)) for each in lived]
    return [replace(terms, starts_on=first, ends_on=None)], repriced


def left_by(versions: Sequence[Terms], lived: Sequence[Lived], count: int, consents: Iterable[Authorisation] = ()) -> Before:
    """What the first `count` of these periods leave to the one after them, whose grant bounds what the last of them borrows."""
    if count <= 0:
        return Before(consents=tuple(consents))
    left = project_chain(_links(versions, lived[: count + 1], Before()), consents)[count - 1]
    used = (replace(each.authorisation, used_minutes=each.used_minutes, used_money=each.used_money) for each in left.authorisations)
    return Before(left.carried, left.borrowed_minutes + left.owed_minutes, tuple(used))


def _links(versions: Sequence[Terms], lived: Sequence[Lived], before: Before) -> list[Link]:
    links = []
    for number, each in enumerate(lived):
        reaching = [
            terms for terms in versions if terms.starts_on < each.span.ends_on and (terms.ends_on or dt.date.max) > each.span.starts_on
        ]
        period = PeriodSpan(*each.span, owed_minutes=0 if number else before.owed_minutes, is_last=each.is_last)
        grants = [
            Lot(f"{each.span.starts_on} grant {part}", grant.minutes, grant.usable_from, grant.usable_until)
            for part, grant in enumerate(grants_for(reaching, each.span, pauses=each.pauses))
        ]
        carried = [] if number else [_named(lot) for lot in before.lots]
        links.append(Link(reaching, period, [*carried, *grants, *map(_named, each.lots)], each.entries))
    return links


def _named(lot: Lot) -> Lot:
    """Ids of rows and of grants that were never rows are compared as text."""
    return replace(lot, id=str(lot.id))


def _outcome(versions: Sequence[Terms], lived: Lived, projection: Projection, places: int) -> Outcome:
    over = (projection.coverages, projection.unrepaid)
    priced = all(row.rate is not None for rows in over for row in rows if row.kind == "overage")
    return Outcome(
        span=lived.span,
        fee=sum((fee for _, fee in charged_fees(versions, lived.span, lived.pauses, places=places)), Decimal(0)),
        overage_amount=sum((line.amount for rows in over for line in overage_lines(rows, places)), Decimal(0)) if priced else None,
        capacity_minutes=projection.capacity_minutes,
        used_minutes=projection.used_minutes,
        overage_minutes=projection.overage_minutes + projection.unrepaid_overage_minutes,
        unauthorised_minutes=projection.unauthorised_minutes + projection.unrepaid_unauthorised_minutes,
        absorbed_minutes=projection.absorbed_minutes + projection.unrepaid_absorbed_minutes,
        borrowed_minutes=projection.borrowed_minutes,
        expired_minutes=projection.expired_minutes,
        closing_minutes=projection.closing_minutes,
    )
