"""Requests: the list, one of them with its conversation, and what a client does to it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.errors import DomainError
from accounts.models import Visibility
from billing.models import TimeEntry
from engagements.models import AISystem
from look.once import once
from look.sheets import as_file
from portal.access import ClientRequest, for_clients
from portal.columns import TICKETS
from portal.forms import ReplyForm
from portal.pages import page, sheet_of
from portal.talk import listener, story
from portal.views.home import front_context
from portal.wording import standing
from tickets import actions, policies
from tickets.filters import TicketFilter
from tickets.models import EstimateApproval, Ticket

NARROWING = ("state", "turn", "q", "system")
ENTRIES_SHOWN = 30


@require_safe
@for_clients
def tickets(request: ClientRequest) -> HttpResponseBase:
    """The client's requests, newest first. Without a filter those not solved yet; `?show=all` all of them."""
    actor = request.actor
    found = Ticket.objects.visible_to(actor).select_related("assignee", "system")
    narrowed: QuerySet[Ticket] = TicketFilter(request.GET, queryset=found, request=request).qs
    if request.GET.get("show") != "all" and not any(request.GET.get(name) for name in NARROWING):
        narrowed = narrowed.unsettled()  # type: ignore[attr-defined]
    if file := as_file(request, gettext("requests"), TICKETS, narrowed.order_by("-pk")):
        return file
    sheet = sheet_of(request, narrowed)
    context = {
        "tickets": [standing(ticket) for ticket in sheet.rows],
        "sheet": sheet,
        "query": request.GET,
        "is_narrowed": any(request.GET.get(name) for name in NARROWING),
        "systems": AISystem.objects.visible_to(actor).order_by("name"),
    }
    return page(request, "tickets", context, place="tickets")


@require_safe
@for_clients
def ticket(request: ClientRequest, pk: UUID) -> HttpResponse:
    return _ticket_page(request, _visible(request, pk))


@require_POST
@for_clients
@once
def reply(request: ClientRequest, pk: UUID) -> HttpResponse:
    """Say something. A reply to a closed request opens one that follows it up, and leads there."""
    found = _visible(request, pk)
    form = ReplyForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            said = actions.reply(actor=request.actor, ticket=found, body=form.cleaned_data["body"], files=form.cleaned_data["files"])
        except DomainError as error:
            form.refuse(error)
        else:
            follows = said.ticket_id != found.pk
            messages.success(request, gettext("Sent. A new request follows this one up.") if follows else gettext("Sent."))
            return _onward(request, said.ticket)
    return _ticket_page(request, found, form=form, status=422)


@require_POST
@for_clients
def decision(request: ClientRequest, pk: UUID) -> HttpResponse:
    """Approve or decline the estimate that waits (`answer`)."""
    approved = request.POST.get("answer") == "approve"
    done = gettext("Approved.") if approved else gettext("Declined.")
    return _do(request, pk, done, lambda found: actions.decide_estimate(actor=request.actor, ticket=found, approved=approved))


@require_POST
@for_clients
def resolution(request: ClientRequest, pk: UUID) -> HttpResponse:
    return _do(request, pk, gettext("Marked as solved."), lambda found: actions.resolve_ticket(actor=request.actor, ticket=found))


@require_POST
@for_clients
def reopening(request: ClientRequest, pk: UUID) -> HttpResponse:
    return _do(request, pk, gettext("Reopened. It is with us."), lambda found: actions.reopen_ticket(actor=request.actor, ticket=found))


@require_POST
@for_clients
def closure(request: ClientRequest, pk: UUID) -> HttpResponse:
    return _do(request, pk, gettext("Closed."), lambda found: actions.close_ticket(actor=request.actor, ticket=found))


def _visible(request: ClientRequest, pk: UUID) -> Ticket:
    found = Ticket.objects.visible_to(request.actor).select_related("assignee", "requester", "system", "engagement")
    return get_object_or_404(found, pk=pk)


def _do(request: ClientRequest, pk: UUID, done: str, act: Callable[[Ticket], object]) -> HttpResponse:
    found = _visible(request, pk)
    try:
        act(found)
    except DomainError as error:
        messages.error(request, error.sentence)
        return _ticket_page(request, _visible(request, pk), status=422) if not _is_at_home(request) else _onward(request, found, status=422)
    messages.success(request, done)
    return _onward(request, found)


def _is_at_home(request: ClientRequest) -> bool:
    return request.POST.get("at") == "home"


def _onward(request: ClientRequest, found: Ticket, *, status: int = 200) -> HttpResponse:
    """Where the reader was: at home or on the request; for htmx only the part of it that changed."""
    if not request.htmx:
        return redirect("portal:home") if _is_at_home(request) else redirect("portal:ticket", found.pk)
    if _is_at_home(request):
        return page(request, "home", front_context(request.actor), part="front", status=status)
    if str(found.pk) not in request.path:
        return HttpResponseClientRedirect(reverse("portal:ticket", args=[found.pk]))
    return _ticket_page(request, _visible(request, found.pk), status=status)


def _ticket_page(request: ClientRequest, found: Ticket, *, form: ReplyForm | None = None, status: int = 200) -> HttpResponse:
    actor = request.actor
    told = story(found, actor)
    entries = TimeEntry.objects.visible_to(actor).burning().filter(ticket=found)
    summed = TimeEntry.objects.summed_for(actor).burning().filter(ticket=found)
    context: dict[str, Any] = {
        "ticket": found,
        "standing": standing(found),
        "talk": told,
        "reply_to": listener(found, told),
        "form": form or ReplyForm(),
        "approval": EstimateApproval.objects.visible_to(actor).pending().filter(ticket=found).select_related("asked_by").first(),
        "may": {
            "reply": policies.may_reply(actor, found),
            "resolve": policies.may_resolve(actor, found),
            "reopen": policies.may_reopen(actor, found),
            "close": policies.may_close(actor, found),
            "decide": policies.may_decide(actor, found),
        },
        "entries": entries.select_related("person").order_by("-work_date", "-pk")[:ENTRIES_SHOWN],
        "worked_minutes": summed.burned_minutes(),
        "entry_count": entries.count(),
        "shows_time": found.client.visibility != Visibility.BALANCE,
        "shows_people": found.client.visibility == Visibility.PEOPLE,
    }
    return page(request, "ticket", context, place="tickets", part="ticket", status=status)
