"""Time as it was logged: a week of it, and single entries."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import DomainError
from billing.actions import change_entry, delete_entry
from billing.models import TimeEntry
from billing.policies import may_change_entry
from figures.rounding import shares
from workspace.access import StaffRequest, for_staff, only_if, person_of
from workspace.forms import EntryForm, refuse, said
from workspace.shell import show


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the week and what was logged on it."""

    date: dt.date
    entries: list[TimeEntry]

    @property
    def minutes(self) -> int:
        return sum(entry.raw_seconds for entry in self.entries) // 60

    @property
    def is_rest(self) -> bool:
        return self.date.weekday() >= 5


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a week went to one kind of time."""

    name: str
    minutes: int
    percent: int


@for_staff
@require_safe
def week(request: StaffRequest) -> HttpResponse:
    """The actor's entries of one week by day; `?of=2026-11-16` is any day of it."""
    monday = monday_of(asked_day(request.GET.get("of", "")))
    sunday = monday + dt.timedelta(days=6)
    mine = TimeEntry.objects.visible_to(request.actor).filter(person_id=person_of(request.actor), work_date__range=(monday, sunday))
    entries = list(mine.select_related("ticket", "client", "period").order_by("work_date", "started_at", "pk"))
    days = [Day(day, [entry for entry in entries if entry.work_date == day]) for day in (monday + dt.timedelta(days=n) for n in range(7))]
    context = {
        "days": [day for day in days if day.entries or not day.is_rest],
        "monday": monday,
        "ends_on": sunday + dt.timedelta(days=1),
        "number": monday.isocalendar().week,
        "before": monday - dt.timedelta(days=7),
        "after": monday + dt.timedelta(days=7) if sunday < timezone.localdate() else None,
        "minutes": sum(day.minutes for day in days),
        "shares": shares_of(entries),
    }
    return show(request, "week", context, place="week")


def week_of(day: dt.date) -> str:
    """The address of the week a day lies in."""
    return f"{reverse('workspace:week')}?{urlencode({'of': day.isoformat()})}"


def asked_day(typed: str) -> dt.date:
    try:
        return dt.date.fromisoformat(typed) if typed else timezone.localdate()
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
    seconds = {kind: sum(entry.raw_seconds for entry in entries if entry.kind == kind) for kind in TimeEntry.Kind}
    worked = {kind: spent for kind, spent in seconds.items() if spent}
    percents = shares([spent * 100 for spent in worked.values()], sum(worked.values())) if worked else []
    return [
        Share(str(kind.label).capitalize(), spent // 60, percent) for (kind, spent), percent in zip(worked.items(), percents, strict=True)
    ]


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def entry(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One entry, and the form that says anew what it was."""
    found = get_object_or_404(
        TimeEntry.objects.visible_to(request.actor).select_related("ticket", "client", "engagement", "period", "person", "system"), pk=pk
    )
    form = EntryForm(request.POST or None, entry=found, zone=request.actor.time_zone)
    may_change = may_change_entry(request.actor, found) and found.period.closed_at is None
    if request.method == "POST" and form.is_valid():
        only_if(may_change_entry(request.actor, found))
        try:
            changed = change_entry(actor=request.actor, entry=found, work=form.work())
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("Saved."))
            return redirect(week_of(changed.work_date))
    context = {"entry": found, "form": form, "may_change": may_change}
    return show(request, "entry", context, place="week", status=422 if form.errors else 200)


@for_staff
@require_POST
def delete(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Take an entry away; what it was stays in the trail."""
    found = get_object_or_404(TimeEntry.objects.visible_to(request.actor).select_related("period"), pk=pk)
    day = found.work_date
    try:
        delete_entry(actor=request.actor, entry=found)
    except DomainError as error:
        messages.error(request, said(error))
        return redirect("workspace:entry", pk)
    messages.success(request, gettext("The entry is deleted."))
    return redirect(week_of(day))
