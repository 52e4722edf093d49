"""Where programs outside are told of events, behind both page doors: endpoints, their secrets, and the log of what they were sent."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast
from uuid import UUID

import orjson
from django import forms
from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.errors import DomainError
from accounts.models import Client
from events.actions.webhooks import (
    Wanted,
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
from events.policies import kinds_offered
from events.published import Published, published_kinds
from look.forms import status_of
from look.gone import gone_already
from look.sheets import Column, as_file
from look.visits import Visit

STATES = {"waiting": (_("Waiting"), "wait"), "delivered": (_("Arrived"), "ok"), "given_up": (_("Given up"), "over")}

WEBHOOKS = (
    Column(_("Webhook"), str),
    Column(_("Address"), lambda webhook: webhook.url),
    Column(_("Who"), lambda webhook: webhook.person.name),
    Column(_("Client"), lambda webhook: webhook.client.name if webhook.client else ""),
    Column(_("Events"), lambda webhook: ", ".join(webhook.kinds)),
    Column(_("Made"), lambda webhook: webhook.created_at),
    Column(_("Disabled"), lambda webhook: webhook.disabled_at),
    Column(_("Why it is disabled"), lambda webhook: str(webhook.get_disabled_reason_display())),
)


class WebhookForm(forms.Form):
    """What somebody says of a webhook."""

    url = forms.CharField(
        label=_("Address"), max_length=500, help_text=_("Begins with https:// and leads to a machine that the whole internet reaches.")
    )
    description = forms.CharField(label=_("Description"), max_length=120, required=False, help_text=_("Which program listens there."))
    kinds = forms.MultipleChoiceField(label=_("Tell it when"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, actor: Actor, webhook: Webhook | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        offered, field = kinds_offered(actor), cast("forms.MultipleChoiceField", self.fields["kinds"])
        field.choices = _by_resource(offered)
        held = webhook.kinds if webhook else ()
        self.kept = {kind: published.label for kind, published in published_kinds().items() if kind in held and kind not in offered}
        field.required = not self.kept

    def wanted(self) -> Wanted:
        """With what it holds and nobody offers any more: saving the form takes nothing away that it does not show."""
        values = self.cleaned_data
        return Wanted(url=values["url"], description=values["description"], kinds=[*values["kinds"], *self.kept])

    def refuse(self, error: DomainError) -> None:
        """Show the sentence of a broken rule at its field, or above the form where it has no such field."""
        self.add_error(error.field if error.field in self.fields else None, gettext(error.sentence))


class SinceForm(forms.Form):
    since = forms.DateField(label=_("Everything given up since"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def moment(self) -> dt.datetime:
        """The moment the day begins, in the reader's zone."""
        return timezone.make_aware(dt.datetime.combine(self.cleaned_data["since"], dt.time()))


@dataclass(frozen=True, kw_only=True)
class WebhookPages:
    """The pages of webhooks as one door shows them. The door says who may see them, and whose client a new one is bound to."""

    door: str
    may_see: Callable[[Actor], bool]
    new_form: Callable[..., WebhookForm]
    bound_to: Callable[[Actor, WebhookForm], Client | None]
    page_of: Callable[[Any, QuerySet[Any]], Any]
    show: Callable[..., HttpResponse]

    deeds: ClassVar[dict[str, tuple[Callable[..., object], Any]]] = {
        "ping": (ping_webhook, _("A test is on its way. Its answer stands below.")),
        "enable": (enable_webhook, _("It is told of what happens from now on.")),
        "disable": (disable_webhook, _("It is told of nothing any more.")),
    }

    def webhooks(self, request: Visit) -> HttpResponseBase:
        """The endpoints this person sees, and a form for another. The secret of a new one is shown once, on the answer that made it."""
        actor, secret = request.actor, ""
        self._only_for_those_who_may(actor)
        form = self.new_form(request.POST or None, actor=actor)
        if request.method == "POST" and form.is_valid():
            try:
                _made, secret = add_webhook(actor=actor, wanted=form.wanted(), client=self.bound_to(actor, form))
            except DomainError as error:
                form.refuse(error)
            else:
                form = self.new_form(None, actor=actor)
        found = Webhook.objects.visible_to(actor).select_related("person", "client").order_by("-pk")
        if file := as_file(request, "webhooks", WEBHOOKS, found):
            return file
        page = self.page_of(request, found)
        return self.show(request, "webhooks", {"form": form, "secret": secret, "page": page}, status=status_of(form, secret))

    def webhook(self, request: Visit, pk: UUID) -> HttpResponse:
        """One endpoint: what it was sent and what came of it, and its settings. POST changes them."""
        found = self._visible(request, pk)
        form = WebhookForm(request.POST or None, actor=request.actor, webhook=found, initial=_settings_of(found))
        if request.method == "POST" and form.is_valid():
            try:
                change_webhook(actor=request.actor, webhook=found, wanted=form.wanted())
            except DomainError as error:
                form.refuse(error)
            else:
                messages.success(request, gettext("Saved."))
                return self._back(pk)
        return self._page(request, found, form=form, status=422 if form.errors else 200)

    def rotation(self, request: Visit, pk: UUID) -> HttpResponse:
        """A new secret, shown once on this answer. The old one signs for 24 hours more, unless it is to end at once."""
        found = self._visible(request, pk)
        try:
            changed, secret = rotate_secret(actor=request.actor, webhook=found, at_once=request.POST.get("answer") == "at_once")
        except DomainError as error:
            messages.error(request, gettext(error.sentence))
            return self._back(pk)
        answer = self._page(request, changed, secret=secret, status=201)
        answer["Location"] = reverse(f"{self.door}:webhook", args=[pk])
        return answer

    def ping(self, request: Visit, pk: UUID) -> HttpResponse:
        """Send a message that tells of nothing."""
        return self._do(request, pk, "ping")

    def activation(self, request: Visit, pk: UUID) -> HttpResponse:
        """Tell it of events again, or of none."""
        return self._do(request, pk, "disable" if request.POST.get("answer") == "disable" else "enable")

    def redelivery(self, request: Visit, pk: UUID) -> HttpResponse:
        """Send again all that was given up since a day."""
        found, form = self._visible(request, pk), SinceForm(request.POST)
        if not form.is_valid():
            return self._page(request, found, since=form, status=422)
        try:
            sent = redeliver_since(actor=request.actor, webhook=found, since=form.moment())
        except DomainError as error:
            messages.error(request, gettext(error.sentence))
        else:
            messages.success(request, gettext("Messages sent again: %(number)d.") % {"number": sent})
        return self._back(pk)

    def removal(self, request: Visit, pk: UUID) -> HttpResponse:
        """Forget an endpoint with its log."""
        self._only_for_those_who_may(request.actor)
        found = Webhook.objects.visible_to(request.actor).select_related("person", "client").filter(pk=pk).first()
        if found is None:
            return gone_already(request, Webhook, pk, told_as="webhook.removed", to=f"{self.door}:webhooks")
        try:
            remove_webhook(actor=request.actor, webhook=found)
        except DomainError as error:
            messages.error(request, gettext(error.sentence))
            return self._back(pk)
        messages.success(request, gettext("%(name)s was removed.") % {"name": found})
        return redirect(f"{self.door}:webhooks")

    def message_redelivery(self, request: Visit, pk: UUID) -> HttpResponse:
        """Send one message again."""
        self._only_for_those_who_may(request.actor)
        message = get_object_or_404(WebhookMessage.objects.visible_to(request.actor).select_related("webhook__person"), pk=pk)
        try:
            redeliver(actor=request.actor, message=message)
        except DomainError as error:
            messages.error(request, gettext(error.sentence))
        else:
            messages.success(request, gettext("It is on its way again."))
        return self._back(message.webhook_id)

    def _do(self, request: Visit, pk: UUID, name: str) -> HttpResponse:
        """Do it and say so, or why not, on the page of the endpoint."""
        found, (deed, told) = self._visible(request, pk), self.deeds[name]
        try:
            deed(actor=request.actor, webhook=found)
        except DomainError as error:
            messages.error(request, gettext(error.sentence))
        else:
            messages.success(request, told)
        return self._back(pk)

    def _only_for_those_who_may(self, actor: Actor) -> None:
        if not self.may_see(actor):
            raise Http404

    def _visible(self, request: Visit, pk: UUID) -> Webhook:
        self._only_for_those_who_may(request.actor)
        return get_object_or_404(Webhook.objects.visible_to(request.actor).select_related("person", "client"), pk=pk)

    def _back(self, pk: UUID) -> HttpResponse:
        return redirect(f"{self.door}:webhook", pk)

    def _page(
        self,
        request: Visit,
        webhook: Webhook,
        *,
        form: WebhookForm | None = None,
        since: SinceForm | None = None,
        secret: str = "",
        status: int = 200,
    ) -> HttpResponse:
        tries = Prefetch("tries", WebhookAttempt.objects.order_by("-pk"))
        page = self.page_of(request, WebhookMessage.objects.filter(webhook=webhook).prefetch_related(tries).order_by("-pk"))
        context = {
            "webhook": webhook,
            "form": form or WebhookForm(actor=request.actor, webhook=webhook, initial=_settings_of(webhook)),
            "since": since or SinceForm(),
            "secret": secret,
            "page": page,
            "rows": [(message, *STATES[message.state], *_told(message)) for message in page.rows],
            "two_sign": len(webhook.seeds(timezone.now())) > 1,
        }
        return self.show(request, "webhook", context, status=status)


def _by_resource(offered: Mapping[str, Published]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The events under what they are about, in the order in which they are published."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind, published in offered.items():
        groups.setdefault(_resource_name(published.resource), []).append((kind, _label_of(published)))
    return list(groups.items())


def _resource_name(resource: str) -> str:
    names = {
        "tickets": gettext("Requests"),
        "time-entries": gettext("Time"),
        "periods": gettext("Hours and statements"),
        "alerts": gettext("Alerts"),
        "engagements": gettext("Retainers"),
        "systems": gettext("AI systems"),
        "proposals": gettext("Proposals"),
        "clients": gettext("Clients"),
    }
    return names.get(resource, resource.capitalize())


def _label_of(published: Published) -> str:
    return gettext("%(event)s, for the firm's own webhooks only") % {"event": published.label} if published.is_internal else published.label


def _settings_of(webhook: Webhook) -> dict[str, Any]:
    return {"url": webhook.url, "description": webhook.description, "kinds": webhook.kinds}


def _told(message: WebhookMessage) -> tuple[str, str]:
    """What a message tells, in words, and of what."""
    published = published_kinds().get(message.kind)
    about = {} if message.is_blank else orjson.loads(message.body)["data"].get("about", {})
    return str(published.label) if published else gettext("Test"), about.get("reference", "")
