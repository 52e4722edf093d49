"""The team's week to approve: per person and day, with what looks odd."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import DomainError
from accounts.models import Person
from billing.actions import approve_time, reject_time, submit_time, withdraw_time
from billing.models import TimeEntry
from look.sheets import as_file, is_asked
from workspace.access import StaffRequest, for_staff
from workspace.columns import ENTRIES
from workspace.forms import said
from workspace.shell import show, to_decide, typed
from workspace.views.week import asked_day, monday_of

LONG_DAY_SECONDS = 10 * 3600
MOST_AT_ONCE = 400
MOST_OF_ONES_OWN = 20
NOT_COUNTED_YET = (TimeEntry.State.REJECTED, TimeEntry.State.DRAFT, TimeEntry.State.SUBMITTED)


@dataclass(frozen=True, slots=True)
class Day:
    """What somebody logged on a day and waits."""

    date: dt.date
    entries: list[TimeEntry]

    @property
    def minutes(self) -> int:
        return sum(entry.raw_seconds for entry in self.entries) // 60

    @property
    def is_long(self) -> bool:
        return sum(entry.raw_seconds for entry in self.entries) > LONG_DAY_SECONDS


@dataclass(frozen=True, slots=True)
class Sheet:
    """The week of one person, as far as it waits."""

    person: Person
    days: list[Day]

    @property
    def minutes(self) -> int:
        return sum(day.minutes for day in self.days)

    @property
    def odd(self) -> int:
        """How many entries look odd: without a ticket, without a note, or of a day longer than ten hours."""
        return sum(1 for day in self.days for entry in day.entries if day.is_long or entry.ticket_id is None or not entry.note)


def week_from(monday: dt.date) -> Q:
    """The seven days of a week."""
    return Q(work_date__gte=monday, work_date__lt=monday + dt.timedelta(days=7))


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def approvals(request: StaffRequest) -> HttpResponseBase:
    """A week of all whose time waits for this person; `?of=2026-11-16` is any day of it. A POST decides on what is marked.

    Without a day it is this week, or the first in which something waits where nothing does in this one.

    Two lists with a file each: with `list=mine` it is of one's own time that is not approved yet.
    """
    if request.method == "POST":
        return decide(request)
    waiting = to_decide(request.actor)
    monday = monday_of(asked_day(request.GET.get("of", "")))
    if "of" not in request.GET and not waiting.filter(week_from(monday)).exists():
        first = waiting.order_by("work_date").values_list("work_date", flat=True).first()
        monday = monday_of(first) if first is not None else monday
    week = week_from(monday)
    found = waiting.filter(week).select_related("person", "client", "ticket", "engagement").order_by("person__name", "work_date", "pk")
    mine = TimeEntry.objects.visible_to(request.actor).filter(person=request.actor.person_id, state__in=NOT_COUNTED_YET)
    mine = mine.select_related("person", "client", "ticket", "engagement").order_by("-work_date", "-pk")
    name, rows = ("not-approved-yet", mine) if is_asked(request, "mine") else (f"approvals-{monday}", found)
    if file := as_file(request, name, ENTRIES, rows):
        return file
    elsewhere = waiting.exclude(week)
    context = {
        "monday": monday,
        "ends_on": monday + dt.timedelta(days=7),
        "before": monday - dt.timedelta(days=7),
        "after": monday + dt.timedelta(days=7),
        "sheets": sheets_of(list(found[:MOST_AT_ONCE])),
        "elsewhere": elsewhere.count(),
        "oldest": elsewhere.order_by("work_date").values_list("work_date", flat=True).first(),
        "mine": mine[:MOST_OF_ONES_OWN],
    }
    return show(request, "approvals", context, place="approvals")


def sheets_of(entries: list[TimeEntry]) -> list[Sheet]:
    by_person: dict[UUID, dict[dt.date, list[TimeEntry]]] = defaultdict(lambda: defaultdict(list))
    people = {entry.person_id: entry.person for entry in entries}
    for entry in entries:
        by_person[entry.person_id][entry.work_date].append(entry)
    return [Sheet(people[pk], [Day(date, heap) for date, heap in days.items()]) for pk, days in by_person.items()]


def decide(request: StaffRequest) -> HttpResponse:
    """What is marked is approved, or sent back with one reason."""
    marked = asked_entries(request)
    entries = list(to_decide(request.actor).filter(pk__in=marked))
    back_to = f"{reverse('workspace:approvals')}?of={asked_day(request.POST.get('of', '')):%Y-%m-%d}"
    if not entries:
        messages.error(request, gettext("Mark what you decide on first."))
        return redirect(back_to)
    try:
        if request.POST.get("verdict") == "reject":
            reject_time(actor=request.actor, entries=entries, reason=typed(request.POST, "reason", 500))
            words = ngettext("One entry is sent back.", "%(n)d entries are sent back.", len(entries))
        else:
            approve_time(actor=request.actor, entries=entries)
            words = ngettext("One entry is approved.", "%(n)d entries are approved.", len(entries))
    except DomainError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, words % {"n": len(entries)})
    return redirect(back_to)


def asked_entries(request: StaffRequest) -> list[UUID]:
    try:
        return [UUID(text) for text in request.POST.getlist("entry")[:MOST_AT_ONCE]]
    except ValueError as error:
        raise Http404 from error


@for_staff
@require_POST
def hand_in(request: StaffRequest) -> HttpResponse:
    """Hand in what was sent back or taken back; or take back what waits."""
    own = TimeEntry.objects.visible_to(request.actor).filter(pk__in=asked_entries(request))
    act = withdraw_time if request.POST.get("do") == "withdraw" else submit_time
    try:
        done = act(actor=request.actor, entries=own)
    except DomainError as error:
        messages.error(request, said(error))
    else:
        sentence = gettext("Taken back: it counts nowhere until it is handed in.") if act is withdraw_time else gettext("Handed in.")
        if done:
            messages.success(request, sentence)
    return redirect(f"{reverse('workspace:approvals')}?of={timezone.localdate():%Y-%m-%d}")
