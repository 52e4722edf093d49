"""Recurring work of a retainer: planned, begun with the first 60 days, ended."""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actors import Actor
from accounts.errors import DomainError
from engagements.actions import add_plan, end_plan, plan_onboarding
from engagements.models import Engagement, ServicePlan
from engagements.policies import may_plan
from look.once import once
from workspace.access import StaffRequest, for_staff, only_if
from workspace.forms import refuse, said
from workspace.loads import Loaded
from workspace.plan_form import PlanForm
from workspace.shell import show


def plans_of(actor: Actor, retainers: Iterable[Engagement], today: dt.date) -> list[tuple[ServicePlan, dt.date | None]]:
    """The plans that come due again, with the day they do, the soonest first; at the end those that wait for a resumption."""
    of_them = ServicePlan.objects.visible_to(actor).filter(engagement__in=retainers).running(today)
    dated = [(plan, plan.next_due(today)) for plan in of_them.select_related("person", "engagement__draws_on")]
    kept = [(plan, due) for plan, due in dated if due is not None or plan.is_at_rest(today)]
    return sorted(kept, key=lambda pair: (pair[1] or dt.date.max, pair[0].what))


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def new_plan(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Work that comes back by itself, and opens its own tickets."""
    retainer = visible_retainer(request, pk)
    form = PlanForm(request.POST or None, engagement=retainer, initial={"starts_on": timezone.localdate()})
    Loaded(form.fields["person"])
    if request.method == "POST" and form.is_valid():
        try:
            added = add_plan(actor=request.actor, engagement=retainer, plan=form.plan())
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("%(what)s is planned. Its ticket opens a week ahead.") % {"what": added.what})
            return redirect("workspace:client", retainer.client_id)
    return show(request, "new_plan", {"retainer": retainer, "form": form}, place="clients", status=422 if form.errors else 200)


@for_staff
@require_POST
@once
def onboarding(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The first 60 days, from the template."""
    retainer = visible_retainer(request, pk)
    try:
        added = plan_onboarding(actor=request.actor, engagement=retainer, starts_on=max(timezone.localdate(), retainer.starts_on))
    except DomainError as error:
        messages.error(request, said(error))
    else:
        words = ngettext("One piece of work is planned.", "%(n)d pieces of work are planned.", len(added)) % {"n": len(added)}
        messages.success(request, words)
    return redirect("workspace:client", retainer.client_id)


@for_staff
@require_POST
def plan_end(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Plan no more of it from today on; open tickets stay."""
    found = get_object_or_404(ServicePlan.objects.visible_to(request.actor), pk=pk)
    only_if(may_plan(request.actor))
    end_plan(actor=request.actor, plan=found, ends_on=timezone.localdate())
    messages.success(request, gettext("%(what)s is not planned any more. Tickets that are open stay.") % {"what": found.what})
    return redirect("workspace:client", found.client_id)


def visible_retainer(request: StaffRequest, pk: UUID) -> Engagement:
    retainer = get_object_or_404(Engagement.objects.visible_to(request.actor).select_related("client"), pk=pk)
    only_if(may_plan(request.actor))
    return retainer
