"""Hours left day by day, drawn from the document of a statement: the same for an open and for a closed period."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.translation import gettext

from billing.models.ledger import Balance
from billing.rules.statement import Document
from figures.charts import Ahead, BurnDown, BurnRow, BurnWords, Fan, burn_down, burn_rows
from look.statements.shapes import LOTS, opens
from look.templatetags.tend import day, hours, left, long_day, period_name


class AheadRow(NamedTuple):
    """One way on from today, as the table behind the chart tells it."""

    name: str
    used_minutes: int
    left_minutes: int
    runs_out_on: dt.date | None


class DayRow(NamedTuple):
    """A day of the table behind the chart; `to` opens the entries of it, or the lots that came or went on it."""

    day: dt.date
    used_minutes: int
    left_minutes: int
    even_minutes: int
    to: str


@dataclass(frozen=True, slots=True)
class Burn:
    """The burn-down in both widths, the table behind it, and what is foreseen, where something is."""

    chart: BurnDown
    rows: list[DayRow]
    ahead: list[AheadRow]
    fan: Fan | None


def burn_of(document: Document, *, today: dt.date, balance: Balance | None = None) -> Burn:
    """From the lots usable at the start, through what each day used, added and let expire.

    The balance of an open period adds what is foreseen.
    """
    starts_on, ends_on = dt.date.fromisoformat(document["starts_on"]), dt.date.fromisoformat(document["ends_on"])
    last = min(today, ends_on - dt.timedelta(days=1))
    start, moves = _moves(document, starts_on, last)
    shown = {on: minutes for on, minutes in moves.items() if minutes}
    rows = burn_rows(start, shown, starts_on=starts_on, ends_on=ends_on)
    fan = _fan(balance) if balance and balance.left_minutes else None
    words = _words((starts_on, ends_on), start, rows, last, fan)
    chart = burn_down(start, rows, starts_on=starts_on, ends_on=ends_on, today=today, words=words, day_name=day, fan=fan)
    return Burn(chart, [DayRow(*row, to=_rows_of(document, row)) for row in rows], _table(balance, fan), fan)


def _rows_of(document: Document, row: BurnRow) -> str:
    worked = sum(entry["burn_minutes"] for entry in document["entries"] if not entry["corrects"] and day_of(document, entry) == row.day)
    return opens("day", row.day.isoformat()) if worked == row.used_minutes else LOTS


def day_of(document: Document, entry: Mapping[str, Any]) -> dt.date:
    """The day on which an entry counts: late time on the first of its period."""
    return max(dt.date.fromisoformat(entry["date"]), dt.date.fromisoformat(document["starts_on"]))


def _moves(document: Document, starts_on: dt.date, last: dt.date) -> tuple[int, Counter[dt.date]]:
    """What is there on the first day, and what each day up to the last takes (or adds, below zero)."""
    start, moves = 0, Counter[dt.date]()
    for lot in document["lots"]:
        begins, ends = dt.date.fromisoformat(lot["usable_from"]), dt.date.fromisoformat(lot["usable_until"])
        if begins <= starts_on:
            start += lot["minutes"]
        else:
            moves[begins] -= lot["minutes"]
        if starts_on < ends <= last:
            moves[ends] += lot["minutes"] - lot["covered"]
    for entry in document["entries"]:
        if not entry["corrects"]:  # what it gives back is a lot already
            moves[day_of(document, entry)] += entry["burn_minutes"]
    return start, moves


def _fan(balance: Balance) -> Fan | None:
    """What is foreseen as hours left; None while it is too early."""
    outlook = balance.outlook
    if outlook is None or balance.state == "too_early":
        return None
    worst, likely, best = (
        Ahead(balance.capacity_minutes - used, runs_out_on) for used, runs_out_on in zip(outlook.end[::-1], outlook.runs_out, strict=True)
    )
    return Fan(best, likely, worst, outlook.is_range)


def _table(balance: Balance | None, fan: Fan | None) -> list[AheadRow]:
    if balance is None or fan is None:
        return []
    ways = [(gettext("likely"), fan.likely)]
    if fan.has_band:
        ways = [(gettext("at best"), fan.best), *ways, (gettext("at worst"), fan.worst)]
    else:
        ways = [(gettext("straight line"), fan.likely)]
    return [AheadRow(name, balance.capacity_minutes - ahead.left_minutes, *ahead) for name, ahead in ways]


def _words(days: tuple[dt.date, dt.date], start: int, rows: list[BurnRow], last: dt.date, fan: Fan | None) -> BurnWords:
    now = next((row.left_minutes for row in reversed(rows) if row.day <= last), start)
    facts = {"start": hours(start), "from": long_day(days[0]), "now": left(now), "on": long_day(last)}
    so_far = gettext("From %(start)s on %(from)s to %(now)s on %(on)s.") % facts
    return BurnWords(
        title=gettext("Hours left in %(period)s, day by day") % {"period": period_name(*days)},
        description=" ".join([so_far, *_foreseen(fan)]),
        left=left(now),
        today=gettext("today, %(day)s") % {"day": day(last)},
        out=gettext("used up"),
        best=_at_best(fan.best) if fan else "",
        worst=_at_worst(fan.worst) if fan else "",
    )


def _foreseen(fan: Fan | None) -> list[str]:
    """The description of what is foreseen, in sentences."""
    if fan is None:
        return []
    facts = {"day": long_day(fan.likely.runs_out_on) if fan.likely.runs_out_on else "", "left": left(fan.likely.left_minutes)}
    if not fan.has_band:
        if fan.likely.runs_out_on:
            return [gettext("On a straight line the hours last to %(day)s. There is no range.") % facts]
        return [gettext("On a straight line %(left)s at the end. There is no range.") % facts]
    likely = gettext("Likely the hours last to %(day)s.") if fan.likely.runs_out_on else gettext("Likely %(left)s at the end.")
    ends = {"worst": _at_worst(fan.worst), "best": _at_best(fan.best)}
    return [likely % facts, gettext("The 80 %% range: %(worst)s, %(best)s.") % ends]


def _at_best(ahead: Ahead) -> str:
    if ahead.runs_out_on:
        return gettext("at best to %(day)s") % {"day": day(ahead.runs_out_on)}
    return gettext("at best %(left)s") % {"left": left(ahead.left_minutes)}


def _at_worst(ahead: Ahead) -> str:
    if ahead.runs_out_on:
        return gettext("at worst to %(day)s") % {"day": day(ahead.runs_out_on)}
    return gettext("at worst %(left)s") % {"left": left(ahead.left_minutes)}
