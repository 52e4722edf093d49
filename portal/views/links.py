"""Secret addresses: a calendar of one's own, and, for owners, a balance that others may read."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.links import close_feed, open_feed, share_balance, unshare_balance
from accounts.errors import DomainError
from accounts.models import BalanceLink, CalendarFeed, Client
from accounts.policies import may_share_balance
from look.once import once_with_secret
from look.visits import back
from portal.access import ClientRequest, for_clients
from portal.pages import page

LONGEST_NAME = 80


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_clients
@once_with_secret
def links(request: ClientRequest) -> HttpResponse:
    """The addresses that were made; POST makes a calendar, or with `what=balance` a balance link. An address is shown once."""
    if request.method != "POST":
        return _links_page(request)
    try:
        made: dict[str, Any] = _share(request) if request.POST.get("what") == "balance" else _open(request)
    except DomainError as error:
        messages.error(request, error.sentence)
        return _links_page(request, status=422)
    return _links_page(request, status=201, **made)


def _share(request: ClientRequest) -> dict[str, Any]:
    client = Client.objects.visible_to(request.actor).get()
    if not may_share_balance(request.actor, client_id=client.pk):
        raise Http404
    name = request.POST.get("name", "").replace("\x00", "").strip()[:LONGEST_NAME] or gettext("A link")
    _link, secret = share_balance(actor=request.actor, client=client, name=name)
    return {"url": request.build_absolute_uri(reverse("balance_page", args=[secret])), "what": gettext("It shows the hours to read.")}


def _open(request: ClientRequest) -> dict[str, Any]:
    _feed, secret = open_feed(actor=request.actor)
    url = request.build_absolute_uri(reverse("calendar_feed", args=[secret]))
    return {"url": url, "what": gettext("Subscribe to it in your calendar.")}


def _links_page(request: ClientRequest, *, status: int = 200, **made: Any) -> HttpResponse:
    actor = request.actor
    may_share = actor.client_id is not None and may_share_balance(actor, client_id=actor.client_id)
    context = {
        "feeds": CalendarFeed.objects.visible_to(actor).order_by("-pk")[:50],
        "balance_links": BalanceLink.objects.visible_to(actor).select_related("made_by").order_by("-pk")[:50],
        "may": {"share": may_share},
    }
    return page(request, "links", context | made, place="links", status=status)


@require_POST
@for_clients
def revoke_balance_link(request: ClientRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(BalanceLink.objects.visible_to(request.actor), pk=pk)
    unshare_balance(actor=request.actor, link=found)
    messages.success(request, gettext("Revoked. The address opens nothing any more."))
    return back(request, "portal:links")


@require_POST
@for_clients
def revoke_feed(request: ClientRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(CalendarFeed.objects.visible_to(request.actor), pk=pk)
    close_feed(actor=request.actor, feed=found)
    messages.success(request, gettext("Revoked. The address opens nothing any more."))
    return redirect("portal:links")
