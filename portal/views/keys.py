"""Keys for the client's own programs. Its owners make them for themselves, and revoke those of any of their people."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.keys import issue_key, revoke_key
from accounts.errors import DomainError
from accounts.models import ApiKey, Client, Person
from accounts.policies import may_issue_key
from look.forms import status_of
from look.keys import end_of, key_rows, refuse
from look.once import once_with_secret
from look.visits import back
from portal.access import ClientRequest, for_clients
from portal.forms import KeyForm
from portal.pages import page, sheet_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_clients
@once_with_secret
def keys(request: ClientRequest) -> HttpResponse:
    """The keys of the company's people; the secret of a new one is shown once, on the answer that made it."""
    _only_for_owners(request)
    form, secret = KeyForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            secret = _made(request, form)
        except DomainError as error:
            refuse(form, error)
        else:
            form = KeyForm()
    sheet = sheet_of(request, _seen(request).select_related("person"))
    context = {"form": form, "secret": secret, "sheet": sheet, "rows": key_rows(request.actor, sheet.rows)}
    return page(request, "keys", context, status=status_of(form, secret))


def _made(request: ClientRequest, form: KeyForm) -> str:
    actor, values = request.actor, form.cleaned_data
    _key, secret = issue_key(
        actor=actor,
        person=Person.objects.get(pk=str(actor.person_id)),
        name=values["name"],
        scopes=values["scopes"],
        client=Client.objects.visible_to(actor).get(),
        expires_at=end_of(values["expires_on"]),
    )
    return secret


@require_POST
@for_clients
def key_revocation(request: ClientRequest, pk: UUID) -> HttpResponse:
    """Close the door to a key, at once and for ever."""
    _only_for_owners(request)
    found = get_object_or_404(_seen(request), pk=pk)
    revoke_key(actor=request.actor, key=found)
    messages.success(request, gettext("%(name)s opens no door any more.") % {"name": found.name})
    return back(request, "portal:keys")


def _seen(request: ClientRequest) -> QuerySet[ApiKey]:
    """Keys of this client only, also to somebody who speaks for several."""
    return ApiKey.objects.visible_to(request.actor).filter(client_id=str(request.actor.client_id))


def _only_for_owners(request: ClientRequest) -> None:
    if not may_issue_key(request.actor, client_id=request.actor.client_id):
        raise Http404
