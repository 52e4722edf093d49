"""What the firm's people say of a new webhook: what both doors ask, and whose it is told."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models import Client
from look.webhooks import WebhookForm


class NewWebhookForm(WebhookForm):
    client = forms.ModelChoiceField(
        Client.objects.none(),
        label=_("Only of"),
        required=False,
        empty_label=_("all you see"),
        help_text=_("Bound to one client, it is never told what is internal to the firm."),
    )

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, actor=actor, **options)
        cast("forms.ModelChoiceField[Client]", self.fields["client"]).queryset = Client.objects.visible_to(actor).order_by("name")
