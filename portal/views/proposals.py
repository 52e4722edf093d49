"""Proposals: the list, one of them with its estimate, and the client's decision."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from accounts.actors import MemberRole
from accounts.errors import DomainError
from billing.models.ledger import balance_of
from look.estimates import made_of, shown
from look.sheets import as_file
from portal.access import ClientRequest, for_clients
from portal.columns import PROPOSALS
from portal.offers import free_after, proposals_of
from portal.pages import page, sheet_of
from portal.views.home import front_context
from proposals import actions, policies
from proposals.models import Proposal


@require_safe
@for_clients
def proposals(request: ClientRequest) -> HttpResponseBase:
    """Everything that was ever proposed to this client, newest first."""
    found = proposals_of(request.actor)
    if file := as_file(request, gettext("proposals"), PROPOSALS, found.order_by("-pk")):
        return file
    sheet = sheet_of(request, found)
    rows = [(proposal, shown(proposal.estimate or {}, proposal.currency)) for proposal in sheet.rows]
    reads = request.actor.holds(MemberRole.APPROVER, MemberRole.BILLING)
    return page(request, "proposals", {"rows": rows, "sheet": sheet, "reads": reads}, place="proposals")


@require_safe
@for_clients
def proposal(request: ClientRequest, pk: UUID) -> HttpResponse:
    return _proposal_page(request, _visible(request, pk))


@require_POST
@for_clients
def proposal_decision(request: ClientRequest, pk: UUID) -> HttpResponse:
    """Approve or decline (`answer`), with a note or without."""
    note = request.POST.get("note", "")
    if request.POST.get("answer") == "approve":
        done = gettext("Approved. Its work is opened and its hours are held.")
        return _do(request, pk, done, lambda found: actions.approve_proposal(actor=request.actor, proposal=found, note=note))
    done = gettext("Declined.")
    return _do(request, pk, done, lambda found: actions.decline_proposal(actor=request.actor, proposal=found, note=note))


@require_POST
@for_clients
def proposal_undo(request: ClientRequest, pk: UUID) -> HttpResponse:
    """Take a decision back while its ten minutes last and no work began."""
    done = gettext("Taken back. It waits for a decision again.")
    return _do(request, pk, done, lambda found: actions.undo_decision(actor=request.actor, proposal=found))


def _visible(request: ClientRequest, pk: UUID) -> Proposal:
    return get_object_or_404(proposals_of(request.actor), pk=pk)


def _do(request: ClientRequest, pk: UUID, done: str, act: Callable[[Proposal], object]) -> HttpResponse:
    found, at_home = _visible(request, pk), request.POST.get("at") == "home"
    try:
        act(found)
    except DomainError as error:
        messages.error(request, error.sentence)
        status = 422
    else:
        messages.success(request, done)
        status = 200
    if at_home and request.htmx:
        return page(request, "home", front_context(request.actor), part="front", status=status)
    if request.htmx or status != 200:
        return _proposal_page(request, _visible(request, pk), status=status)
    return redirect("portal:home") if at_home else redirect("portal:proposal", pk)


def _proposal_page(request: ClientRequest, found: Proposal, *, status: int = 200) -> HttpResponse:
    actor = request.actor
    limit = policies.limit_of(actor)
    undo_until = found.undo_until
    context: dict[str, Any] = {
        "proposal": found,
        "told": shown(found.estimate or {}, found.currency),
        "made_of": made_of(found.inputs or {}, found.currency),
        "tasks": (tasks := list(found.tasks.select_related("ticket"))),
        "work_minutes": (minutes := sum(task.minutes for task in tasks)),
        "free_after": free_after(balance_of(found.engagement, today=timezone.localdate()), minutes) if found.is_waiting else None,
        "limit": limit,
        "may": {
            "approve": policies.may_decline(actor, found) and policies.is_within(limit, found.cap),
            "decline": policies.may_decline(actor, found),
            "undo": undo_until is not None and timezone.now() <= undo_until and policies.decides(actor, found),
        },
    }
    return page(request, "proposal", context, place="proposals", part="proposal", status=status)
