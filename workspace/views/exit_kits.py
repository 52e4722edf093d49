"""All that a client has, in one file, for who leads at the firm."""

from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Client
from leaving.actions import ask_exit_kit
from leaving.models import ExitKit
from leaving.policies import may_take_out
from look.exit_kits import kit_file, kit_list, kits_shown
from look.once import once
from workspace.access import StaffRequest, for_staff, only_if
from workspace.shell import show


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def exit_kits(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The files that were made of a client; POST asks for a new one."""
    client = get_object_or_404(Client.objects.visible_to(request.actor), pk=pk)
    only_if(may_take_out(request.actor, client))
    if request.method == "POST":
        ask_exit_kit(actor=request.actor, client=client)
        return redirect("workspace:exit_kits", pk)
    found = ExitKit.objects.visible_to(request.actor).filter(client=client)
    shown = kits_shown(found, ask_url=reverse("workspace:exit_kits", args=[pk]), file_name="workspace:exit_kit_file")
    return kit_list(request, shown) if request.htmx else show(request, "exit_kits", {"client": client} | shown, place="clients")


@for_staff
@require_safe
def exit_kit_file(request: StaffRequest, pk: UUID) -> HttpResponseBase:
    return kit_file(request.actor, pk)
