"""Entries in lists, in words before they reach the page: somebody's week, or a period, holds hundreds of them."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from billing.models import TimeEntry
from look.addresses import addresses
from look.statements import Cover
from look.templatetags.tend import day, exactly, hours
from tickets.models.ticket import ServiceArea
from workspace.grid import counted_minutes, counted_seconds, hours_text
from workspace.templatetags.workspace import consent, counted, what

WAITING = (TimeEntry.State.DRAFT, TimeEntry.State.SUBMITTED)


class Line(NamedTuple):
    """An entry below the grid of a week. `move_url` is empty where its period is closed, the times where it is a duration."""

    url: str
    move_url: str
    started: str
    ended: str
    name: str
    about: str
    state: SafeString | str
    kind: str
    worked: str
    counted: str
    is_free: bool


class CoveredLine(NamedTuple):
    """An entry of a period. `waits` is its state where it waits for a yes, `uncovered` what is said where nothing covers it."""

    url: str
    day: str
    name: str
    about: str
    is_late: bool
    waits: str
    worked: str
    counted: str
    is_free: bool
    cover: str
    reasons: str
    is_over: bool
    uncovered: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the week and what was logged on it."""

    date: dt.date
    entries: list[TimeEntry]
    week: Sequence[dt.date]

    @property
    def seconds(self) -> int:
        return counted_seconds(self.entries)

    @property
    def minutes(self) -> int:
        return self.seconds // 60

    @property
    def typed(self) -> str:
        """Its sum as the cells above it are written: a column has no room for more."""
        return hours_text(self.minutes * 60) or "0"

    @property
    def counted_minutes(self) -> int:
        return counted_minutes(self.entries)

    @property
    def lines(self) -> Iterator[Line]:
        return lines_of(self.entries)

    @property
    def choices(self) -> SafeString:
        """The days that its entries move to, itself chosen: the same for each of them."""
        days = ((day.isoformat(), " selected" if day == self.date else "", date_format(day, "D j")) for day in self.week)
        return format_html_join("", '<option value="{}"{}>{}</option>', days)


def days_of(monday: dt.date, entries: Iterable[TimeEntry]) -> list[Day]:
    """The seven days of a week, each with its entries."""
    week = [monday + dt.timedelta(days=n) for n in range(7)]
    by_day: dict[dt.date, list[TimeEntry]] = {day: [] for day in week}
    for entry in entries:
        by_day[entry.work_date].append(entry)
    return [Day(day, by_day[day], week) for day in week]


def lines_of(entries: Iterable[TimeEntry]) -> Iterator[Line]:
    """The entries in their order, each as its row shows it."""
    areas, kinds = _labels(ServiceArea), _labels(TimeEntry.Kind)
    of_entry, to_move, clock = addresses("workspace:entry"), addresses("workspace:move_entry"), gettext("H:i")
    for entry in entries:
        times = (entry.started_at, entry.ended_at)
        started, ended = (date_format(timezone.localtime(moment), clock) if moment else "" for moment in times)
        yield Line(
            url=of_entry(entry.pk),
            move_url="" if entry.period.closed_at else to_move(entry.pk),
            started=started,
            ended=ended,
            name=what(entry),
            about=_about(entry.ticket.reference if entry.ticket else "", entry.engagement.client.name, areas[entry.service_area]),
            state=consent(entry),
            kind=kinds[entry.kind],
            worked=exactly(entry.raw_seconds),
            counted=hours(counted(entry)),
            is_free=not counted(entry),
        )


def covered_lines(entries: Iterable[tuple[TimeEntry, Cover | None]]) -> list[CoveredLine]:
    """The entries of a period in their order, each with what covered it."""
    areas, of_entry = _labels(ServiceArea), addresses("workspace:entry")
    return [
        CoveredLine(
            url=of_entry(entry.pk),
            day=day(entry.work_date),
            name=what(entry),
            about=_about(entry.ticket.reference if entry.ticket else "", areas[entry.service_area], entry.person.first_name),
            is_late=entry.is_late,
            waits=str(entry.get_state_display()) if entry.state in WAITING else "",
            worked=exactly(entry.raw_seconds),
            counted=hours(counted(entry)),
            is_free=not counted(entry),
            cover=cover.summary if cover else "",
            reasons=" ".join(cover.reasons) if cover else "",
            is_over=cover is not None and cover.is_over,
            uncovered="" if cover and cover.summary else _uncovered(entry),
        )
        for entry, cover in entries
    ]


def _uncovered(entry: TimeEntry) -> str:
    kind = str(entry.get_kind_display())
    return f"{kind}, {entry.get_state_display()}" if entry.state == TimeEntry.State.REJECTED else kind


def _labels(choices: type[TextChoices]) -> dict[str, str]:
    return {value: str(label) for value, label in choices.choices}


def _about(*words: str) -> str:
    return " · ".join(filter(None, words))
