"""When the firm works: its calendars, their opening hours, and which clients they serve."""

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions.calendars import change_hours, open_calendar, served_by
from accounts.actions.clients import describe_client
from accounts.errors import DomainError
from accounts.models import BusinessCalendar, CalendarVersion, Client
from accounts.policies import may_keep_calendars
from accounts.rules import Calendar, open_windows
from look.once import once
from look.sheets import as_file
from workspace.access import StaffRequest, for_staff, only_if
from workspace.calendar_form import CalendarForm, as_typed, said_hours
from workspace.columns import CALENDARS
from workspace.forms import refuse
from workspace.shell import show

LOOKED_AHEAD = dt.timedelta(days=60)
DAYS_SHOWN = 12


@for_staff
@require_safe
def calendars(request: StaffRequest) -> HttpResponseBase:
    """Every calendar, with its hours, what opens next, and whom it serves."""
    versions = CalendarVersion.objects.visible_to(request.actor).order_by("calendar", "-created_at").distinct("calendar")
    newest = {version.calendar_id: version.as_rules() for version in versions}
    clients = Client.objects.visible_to(request.actor).in_care().order_by("name")
    found = served_by(BusinessCalendar.objects.visible_to(request.actor).order_by("name"), clients)
    now = timezone.now()
    rows = [
        (each, week_of(rules), next_opening(rules, now), served) for each, served in found if (rules := newest.get(each.pk)) is not None
    ]
    if file := as_file(request, "calendars", CALENDARS, rows):
        return file
    loose = [client for client in clients if client.calendar_id is None]
    context = {"rows": rows, "loose": loose, "may": {"keep": may_keep_calendars(request.actor)}}
    return show(request, "calendars", context, place="settings")


def week_of(rules: Calendar) -> list[tuple[str, str]]:
    """The hours of each weekday in words; empty when closed."""
    return [
        (str(name), said_hours(tuple(sorted((w.opens, w.closes) for w in rules.windows if w.weekday == weekday))))
        for weekday, name in WEEKDAYS.items()
    ]


def next_opening(rules: Calendar, now: dt.datetime) -> dt.datetime | None:
    """When work is done next, in the calendar's own zone; None where it stays closed for long."""
    first = next(open_windows(rules, now, now + LOOKED_AHEAD), None)
    return first[0].astimezone(ZoneInfo(rules.zone)) if first else None


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def new_calendar(request: StaffRequest) -> HttpResponse:
    """Begin a calendar with its first opening hours."""
    only_if(may_keep_calendars(request.actor))
    form = CalendarForm(request.POST or None, initial={"zone": request.actor.time_zone})
    if request.method == "POST" and form.is_valid():
        try:
            opened = open_calendar(actor=request.actor, name=form.cleaned_data["name"], **form.hours())
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("%(name)s is open.") % {"name": opened.name})
            return redirect("workspace:calendar", opened.pk)
    return show(request, "new_calendar", {"form": form}, place="settings", status=422 if form.errors else 200)


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def calendar(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One calendar: its days ahead, its versions, whom it serves, and the form of its next hours."""
    about = get_object_or_404(BusinessCalendar.objects.visible_to(request.actor), pk=pk)
    may_keep = may_keep_calendars(request.actor)
    only_if(may_keep or request.method != "POST")
    versions = list(CalendarVersion.objects.visible_to(request.actor).filter(calendar=about).order_by("-created_at"))
    form = CalendarForm(request.POST or None, calendar=about, initial=as_typed(versions[0]) if versions else None)
    if request.method == "POST" and form.is_valid():
        try:
            change_hours(actor=request.actor, calendar=about, **form.hours())
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("The new hours are in force."))
            return redirect("workspace:calendar", about.pk)
    clients = Client.objects.visible_to(request.actor).in_care().order_by("name")
    today = timezone.localdate()
    context = {
        "calendar": about,
        "form": form,
        "versions": versions,
        "opens": next_opening(versions[0].as_rules(), timezone.now()) if versions else None,
        "days": own_days(versions[0].as_rules(), today) if versions else [],
        "served": [client for client in clients if client.calendar_id == about.pk],
        "others": [client for client in clients if client.calendar_id != about.pk],
        "may": {"keep": may_keep},
    }
    return show(request, "calendar", context, place="settings", status=422 if form.errors else 200)


def own_days(rules: Calendar, today: dt.date) -> list[tuple[dt.date, str]]:
    """The next days that have hours of their own, in words; empty when closed."""
    ahead = sorted((day, said_hours(hours)) for day, hours in rules.overrides.items() if day >= today)
    return ahead[:DAYS_SHOWN]


@for_staff
@require_POST
def calendar_client(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Let a calendar serve one client more (`client`), or with `end` no longer."""
    only_if(may_keep_calendars(request.actor))
    about = get_object_or_404(BusinessCalendar.objects.visible_to(request.actor), pk=pk)
    try:
        wanted = UUID(request.POST.get("client", ""))
    except ValueError:
        messages.error(request, gettext("Choose a client first."))
        return redirect("workspace:calendar", about.pk)
    client = get_object_or_404(Client.objects.visible_to(request.actor), pk=wanted)
    describe_client(actor=request.actor, client=client, calendar=None if "end" in request.POST else about)
    messages.success(request, gettext("Saved for %(name)s.") % {"name": client.name})
    return redirect("workspace:calendar", about.pk)
