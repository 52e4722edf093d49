"""Single entries of time, as they were logged and as they may be said anew."""

import datetime as dt
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import DomainError
from billing.actions import Trace, change_entry, delete_entry, kept
from billing.models import TimeEntry
from billing.policies import may_change_entry
from look.gone import gone_already
from workspace.access import StaffRequest, for_staff, only_if
from workspace.forms import EntryForm, refuse, said
from workspace.shell import show
from workspace.undo import remember


def week_of(day: dt.date) -> str:
    """The address of the week a day lies in."""
    return f"{reverse('workspace:week')}?{urlencode({'of': day.isoformat()})}"


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def entry(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One entry, and the form that says anew what it was."""
    found = get_object_or_404(
        TimeEntry.objects.visible_to(request.actor).select_related("ticket", "client", "engagement", "period", "person", "system"), pk=pk
    )
    before = kept(found)
    form = EntryForm(request.POST or None, entry=found, zone=request.actor.time_zone)
    may_change = may_change_entry(request.actor, found) and found.period.closed_at is None
    if request.method == "POST" and form.is_valid():
        only_if(may_change_entry(request.actor, found))
        try:
            changed = change_entry(actor=request.actor, entry=found, work=form.work())
        except DomainError as error:
            refuse(form, error)
        else:
            remember(request, gettext("Saved."), [Trace(entry=str(pk), before=before, after=kept(changed))])
            return redirect(week_of(changed.work_date))
    back = found.decisions.newest_first().select_related("person").first() if found.state == TimeEntry.State.REJECTED else None
    context = {"entry": found, "form": form, "may_change": may_change, "sent_back": back}
    return show(request, "entry", context, place="week", status=422 if form.errors else 200)


@for_staff
@require_POST
def delete(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Take an entry away; what it was stays in the trail."""
    found = TimeEntry.objects.visible_to(request.actor).select_related("period").filter(pk=pk).first()
    if found is None:
        return gone_already(request, TimeEntry, pk, told_as="time.deleted", to="workspace:week")
    day, before = found.work_date, kept(found)
    try:
        delete_entry(actor=request.actor, entry=found)
    except DomainError as error:
        messages.error(request, said(error))
        return redirect("workspace:entry", pk)
    remember(request, gettext("The entry is deleted."), [Trace(entry=str(pk), before=before, after=None)])
    return redirect(week_of(day))
