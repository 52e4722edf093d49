"""What stands around every page: the counts beside the places, and the running timer."""

from http import HTTPStatus
from typing import Any

from django.db.models import CharField, Count, Q, QuerySet, Value
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.actors import Actor
from accounts.policies import may_add_clients
from billing.models import TimeEntry, Timer
from billing.models.entry import TimeEntryQuerySet
from billing.policies import may_import_time, may_see_costs
from engagements.policies import may_promise
from events.models import Notice
from events.policies import may_send_again
from tickets.models import Ticket
from tickets.rules import State
from workspace.access import StaffRequest
from workspace.board import deciding
from workspace.undo import last_deed


def show(
    request: StaffRequest, template: str, context: dict[str, Any], *, place: str, fragment: str = "", status: int = 200
) -> HttpResponse:
    """The page; for htmx only its fragment, where it has one. What was refused (422) stands alone: what went well before it is not
    said again beside it.
    """
    name = f"workspace/{template}.html" + (f"#{fragment}" if fragment and request.htmx else "")
    around = {
        "place": place,
        "nav": SimpleLazyObject(lambda: counts(request.actor)),
        "timer": SimpleLazyObject(lambda: running_timer(request.actor)),
        "offered": SimpleLazyObject(lambda: offered(request.actor)),
        "undo": SimpleLazyObject(lambda: last_deed(request) if status < HTTPStatus.BAD_REQUEST else None),
    }
    return render(request, name, around | context, status=status)


def offered(actor: Actor) -> dict[str, bool]:
    """Which places of the settings the palette leads this actor to: those whose pages would open."""
    return {
        "clients": may_add_clients(actor) and may_promise(actor),
        "imports": may_import_time(actor),
        "margin": may_see_costs(actor),
        "deliveries": may_send_again(actor),
    }


def typed(query: QueryDict, name: str, longest: int = 1000) -> str:
    """What somebody typed into a bare field, without what no table keeps."""
    return query.get(name, "").replace("\x00", "").strip()[:longest]


def my_turn(actor: Actor) -> Q:
    """Tickets that are the firm's to move, and this actor's or nobody's."""
    ours = Q(state__in=[State.NEW, State.OPEN]) | Q(state=State.SCHEDULED, planned_for__lte=timezone.localdate())
    return ours & (Q(assignee_id=actor.person_id) | Q(assignee=None))


def counts(actor: Actor) -> dict[str, int]:
    """The numbers beside the places."""
    tickets = Ticket.objects.visible_to(actor).unsettled()
    found = tickets.aggregate(today=Count("pk", my_turn(actor)), inbox=Count("pk", Q(state=State.NEW)), tickets=Count("pk"))
    unread = Notice.objects.visible_to(actor).unread()
    return found | _counted({"approvals": to_decide(actor), "notices": unread}) | {"retainers": deciding(actor)}


def _counted(heaps: dict[str, QuerySet[Any]]) -> dict[str, int]:
    """How many rows each heap has, in one question to the database."""
    named = [heap.order_by().annotate(heap=Value(name, CharField())).values("heap") for name, heap in heaps.items()]
    first, *rest = [each.annotate(rows=Count("pk")).values_list("heap", "rows") for each in named]
    return dict.fromkeys(heaps, 0) | dict(first.union(*rest, all=True))


def to_decide(actor: Actor) -> TimeEntryQuerySet:
    """What waits and this actor may decide on: all for an admin, else of what they lead and did not work themselves."""
    waiting = TimeEntry.objects.visible_to(actor).awaiting_decision()
    if actor.administers:
        return waiting
    return waiting.filter(engagement__lead=actor.person_id).exclude(person=actor.person_id)


def running_timer(actor: Actor) -> dict[str, Any] | None:
    """The timer of the top bar, as its part takes it."""
    timer = Timer.objects.visible_to(actor).of(actor).running().select_related("ticket", "client").first()
    if timer is None:
        return None
    ticket = timer.ticket
    return {
        "pk": timer.pk,
        "seconds": max(int((timezone.now() - timer.started_at).total_seconds()), 0),
        "reference": ticket.reference if ticket else timer.client.name,
        "subject": ticket.subject if ticket else timer.note,
        "url": reverse("workspace:ticket", args=[ticket.pk]) if ticket else reverse("workspace:client", args=[timer.client_id]),
        "stop_url": reverse("workspace:timer_stop"),
        "discard_url": reverse("workspace:timer_discard"),
    }
