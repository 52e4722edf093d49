"""For whom somebody of several clients speaks: a scope is always one client."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts import scope
from accounts.models import Client
from portal.access import ClientRequest, for_clients
from portal.pages import clients_to_choose, page


@require_http_methods(["GET", "HEAD", "POST"])
@for_clients
def clients(request: ClientRequest) -> HttpResponse:
    """The clients to choose from; a POST of `client` changes to that one."""
    ids = clients_to_choose(request)
    if request.method == "POST":
        if _chosen(request) not in ids:
            raise Http404
        request.session["client_id"] = str(_chosen(request))
        return redirect("portal:home")
    with scope.system("names of the clients a person speaks for"):
        theirs = list(Client.objects.filter(pk__in=ids).order_by("name"))
    return page(request, "clients", {"clients": theirs, "current": request.actor.client_id})


def _chosen(request: ClientRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("client", ""))
    except ValueError:
        return None
