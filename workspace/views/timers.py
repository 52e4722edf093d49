"""The running timer: started, stopped into an entry, or thrown away."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts.errors import DomainError
from billing.actions import discard_timer, start_timer, stop_timer, trace_of
from billing.models import Timer
from look.once import once
from look.templatetags.tend import hours
from look.visits import back
from workspace.access import StaffRequest, for_staff
from workspace.forms import said
from workspace.quick import engagement_of, read_subject
from workspace.shell import typed
from workspace.undo import remember
from workspace.views.tickets import visible_ticket
from workspace.views.today import today_page


@for_staff
@require_POST
@once
def timer(request: StaffRequest) -> HttpResponse:
    """Start the clock on a ticket, or on what the line names; one that runs is stopped and logged first."""
    line = typed(request.POST, "line")
    try:
        if "ticket" in request.POST:
            ticket = visible_ticket(request, named(request.POST["ticket"]))
            start_timer(actor=request.actor, engagement=engagement_of(request.actor, ticket), ticket=ticket)
        else:
            engagement, found, note = read_subject(request.actor, line)
            start_timer(actor=request.actor, engagement=engagement, ticket=found, note=note)
    except DomainError as error:
        return today_page(request, line=line, wrong=said(error), is_timer=True, status=422)
    return back(request, "workspace:today")


def named(pk: str) -> UUID:
    """The id that a hidden field names; 404 for what is none."""
    try:
        return UUID(pk)
    except ValueError as error:
        raise Http404 from error


@for_staff
@require_POST
def timer_stop(request: StaffRequest) -> HttpResponse:
    running = Timer.objects.visible_to(request.actor).of(request.actor).running().first()
    if running is None:
        messages.warning(request, gettext("No timer runs any more."))
        return back(request, "workspace:today")
    try:
        entry = stop_timer(actor=request.actor, timer=running)
    except DomainError as error:
        messages.error(request, said(error))
        return back(request, "workspace:today")
    if entry is None:
        messages.info(request, gettext("The timer ran less than a second; nothing was logged."))
        return back(request, "workspace:today")
    words = gettext("Logged %(hours)s. Say what you did.") % {"hours": hours(entry.billed_minutes)}
    remember(request, words, [trace_of(entry)])
    return back(request, "workspace:today") if entry.note else redirect("workspace:entry", entry.pk)


@for_staff
@require_POST
def timer_discard(request: StaffRequest) -> HttpResponse:
    running = Timer.objects.visible_to(request.actor).of(request.actor).running().first()
    if running is not None:
        discard_timer(actor=request.actor, timer=running)
        messages.info(request, gettext("The timer was thrown away; nothing was logged."))
    return back(request, "workspace:today")
