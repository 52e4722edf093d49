"""The AI systems in care, and what is known of each."""

from uuid import UUID

from django.db.models import F, OuterRef
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from engagements.models import AISystem, Component
from look.sheets import as_file
from portal.access import ClientRequest, for_clients
from portal.columns import SYSTEMS
from portal.pages import page, sheet_of
from portal.wording import standing
from tickets.models import Ticket


@require_safe
@for_clients
def systems(request: ClientRequest) -> HttpResponseBase:
    """Every system of the client, those no longer in care at the end."""
    open_tickets = Ticket.objects.unsettled().counted_for(system=OuterRef("pk"))
    found = AISystem.objects.visible_to(request.actor).annotate(open_tickets=open_tickets)
    in_order = found.order_by(F("retired_on").asc(nulls_first=True), "name", "pk")
    if file := as_file(request, gettext("systems"), SYSTEMS, in_order):
        return file
    return page(request, "systems", {"systems": in_order}, place="systems")


@require_safe
@for_clients
def system(request: ClientRequest, pk: UUID) -> HttpResponse:
    """One system: what it is for, what it is made of, what was asked about it."""
    found = get_object_or_404(AISystem.objects.visible_to(request.actor), pk=pk)
    sheet = sheet_of(request, Ticket.objects.visible_to(request.actor).filter(system=found).select_related("assignee"))
    context = {
        "system": found,
        "components": Component.objects.visible_to(request.actor).filter(system=found).order_by("kind", "name"),
        "tickets": [standing(ticket) for ticket in sheet.rows],
        "sheet": sheet,
    }
    return page(request, "system", context, place="systems")
