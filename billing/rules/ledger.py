"""The hour ledger: one pure function from the writes of a period to its balances.

Preview, live balance, close, what-if replay and verification all call `project`. The order of allocation
depends on the entries and lots alone, so any order of the same writes gives the same balances.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.rules.movements import Authorisation, Coverage, CoverageKind, Entry, Lot, LotState, PeriodSpan, Unrepaid
from billing.rules.projection import AuthorisationState, LedgerDoesNotFoot, Projection
from engagements.rules import Span, Terms, granted_minutes

RATE_UNITS = 10_000
UNITS_OF_MONEY = 60 * RATE_UNITS
WITHOUT_CONSENT: dict[str, CoverageKind] = {"bill": "overage", "authorise": "unauthorised", "absorb": "absorbed"}


@dataclass(frozen=True, slots=True)
class Link:
    """One open period of a chain, with the lots that are new in it (for the first: also those carried into it)."""

    terms: Terms | Sequence[Terms]
    period: PeriodSpan
    lots: Sequence[Lot]
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant to be made when a period opens, before anything borrowed is taken off; `repaid_minutes` is what will be."""

    terms: Terms
    minutes: int
    repaid_minutes: int
    usable_from: dt.date
    usable_until: dt.date


def project(
    terms: Terms | Sequence[Terms],
    period: PeriodSpan,
    lots: Iterable[Lot],
    entries: Iterable[Entry],
    authorisations: Iterable[Authorisation] = (),
) -> Projection:
    """Where every minute of the period goes, as if it closed now.

    `terms` is the version in force, or every version of the period: overage then follows the one of the work date, the carry cap and
    the borrow limit the last, and what the last period calls in the one of its first day. `entries` are those posted in the period
    that burn; one worked before it is late and draws as if worked on its first day.

    Raises ValueError without terms, LedgerDoesNotFoot for minutes below zero.
    """
    drawing = _Drawing(_versions(terms), period, lots, authorisations)
    for entry in sorted(entries, key=allocation_order):
        if entry.burn_minutes > 0:
            drawing.draw(entry)
    return drawing.projection()


def project_chain(links: Sequence[Link], authorisations: Iterable[Authorisation] = ()) -> list[Projection]:
    """Consecutive open periods, each opening with what the one before would leave if it closed now.

    What a period borrows lowers the grant of the next, and is bounded by it; a consent used up in one is used up in the next.
    """
    found: list[Projection] = []
    consents = tuple(authorisations)
    for link, follower in zip(links, [*links[1:], None], strict=True):
        period, lots = link.period, list(link.lots)
        if follower is not None:
            period = replace(
                period, next_grant_minutes=sum(lot.minutes for lot in follower.lots if lot.kind == "grant" and not lot.is_carried)
            )
        if found:
            before = found[-1]
            period = replace(period, owed_minutes=before.borrowed_minutes + before.owed_minutes, opening_is_provisional=True)
            lots = [*before.carried, *lots]
        found.append(project(link.terms, period, lots, link.entries, consents))
        consents = tuple(
            replace(state.authorisation, used_minutes=state.used_minutes, used_money=state.used_money) for state in found[-1].authorisations
        )
    return found


def grants_for(versions: Sequence[Terms], span: Span, *, pauses: Iterable[Span] = (), owed_minutes: int = 0) -> list[Grant]:
    """The grants that open a period, one for each version of the terms in force in it, all usable the whole period.

    A grant lives on for `carry_periods` further periods. What the period before borrowed is taken off in order.
    """
    grants = []
    for terms, minutes in granted_minutes(versions, span, pauses):
        if minutes:
            repaid = min(minutes, owed_minutes)
            owed_minutes -= repaid
            grants.append(Grant(terms, minutes, repaid, span.starts_on, lives_until(terms, span)))
    return grants


def lives_until(terms: Terms, span: Span) -> dt.date:
    """The first day on which a grant of this period can no longer be used."""
    last = span
    for _ in range(terms.carry_periods):
        last = terms.period_from(last.ends_on)
    return last.ends_on


def allocation_order(entry: Entry) -> tuple[Any, ...]:
    """The order in which entries draw: by the work alone, the id only between entries that are alike."""
    return (
        entry.work_date,
        entry.started_at is None,
        entry.started_at,
        entry.service_area,
        entry.ticket is None,
        entry.ticket,
        entry.person is None,
        entry.person,
        entry.kind,
        entry.rate is None,
        entry.rate,
        entry.burn_minutes,
        entry.id,
    )


def _versions(terms: Terms | Sequence[Terms]) -> tuple[Terms, ...]:
    versions = (terms,) if isinstance(terms, Terms) else tuple(sorted(terms, key=lambda each: each.starts_on))
    if not versions:
        raise ValueError("A period without terms cannot be projected.")
    return versions


class _Well:
    """A lot while it is drawn on."""

    __slots__ = ("expired", "left", "lot", "repaid")

    def __init__(self, lot: Lot) -> None:
        self.lot, self.left, self.repaid, self.expired = lot, lot.minutes, 0, 0

    def repay(self, owed: int) -> int:
        self.repaid = min(self.left, owed)
        self.left -= self.repaid
        return owed - self.repaid

    def expire(self, minutes: int) -> None:
        self.expired += minutes
        self.left -= minutes

    def state(self) -> LotState:
        covered = self.lot.minutes - self.repaid - self.expired - self.left
        return LotState(self.lot, self.repaid, covered, self.expired, self.left)


class _Consent:
    """An authorisation while it is used. Money is counted in whole units of a rate (its four places) times minutes,
    so that nothing is divided and nothing rounded.
    """

    __slots__ = ("authorisation", "minutes", "units", "units_cap")

    def __init__(self, authorisation: Authorisation) -> None:
        cap = authorisation.money_cap
        self.authorisation = authorisation
        self.minutes = authorisation.used_minutes
        self.units = int(authorisation.used_money * UNITS_OF_MONEY)
        self.units_cap = None if cap is None else int(cap * UNITS_OF_MONEY)

    def use(self, work_date: dt.date, minutes: int, rate_units: int) -> int:
        """As many of the minutes as the consent still allows, now used."""
        given = self.authorisation
        if given.valid_until is not None and work_date >= given.valid_until:
            return 0
        if given.minutes_cap is not None:
            minutes = min(minutes, given.minutes_cap - self.minutes)
        if self.units_cap is not None and rate_units > 0:
            minutes = min(minutes, (self.units_cap - self.units) // rate_units)
        minutes = max(minutes, 0)
        self.minutes += minutes
        self.units += minutes * rate_units
        return minutes

    def state(self) -> AuthorisationState:
        return AuthorisationState(self.authorisation, self.minutes, Fraction(self.units, UNITS_OF_MONEY))


class _Drawing:
    """A period being drawn: the lots emptying, the borrowing, the rows."""

    def __init__(
        self, versions: tuple[Terms, ...], period: PeriodSpan, lots: Iterable[Lot], authorisations: Iterable[Authorisation]
    ) -> None:
        self.versions, self.period = versions, period
        self.wells = [_Well(lot) for lot in sorted(lots, key=lambda lot: lot.burns_before)]
        self.consents = [_Consent(given) for given in sorted(authorisations, key=_soonest)]
        self.owed, self.calls_in = period.owed_minutes, period.is_last and not period.leaves_debt
        self._repay()
        self.unrepaid = self._call_in() if self.calls_in else ()
        self.full = [well for well in self.wells if well.left]
        limits = (versions[-1].borrow_limit_minutes, period.next_grant_minutes, 0 if period.is_last else None)
        self.borrowable = min((limit for limit in limits if limit is not None), default=None)
        self.rows: list[Coverage] = []
        self.used = 0
        self.sums: dict[CoverageKind, int] = {"covered": 0, "borrowed": 0, "overage": 0, "unauthorised": 0, "absorbed": 0}

    def _repay(self) -> None:
        """What was borrowed comes off the new grants; where nothing comes after, also off hours that corrections give back."""
        for kind in ("grant", "adjustment") if self.calls_in else ("grant",):
            for well in self.wells:
                if well.lot.kind == kind and not well.lot.is_carried:
                    self.owed = well.repay(self.owed)

    def _call_in(self) -> tuple[Unrepaid, ...]:
        """No grant comes that could repay the rest: it is over by the terms of the first day, before any work of the period."""
        day, debt, self.owed = self.period.starts_on, self.owed, 0
        terms = self._terms_on(day)
        rate = terms.overage_rate
        return tuple(
            Unrepaid(kind, minutes, consent.id if consent else None, rate) for kind, minutes, consent in self._over(terms, day, debt, rate)
        )

    def draw(self, entry: Entry) -> None:
        self.used += entry.burn_minutes
        rest = self._from_lots(entry)
        if rest and self.borrowable != 0:
            rest = self._from_the_next_period(entry, rest)
        if rest:
            self._beyond(entry, rest)

    def _from_lots(self, entry: Entry) -> int:
        day, area, rest, emptied = max(entry.work_date, self.period.starts_on), entry.service_area, entry.burn_minutes, False
        for well in self.full:
            lot = well.lot
            if lot.usable_from <= day < lot.usable_until and (not lot.scope or area in lot.scope):
                minutes = min(rest, well.left)
                well.left -= minutes
                rest -= minutes
                self.rows.append(Coverage(entry.id, lot.id, "covered", minutes))
                emptied = emptied or not well.left
                if not rest:
                    break
        if emptied:
            self.full = [well for well in self.full if well.left]
        self.sums["covered"] += entry.burn_minutes - rest
        return rest

    def _from_the_next_period(self, entry: Entry, rest: int) -> int:
        minutes = rest if self.borrowable is None else min(rest, self.borrowable)
        if self.borrowable is not None:
            self.borrowable -= minutes
        self._post(entry, "borrowed", minutes)
        return rest - minutes

    def _beyond(self, entry: Entry, rest: int) -> None:
        terms = self._terms_on(entry.work_date)
        rate = terms.overage_rate if entry.rate is None else entry.rate
        for kind, minutes, consent in self._over(terms, entry.work_date, rest, rate):
            self._post(entry, kind, minutes, rate, consent)

    def _over(
        self, terms: Terms, day: dt.date, rest: int, rate: Decimal | None
    ) -> Iterator[tuple[CoverageKind, int, Authorisation | None]]:
        """What becomes of minutes of a day that no hours pay for, and the consent that lets them be billed."""
        if terms.overage == "authorise":
            rate_units = int((rate or 0) * RATE_UNITS)
            for consent in self.consents:
                minutes = consent.use(day, rest, rate_units) if rest else 0
                if minutes:
                    yield "overage", minutes, consent.authorisation
                    rest -= minutes
        if rest:
            yield WITHOUT_CONSENT[terms.overage], rest, None

    def _post(
        self, entry: Entry, kind: CoverageKind, minutes: int, rate: Decimal | None = None, consent: Authorisation | None = None
    ) -> None:
        self.rows.append(Coverage(entry.id, None, kind, minutes, consent.id if consent else None, rate))
        self.sums[kind] += minutes

    def _terms_on(self, day: dt.date) -> Terms:
        for terms in reversed(self.versions):
            if terms.starts_on <= day:
                return terms
        return self.versions[0]

    def projection(self) -> Projection:
        """Closes the period: first what has lived its time expires, then the cap trims what would be carried."""
        self._expire()
        self._trim()
        states = tuple(well.state() for well in self.wells)
        opening = sum(state.available_minutes for state in states if state.lot.is_carried)
        adjusted = sum(state.available_minutes for state in states if state.lot.kind == "adjustment" and not state.lot.is_carried)
        return Projection(
            period=self.period,
            opening_minutes=opening,
            granted_minutes=sum(state.available_minutes for state in states) - opening - adjusted,
            adjusted_minutes=adjusted,
            covered_minutes=self.sums["covered"],
            expired_minutes=sum(state.expired_minutes for state in states),
            closing_minutes=sum(state.closing_minutes for state in states),
            borrowed_minutes=self.sums["borrowed"],
            overage_minutes=self.sums["overage"],
            unauthorised_minutes=self.sums["unauthorised"],
            absorbed_minutes=self.sums["absorbed"],
            used_minutes=self.used,
            repaid_minutes=sum(state.repaid_minutes for state in states),
            owed_minutes=self.owed,
            lots=states,
            unrepaid=self.unrepaid,
            coverages=tuple(self.rows),
            carried=tuple(replace(well.lot, minutes=well.left, is_carried=True) for well in self.wells if well.left),
            authorisations=tuple(consent.state() for consent in self.consents),
        )

    def _expire(self) -> None:
        for well in self.wells:
            if well.lot.minutes < 0:
                raise LedgerDoesNotFoot(f"Lot {well.lot.id} holds less than nothing.")
            if self.period.is_last or well.lot.usable_until <= self.period.ends_on:
                well.expire(well.left)

    def _trim(self) -> None:
        cap = self.versions[-1].carry_cap()
        if cap is None:
            return
        grants = [well for well in self.wells if well.lot.kind == "grant"]
        surplus = sum(well.left for well in grants) - cap
        for well in sorted(grants, key=lambda well: (well.lot.usable_until, well.lot.usable_from, well.lot.id)):
            trimmed = min(well.left, max(surplus, 0))
            well.expire(trimmed)
            surplus -= trimmed


def _soonest(given: Authorisation) -> tuple[Any, ...]:
    return given.valid_until is None, given.valid_until, given.id
