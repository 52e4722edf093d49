"""Hours left day by day, drawn from the document of a statement: the same for an open and for a closed period."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext

from billing.rules.statement import Document
from figures.charts import BurnDown, BurnRow, BurnWords, burn_down, burn_rows
from look.statements.telling import period_name
from look.templatetags.tend import day, hours, left, long_day


@dataclass(frozen=True, slots=True)
class Burn:
    """The burn-down in both widths, and the table behind it."""

    chart: BurnDown
    rows: list[BurnRow]


def burn_of(document: Document, *, today: dt.date) -> Burn:
    """From the lots usable at the start, through what each day used and added."""
    starts_on, ends_on = dt.date.fromisoformat(document["starts_on"]), dt.date.fromisoformat(document["ends_on"])
    moves, start = Counter[dt.date](), 0
    for lot in document["lots"]:
        begins = dt.date.fromisoformat(lot["usable_from"])
        if begins <= starts_on:
            start += lot["minutes"]
        else:
            moves[begins] -= lot["minutes"]
    for entry in document["entries"]:
        moves[max(dt.date.fromisoformat(entry["date"]), starts_on)] += entry["burn_minutes"]
    shown = {on: minutes for on, minutes in moves.items() if minutes}
    rows = burn_rows(start, shown, starts_on=starts_on, ends_on=ends_on)
    last = min(today, ends_on - dt.timedelta(days=1))
    words = _words((starts_on, ends_on), start, rows, last)
    chart = burn_down(start, rows, starts_on=starts_on, ends_on=ends_on, today=today, words=words, day_name=day)
    return Burn(chart, rows)


def _words(days: tuple[dt.date, dt.date], start: int, rows: list[BurnRow], last: dt.date) -> BurnWords:
    now = next((row.left_minutes for row in reversed(rows) if row.day <= last), start)
    facts = {"start": hours(start), "from": long_day(days[0]), "now": left(now), "on": long_day(last)}
    return BurnWords(
        title=gettext("Hours left in %(period)s, day by day") % {"period": period_name(*days)},
        description=gettext("From %(start)s on %(from)s to %(now)s on %(on)s.") % facts,
        left=left(now),
        today=gettext("today, %(day)s") % {"day": day(last)},
        out=gettext("used up"),
    )
