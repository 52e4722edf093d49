"""Webhooks of the firm's people: of all they see, or bound to one client."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actors import Actor
from accounts.models import Client
from look.once import once, once_with_secret
from look.webhooks import WebhookForm, WebhookPages
from workspace.access import StaffRequest, for_staff
from workspace.paging import Page, page_of
from workspace.shell import show
from workspace.webhook_form import NewWebhookForm


def bound_to(_actor: Actor, form: WebhookForm) -> Client | None:
    found: Client | None = form.cleaned_data["client"]
    return found


def page_in(request: StaffRequest, rows: QuerySet[Any]) -> Page:
    return page_of(rows, request.GET)


def shown(request: StaffRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return show(request, name, context, place="settings", status=status)


pages = WebhookPages(
    door="workspace", may_see=lambda actor: actor.is_staff, new_form=NewWebhookForm, bound_to=bound_to, page_of=page_in, show=shown
)
show_or_save = require_http_methods(["GET", "HEAD", "POST"])

webhooks = for_staff(never_cache(show_or_save(once_with_secret(pages.webhooks))))
webhook = for_staff(never_cache(show_or_save(pages.webhook)))
rotation = for_staff(never_cache(require_POST(once_with_secret(pages.rotation))))
ping = for_staff(require_POST(once(pages.ping)))
activation = for_staff(require_POST(pages.activation))
redelivery = for_staff(require_POST(pages.redelivery))
removal = for_staff(require_POST(pages.removal))
message_redelivery = for_staff(require_POST(pages.message_redelivery))
