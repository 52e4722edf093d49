"""One lot followed to its last minute: what it brought, each entry it covered, what of it expired and why, and what is left."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from look.statements.shapes import Line, NamedLot, Told
from look.statements.telling import why_expired
from look.templatetags.tend import day


@dataclass(frozen=True, slots=True)
class Account:
    """The lines of one lot, from what it brought to what is left of it; the last is their sum."""

    name: str
    lines: list[Line]


def account_of(told: Told, query: Mapping[str, str]) -> Account | None:
    """The lot that the query of an address asks for; None where it asks for none that the period has."""
    lot = next((each for each in told.lots if each.id == query.get("account")), None)
    if lot is None:
        return None
    brought = Line(gettext("Carried over") if lot.is_carried else gettext("Given"), lot.here_minutes)
    left = Line(gettext("Left"), lot.left_minutes, is_sum=True)
    return Account(lot.name, [brought, *_covered(told, lot), *_expired(told, lot), left])


def _covered(told: Told, lot: NamedLot) -> list[Line]:
    if not told.rows:
        return [Line(gettext("Covered work"), lot.used_minutes, takes=True, to=told.covered_to)] if lot.used_minutes else []
    drawn = [(row, sum(part.minutes for part in row.parts if part.lot == lot.id)) for row in told.rows]
    return [Line(row.what, minutes, day(row.on), takes=True, to=row.to) for row, minutes in drawn if minutes]


def _expired(told: Told, lot: NamedLot) -> list[Line]:
    if not lot.expired_minutes:
        return []
    return [Line(gettext("Expired"), lot.expired_minutes, why_expired(told.document, lot.id), takes=True)]
