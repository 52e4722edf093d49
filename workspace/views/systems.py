"""The AI systems in care, and what each is made of."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, OuterRef
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import DomainError
from accounts.models import SavedView
from engagements.actions import add_component, remove_component, take_into_care
from engagements.filters import SystemFilter
from engagements.models import AISystem, Component
from engagements.policies import may_describe_systems
from look.gone import gone_already
from look.once import once
from look.sheets import as_file
from tickets.models import Ticket
from workspace.access import StaffRequest, for_staff, only_if
from workspace.columns import SYSTEMS
from workspace.forms import ComponentForm, SystemForm, refuse
from workspace.narrowing import choice, kept, line, of_client, wrong_in
from workspace.paging import page_of
from workspace.saved import with_views
from workspace.shell import show


@for_staff
@require_safe
@with_views(SavedView.Page.SYSTEMS)
def systems(request: StaffRequest) -> HttpResponseBase:
    """Every system in care, by client; those that are in care no more with `in_care=false`."""
    asked = request.GET.copy()
    asked["in_care"] = "false" if asked.get("in_care") == "false" else "true"
    open_tickets = Ticket.objects.unsettled().counted_for(system=OuterRef("pk"))
    narrowed = SystemFilter(asked, queryset=AISystem.objects.visible_to(request.actor))
    found = narrowed.qs if narrowed.is_valid() else AISystem.objects.none()
    counted = found.select_related("client").annotate(parts=Count("components"), open_tickets=open_tickets)
    in_order = counted.order_by("client__name", "name", "pk")
    if file := as_file(request, "systems", SYSTEMS, in_order):
        return file
    fields = [
        line(request.GET, "q", gettext("Name or purpose")),
        of_client(request.GET, request.actor),
        choice(request.GET, "kind", gettext("Kind"), AISystem.Kind.choices),
        choice(request.GET, "in_care", gettext("Care"), [("false", gettext("in care no more"))], every=gettext("in care")),
    ]
    hidden = kept(request.GET, fields)
    context = {"page": page_of(in_order, request.GET), "fields": fields, "hidden": hidden, "wrong": wrong_in(narrowed)}
    return show(request, "systems", context | {"may": {"add": may_describe_systems(request.actor)}}, place="systems")


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def system(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One system: its parts, its open tickets; POST adds a part."""
    about = get_object_or_404(AISystem.objects.visible_to(request.actor).select_related("client", "engagement"), pk=pk)
    may_add = may_describe_systems(request.actor)
    form = ComponentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        only_if(may_add)
        try:
            part = add_component(actor=request.actor, system=about, **form.cleaned_data)
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("%(name)s is added.") % {"name": part.name})
            return redirect("workspace:system", pk)
    tickets = Ticket.objects.visible_to(request.actor).filter(system=about).select_related("assignee").order_by("-updated_at")
    context = {
        "system": about,
        "parts": about.components.order_by("kind", "name"),
        "tickets": tickets[:10],
        "form": form,
        "may": {"add": may_add},
    }
    return show(request, "system", context, place="systems", status=422 if form.errors else 200)


@for_staff
@require_POST
def remove_part(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Take a part out of its system."""
    only_if(may_describe_systems(request.actor))
    part = Component.objects.visible_to(request.actor).filter(pk=pk).first()
    if part is None:
        return gone_already(request, Component, pk, told_as="component.removed", to="workspace:systems")
    remove_component(actor=request.actor, component=part)
    messages.success(request, gettext("%(name)s is taken out.") % {"name": part.name})
    return redirect("workspace:system", part.system_id)


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def new_system(request: StaffRequest) -> HttpResponse:
    """Take a system into care."""
    only_if(may_describe_systems(request.actor))
    form = SystemForm(
        request.POST or None, actor=request.actor, initial={"since": timezone.localdate(), "engagement": request.GET.get("engagement")}
    )
    if request.method == "POST" and form.is_valid():
        try:
            taken = take_into_care(actor=request.actor, **form.cleaned_data)
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("%(name)s is in care.") % {"name": taken.name})
            return redirect("workspace:system", taken.pk)
    return show(request, "new_system", {"form": form}, place="systems", status=422 if form.errors else 200)
