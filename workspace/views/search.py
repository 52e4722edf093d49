"""Find a ticket, a client or a system from anywhere."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from accounts.actors import Actor
from accounts.models import Client
from billing.models import TimeEntry
from engagements.models import AISystem
from look.templatetags.tend import period as period_days
from tickets.models import Ticket
from workspace.access import StaffRequest, for_staff, person_of
from workspace.shell import show, typed
from workspace.views.retainers import to_close

MOST = 8
MOST_RECENT = 4
MOST_LOOKED_AT = 40


@dataclass(frozen=True, slots=True)
class Found:
    """Something that was looked for: where it is and what it is called."""

    id: str
    url: str
    icon: str
    name: str
    about: str


@for_staff
@require_safe
def search(request: StaffRequest) -> HttpResponse:
    """What a few letters name; a whole reference leads straight to its ticket, and a search of the tickets to their list."""
    wanted = typed(request.GET, "q", 80)
    if not request.htmx:
        exact = Ticket.objects.visible_to(request.actor).filter(reference=wanted.upper()).first()
        if exact is not None:
            return redirect("workspace:ticket", exact.pk)
        if request.GET.get("in") == "tickets":
            return redirect(f"{reverse('workspace:tickets')}?{urlencode({'q': wanted})}")
    found = find(request.actor, wanted) if len(wanted) > 1 else recent(request.actor) if request.htmx and not wanted else []
    return show(request, "search", {"q": wanted, "found": found}, place="", fragment="found")


def find(actor: Actor, wanted: str) -> list[Found]:
    clients = Client.objects.visible_to(actor).in_care().filter(Q(name__icontains=wanted) | Q(code__istartswith=wanted)).order_by("name")
    named = Ticket.objects.visible_to(actor).filter(Q(reference__istartswith=wanted) | Q(subject__icontains=wanted))
    whole = ExpressionWrapper(Q(reference=wanted.upper()), output_field=BooleanField())
    tickets = named.select_related("client").order_by(whole.desc(), "-updated_at")
    systems = AISystem.objects.visible_to(actor).filter(name__icontains=wanted, retired_on=None).select_related("client").order_by("name")
    return [
        *_closes(actor, wanted.casefold()),
        *(_found(client.pk, "client", "people", client.name, client.code) for client in clients[:MOST]),
        *(_found(ticket.pk, "ticket", "message", str(ticket), ticket.client.name) for ticket in tickets[:MOST]),
        *(_found(each.pk, "system", "pulse", each.name, each.client.name) for each in systems[:MOST]),
    ]


def _closes(actor: Actor, wanted: str) -> list[Found]:
    """The closes that wait, found by the word or by their client."""
    waiting = (
        (gettext("Close %(client)s") % {"client": each.engagement.client.name}, each) for each in to_close(actor, timezone.localdate())
    )
    named = [(name, each) for name, each in waiting if wanted in name.casefold()]
    return [_found(each.pk, "period_closure", "check", name, period_days(each.starts_on, each.ends_on)) for name, each in named[:MOST]]


def recent(actor: Actor) -> list[Found]:
    """Where one was last: one's tickets by change, and the clients one logged time for."""
    me = person_of(actor)
    tickets = Ticket.objects.visible_to(actor).filter(assignee_id=me).select_related("client").order_by("-updated_at", "-pk")
    latest = TimeEntry.objects.visible_to(actor).filter(person_id=me).select_related("client").order_by("-pk")[:MOST_LOOKED_AT]
    clients = list(dict.fromkeys(entry.client for entry in latest))
    return [
        *(_found(ticket.pk, "ticket", "message", str(ticket), ticket.client.name) for ticket in tickets[:MOST_RECENT]),
        *(_found(client.pk, "client", "people", client.name, client.code) for client in clients[:MOST_RECENT]),
    ]


def _found(pk: object, kind: str, icon: str, name: str, about: str) -> Found:
    return Found(f"found-{pk}", reverse(f"workspace:{kind}", args=[pk]), icon, name, about)
