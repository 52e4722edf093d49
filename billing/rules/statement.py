"""What a closed period says of itself: one document of plain values, from the projection and the facts of its rows."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any

from billing.rules.charges import overage_amount
from billing.rules.movements import Coverage, Id, LotState, PeriodSpan, Unrepaid
from billing.rules.projection import Projection, uses_of
from figures.currencies import USUAL_PLACES

ENGINE = "3"
LEAVES_DEBT = ("1", "2")  # engines that left what the last grant could not repay neither repaid nor billed
FORMAT = 1

type Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry as a statement tells it. Internal time is never a line."""

    entry: Id
    engagement: Id
    work_date: dt.date
    person: Id
    ticket: Id | None
    reference: str
    service_area: str
    kind: str
    raw_seconds: int
    billed_minutes: int
    burn_minutes: int
    is_late: bool
    corrects: Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Whose period it is."""

    client: Id
    engagement: Id
    period: Id
    currency: str
    fee: Decimal = Decimal(0)
    places: int = 2
    engine: str = ENGINE

    @property
    def rate_places(self) -> int:
        """A rate an hour is told in two places at least; the engines of before knew two only."""
        return USUAL_PLACES if self.engine in LEAVES_DEBT else max(USUAL_PLACES, self.places)


def document_of(heading: Heading, found: Projection, lines: Sequence[Line]) -> Document:
    """The whole period in plain values (whole minutes, ISO dates, money as text), so that its digest can be computed anew."""
    document = _document(heading, found, lines)
    return document if heading.engine in LEAVES_DEBT else document | _called_in(heading, found)


def _called_in(heading: Heading, found: Projection) -> Document:
    """What was borrowed before and no grant repays: its minutes, and a line for each way it goes. Absorbed minutes have no price."""
    lines = [
        {"kind": kind} | line | ({"rate": None, "amount": None} if kind == "absorbed" else {})
        for kind in ("overage", "unauthorised", "absorbed")
        for line in _priced(found.unrepaid, kind, heading)
    ]
    return {"unrepaid": found.unrepaid_minutes, "unrepaid_lines": lines}


def _document(heading: Heading, found: Projection, lines: Sequence[Line]) -> Document:
    return {
        "format": FORMAT,
        "engine": heading.engine,
        "client": str(heading.client),
        "engagement": str(heading.engagement),
        "period": str(heading.period),
        "currency": heading.currency,
        "starts_on": found.period.starts_on.isoformat(),
        "ends_on": found.period.ends_on.isoformat(),
        "opening": found.opening_minutes,
        "granted": found.granted_minutes,
        "adjusted": found.adjusted_minutes,
        "covered": found.covered_minutes,
        "expired": found.expired_minutes,
        "closing": found.closing_minutes,
        "used": found.used_minutes,
        "borrowed": found.borrowed_minutes,
        "overage": found.overage_minutes,
        "unauthorised": found.unauthorised_minutes,
        "absorbed": found.absorbed_minutes,
        "repaid": found.repaid_minutes,
        "owed": found.owed_minutes,
        "lots": [_lot(state) for state in found.lots],
        "entries": _entries(found, lines, heading),
        "expiries": [_expiry(state, found.period) for state in found.lots if state.expired_minutes],
        "adjustments": [
            {"lot": str(state.lot.id), "minutes": state.available_minutes}
            for state in found.lots
            if state.lot.kind == "adjustment" and not state.lot.is_carried and state.available_minutes
        ],
        "fee": str(heading.fee),
        "overage_lines": _priced(found.coverages, "overage", heading),
        "unauthorised_lines": _priced(found.coverages, "unauthorised", heading),
        "authorisations": [{"authorisation": str(given), "minutes": use.minutes} for given, use in sorted(uses_of(found).items(), key=str)],
        "by_area": _sums(lines, "area", lambda line: line.service_area),
        "by_person": _sums(lines, "person", lambda line: str(line.person)),
        "by_ticket": _sums(lines, "ticket", lambda line: str(line.ticket) if line.ticket else None),
    }


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one way to write a document: sorted keys, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest_of(document: Mapping[str, Any]) -> str:
    return sha256(canonical(document)).hexdigest()


def _lot(state: LotState) -> Document:
    lot = state.lot
    return {
        "lot": str(lot.id),
        "kind": lot.kind,
        "is_carried": lot.is_carried,
        "minutes": state.available_minutes,
        "repaid": state.repaid_minutes,
        "covered": state.covered_minutes,
        "expired": state.expired_minutes,
        "closing": state.closing_minutes,
        "usable_from": lot.usable_from.isoformat(),
        "usable_until": lot.usable_until.isoformat(),
        "areas": sorted(lot.scope),
    }


def _expiry(state: LotState, period: PeriodSpan) -> Document:
    ended = "ended" if state.lot.usable_until <= period.ends_on else "engagement_ended" if period.is_last else "above_the_cap"
    return {"lot": str(state.lot.id), "minutes": state.expired_minutes, "why": ended}


def _entries(found: Projection, lines: Iterable[Line], heading: Heading) -> list[Document]:
    kinds = {state.lot.id: f"carried_{state.lot.kind}" if state.lot.is_carried else state.lot.kind for state in found.lots}
    drawn = found.by_entry()
    return [
        {
            "entry": str(line.entry),
            "engagement": str(line.engagement),
            "date": line.work_date.isoformat(),
            "person": str(line.person),
            "ticket": str(line.ticket) if line.ticket else None,
            "reference": line.reference,
            "area": line.service_area,
            "kind": line.kind,
            "raw_seconds": line.raw_seconds,
            "billed_minutes": line.billed_minutes,
            "burn_minutes": line.burn_minutes,
            "is_late": line.is_late,
            "corrects": str(line.corrects) if line.corrects else None,
            "covered_by": [_covered_by(row, kinds, heading) for row in drawn.get(line.entry, [])],
        }
        for line in lines
    ]


def _covered_by(row: Coverage, kinds: Mapping[Id, str], heading: Heading) -> Document:
    """Where minutes went, and why: the kind of the lot, or what the terms say of minutes that no lot covers."""
    beyond = {
        "borrowed": "next_grant",
        "overage": "authorised" if row.authorisation_id else "billed",
        "unauthorised": "not_authorised",
        "absorbed": "by_the_firm",
    }
    return {
        "kind": row.kind,
        "minutes": row.minutes,
        "lot": str(row.lot_id) if row.lot_id else None,
        "why": kinds[row.lot_id] if row.lot_id else beyond[row.kind],
        "rate": None if row.rate is None else _text(row.rate, heading),
        "authorisation": str(row.authorisation_id) if row.authorisation_id else None,
    }


def _priced(rows: Iterable[Coverage | Unrepaid], kind: str, heading: Heading) -> list[Document]:
    """Minutes of one kind, a line for each rate; where none is agreed, without an amount."""
    minutes: dict[Decimal | None, int] = {}
    for row in rows:
        if row.kind == kind:
            minutes[row.rate] = minutes.get(row.rate, 0) + row.minutes
    return [
        {
            "rate": None if rate is None else _text(rate, heading),
            "minutes": minutes[rate],
            "amount": None if rate is None else str(overage_amount(minutes[rate], rate, heading.places)),
        }
        for rate in sorted(minutes, key=lambda rate: (rate is None, rate))
    ]


def _text(rate: Decimal, heading: Heading) -> str:
    return f"{rate:.{heading.rate_places}f}"


def _sums(lines: Iterable[Line], name: str, key: Any) -> list[Document]:
    """What was worked, by something: it adds up to what the period used. Corrections are lines and an adjustment, and in no sum."""
    found: dict[str | None, dict[str, int]] = {}
    for line in lines:
        if line.corrects is not None:
            continue
        sums = found.setdefault(key(line), {"raw_seconds": 0, "billed_minutes": 0, "burn_minutes": 0})
        for part in sums:
            sums[part] += getattr(line, part)
    return [{name: whose, **found[whose]} for whose in sorted(found, key=lambda whose: (whose is None, whose or ""))]
