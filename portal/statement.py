"""A period told as a statement: how its hours add up, what each lot holds, and what covered each entry and why."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext

from billing.models import TimeEntry
from billing.models.ledger import Balance, ProjectedPeriod
from billing.rules.movements import Coverage, LotState
from figures.charts import BurnDown, BurnRow, BurnWords, burn_down, burn_rows
from figures.rounding import half_up
from look.templatetags.tend import day, hours, left, long_day
from portal.wording import period_name


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the statement. A line that takes away is written with a minus; a sum stands between rules."""

    label: str
    minutes: int
    remark: str = ""
    takes: bool = False
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class Cover:
    """What paid for an entry, in short, and the sentences that say why."""

    summary: str
    reasons: tuple[str, ...] = ()
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """An entry with its time as worked (rounded to whole minutes only to be shown) and what covered it."""

    entry: TimeEntry
    worked_minutes: int
    cover: Cover


@dataclass(frozen=True, slots=True)
class NamedLot:
    name: str
    state: LotState


def lines_of(found: ProjectedPeriod, *, balance: Balance | None, today: dt.date) -> list[Line]:
    """From what came in to what is left, then what is spoken for; every line that says nothing is left out."""
    came, projection = Counter[str](), found.projection
    for state in projection.lots:
        came["carried" if state.lot.is_carried else state.lot.kind] += state.available_minutes
    lines = [
        Line(gettext("Carried over"), came["carried"], gettext("burns first")),
        Line(gettext("Granted on %(day)s") % {"day": long_day(found.period.starts_on)}, came["grant"]),
        Line(gettext("Added hours"), came["top_up"]),
        Line(gettext("Hours given free"), came["goodwill"]),
        Line(gettext("Brought along"), came["migration"]),
        Line(gettext("Given back"), came["adjustment"], gettext("by corrections of earlier periods")),
        Line(gettext("Covered work"), projection.covered_minutes, _count(projection.coverages), takes=True),
    ]
    last = min(today, found.period.last_day)
    lines = [line for line in lines if line.minutes or line.takes]
    lines.append(Line(gettext("Left on %(day)s") % {"day": long_day(last)}, projection.left_minutes, is_sum=True))
    if balance is not None and balance.reserved_minutes:
        lines.append(Line(gettext("Spoken for"), balance.reserved_minutes, gettext("approved estimates and planned work"), takes=True))
        lines.append(Line(gettext("Free to ask for"), balance.free_minutes, is_sum=True))
    return lines


def over_lines(found: ProjectedPeriod) -> list[Line]:
    """The minutes no lot covered, by what becomes of them."""
    projection = found.projection
    lines = [
        Line(gettext("Taken from the next period"), projection.borrowed_minutes, gettext("its grant is lower by as much")),
        Line(gettext("Over, billed"), projection.overage_minutes),
        Line(gettext("Over, waits for your yes"), projection.unauthorised_minutes, gettext("not billed unless you agree")),
        Line(gettext("Over, at our cost"), projection.absorbed_minutes),
    ]
    return [line for line in lines if line.minutes]


def _count(coverages: Iterable[Coverage]) -> str:
    entries = len({row.entry_id for row in coverages if row.kind == "covered"})
    return gettext("%(count)s entries") % {"count": entries} if entries != 1 else gettext("1 entry")


def lots_of(found: ProjectedPeriod) -> list[NamedLot]:
    return [NamedLot(lot_name(state), state) for state in found.projection.lots]


def lot_name(state: LotState) -> str:
    """How a client calls a lot: by the month it was granted for, or by why it was given."""
    lot = state.lot
    names = {
        "top_up": gettext("added hours"),
        "goodwill": gettext("free hours"),
        "migration": gettext("hours brought along"),
        "adjustment": gettext("hours given back"),
    }
    if lot.kind in names:
        return names[lot.kind]
    month = date_format(lot.usable_from, "F") if lot.usable_from.day == 1 else day(lot.usable_from)
    said = gettext("%(month)s hours carried over") if lot.is_carried else gettext("%(month)s hours")
    return said % {"month": month}


def rows_of(entries: Iterable[TimeEntry], found: ProjectedPeriod | None) -> list[Row]:
    """Each entry with what covered it; where the period is not projected, only with what it is."""
    covers = _covers(found) if found else {}
    return [Row(entry, half_up(entry.raw_seconds, 60), _cover(entry, covers.get(entry.pk, []))) for entry in entries]


@dataclass(frozen=True, slots=True)
class _Taken:
    """Minutes of one entry from one place, and what that lot held afterwards."""

    minutes: int
    kind: str
    name: str
    left_minutes: int = 0


def _covers(found: ProjectedPeriod) -> dict[UUID | str, list[_Taken]]:
    names = {state.lot.id: lot_name(state) for state in found.projection.lots}
    held = {state.lot.id: state.available_minutes for state in found.projection.lots}
    beyond = _beyond()
    taken: dict[UUID | str, list[_Taken]] = defaultdict(list)
    for row in found.projection.coverages:  # in the order in which they were drawn
        if row.lot_id is None:
            taken[row.entry_id].append(_Taken(row.minutes, row.kind, beyond[row.kind]))
            continue
        held[row.lot_id] -= row.minutes
        taken[row.entry_id].append(_Taken(row.minutes, row.kind, names[row.lot_id], held[row.lot_id]))
    return taken


def _beyond() -> dict[str, str]:
    return {
        "borrowed": gettext("taken from the next period"),
        "overage": gettext("over, billed"),
        "unauthorised": gettext("over, waits for your yes"),
        "absorbed": gettext("over, at our cost"),
    }


def _cover(entry: TimeEntry, taken: list[_Taken]) -> Cover:
    if entry.kind == TimeEntry.Kind.GOODWILL:
        return Cover(gettext("Free"), (gettext("Done at our cost, so it burns nothing."),))
    if entry.kind == TimeEntry.Kind.PROJECT:
        return Cover(gettext("Project"), (gettext("Part of a fixed price, so it burns nothing."),))
    if not taken:
        return Cover("")
    names = [part.name for part in taken]
    summary = names[0][:1].upper() + names[0][1:]
    if len(taken) > 1:
        summary = ", ".join(f"{hours(part.minutes)} {part.name}" for part in taken)
    return Cover(summary, (*_counted(entry), *map(_reason, taken)), is_over=any(part.kind != "covered" for part in taken))


def _counted(entry: TimeEntry) -> list[str]:
    reasons = []
    if entry.raw_seconds != entry.billed_minutes * 60:
        worked = {"minutes": half_up(entry.raw_seconds, 60), "hours": hours(entry.billed_minutes)}
        reasons.append(gettext("%(minutes)s min worked, rounded to %(hours)s.") % worked)
    if entry.burn_minutes != entry.billed_minutes:
        reasons.append(gettext("Weighed as %(hours)s for this kind of work.") % {"hours": hours(entry.burn_minutes)})
    if entry.is_late:
        reasons.append(gettext("Logged after its own period was closed, so it counts here."))
    return reasons


def _reason(part: _Taken) -> str:
    facts = {"hours": hours(part.minutes), "name": part.name, "left": hours(part.left_minutes)}
    if part.kind == "covered":
        return gettext("%(hours)s from %(name)s; %(left)s left in that lot.") % facts
    return gettext("%(hours)s %(name)s: no lot held hours for that day any more.") % facts


@dataclass(frozen=True, slots=True)
class Burn:
    """The burn-down in both widths, and the table behind it."""

    chart: BurnDown
    rows: list[BurnRow]


def burn_of(found: ProjectedPeriod, *, today: dt.date) -> Burn:
    """Hours left day by day, from the lots usable at the start, through what each day used and added."""
    period, moves, start = found.period, Counter[dt.date](), 0
    for state in found.projection.lots:
        if state.lot.usable_from <= period.starts_on:
            start += state.available_minutes
        else:
            moves[state.lot.usable_from] -= state.available_minutes
    for entry in found.entries:
        moves[max(entry.work_date, period.starts_on)] += entry.burn_minutes
    shown = {on: minutes for on, minutes in moves.items() if minutes}
    rows = burn_rows(start, shown, starts_on=period.starts_on, ends_on=period.ends_on)
    words = _burn_words(found, start, rows, min(today, period.last_day))
    chart = burn_down(start, rows, starts_on=period.starts_on, ends_on=period.ends_on, today=today, words=words, day_name=day)
    return Burn(chart, rows)


def _burn_words(found: ProjectedPeriod, start: int, rows: list[BurnRow], last: dt.date) -> BurnWords:
    now = next((row.left_minutes for row in reversed(rows) if row.day <= last), start)
    facts = {"start": hours(start), "from": long_day(found.period.starts_on), "now": left(now), "on": long_day(last)}
    return BurnWords(
        title=gettext("Hours left in %(period)s, day by day") % {"period": period_name(found.period.starts_on, found.period.ends_on)},
        description=gettext("From %(start)s on %(from)s to %(now)s on %(on)s.") % facts,
        left=left(now),
        today=gettext("today, %(day)s") % {"day": day(last)},
        out=gettext("used up"),
    )
