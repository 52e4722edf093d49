"""Lists of tickets: what came in, and whatever a URL asks for; and the new one that the firm opens itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import DomainError
from accounts.models import Client, Person, SavedView
from billing.actions.placing import running_retainer
from billing.models.ledger import balances
from look.once import once
from look.sheets import as_file
from look.visits import back
from tickets.actions import assign_ticket, open_ticket
from tickets.filters import TicketFilter
from tickets.models import Ticket
from tickets.models.ticket import ServiceArea
from tickets.policies import may_open_ticket
from tickets.rules import State
from workspace.access import StaffRequest, for_staff, only_if
from workspace.columns import TICKETS
from workspace.forms import TicketForm, refuse, said
from workspace.narrowing import kept, of_client
from workspace.paging import page_of, with_changes
from workspace.saved import NO_VIEW, with_views
from workspace.shell import show, typed
from workspace.states import STATE_NAMES

MOST_MARKED = 200
ORDERS = {
    "changed": (_("Last changed"), ("-updated_at", "-pk")),
    "new": (_("Newest"), ("-pk",)),
    "old": (_("Oldest"), ("pk",)),
    "priority": (_("Priority"), ("priority", "state_since", "pk")),
}
VIEWS: tuple[tuple[object, dict[str, str]], ...] = (
    (_("Open"), {}),
    (_("My turn"), {"turn": "us", "assignee": "me"}),
    (_("Mine"), {"assignee": "me"}),
    (_("Waiting on clients"), {"turn": "client"}),
    (_("Planned"), {"state": "scheduled"}),
    (_("Solved"), {"state": "resolved"}),
)


@dataclass(frozen=True, slots=True)
class View:
    """A list that many ask for: its name, its address, and whether it is the one shown."""

    name: str
    url: str
    is_current: bool


@for_staff
@require_safe
@with_views(SavedView.Page.INBOX)
def inbox(request: StaffRequest) -> HttpResponseBase:
    """Requests that nobody has accepted yet, the longest waiting first, with what each client has left."""
    new = Ticket.objects.visible_to(request.actor).untriaged().select_related("client", "engagement", "requester", "assignee", "system")
    asked = QueryDict(mutable=True)
    asked["client"] = typed(request.GET, "client", 40)
    in_order = filtered(request, asked, new).order_by("priority", "created_at", "pk")
    if file := as_file(request, "inbox", TICKETS, in_order):
        return file
    page, fields = page_of(in_order, request.GET), [of_client(request.GET, request.actor)]
    retainers = {ticket.engagement_id: ticket.engagement for ticket in page.rows if ticket.engagement}
    found = balances(retainers.values(), today=timezone.localdate())
    accepted = Ticket.objects.visible_to(request.actor).exclude(state=State.NEW).select_related("assignee").order_by("-pk")
    context = {
        "page": page,
        "rows": [(ticket, found.get(ticket.engagement_id)) for ticket in page.rows],
        "last": accepted.first() if not page.rows else None,
        "fields": fields,
        "hidden": kept(request.GET, fields),
        "is_narrowed": any(field.value for field in fields),
    }
    return show(request, "inbox", context, place="inbox", fragment="inbox")


@for_staff
@require_safe
@with_views(SavedView.Page.TICKETS)
def tickets(request: StaffRequest) -> HttpResponseBase:
    """The tickets that the query asks for; without a state, those that are not settled."""
    asked = request.GET.copy()
    rows = Ticket.objects.visible_to(request.actor)
    if not asked.get("state") and not asked.get("q"):
        rows = rows.unsettled()
    found = filtered(request, asked, rows)
    order = asked.get("order") if asked.get("order") in ORDERS else "changed"
    in_order = found.select_related("client", "assignee", "system").order_by(*ORDERS[str(order)][1])
    if file := as_file(request, "tickets", TICKETS, in_order.select_related("client", "assignee", "system", "requester")):
        return file
    page = page_of(in_order, request.GET)
    context = {
        "page": page,
        "asked": asked,
        "views": [_view(str(name), wanted, asked) for name, wanted in VIEWS],
        "orders": [View(str(name), with_changes(asked, order=key, page=""), key == order) for key, (name, _by) in ORDERS.items()],
        "clients": Client.objects.visible_to(request.actor).in_care().order_by("name"),
        "people": Person.objects.of_the_firm().order_by("name"),
        "areas": ServiceArea.choices,
        "states": STATE_NAMES.items(),
    }
    return show(request, "tickets", context, place="tickets", fragment="list")


def filtered(request: StaffRequest, asked: QueryDict, rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """The rows a query names; what it cannot mean names none."""
    wanted = asked.copy()
    if wanted.get("assignee") == "me":
        wanted["assignee"] = str(request.actor.person_id)
    if wanted.get("assignee") == "nobody":
        wanted.pop("assignee")
        rows = rows.filter(assignee=None)
    found = TicketFilter(wanted, queryset=rows, request=request)
    return found.qs if found.is_valid() else rows.none()


def _view(name: str, wanted: dict[str, str], asked: QueryDict) -> View:
    query = QueryDict(mutable=True)
    query.update(wanted)
    shown = {key: value for key, value in asked.items() if key in {"turn", "assignee", "state"} and value}
    return View(name, f"{reverse('workspace:tickets')}?{query.urlencode() or f'view={NO_VIEW}'}", shown == wanted)


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def new_ticket(request: StaffRequest) -> HttpResponse:
    """A ticket that the firm opens for a client."""
    chosen = {"client": request.GET.get("client", ""), "subject": request.GET.get("subject", "")[:200]}
    form = TicketForm(request.POST or None, actor=request.actor, initial=chosen)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        only_if(may_open_ticket(request.actor, values["client"]))
        try:
            ticket = open_ticket(
                actor=request.actor,
                source=Ticket.Source.WORKSPACE,
                engagement=running_retainer(request.actor, values["client"]),
                files=request.FILES.getlist("files"),
                **values,
            )
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("%(reference)s is open.") % {"reference": ticket.reference})
            return redirect("workspace:ticket", ticket.pk)
    return show(request, "new_ticket", {"form": form}, place="tickets", status=422 if form.errors else 200)


def visible_ticket(request: StaffRequest, pk: UUID) -> Ticket:
    """The ticket, if this actor sees it; otherwise there is none."""
    rows = Ticket.objects.visible_to(request.actor)
    return get_object_or_404(rows.select_related("client", "engagement", "system", "component", "assignee", "requester"), pk=pk)


@for_staff
@require_POST
def give_tickets(request: StaffRequest) -> HttpResponse:
    """Give the marked tickets to somebody, each by itself; what a rule forbids is said and stays as it was."""
    marked = Ticket.objects.visible_to(request.actor).filter(pk__in=_ids(request.POST.getlist("ticket")[:MOST_MARKED]))
    found = list(marked.order_by("engagement_id", "pk"))  # in one order, so that two who give over the same never wait for each other
    wanted = request.POST.get("assignee", "")
    asked = [str(request.actor.person_id)] if wanted == "me" else [wanted]
    assignee = Person.objects.of_the_firm().filter(pk__in=_ids(asked)).first()
    if wanted and assignee is None:
        messages.error(request, gettext("Choose somebody of the firm."))
        return back(request, "workspace:tickets")
    given = 0
    for each in found:
        try:
            assign_ticket(actor=request.actor, ticket=each, assignee=assignee)
        except DomainError as error:
            messages.error(request, f"{each.reference}: {said(error)}")
        else:
            given += 1
    if given:
        messages.success(request, ngettext("One ticket is given over.", "%(n)d tickets are given over.", given) % {"n": given})
    elif not found:
        messages.info(request, gettext("Mark tickets first: the box before each, or x on its row."))
    return back(request, "workspace:tickets")


def _ids(typed_ids: Iterable[str]) -> list[UUID]:
    """Those that are ids; a form that was tampered with names nothing."""
    found = []
    for each in typed_ids:
        try:
            found.append(UUID(each))
        except ValueError:
            continue
    return found
