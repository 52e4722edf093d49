"""The entries behind one figure of a statement: what a link of it opens, read back from the address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from look.statements.shapes import NO_TICKET, Part, Row, Told
from look.templatetags.tend import long_day

type Reading = Callable[[Told, str], Narrowed | None]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The entries of one figure, what it is called, and the minutes of them that it counts."""

    rows: list[Row]
    name: str
    minutes: int


def narrowed(told: Told, query: Mapping[str, str]) -> Narrowed | None:
    """What the query of an address asks for; None where it asks for nothing that the period has."""
    key = next((key for key in NARROWINGS if query.get(key)), None)
    return NARROWINGS[key](told, query[key]) if key else None


def _by(belongs: Callable[[Row, str], bool], name: Callable[[Told, str, Row], str]) -> Reading:
    def read(told: Told, value: str) -> Narrowed | None:
        rows = [row for row in told.rows if belongs(row, value)]
        return Narrowed(rows, name(told, value, rows[0]), sum(row.burn_minutes for row in rows)) if rows else None

    return read


def _drawn(belongs: Callable[[Part, str], bool], name: Callable[[Told, str], str]) -> Reading:
    def read(told: Told, value: str) -> Narrowed | None:
        rows = [row for row in told.rows if any(belongs(part, value) for part in row.parts)]
        minutes = sum(part.minutes for row in rows for part in row.parts if belongs(part, value))
        return Narrowed(rows, name(told, value), minutes) if rows else None

    return read


def _kind_name(_told: Told, kind: str) -> str:
    names = {
        "covered": gettext("covered work"),
        "borrowed": gettext("borrowed from the next period"),
        "overage": gettext("over, billed"),
        "unauthorised": gettext("over, not authorised"),
        "absorbed": gettext("over, at the firm's cost"),
    }
    return names.get(kind, "")


def _lot_name(told: Told, lot: str) -> str:
    return next((each.name for each in told.lots if each.id == lot), "")


def _ticket_name(told: Told, ticket: str, row: Row) -> str:
    found = next((each.name for each in told.by_ticket if (each.id or NO_TICKET) == ticket), "")
    return found or row.reference or row.what


def _person_name(told: Told, person: str, _row: Row) -> str:
    return next((each.name for each in told.by_person if each.id == person), "")


def _on_day(told: Told, value: str) -> Narrowed | None:
    """What counts on one day: late time on the first of the period."""
    rows = [row for row in told.rows if max(row.on, told.starts_on).isoformat() == value and not row.is_correction]
    return Narrowed(rows, long_day(max(rows[0].on, told.starts_on)), sum(row.burn_minutes for row in rows)) if rows else None


# Corrections are lines of a statement and in no sum, so no sum opens one.
NARROWINGS = {
    "area": _by(lambda row, area: row.area_key == area and not row.is_correction, lambda _told, _area, row: row.area),
    "ticket": _by(lambda row, ticket: (row.ticket_key or NO_TICKET) == ticket and not row.is_correction, _ticket_name),
    "person": _by(lambda row, person: row.person_key == person and not row.is_correction, _person_name),
    "day": _on_day,
    "entry": _by(lambda row, entry: row.id == entry, lambda _told, _entry, row: row.what),
    "lot": _drawn(lambda part, lot: part.lot == lot, _lot_name),
    "by": _drawn(lambda part, kind: part.kind == kind, _kind_name),
}
