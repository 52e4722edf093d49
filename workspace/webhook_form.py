"""What the firm's people say of a webhook."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models import Client
from events.actions.webhooks import Wanted
from events.published import published_kinds
from workspace.forms import Day


class WebhookForm(forms.Form):
    url = forms.CharField(
        label=_("Address"), max_length=500, help_text=_("Begins with https:// and leads to a machine that the whole internet reaches.")
    )
    description = forms.CharField(label=_("Description"), max_length=120, required=False, help_text=_("Which program listens there."))
    kinds = forms.MultipleChoiceField(label=_("Tell it when"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = cast("forms.MultipleChoiceField", self.fields["kinds"])
        field.choices = [(kind, published.label) for kind, published in published_kinds().items()]

    def wanted(self) -> Wanted:
        values = self.cleaned_data
        return Wanted(url=values["url"], description=values["description"], kinds=values["kinds"])


class NewWebhookForm(WebhookForm):
    client = forms.ModelChoiceField(
        Client.objects.none(),
        label=_("Only of"),
        required=False,
        empty_label=_("all you see"),
        help_text=_("Bound to one client, it is never told what is internal to the firm."),
    )

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        cast("forms.ModelChoiceField[Client]", self.fields["client"]).queryset = Client.objects.visible_to(actor).order_by("name")


class SinceForm(forms.Form):
    since = forms.DateField(label=_("Everything given up since"), widget=Day())

    def moment(self) -> dt.datetime:
        """The moment the day begins, in the reader's zone."""
        return timezone.make_aware(dt.datetime.combine(self.cleaned_data["since"], dt.time()))
