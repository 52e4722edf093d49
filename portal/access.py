"""Who comes through this door: people who speak for a client."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from accounts.actors import Actor
from accounts.models import User
from look.visits import Visit


class ClientRequest(Visit):
    """A request behind `for_clients`: its actor is a member of one client, and everything it sees is that client's."""

    user: User


def for_clients[**P](
    view: Callable[Concatenate[ClientRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Strangers are sent to sign in; to the firm's people these pages do not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        actor: Actor | None = getattr(request, "actor", None)
        if actor is None:
            return _to_the_entrance(cast("ClientRequest", request))
        if not actor.is_member:
            raise Http404
        return view(cast("ClientRequest", request), *args, **kwargs)

    return guarded


def _to_the_entrance(request: ClientRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("account_logout")  # signed in, but speaking for nobody any more
    entrance = redirect_to_login(request.get_full_path())
    # A fragment must not swap the sign-in page into the middle of another.
    return HttpResponseClientRedirect(entrance.url) if request.htmx else entrance
