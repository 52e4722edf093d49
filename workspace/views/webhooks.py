"""Where programs outside are told of events: endpoints, their secrets, and the log of what they were sent."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import DomainError
from events.actions.webhooks import (
    add_webhook,
    change_webhook,
    disable_webhook,
    enable_webhook,
    ping_webhook,
    redeliver,
    redeliver_since,
    remove_webhook,
    rotate_secret,
)
from events.models import Webhook, WebhookAttempt, WebhookMessage
from events.published import published_kinds
from workspace.access import StaffRequest, for_staff
from workspace.forms import refuse, said
from workspace.paging import page_of
from workspace.shell import show
from workspace.webhook_form import NewWebhookForm, SinceForm, WebhookForm

STATES = {
    "waiting": (gettext_lazy("Waiting"), "wait"),
    "delivered": (gettext_lazy("Arrived"), "ok"),
    "given_up": (gettext_lazy("Given up"), "over"),
}


@for_staff
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: StaffRequest) -> HttpResponse:
    """The endpoints this person sees, and a form for another. The secret of a new one is shown once, on the answer that made it."""
    actor, secret = request.actor, ""
    form = NewWebhookForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        try:
            _made, secret = add_webhook(actor=actor, wanted=form.wanted(), client=form.cleaned_data["client"])
        except DomainError as error:
            refuse(form, error)
        else:
            form = NewWebhookForm(actor=actor)
    page = page_of(Webhook.objects.visible_to(actor).select_related("person", "client").order_by("-pk"), request.GET)
    context = {"form": form, "secret": secret, "page": page}
    return show(request, "webhooks", context, place="settings", status=422 if form.errors else 200)


@for_staff
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One endpoint: what it was sent and what came of it, and its settings. POST changes them."""
    found = _visible(request, pk)
    form = WebhookForm(request.POST or None, initial=_settings_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            change_webhook(actor=request.actor, webhook=found, wanted=form.wanted())
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("Saved."))
            return redirect("workspace:webhook", pk)
    return _page(request, found, form=form, status=422 if form.errors else 200)


@for_staff
@never_cache
@require_POST
def rotation(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A new secret, shown once on this answer. The old one signs for 24 hours more, unless it is to end at once."""
    found = _visible(request, pk)
    try:
        changed, secret = rotate_secret(actor=request.actor, webhook=found, at_once=request.POST.get("answer") == "at_once")
    except DomainError as error:
        messages.error(request, said(error))
        return redirect("workspace:webhook", pk)
    return _page(request, changed, secret=secret)


@for_staff
@require_POST
def ping(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Send a message that tells of nothing."""
    found = _visible(request, pk)
    return _done(
        request, pk, lambda: ping_webhook(actor=request.actor, webhook=found), gettext("A test is on its way. Its answer stands below.")
    )


@for_staff
@require_POST
def activation(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Tell it of events again, or of none."""
    found = _visible(request, pk)
    if request.POST.get("answer") == "disable":
        return _done(request, pk, lambda: disable_webhook(actor=request.actor, webhook=found), gettext("It is told of nothing any more."))
    return _done(
        request, pk, lambda: enable_webhook(actor=request.actor, webhook=found), gettext("It is told of what happens from now on.")
    )


@for_staff
@require_POST
def redelivery(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Send again all that was given up since a day."""
    found, form = _visible(request, pk), SinceForm(request.POST)
    if not form.is_valid():
        return _page(request, found, since=form, status=422)
    try:
        sent = redeliver_since(actor=request.actor, webhook=found, since=form.moment())
    except DomainError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, gettext("Messages sent again: %(number)d.") % {"number": sent})
    return redirect("workspace:webhook", pk)


@for_staff
@require_POST
def removal(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Forget an endpoint with its log."""
    found = _visible(request, pk)
    try:
        remove_webhook(actor=request.actor, webhook=found)
    except DomainError as error:
        messages.error(request, said(error))
        return redirect("workspace:webhook", pk)
    messages.success(request, gettext("%(name)s was removed.") % {"name": found})
    return redirect("workspace:webhooks")


@for_staff
@require_POST
def message_redelivery(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Send one message again."""
    visible = WebhookMessage.objects.visible_to(request.actor).select_related("webhook__person")
    message = get_object_or_404(visible, pk=pk)
    return _done(request, message.webhook_id, lambda: redeliver(actor=request.actor, message=message), gettext("It is on its way again."))


def _visible(request: StaffRequest, pk: UUID) -> Webhook:
    return get_object_or_404(Webhook.objects.visible_to(request.actor).select_related("person", "client"), pk=pk)


def _done(request: StaffRequest, pk: UUID, deed: Callable[[], object], told: str) -> HttpResponse:
    """Do it and say so, or why not, on the page of the endpoint."""
    try:
        deed()
    except DomainError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, told)
    return redirect("workspace:webhook", pk)


def _settings_of(webhook: Webhook) -> dict[str, Any]:
    return {"url": webhook.url, "description": webhook.description, "kinds": webhook.kinds}


def _page(
    request: StaffRequest,
    webhook: Webhook,
    *,
    form: WebhookForm | None = None,
    since: SinceForm | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    tries = Prefetch("tries", WebhookAttempt.objects.order_by("-pk"))
    page = page_of(WebhookMessage.objects.filter(webhook=webhook).prefetch_related(tries).order_by("-pk"), request.GET)
    context = {
        "webhook": webhook,
        "form": form or WebhookForm(initial=_settings_of(webhook)),
        "since": since or SinceForm(),
        "secret": secret,
        "page": page,
        "rows": [(message, *STATES[message.state], *_told(message)) for message in page.rows],
        "two_sign": len(webhook.seeds(timezone.now())) > 1,
    }
    return show(request, "webhook", context, place="settings", status=status)


def _told(message: WebhookMessage) -> tuple[str, str]:
    """What a message tells, in words, and of what."""
    published = published_kinds().get(message.kind)
    about = orjson.loads(message.body)["data"].get("about", {})
    return str(published.label) if published else gettext("Test"), about.get("reference", "")
