"""All that the client has, in one file, on its owner's own click."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Client
from leaving.actions import ask_exit_kit
from leaving.models import ExitKit
from leaving.policies import may_take_out
from look.exit_kits import kit_file, kit_list, kits_shown
from look.once import once
from portal.access import ClientRequest, for_clients
from portal.pages import page


@require_http_methods(["GET", "HEAD", "POST"])
@for_clients
@once
def exit_kits(request: ClientRequest) -> HttpResponse:
    """The files that were made; POST asks for a new one. For whoever is no owner the page is not there."""
    client = Client.objects.visible_to(request.actor).get()
    if not may_take_out(request.actor, client):
        raise Http404
    if request.method == "POST":
        ask_exit_kit(actor=request.actor, client=client)
        return redirect("portal:exit_kits")
    found = ExitKit.objects.visible_to(request.actor)
    shown = kits_shown(found, ask_url=reverse("portal:exit_kits"), file_name="portal:exit_kit_file")
    return kit_list(request, shown) if request.htmx else page(request, "exit_kits", shown)


@require_safe
@for_clients
def exit_kit_file(request: ClientRequest, pk: UUID) -> HttpResponseBase:
    return kit_file(request.actor, pk)
