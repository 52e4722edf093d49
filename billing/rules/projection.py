"""The result of projecting a period. It foots, or it cannot be made."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from billing.rules.movements import Authorisation, Coverage, CoverageKind, Id, Lot, LotState, PeriodSpan, Posting, Unrepaid


class LedgerDoesNotFoot(ArithmeticError):
    """A sum of the ledger does not add up. Nothing may be stored from it."""

    code = "ledger_does_not_foot"


@dataclass(frozen=True, slots=True)
class AuthorisationState:
    """A consent after the period, with all that was ever used of it; money exact, to be rounded where it is shown."""

    authorisation: Authorisation
    used_minutes: int
    used_money: Fraction


@dataclass(frozen=True, slots=True)
class Projection:
    """Where every minute of a period came from and went, as if it closed now.

    opening + granted + adjusted - covered - expired = closing >= 0, and
    used = covered + borrowed + overage + unauthorised + absorbed. What was borrowed before = repaid + owed on + unrepaid,
    which is no use of this period. Raises LedgerDoesNotFoot.
    """

    period: PeriodSpan
    opening_minutes: int
    granted_minutes: int
    adjusted_minutes: int
    covered_minutes: int
    expired_minutes: int
    closing_minutes: int
    borrowed_minutes: int
    overage_minutes: int
    unauthorised_minutes: int
    absorbed_minutes: int
    used_minutes: int
    repaid_minutes: int
    owed_minutes: int
    lots: tuple[LotState, ...]
    coverages: tuple[Coverage, ...]
    unrepaid: tuple[Unrepaid, ...]
    carried: tuple[Lot, ...]
    authorisations: tuple[AuthorisationState, ...]

    def __post_init__(self) -> None:
        self.verify()

    @property
    def capacity_minutes(self) -> int:
        """All that the lots of the period hold: what alerts measure use against."""
        return self.opening_minutes + self.granted_minutes + self.adjusted_minutes

    @property
    def left_minutes(self) -> int:
        """What the lots still hold, before anything expires with the close."""
        return self.capacity_minutes - self.covered_minutes

    @property
    def beyond_minutes(self) -> int:
        """What no lot covered: borrowed, overage, unauthorised and absorbed."""
        return self.used_minutes - self.covered_minutes

    @property
    def unrepaid_minutes(self) -> int:
        """Borrowed before, and called in because no grant comes any more that could repay it."""
        return sum(row.minutes for row in self.unrepaid)

    @property
    def unrepaid_overage_minutes(self) -> int:
        return self._unrepaid("overage")

    @property
    def unrepaid_unauthorised_minutes(self) -> int:
        return self._unrepaid("unauthorised")

    @property
    def unrepaid_absorbed_minutes(self) -> int:
        return self._unrepaid("absorbed")

    def _unrepaid(self, kind: CoverageKind) -> int:
        return sum(row.minutes for row in self.unrepaid if row.kind == kind)

    def left_on(self, day: dt.date) -> int:
        """The live balance: what is left in the lots that can be used on the day."""
        return sum(state.left_minutes for state in self.lots if state.lot.usable_from <= day < state.lot.usable_until)

    def by_entry(self) -> dict[Id, list[Coverage]]:
        """The coverage of each entry that burned something, in the order it was drawn."""
        found: dict[Id, list[Coverage]] = {}
        for row in self.coverages:
            found.setdefault(row.entry_id, []).append(row)
        return found

    def postings(self) -> Iterator[Posting]:
        """The rows that a close freezes; zero minutes leave no row."""
        for state in self.lots:
            if state.available_minutes:
                kind = "opening" if state.lot.is_carried else "adjusted" if state.lot.kind == "adjustment" else "granted"
                yield Posting(kind, state.available_minutes, state.lot.id)  # type: ignore[arg-type]  # mypy widens the conditional to str
        for unpaid in self.unrepaid:
            yield Posting(unpaid.kind, unpaid.minutes, rate=unpaid.rate, authorisation_id=unpaid.authorisation_id)
        for row in self.coverages:
            yield Posting(row.kind, row.minutes, row.lot_id, row.entry_id, row.rate, row.authorisation_id)
        for state in self.lots:
            if state.expired_minutes:
                yield Posting("expired", state.expired_minutes, state.lot.id)

    def verify(self) -> None:
        """Raises LedgerDoesNotFoot unless every sum of the period adds up."""
        broken = [sentence for sentence, holds in self._laws() if not holds]
        if broken:
            raise LedgerDoesNotFoot(f"{self.period.starts_on}: {'; '.join(broken)}")

    def _laws(self) -> Iterator[tuple[str, bool]]:
        beyond = self.borrowed_minutes + self.overage_minutes + self.unauthorised_minutes + self.absorbed_minutes
        yield "what came in less what went out is not what is left", self.left_minutes - self.expired_minutes == self.closing_minutes
        yield "less than nothing is left", self.closing_minutes >= 0
        yield "used is not the sum of its coverage", self.used_minutes == self.covered_minutes + beyond
        yield "a lot does not add up", all(state.foots() for state in self.lots)
        yield "the lots do not hold the capacity", sum(state.available_minutes for state in self.lots) == self.capacity_minutes
        yield "the lots do not cover what is covered", sum(state.covered_minutes for state in self.lots) == self.covered_minutes
        yield "the carried lots are not the closing balance", sum(lot.minutes for lot in self.carried) == self.closing_minutes
        before = self.repaid_minutes + self.owed_minutes + self.unrepaid_minutes
        yield "what was borrowed before is neither repaid nor owed nor called in", self.period.owed_minutes == before
        yield "what is called in is owed on", not (self.unrepaid and self.owed_minutes)
        fates = self.unrepaid_overage_minutes + self.unrepaid_unauthorised_minutes + self.unrepaid_absorbed_minutes
        yield "what is called in is not the sum of what becomes of it", self.unrepaid_minutes == fates
        sums = self._sums()
        yield "the rows are not the totals", sums == self._totals()

    def _sums(self) -> dict[CoverageKind, int]:
        sums: dict[CoverageKind, int] = {"covered": 0, "borrowed": 0, "overage": 0, "unauthorised": 0, "absorbed": 0}
        for row in self.coverages:
            sums[row.kind] += row.minutes
        return sums

    def _totals(self) -> dict[CoverageKind, int]:
        return {
            "covered": self.covered_minutes,
            "borrowed": self.borrowed_minutes,
            "overage": self.overage_minutes,
            "unauthorised": self.unauthorised_minutes,
            "absorbed": self.absorbed_minutes,
        }


class Use(NamedTuple):
    """What a period used of one consent: minutes, and minutes times rate an hour, which is sixty times the money and exact."""

    minutes: int
    rated: Decimal


def uses_of(projection: Projection) -> dict[Id, Use]:
    """What a period used of each consent, for its own work and for what it calls in."""
    found: dict[Id, Use] = {}
    rows: tuple[Coverage | Unrepaid, ...] = (*projection.unrepaid, *projection.coverages)
    for row in rows:
        if row.authorisation_id is not None:
            before = found.get(row.authorisation_id, Use(0, Decimal(0)))
            found[row.authorisation_id] = Use(before.minutes + row.minutes, before.rated + row.minutes * (row.rate or 0))
    return found
