"""Proposals: what is worth most for an hour of building, and one of them with live numbers until it is sent."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import DomainError
from accounts.models import SavedView
from look.estimates import Shown, made_of, shown
from look.once import once
from look.sheets import as_file
from proposals import actions, policies
from proposals.errors import InputUnusable
from proposals.filters import ProposalFilter
from proposals.models import Proposal, ProposalState
from proposals.rules import kept, read
from workspace.access import StaffRequest, for_staff, only_if
from workspace.columns import PROPOSALS
from workspace.forms import refuse, said
from workspace.paging import page_of
from workspace.proposal_form import NewProposalForm, ProposalForm
from workspace.saved import with_views
from workspace.shell import show

TONES = {"idea": "off", "scored": "", "sent": "wait", "approved": "ok", "declined": "off", "expired": "watch", "withdrawn": "off"}
STILL_OPEN = (ProposalState.IDEA, ProposalState.SCORED, ProposalState.SENT)


@for_staff
@require_safe
@with_views(SavedView.Page.PROPOSALS)
def proposals(request: StaffRequest) -> HttpResponseBase:
    """Ranked by what they are worth for each hour of building; those not decided yet unless `state` says otherwise."""
    found = Proposal.objects.visible_to(request.actor).select_related("client").by_worth()
    narrowed = ProposalFilter(request.GET, queryset=found).qs
    if not request.GET.getlist("state") and request.GET.get("show") != "all":
        narrowed = narrowed.filter(state__in=STILL_OPEN)
    if file := as_file(request, "proposals", PROPOSALS, narrowed):
        return file
    page = page_of(narrowed, request.GET)
    rows = [(each, TONES[each.state], shown(each.estimate, each.currency) if each.estimate else None) for each in page.rows]
    return show(request, "proposals", {"rows": rows, "page": page, "query": request.GET}, place="proposals")


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def new_proposal(request: StaffRequest) -> HttpResponse:
    form = NewProposalForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.draft_proposal(actor=request.actor, **form.cleaned_data)
        except DomainError as error:
            refuse(form, error)
        else:
            return redirect("workspace:proposal", made.pk)
    return show(request, "new_proposal", {"form": form}, place="proposals", status=422 if form.errors else 200)


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The form with its numbers until it is sent, then what the client sees and decided. POST saves the form."""
    found = _visible(request, pk)
    if request.method != "POST":
        return _page(request, found)
    form = ProposalForm(request.POST, proposal=found)
    if form.is_valid():
        try:
            actions.change_proposal(actor=request.actor, proposal=found, **form.changes())
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, gettext("Saved."))
            return redirect("workspace:proposal", pk)
    return _page(request, _visible(request, pk), form=form, status=422)


@for_staff
@require_POST
def proposal_reading(request: StaffRequest, pk: UUID) -> HttpResponse:
    """What the typed figures come to, before they are saved."""
    found = _visible(request, pk)
    only_if(policies.may_change(request.actor, found))
    context: dict[str, Any] = {"proposal": found}
    inputs = ProposalForm(request.POST, proposal=found).inputs()
    try:
        context["told"] = shown(kept(read(inputs or {})), found.currency)
    except InputUnusable as error:
        context["wrong"] = said(error)
    return render(request, "workspace/proposal.html#numbers", context)


@for_staff
@require_POST
def proposal_sending(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Freeze what is saved and ask the client."""
    found = _visible(request, pk)
    try:
        actions.send_proposal(actor=request.actor, proposal=found)
    except DomainError as error:
        messages.error(request, said(error))
        return _page(request, _visible(request, pk), status=422)
    messages.success(request, gettext("Sent to %(client)s.") % {"client": found.client.name})
    return redirect("workspace:proposal", pk)


@for_staff
@require_POST
def proposal_withdrawal(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Take back what the client has not decided on yet, with a reason (`reason`)."""
    found, reason = _visible(request, pk), request.POST.get("reason", "")
    try:
        actions.withdraw_proposal(actor=request.actor, proposal=found, reason=reason)
    except DomainError as error:
        messages.error(request, said(error))
        return _page(request, _visible(request, pk), reason=reason, status=422)
    messages.success(request, gettext("Withdrawn. Its approvers are told why."))
    return redirect("workspace:proposal", pk)


def _visible(request: StaffRequest, pk: UUID) -> Proposal:
    found = Proposal.objects.visible_to(request.actor).select_related("client", "engagement", "system", "sent_by", "decided_by")
    return get_object_or_404(found, pk=pk)


def _page(request: StaffRequest, found: Proposal, *, form: ProposalForm | None = None, reason: str = "", status: int = 200) -> HttpResponse:
    may_change = policies.may_change(request.actor, found)
    told: Shown | None = shown(found.estimate, found.currency) if found.estimate else None
    context: dict[str, Any] = {
        "proposal": found,
        "tone": TONES[found.state],
        "told": told,
        "made_of": made_of(found.inputs, found.currency) if found.inputs else None,
        "tasks": list(found.tasks.select_related("ticket")),
        "form": (form or ProposalForm(proposal=found)) if may_change else None,
        "reason": reason,
        "may": {
            "change": may_change,
            "send": may_change and told is not None and not told.doubts,
            "withdraw": policies.may_withdraw(request.actor, found),
        },
    }
    return show(request, "proposal", context, place="proposals", status=status)
