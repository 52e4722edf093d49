"""One ticket: what was said, what it costs, and every step that moves it. Each step is a resource of its own."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import DomainError
from accounts.models import Membership
from billing.actions import log_time, trace_of
from billing.models import TimeEntry
from billing.models.ledger import balance_of
from billing.policies import may_log_time
from figures.durations import typed_hours
from look.once import once
from look.visits import back
from tickets import actions, policies
from tickets.models import EstimateApproval, Ticket
from tickets.models.conversation import Happened, conversation
from workspace.access import StaffRequest, for_staff
from workspace.forms import (
    ApprovalForm,
    AssignForm,
    NoteForm,
    ReplyForm,
    ResolveForm,
    ScheduleForm,
    TicketEditForm,
    refuse,
    said,
)
from workspace.loads import Loaded, warning
from workspace.quick import Unclear, engagement_of, read
from workspace.shell import show, typed
from workspace.undo import remember
from workspace.views.tickets import visible_ticket
from workspace.views.today import logged, reading_of
from workspace.wording import in_words, is_news

PERMITTED = ("reply", "write_note", "triage", "accept", "ask", "schedule", "ask_approval", "resolve", "reopen")


@for_staff
@require_safe
def ticket(request: StaffRequest, pk: UUID) -> HttpResponse:
    return ticket_page(request, visible_ticket(request, pk))


def ticket_page(request: StaffRequest, about: Ticket, *, status: int = 200, **given: Any) -> HttpResponse:
    """The page with whatever form came back wrong; for htmx what lies within the page's frame."""
    entries = list(TimeEntry.objects.visible_to(request.actor).filter(ticket=about).select_related("person").order_by("-work_date", "-pk"))
    burned = sum(entry.burn_minutes for entry in entries if entry.state != TimeEntry.State.REJECTED)
    context = {
        "ticket": about,
        "may": {name: getattr(policies, f"may_{name}")(request.actor, about) for name in PERMITTED},
        "conversation": [
            in_words(part) if isinstance(part, Happened) else part for part in conversation(about, request.actor) if is_news(part)
        ],
        "has_readers": about.requester_id is not None or Membership.objects.active().filter(client_id=about.client_id).exists(),
        "step": request.GET.get("step", ""),
        "entries": entries,
        "burned_minutes": burned,
        "related": Ticket.objects.visible_to(request.actor)
        .filter(client_id=about.client_id)
        .exclude(pk=about.pk)
        .order_by("-updated_at")[:4],
        **_hours(request, about, burned),
        **_blank_forms(about),
        **given,
    }
    return show(request, "ticket", context, place="tickets", fragment="ticket", status=status)


def _hours(request: StaffRequest, about: Ticket, burned: int) -> dict[str, Any]:
    """What the client has left, and what it will have once the estimate is worked off."""
    try:
        engagement = engagement_of(request.actor, about)
    except Unclear:
        return {"balance": None, "may_log": False}
    balance = balance_of(engagement, today=timezone.localdate())
    ahead = max((about.estimate_minutes or 0) - burned, 0) if not about.is_settled else 0
    left = balance.left_minutes - balance.over_minutes if balance else 0
    return {
        "balance": balance,
        "engagement": engagement,
        "ahead_minutes": ahead,
        "left_minutes": left,
        "left_after_minutes": left - ahead,
        "may_log": may_log_time(request.actor, engagement),
        "approval": EstimateApproval.objects.visible_to(request.actor)
        .filter(ticket=about)
        .select_related("decided_by")
        .order_by("pk")
        .last(),
    }


def _blank_forms(about: Ticket) -> dict[str, Any]:
    assign_form = AssignForm(prefix="assign", client=about.client, initial={"assignee": about.assignee_id})
    loaded = Loaded(assign_form.fields["assignee"])
    return {
        "assignee_load": SimpleLazyObject(lambda: loaded.of(about.assignee) if about.assignee else ""),
        "reply_form": ReplyForm(prefix="reply"),
        "note_form": NoteForm(prefix="note"),
        "resolve_form": ResolveForm(prefix="resolve"),
        "schedule_form": ScheduleForm(prefix="plan"),
        "approval_form": ApprovalForm(prefix="approval"),
        "assign_form": assign_form,
    }


type Act = Callable[[dict[str, Any]], object]


def take(request: StaffRequest, about: Ticket, form: forms.Form, act: Act, *, name: str, done: str) -> HttpResponse:
    """Take a step if its form reads and no rule forbids it; otherwise show the page with the sentence and what was typed."""
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except DomainError as error:
            refuse(form, error)
        else:
            return taken(request, about, done)
    return ticket_page(request, about, status=422, **{name: form})


def taken(request: StaffRequest, about: Ticket, done: str) -> HttpResponse:
    messages.success(request, done)
    return shown_again(request, about)


def shown_again(request: StaffRequest, about: Ticket) -> HttpResponse:
    if request.htmx:
        return ticket_page(request, visible_ticket(request, about.pk))
    return redirect("workspace:ticket", about.pk)


@for_staff
@require_POST
@once
def reply(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Write to the client; with `ask` it becomes their turn."""
    about, files = visible_ticket(request, pk), request.FILES.getlist("reply-files")
    form = ReplyForm(request.POST, prefix="reply")
    return take(
        request,
        about,
        form,
        lambda values: actions.reply(actor=request.actor, ticket=about, files=files, **values),
        name="reply_form",
        done=gettext("Sent to %(name)s.") % {"name": about.requester.first_name if about.requester else about.client.name},
    )


@for_staff
@require_POST
@once
def note(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Write something only the firm reads."""
    about, files = visible_ticket(request, pk), request.FILES.getlist("note-files")
    form = NoteForm(request.POST, prefix="note")
    return take(
        request,
        about,
        form,
        lambda values: actions.write_note(actor=request.actor, ticket=about, files=files, **values),
        name="note_form",
        done=gettext("Kept as a note."),
    )


@for_staff
@require_POST
def acceptance(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Take a ticket on: for oneself, or back from where it waited."""
    about = visible_ticket(request, pk)
    try:
        actions.accept_ticket(actor=request.actor, ticket=about)
    except DomainError as error:
        messages.error(request, said(error))
        return redirect("workspace:ticket", pk)
    messages.success(request, gettext("%(reference)s is yours.") % {"reference": about.reference})
    return back(request, "workspace:inbox") if "next" in request.POST else redirect("workspace:ticket", pk)


@for_staff
@require_POST
def assignment(request: StaffRequest, pk: UUID) -> HttpResponse:
    about = visible_ticket(request, pk)
    form = AssignForm(request.POST, prefix="assign", client=about.client)
    return take(
        request,
        about,
        form,
        _and_tell_what_is_too_much(request, pk, lambda values: actions.assign_ticket(actor=request.actor, ticket=about, **values)),
        name="assign_form",
        done=gettext("Saved."),
    )


def _and_tell_what_is_too_much(request: StaffRequest, pk: UUID, act: Act) -> Act:
    """Do it, then say, and never refuse, that the week of the ticket holds more than its assignee has."""

    def done(values: dict[str, Any]) -> None:
        act(values)
        about = visible_ticket(request, pk)
        if about.planned_for and (words := warning(about.assignee, about.planned_for)):
            messages.warning(request, words)

    return done


@for_staff
@require_POST
def schedule(request: StaffRequest, pk: UUID) -> HttpResponse:
    about = visible_ticket(request, pk)
    return take(
        request,
        about,
        ScheduleForm(request.POST, prefix="plan"),
        _and_tell_what_is_too_much(request, pk, lambda values: actions.schedule_ticket(actor=request.actor, ticket=about, **values)),
        name="schedule_form",
        done=pgettext("of a ticket", "Planned."),
    )


@for_staff
@require_POST
def approval_request(request: StaffRequest, pk: UUID) -> HttpResponse:
    about = visible_ticket(request, pk)
    return take(
        request,
        about,
        ApprovalForm(request.POST, prefix="approval"),
        lambda values: actions.ask_approval(actor=request.actor, ticket=about, **values),
        name="approval_form",
        done=gettext("The client is asked for a yes."),
    )


@for_staff
@require_POST
def resolution(request: StaffRequest, pk: UUID) -> HttpResponse:
    about = visible_ticket(request, pk)
    return take(
        request,
        about,
        ResolveForm(request.POST, prefix="resolve"),
        lambda values: actions.resolve_ticket(actor=request.actor, ticket=about, **values),
        name="resolve_form",
        done=gettext("%(reference)s is solved.") % {"reference": about.reference},
    )


@for_staff
@require_POST
def reopening(request: StaffRequest, pk: UUID) -> HttpResponse:
    about = visible_ticket(request, pk)
    try:
        actions.reopen_ticket(actor=request.actor, ticket=about)
    except DomainError as error:
        messages.error(request, said(error))
        return redirect("workspace:ticket", pk)
    return taken(request, about, gettext("%(reference)s is open again.") % {"reference": about.reference})


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: StaffRequest, pk: UUID) -> HttpResponse:
    """What a ticket is called, of what kind it is, and how long it should take."""
    about = visible_ticket(request, pk)
    fields = ("subject", "kind", "service_area", "priority", "system")
    initial = {name: getattr(about, name) for name in fields} | {"estimate_minutes": typed_hours(about.estimate_minutes)}
    form = TicketEditForm(request.POST or None, actor=request.actor, ticket=about, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_ticket(actor=request.actor, ticket=about, **form.cleaned_data)
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("Saved."))
            return redirect("workspace:ticket", pk)
    return show(request, "ticket_edit", {"ticket": about, "form": form}, place="tickets", status=422 if form.errors else 200)


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def ticket_time(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Log a line on this ticket; GET only reads it back."""
    about = visible_ticket(request, pk)
    if request.method != "POST":
        line = typed(request.GET, "line")
        context = {"line": line, "short": True} | (reading_of(request.actor, line, about) if line else {})
        return show(request, "parts/reading", context, place="tickets")
    line = typed(request.POST, "line")
    try:
        reading = read(request.actor, line, ticket=about)
        entry = log_time(actor=request.actor, engagement=reading.engagement, work=reading.work())
    except DomainError as error:
        return ticket_page(request, about, status=422, line=line, wrong=said(error))
    remember(request, logged(entry, reading), [trace_of(entry)])
    return shown_again(request, about)
