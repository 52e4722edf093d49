"""Webhooks of the client's own programs. Its owners keep them; they are told what their maker may see."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actors import Actor
from accounts.models import Client
from events.policies import may_keep_webhooks
from look.once import once, once_with_secret
from look.webhooks import WebhookForm, WebhookPages
from portal.access import ClientRequest, for_clients
from portal.pages import Sheet, page, sheet_of


def may_see(actor: Actor) -> bool:
    return may_keep_webhooks(actor, actor.client_id)


def new_form(data: Any, *, actor: Actor) -> WebhookForm:
    return WebhookForm(data, actor=actor)


def bound_to(actor: Actor, _form: WebhookForm) -> Client:
    return Client.objects.visible_to(actor).get()


def page_in(request: ClientRequest, rows: QuerySet[Any]) -> Sheet[Any]:
    return sheet_of(request, rows)


def shown(request: ClientRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return page(request, name, context, status=status)


pages = WebhookPages(door="portal", may_see=may_see, new_form=new_form, bound_to=bound_to, page_of=page_in, show=shown)
show_or_save = require_http_methods(["GET", "HEAD", "POST"])

webhooks = never_cache(show_or_save(for_clients(once_with_secret(pages.webhooks))))
webhook = never_cache(show_or_save(for_clients(pages.webhook)))
rotation = never_cache(require_POST(for_clients(once_with_secret(pages.rotation))))
ping = require_POST(for_clients(once(pages.ping)))
activation = require_POST(for_clients(pages.activation))
redelivery = require_POST(for_clients(pages.redelivery))
removal = require_POST(for_clients(pages.removal))
message_redelivery = require_POST(for_clients(pages.message_redelivery))
