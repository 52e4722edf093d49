"""The clients, and the one page of each that joins all that concerns it."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, OuterRef
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions.clients import add_client, describe_client
from accounts.actors import Actor
from accounts.errors import DomainError
from accounts.filters import ClientFilter
from accounts.models import Assignment, Client, Firm, Membership, SavedView
from accounts.policies import may_add_clients, may_add_people, may_describe_clients
from billing.actions.previewing import Preview, preview_terms
from billing.models import Period, TimeEntry
from billing.models.ledger import Balance, balances
from engagements.actions import agree_terms, begin_engagement
from engagements.models import AISystem, Engagement, RetainerTerms
from engagements.policies import may_plan, may_promise
from leaving.policies import may_take_out
from look.once import once
from look.sheets import as_file
from tickets.models import Ticket
from workspace.access import StaffRequest, for_staff, only_if
from workspace.columns import CLIENTS
from workspace.forms import ClientEditForm, ClientForm, RetainerForm, TermsForm, refuse
from workspace.narrowing import wrong_in
from workspace.paging import page_of
from workspace.people_form import roles_of
from workspace.saved import with_views
from workspace.shell import show
from workspace.terms_form import AllTermsForm, as_typed
from workspace.views.plans import plans_of
from workspace.views.retainers import alerts_of

SHOWN = 8


class Row(NamedTuple):
    """A client in the list, with its latest retainer and how that stands."""

    client: Client
    retainer: Engagement | None
    balance: Balance | None


@for_staff
@require_safe
@with_views(SavedView.Page.CLIENTS)
def clients(request: StaffRequest) -> HttpResponseBase:
    """Every client in care, with how its hours stand and what is open; those in care no more with `in_care=false`."""
    asked = request.GET.copy()
    asked["in_care"] = "false" if asked.get("in_care") == "false" else "true"
    narrowed = ClientFilter(asked, queryset=Client.objects.visible_to(request.actor))
    named = narrowed.qs if narrowed.is_valid() else Client.objects.none()
    open_tickets = Ticket.objects.unsettled().counted_for(client=OuterRef("pk"))
    found = named.annotate(open_tickets=open_tickets).order_by("name", "pk")
    if "format" in request.GET and (file := as_file(request, "clients", CLIENTS, rows_of(request.actor, list(found)))):
        return file
    page = page_of(found, request.GET)
    context = {
        "page": page,
        "rows": rows_of(request.actor, page.rows),
        "q": request.GET.get("q", ""),
        "wrong": wrong_in(narrowed),
        "may": {"add": may_add_clients(request.actor)},
    }
    return show(request, "clients", context, place="clients")


def rows_of(actor: Actor, shown: Sequence[Client]) -> list[Row]:
    day = timezone.localdate()
    running = Engagement.objects.visible_to(actor).running(day).promised().filter(client__in=shown)
    retainers = {each.client_id: each for each in running.select_related("lead").order_by("starts_on")}
    stood = balances(retainers.values(), today=day)
    return [Row(client, retainer := retainers.get(client.pk), stood.get(retainer.pk) if retainer else None) for client in shown]


@for_staff
@require_safe
def client(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One client: its hours, tickets, people, systems, latest time and terms."""
    actor, day = request.actor, timezone.localdate()
    about = get_object_or_404(Client.objects.visible_to(actor), pk=pk)
    retainers = list(Engagement.objects.visible_to(actor).filter(client=about).select_related("lead").order_by("-starts_on"))
    stood = balances(retainers, today=day)
    tickets = (
        Ticket.objects.visible_to(actor).filter(client=about).unsettled().select_related("assignee").order_by("priority", "-updated_at")
    )
    entries = TimeEntry.objects.visible_to(actor).filter(client=about).select_related("person", "ticket").order_by("-work_date", "-pk")
    memberships = Membership.objects.visible_to(actor).active().filter(client=about).select_related("person").order_by("person__name")
    context = {
        "client": about,
        "retainers": [(each, stood.get(each.pk)) for each in retainers],
        "terms": terms_by_engagement(request, retainers),
        "tickets": tickets[:SHOWN],
        "open_tickets": tickets.count(),
        "contacts": [(each.person, roles_of(each)) for each in memberships],
        "team": Assignment.objects.visible_to(actor).filter(client=about).select_related("person").order_by("person__name"),
        "systems": AISystem.objects.visible_to(actor)
        .filter(client=about, retired_on=None)
        .annotate(parts=Count("components"))
        .order_by("name"),
        "entries": entries[:SHOWN],
        "alerts": alerts_of(actor, retainers).select_related("period")[:SHOWN],
        "periods": Period.objects.visible_to(actor).filter(client=about, is_history=False).with_waits_for().order_by("-starts_on")[:6],
        "plans": plans_of(actor, retainers, day),
        "plannable": [each for each in retainers if not each.is_imported and (each.ends_on is None or each.ends_on > day)],
        "may": {
            "describe": may_describe_clients(actor),
            "promise": may_promise(actor),
            "plan": may_plan(actor),
            "invite": may_add_people(actor),
            "take_out": may_take_out(actor, about),
        },
    }
    return show(request, "client", context, place="clients")


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def edit_client(request: StaffRequest, pk: UUID) -> HttpResponse:
    """How a client is described, and how much of its own hours it reads."""
    about = get_object_or_404(Client.objects.visible_to(request.actor), pk=pk)
    only_if(may_describe_clients(request.actor))
    form = ClientEditForm(request.POST or None, instance=about)
    if request.method == "POST" and form.is_valid():
        try:
            describe_client(actor=request.actor, client=about, **form.cleaned_data)
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("Saved."))
            return redirect("workspace:client", pk)
    status = 422 if form.errors else 200
    return show(request, "client_edit", {"form": form, "about": about}, place="clients", status=status)


def terms_by_engagement(request: StaffRequest, retainers: list[Engagement]) -> list[tuple[RetainerTerms, list[RetainerTerms]]]:
    """The latest terms of each retainer, with the versions before them, the latest first."""
    rows = RetainerTerms.objects.visible_to(request.actor).filter(engagement__in=retainers).select_related("engagement")
    versions: dict[UUID, list[RetainerTerms]] = {}
    for row in rows.order_by("-starts_on"):
        versions.setdefault(row.engagement_id, []).append(row)
    return [(latest, earlier) for latest, *earlier in versions.values()]


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def new_client(request: StaffRequest) -> HttpResponse:
    """A client, its retainer and its terms, taken into care in one step."""
    only_if(may_add_clients(request.actor) and may_promise(request.actor))
    firm = Firm.objects.the()
    form = ClientForm(
        request.POST or None, initial={"time_zone": firm.time_zone, "currency": firm.currency, "lead": request.actor.person_id}
    )
    terms = TermsForm(request.POST or None, initial={"starts_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid() and terms.is_valid():
        try:
            taken = take_client(request, form.cleaned_data, terms)
        except DomainError as error:
            refuse(terms if error.field in terms.fields else form, error)
        else:
            messages.success(request, gettext("%(client)s is in care.") % {"client": taken.name})
            return redirect("workspace:client", taken.pk)
    status = 422 if form.errors or terms.errors else 200
    return show(request, "new_client", {"form": form, "terms": terms}, place="clients", status=status)


@transaction.atomic
def take_client(request: StaffRequest, values: dict[str, Any], terms: TermsForm) -> Client:
    """All of it or nothing: a code that is taken leaves no half of a client."""
    actor = request.actor
    taken = add_client(actor=actor, name=values["name"], code=values["code"], time_zone=values["time_zone"])
    begin_engagement(
        actor=actor, client=taken, name=values["engagement_name"], currency=values["currency"], terms=terms.terms(), lead=values["lead"]
    )
    return taken


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def new_retainer(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The first retainer of a client that has none, or one beside those it has."""
    about = get_object_or_404(Client.objects.visible_to(request.actor), pk=pk)
    only_if(may_promise(request.actor))
    latest = Engagement.objects.visible_to(request.actor).filter(client=about).order_by("-starts_on").first()
    standing = {"currency": latest.currency, "lead": latest.lead_id} if latest else {"currency": Firm.objects.the().currency}
    form = RetainerForm(request.POST or None, initial=standing)
    terms = TermsForm(request.POST or None, initial={"starts_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid() and terms.is_valid():
        values = form.cleaned_data
        promised = {"name": values["engagement_name"], "currency": values["currency"], "lead": values["lead"], "terms": terms.terms()}
        try:
            begun = begin_engagement(actor=request.actor, client=about, **promised)
        except DomainError as error:
            refuse(terms if error.field in terms.fields else form, error)
        else:
            messages.success(request, gettext("%(name)s is promised.") % {"name": begun.name})
            return redirect("workspace:engagement", begun.pk)
    status = 422 if form.errors or terms.errors else 200
    return show(request, "new_retainer", {"form": form, "terms": terms, "client": about}, place="clients", status=status)


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def new_terms(request: StaffRequest, pk: UUID) -> HttpResponse:
    """New terms of a retainer from a day on; those before end there and stay as they were."""
    retainer = get_object_or_404(Engagement.objects.visible_to(request.actor).select_related("client"), pk=pk)
    only_if(may_promise(request.actor))
    latest = retainer.terms.order_by("starts_on").last()
    form = AllTermsForm(request.POST or None, initial=as_typed(latest) if latest else None)
    preview: list[Preview] = []
    if request.method == "POST" and form.is_valid():
        wanted = form.terms(latest.as_rules() if latest else None)
        is_preview = "preview" in request.POST
        try:
            if is_preview:
                preview = preview_terms(actor=request.actor, engagement=retainer, terms=wanted)
            else:
                agree_terms(actor=request.actor, engagement=retainer, terms=wanted)
        except DomainError as error:
            refuse(form, error)
        if not form.errors and not is_preview:
            messages.success(request, gettext("The terms are agreed."))
            return redirect("workspace:client", retainer.client_id)
    context = {"retainer": retainer, "form": form, "preview": preview}
    return show(request, "new_terms", context, place="clients", status=422 if form.errors else 200)
