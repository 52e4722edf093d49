"""What a period is made of once it is told in words: lines, lots, entries, sums; and how an address names the rows of a figure."""

import datetime as dt
from dataclasses import dataclass, field
from urllib.parse import urlencode

from billing.rules.statement import Document
from figures.rounding import half_up
from look.statements.charged import Charged

NO_TICKET = "none"
FOOTS, LOTS, ENTRIES, HELD = "#foots", "#lots", "#entries", "#held"


def opens(key: str, value: str | None) -> str:
    """Where the entries that one figure adds up are found, beside the address of the period's page."""
    return f"?{urlencode({key: value or NO_TICKET})}{ENTRIES}"


def account(lot: str) -> str:
    """Where the minutes of one lot are followed from what it brought to what is left of it."""
    return f"?{urlencode({'account': lot})}#account"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sum. A line that takes away is written with a minus; a sum stands between rules.

    `to` is where its figure opens, beside the address of the period's page; empty where the reader's level shows no rows of it.
    """

    label: str
    minutes: int
    remark: str = ""
    takes: bool = False
    is_sum: bool = False
    to: str = ""


@dataclass(frozen=True, slots=True)
class NamedLot:
    """A lot with where its minutes went: here, used, expired, and what is left of it."""

    id: str
    name: str
    usable_from: dt.date
    usable_until: dt.date
    areas: str
    here_minutes: int
    used_minutes: int
    expired_minutes: int
    left_minutes: int
    is_carried: bool = False
    to: str = ""

    @property
    def account(self) -> str:
        return account(self.id)


@dataclass(frozen=True, slots=True)
class Part:
    """Minutes of an entry that one lot held, or that no lot did: `kind` is covered, borrowed, overage, unauthorised or absorbed."""

    kind: str
    lot: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Cover:
    """What paid for an entry, in short, and the sentences that say why."""

    summary: str
    reasons: tuple[str, ...] = ()
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """An entry with its time as worked, as counted, and what covered it."""

    id: str
    on: dt.date
    what: str
    area: str
    person: str
    ticket: str | None
    reference: str
    worked_seconds: int
    billed_minutes: int
    burn_minutes: int
    is_late: bool
    cover: Cover
    area_key: str = ""
    person_key: str = ""
    ticket_key: str = ""
    parts: tuple[Part, ...] = ()
    is_correction: bool = False

    @property
    def to(self) -> str:
        return opens("entry", self.id)

    @property
    def worked_minutes(self) -> int:
        return half_up(self.worked_seconds, 60)


@dataclass(frozen=True, slots=True)
class Sum:
    """The time of one service area, person or ticket."""

    id: str | None
    name: str
    worked_seconds: int
    billed_minutes: int
    burn_minutes: int
    to: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A period in words. Where it is open, what would expire with the close is a remark and nothing has expired yet."""

    starts_on: dt.date
    ends_on: dt.date
    name: str
    is_open: bool
    capacity_minutes: int
    used_minutes: int
    left_minutes: int
    over_minutes: int
    lines: list[Line]
    over_lines: list[Line]
    charged: list[Charged]
    lots: list[NamedLot]
    rows: list[Row]
    by_area: list[Sum]
    by_person: list[Sum]
    by_ticket: list[Sum]
    worked_seconds: int = 0
    covered_to: str = ""
    document: Document = field(default_factory=dict, repr=False)
