"""The people of the client, for its owners: what each may do, and what each made that opens without them."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from accounts.actors import MemberRole
from accounts.models import Client
from look.contacts import contact_rows
from portal.access import ClientRequest, for_clients
from portal.pages import page


@require_safe
@for_clients
def people(request: ClientRequest) -> HttpResponse:
    """Who speaks for the company. For whoever is no owner the page is not there."""
    if not request.actor.holds(MemberRole.OWNER):
        raise Http404
    return page(request, "people", {"rows": contact_rows(request.actor, Client.objects.visible_to(request.actor).get())})
