"""The week as a grid to read and to type into; copied from the week before, moved, and taken back."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import DomainError
from billing.actions import SomeRefused, Trace, Work, Write, change_entry, kept, take_back, write_together
from billing.models import TimeEntry
from figures.rounding import shares
from look.once import once
from look.sheets import as_file
from look.visits import back
from tickets.models.ticket import ServiceArea
from workspace.access import StaffRequest, for_staff, person_of
from workspace.columns import ENTRIES
from workspace.entry_lines import days_of
from workspace.forms import said, telling
from workspace.grid import (
    DAYS,
    Cell,
    Key,
    Row,
    counted_minutes,
    counted_seconds,
    hours_text,
    on_day,
    rows_of,
    seconds_of,
    week_entries,
    write_for,
)
from workspace.quick import Unclear, work_on
from workspace.shell import show, typed
from workspace.undo import forget, remember
from workspace.views.time import week_of

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a week went to one kind of time."""

    name: str
    minutes: int
    percent: int


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def week(request: StaffRequest) -> HttpResponseBase:
    """The actor's week by row and day; `?of=2026-11-16` is any day of it, `?rows=last` also shows last week's rows.

    A POST saves every cell that was typed anew, or none and says at each what is wrong.
    """
    person_of(request.actor)
    monday = monday_of(asked_day(request.GET.get("of", "")))
    entries = list(week_entries(request.actor, monday))
    if request.method != "POST":
        if file := as_file(request, f"week-{monday}", ENTRIES, entries):
            return file
        return week_page(request, monday, entries, rows_of(request.actor, monday, entries, wished(request, monday)))
    rows = read_rows(request, monday, entries)
    wanted = typed(request.POST, "add", 80)
    if wanted:
        return with_another(request, monday, entries, rows, wanted)
    return save(request, monday, entries, rows)


def wished(request: StaffRequest, monday: dt.date) -> list[Key]:
    """The rows of the week before, where the address asks for them; what has ended by now is left out."""
    if request.GET.get("rows") != "last":
        return []
    before = week_entries(request.actor, monday - dt.timedelta(days=DAYS))
    return [Key.of(entry) for entry in before if entry.engagement.ends_on is None or entry.engagement.ends_on > monday]


def read_rows(request: StaffRequest, monday: dt.date, entries: Iterable[TimeEntry]) -> list[Row]:
    """The rows as they stand, with what was typed into them. 404 for what one does not see or is no row."""
    form = request.POST
    try:
        keys = [Key.read(form[f"row-{n}"]) for n in range(MOST_ROWS) if f"row-{n}" in form]
    except ValueError as error:
        raise Http404 from error
    rows = {row.key: row for row in rows_of(request.actor, monday, entries, keys)}
    for number, key in enumerate(keys):
        if key not in rows:
            raise Http404
        _read_cells(rows[key], number, form)
    return list(rows.values())


def _read_cells(row: Row, number: int, form: QueryDict) -> None:
    stamps = form.get(f"was-{number}", "").split(";")
    for place, cell in enumerate(row.cells):
        stamp = stamps[place] if place < len(stamps) else ""
        try:
            shown = hours_text(seconds_of(stamp))
        except ValueError as error:
            raise Http404 from error
        told = typed(form, f"cell-{number}-{place}", 40)
        if told != shown:
            cell.typed = told
            if stamp != cell.stamp:
                cell.wrong = gettext("It was changed meanwhile and holds %(hours)s now.") % {"hours": hours_text(cell.seconds) or "0"}


def with_another(request: StaffRequest, monday: dt.date, entries: list[TimeEntry], rows: list[Row], wanted: str) -> HttpResponse:
    """The grid with one more row, and all that was typed into the others."""
    area = request.POST.get("area", "")
    try:
        reference, code = (wanted, "") if "-" in wanted else (None, wanted.upper())
        engagement, ticket, _ = work_on(request.actor, reference.upper() if reference else None, code)
    except Unclear as error:
        return week_page(request, monday, entries, rows, wrong=error.sentence, add=wanted)
    service_area = ticket.service_area if ticket else area if area in ServiceArea.values else ServiceArea.TEAM_SUPPORT
    key = Key(engagement.pk, ticket.pk if ticket else None, str(service_area), TimeEntry.Kind.INCLUDED)
    if all(row.key != key for row in rows):
        rows = sorted([*rows, *rows_of(request.actor, monday, [], [key])], key=lambda row: row.order)
    return week_page(request, monday, entries, rows)


def save(request: StaffRequest, monday: dt.date, entries: list[TimeEntry], rows: list[Row]) -> HttpResponse:
    """Write what was typed, all of it or none."""
    planned = plan(rows, request.actor.time_zone)
    if not any(row.wrongs for row in rows):
        try:
            traces = write_together(actor=request.actor, writes=[write for _, write in planned])
        except SomeRefused as refused:
            for place, error in refused.refusals.items():
                planned[place][0].wrong = said(error)
        else:
            if traces:
                words = ngettext("One cell is saved.", "%(n)d cells are saved.", len(traces)) % {"n": len(traces)}
                remember(request, words, traces)
            return redirect(request.get_full_path())
    return week_page(request, monday, entries, rows, wrong=gettext("Nothing is saved yet. Mend what is marked, then save again."))


def plan(rows: list[Row], zone: str) -> list[tuple[Cell, Write]]:
    """The write of every cell that was typed anew; one that cannot be read says so."""
    planned = []
    for row in rows:
        for cell in row.cells:
            if cell.typed is None or cell.wrong:
                continue
            try:
                planned.append((cell, write_for(row, cell, zone)))
            except Unclear as error:
                cell.wrong = said(error)
    return planned


def week_page(request: StaffRequest, monday: dt.date, entries: list[TimeEntry], rows: list[Row], **more: Any) -> HttpResponse:
    sunday = monday + dt.timedelta(days=6)
    days = days_of(monday, entries)
    context = {
        "rows": rows,
        "week": days,
        "days": [day for day in days if day.entries],
        "monday": monday,
        "ends_on": sunday + dt.timedelta(days=1),
        "number": monday.isocalendar().week,
        "before": monday - dt.timedelta(days=7),
        "after": monday + dt.timedelta(days=7) if sunday < timezone.localdate() else None,
        "minutes": counted_seconds(entries) // 60,
        "seconds": counted_seconds(entries),
        "counted_minutes": counted_minutes(entries),
        "shares": shares_of(entries),
        "areas": ServiceArea.choices,
        "over": list({row.key.engagement: row for row in rows if row.over_minutes}.values()),
    }
    return show(request, "week", context | more, place="week", status=422 if more.get("wrong") else 200)


def asked_day(typed_day: str) -> dt.date:
    try:
        return dt.date.fromisoformat(typed_day) if typed_day else timezone.localdate()
    except ValueError as error:
        raise Http404 from error


def monday_of(day: dt.date) -> dt.date:
    try:
        monday = day - dt.timedelta(days=day.weekday())
        monday - dt.timedelta(days=7)
        monday + dt.timedelta(days=14)
    except OverflowError as error:
        raise Http404 from error
    return monday


def shares_of(entries: list[TimeEntry]) -> list[Share]:
    """Where the time went, by what it counts as."""
    seconds = {kind: counted_seconds(entry for entry in entries if entry.kind == kind) for kind in TimeEntry.Kind}
    worked = {kind: spent for kind, spent in seconds.items() if spent > 0}
    percents = shares([spent * 100 for spent in worked.values()], sum(worked.values())) if worked else []
    return [
        Share(str(kind.label).capitalize(), spent // 60, percent) for (kind, spent), percent in zip(worked.items(), percents, strict=True)
    ]


@for_staff
@require_POST
@once
def copy_week(request: StaffRequest) -> HttpResponse:
    """Log last week's durations again a week later: into empty cells only, of days that have come."""
    monday = monday_of(asked_day(request.POST.get("of", "")))
    writes = copied(request, monday)
    left_out = ""
    try:
        traces = write_together(actor=request.actor, writes=writes)
    except SomeRefused as refused:
        left_out = said(next(iter(refused.refusals.values())))
        traces = _write_the_rest(request, [write for place, write in enumerate(writes) if place not in refused.refusals])
    if traces:
        words = ngettext("One entry is copied.", "%(n)d entries are copied.", len(traces)) % {"n": len(traces)}
        remember(request, words, traces)
    else:
        messages.info(request, gettext("There was nothing to copy: last week is empty, or this week holds it already."))
    if left_out:
        messages.warning(request, gettext("Not everything was copied. %(why)s") % {"why": left_out})
    return redirect(week_of(monday))


def copied(request: StaffRequest, monday: dt.date) -> list[Write]:
    """The writes that say last week again, but what the week holds already."""
    taken = {(Key.of(entry), entry.work_date) for entry in week_entries(request.actor, monday)}
    writes = []
    before = week_entries(request.actor, monday - dt.timedelta(days=DAYS))
    for entry in before.burning().worked():  # neither what was sent back nor what a correction took back was worked
        day = entry.work_date + dt.timedelta(days=DAYS)
        if day <= timezone.localdate() and (Key.of(entry), day) not in taken:
            work = Work(
                service_area=entry.service_area,
                raw_seconds=entry.raw_seconds,
                work_date=day,
                kind=entry.kind,
                work_kind=entry.work_kind,
                note=entry.note,
                ticket=entry.ticket,
                system=entry.system,
            )
            writes.append(Write(engagement=entry.engagement, work=work))
    return writes


def _write_the_rest(request: StaffRequest, writes: Sequence[Write]) -> list[Trace]:
    try:
        return write_together(actor=request.actor, writes=writes)
    except SomeRefused:
        return []


@for_staff
@require_POST
def move_entry(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The same work on another day."""
    found = get_object_or_404(TimeEntry.objects.visible_to(request.actor).select_related("ticket", "system"), pk=pk)
    day, before = asked_day(request.POST.get("day", "")), kept(found)
    try:
        moved = change_entry(actor=request.actor, entry=found, work=on_day(found, day))
    except DomainError as error:
        messages.error(request, said(error))
        return redirect(week_of(found.work_date))
    remember(request, gettext("The entry is moved."), [Trace(entry=str(pk), before=before, after=kept(moved))])
    return redirect(week_of(moved.work_date))


@for_staff
@require_POST
def undo(request: StaffRequest) -> HttpResponse:
    """Take back what was last done to one's time, within ten minutes."""
    person_of(request.actor)
    deed = forget(request)
    if deed is None:
        messages.info(request, gettext("There is nothing to take back."))
        return back(request, "workspace:week")
    traces, at = deed
    with telling(request, gettext("Taken back.")):
        take_back(actor=request.actor, traces=traces, at=at)
    return back(request, "workspace:week")
