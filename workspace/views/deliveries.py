"""Mail that did not reach anybody: what it was, why it was given up, and a way to send it again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from events.actions.delivering import send_again, send_all_again
from events.models import Delivery
from events.policies import may_send_again
from look.sheets import as_file
from workspace.access import StaffRequest, for_staff, only_if
from workspace.columns import DELIVERIES
from workspace.forms import telling
from workspace.paging import page_of
from workspace.shell import show


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def deliveries(request: StaffRequest) -> HttpResponseBase:
    """What was given up, newest first. POST sends all of it again."""
    only_if(may_send_again(request.actor))
    if request.method == "POST":
        sent = send_all_again(actor=request.actor)
        messages.success(request, gettext("Mails on their way again: %(number)d.") % {"number": sent})
        return redirect("workspace:deliveries")
    given_up = (
        Delivery.objects.visible_to(request.actor).given_up().select_related("client", "notice__person").order_by("-given_up_at", "-pk")
    )
    if file := as_file(request, "deliveries", DELIVERIES, given_up):
        return file
    return show(request, "deliveries", {"page": page_of(given_up, request.GET)}, place="settings")


@for_staff
@require_POST
def resending(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Send one mail again, under its old Message-ID."""
    only_if(may_send_again(request.actor))
    found = get_object_or_404(Delivery.objects.visible_to(request.actor), pk=pk)
    with telling(request, gettext("It is on its way again.")):
        send_again(actor=request.actor, delivery=found)
    return redirect("workspace:deliveries")
