"""The entries of a period in words, before they reach the page."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from look.addresses import addresses
from look.statements import Row
from look.templatetags.tend import day, exactly, hours


class Line(NamedTuple):
    """An entry as its row shows it. `ticket_url` is empty where it served no request."""

    id: str
    day: str
    what: str
    ticket_url: str
    reference: str
    area: str
    person: str
    is_late: bool
    worked: str
    counted: str
    is_free: bool
    cover: str
    reasons: str
    is_over: bool


def lines_of(rows: Iterable[Row]) -> list[Line]:
    of_ticket = addresses("portal:ticket")
    return [
        Line(
            id=row.id,
            day=day(row.on),
            what=row.what,
            ticket_url=of_ticket(UUID(row.ticket)) if row.ticket else "",
            reference=row.reference,
            area=row.area,
            person=row.person,
            is_late=row.is_late,
            worked=exactly(row.worked_seconds),
            counted=hours(row.burn_minutes),
            is_free=not row.burn_minutes,
            cover=row.cover.summary,
            reasons=" ".join(row.cover.reasons),
            is_over=row.cover.is_over,
        )
        for row in rows
    ]
