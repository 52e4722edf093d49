"""Who comes in: the firm's people. Everybody else learns nothing, not even that a page exists."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect

from accounts.actors import Actor
from look.visits import Visit
from workspace.board import count_anew


class StaffRequest(Visit):
    """A request of somebody of the firm."""

    saved: Any = None


type View = Callable[..., HttpResponseBase]


def for_staff(view: View) -> Callable[..., HttpResponseBase]:
    """Send the unknown to the sign-in page; for a client's people the page is not there."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor: Actor | None = getattr(request, "actor", None)
        if actor is None:
            to_login = redirect_to_login(request.get_full_path())
            return HttpResponseClientRedirect(to_login.url) if getattr(request, "htmx", False) else to_login
        if not actor.is_staff:
            raise Http404
        response = view(cast("StaffRequest", request), *args, **kwargs)
        if request.method == "POST":
            count_anew(actor)
        return response

    return guarded


def person_of(actor: Actor) -> UUID:
    """The person who acts; nobody else has days, keys or a turn."""
    if actor.person_id is None:
        raise Http404
    return actor.person_id


def only_if(allowed: bool) -> None:
    """What a role may not do is absent, not refused: 404 for whoever guesses its address."""
    if not allowed:
        raise Http404
