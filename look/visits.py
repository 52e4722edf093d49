"""A request whose actor is known, as both page doors make one."""

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from accounts.actors import Actor


class Visit(HttpRequest):
    """A request of somebody who was let in."""

    actor: Actor
    htmx: HtmxDetails


def back(request: Visit, otherwise: str) -> HttpResponseRedirect:
    """To the page the form was sent from, where it is one of ours."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(wanted)
    return redirect(otherwise)
