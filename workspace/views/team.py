"""The firm's week: who logged what, who runs a timer, who is away, and who is promised more than they have."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.days import be_away, be_back, set_week
from accounts.errors import DomainError
from accounts.models import Absence, Person
from accounts.policies import may_plan_days_of, may_see_the_team
from billing.models import Timer
from billing.models.capacity import ONE_WEEK, PersonWeek, weeks_of
from billing.rules.capacity import Load
from look.gone import gone_already
from look.once import once
from look.sheets import Column, as_file
from workspace.access import StaffRequest, for_staff, only_if, person_of
from workspace.forms import Day, said, telling
from workspace.shell import show
from workspace.views.week import asked_day, monday_of

MOST_ABSENCES = 50
COLUMNS = (
    Column(_("Who"), lambda row: row.person.name),
    Column(_("Week of"), lambda row: row.this.monday),
    Column(_("Has in minutes"), lambda row: row.this.load.has_minutes),
    Column(_("Logged minutes"), lambda row: row.this.load.logged_minutes),
    Column(_("Planned minutes"), lambda row: row.this.load.planned_minutes),
    Column(_("Free minutes"), lambda row: row.this.load.free_minutes),
    Column(_("Over minutes"), lambda row: row.this.load.over_minutes),
    Column(_("Short minutes"), lambda row: row.short_minutes),
)


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody's week and the one after, and the clock they run."""

    person: Person
    this: PersonWeek
    following: PersonWeek
    short_minutes: int
    timer: Timer | None


class AwayForm(forms.Form):
    """Who is away from when to when."""

    person = forms.ModelChoiceField(Person.objects.of_the_firm().order_by("name"), label=_("Who"))
    starts_on = forms.DateField(label=_("First day away"), widget=Day())
    ends_on = forms.DateField(label=_("Back on"), widget=Day())


@for_staff
@require_safe
def team(request: StaffRequest) -> HttpResponseBase:
    """The week of `?of=` and the one after it: everybody's for leads, one's own for others."""
    monday, today = monday_of(asked_day(request.GET.get("of", ""))), timezone.localdate()
    rows = rows_of(request, monday, today)
    if file := as_file(request, f"team-{monday}", COLUMNS, rows):
        return file
    loads = [row.this.load for row in rows]
    absences = Absence.objects.visible_to(request.actor).filter(ends_on__gt=monday).select_related("person").order_by("starts_on", "pk")
    context = {
        "rows": rows,
        "days": [monday + dt.timedelta(days=number) for number in range(7)],
        "monday": monday,
        "ends_on": monday + ONE_WEEK,
        "before": monday - ONE_WEEK,
        "after": monday + ONE_WEEK,
        "today": today,
        "sums": Load(*(sum(getattr(load, name) for load in loads) for name in ("has_minutes", "logged_minutes", "planned_minutes"))),
        "short": [row for row in rows if row.short_minutes],
        "overdone": [row for row in rows if row.this.load.over_minutes or row.following.load.over_minutes],
        "absences": [(each, may_plan_days_of(request.actor, each.person_id)) for each in absences[:MOST_ABSENCES]],
        "away_form": AwayForm(initial={"person": request.actor.person_id}),
        "may": {"lead": may_see_the_team(request.actor)},
    }
    return show(request, "team", context, place="team")


def rows_of(request: StaffRequest, monday: dt.date, today: dt.date) -> list[Row]:
    people = Person.objects.visible_to(request.actor).of_the_firm().order_by("name")
    if not may_see_the_team(request.actor):
        people = people.filter(pk=person_of(request.actor))
    weeks = weeks_of(people, monday, today=today)
    running = Timer.objects.visible_to(request.actor).running().filter(person_id__in=weeks).select_related("client", "ticket")
    timers = {timer.person_id: timer for timer in running}
    return [Row(this.person, this, following, this.short_minutes(today), timers.get(this.person.pk)) for this, following in weeks.values()]


@for_staff
@require_POST
@once
def away(request: StaffRequest) -> HttpResponse:
    """Somebody does not work from a day to another."""
    form = AwayForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Say who is away, from which day, and when they are back."))
        return redirect("workspace:team")
    with telling(request, gettext("Noted for %(name)s.") % {"name": form.cleaned_data["person"].name}):
        be_away(actor=request.actor, **form.cleaned_data)
    return redirect("workspace:team")


@for_staff
@require_POST
def back_again(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = Absence.objects.visible_to(request.actor).select_related("person").filter(pk=pk).first()
    if found is None:
        return gone_already(request, Absence, pk, told_as="person.back", to="workspace:team")
    only_if(may_plan_days_of(request.actor, found.person_id))
    be_back(actor=request.actor, absence=found)
    messages.success(request, gettext("%(name)s works on those days after all.") % {"name": found.person.name})
    return redirect("workspace:team")


@for_staff
@require_POST
def week_of_person(request: StaffRequest, pk: UUID) -> HttpResponse:
    """How many hours a week somebody has."""
    only_if(may_see_the_team(request.actor))
    person = get_object_or_404(Person.objects.visible_to(request.actor).of_the_firm(), pk=pk)
    field = forms.DecimalField(min_value=0, max_value=168, decimal_places=2)
    try:
        set_week(actor=request.actor, person=person, weekly_minutes=int(field.clean(request.POST.get("hours", "")) * 60))
    except forms.ValidationError:
        messages.error(request, gettext("Write hours a week, from 0 to 168, like 32 or 37.5."))
    except DomainError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, gettext("Saved for %(name)s.") % {"name": person.name})
    return redirect("workspace:team")
