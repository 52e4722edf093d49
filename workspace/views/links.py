"""Secret addresses that the firm's people make: a calendar of their own, and a client's balance to read."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.links import close_feed, open_feed, share_balance, unshare_balance
from accounts.errors import DomainError
from accounts.models import BalanceLink, CalendarFeed, Client
from look.once import once_with_secret
from look.visits import back
from workspace.access import StaffRequest, for_staff, person_of
from workspace.forms import said
from workspace.shell import show, typed


@for_staff
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once_with_secret
def links(request: StaffRequest) -> HttpResponse:
    """One's calendar feeds; POST makes one, whose address is shown once."""
    person_of(request.actor)
    made: dict[str, Any] = {}
    if request.method == "POST":
        try:
            _feed, secret = open_feed(actor=request.actor)
        except DomainError as error:
            messages.error(request, said(error))
        else:
            made = {"url": request.build_absolute_uri(reverse("calendar_feed", args=[secret]))}
    context = {"feeds": CalendarFeed.objects.visible_to(request.actor).order_by("-pk")[:50]}
    return show(request, "links", context | made, place="settings", status=201 if made else 200)


@for_staff
@require_POST
def revoke_feed(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(CalendarFeed.objects.visible_to(request.actor), pk=pk)
    close_feed(actor=request.actor, feed=found)
    messages.success(request, gettext("Revoked. The address opens nothing any more."))
    return redirect("workspace:links")


@for_staff
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once_with_secret
def balance_links(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The balance links of a client; POST makes one, whose address is shown once."""
    client = get_object_or_404(Client.objects.visible_to(request.actor), pk=pk)
    made: dict[str, Any] = {}
    if request.method == "POST":
        try:
            name = typed(request.POST, "name", 80) or gettext("A link")
            _link, secret = share_balance(actor=request.actor, client=client, name=name)
        except DomainError as error:
            messages.error(request, said(error))
        else:
            made = {"url": request.build_absolute_uri(reverse("balance_page", args=[secret]))}
    found = BalanceLink.objects.visible_to(request.actor).filter(client=client).select_related("made_by")
    context = {"client": client, "balance_links": found.order_by("-pk")[:50]} | made
    return show(request, "balance_links", context, place="clients", status=201 if made else 200)


@for_staff
@require_POST
def revoke_balance_link(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(BalanceLink.objects.visible_to(request.actor), pk=pk)
    unshare_balance(actor=request.actor, link=found)
    messages.success(request, gettext("Revoked. The address opens nothing any more."))
    return back(request, reverse("workspace:balance_links", args=[found.client_id]))
