"""What a secret address opens, to whoever holds it and without a sign-in: one client's balance, one person's calendar.

The secret is looked up as the door; what is then read, is read within the scope of whom it stands for, like any other request.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from accounts import scope
from accounts.actions.links import found_balance_link, found_feed
from accounts.actors import Actor
from accounts.models import Client
from api.agenda import agenda, as_calendar
from api.balance import balance_of_client
from api.base import etag_of
from api.limits import Allowance
from api.rendering import to_json
from billing.models.ledger import balances
from engagements.models import Engagement

type View = Callable[..., HttpResponse]


def told_to_nobody(view: View) -> View:
    """Counted by who asks, kept by no cache and no index, and named to no other host.

    The limit is per network address: a wrong secret has nothing else to be counted by.
    """

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        allowance = Allowance.of(f"link:{request.META.get('REMOTE_ADDR', '')}", {"requests": settings.SECRET_LINK_REQUESTS_PER_MINUTE})
        answer = HttpResponse(status=429) if allowance.wait_seconds else view(request, *args, **kwargs)
        allowance.mark(answer)
        answer["X-Robots-Tag"] = "noindex, nofollow"
        answer["Referrer-Policy"] = "no-referrer"
        answer.setdefault("Cache-Control", "no-store")
        return answer

    return opened


def _client_of(secret: str) -> Client:
    """The client whose balance a secret shows. Raises Http404 for one that opens nothing (any more)."""
    with scope.door():
        link = found_balance_link(secret)
    if link is None:
        raise Http404
    with scope.portal(link.client_id):
        return Client.objects.get(pk=link.client_id)


def _reader(client: Client) -> Actor:
    """Somebody within one client who holds no role at all."""
    return Actor(name="balance link", client_id=client.pk, time_zone=client.time_zone)


@require_safe
@told_to_nobody
def balance_page(request: HttpRequest, secret: str) -> HttpResponse:
    """How a client's hours stand, on one page."""
    client = _client_of(secret)
    actor = _reader(client)
    with scope.portal(client.pk, actor), timezone.override(ZoneInfo(client.time_zone)):
        today = timezone.localdate()
        retainers = list(Engagement.objects.visible_to(actor).running(today).promised().order_by("starts_on"))
        stood = balances(retainers, today=today)
        shown = [(each, stood[each.pk]) for each in retainers if each.pk in stood]
        return render(request, "api/balance.html", {"client": client, "retainers": shown, "today": today, "json": f"{request.path}json"})


@require_safe
@told_to_nobody
def balance_json(request: HttpRequest, secret: str) -> HttpResponse:  # noqa: ARG001 (every view takes the request)
    """The same as `GET /clients/{id}/balance`."""
    client = _client_of(secret)
    actor = _reader(client)
    with scope.portal(client.pk, actor), timezone.override(ZoneInfo(client.time_zone)):
        return HttpResponse(to_json(balance_of_client(actor, client.pk)), content_type="application/json")


@require_safe
@told_to_nobody
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The agenda of a person as their calendar reads it; 304 while nothing in it changed."""
    with scope.door():
        found = found_feed(secret)
    if found is None:
        raise Http404
    feed, actor = found
    base = request.build_absolute_uri("/").rstrip("/")
    with scope.of(actor), timezone.override(actor.time_zone), translation.override(feed.person.language):
        body = as_calendar(agenda(actor, timezone.localdate()), name="Tend", base=base)
    tag = etag_of(body)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)
