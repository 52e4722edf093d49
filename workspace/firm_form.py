"""What the firm says about itself, and which keys its programs hold."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models import Client, Firm, Person
from accounts.policies import SCOPES
from look.scopes import ScopesField
from look.zones import zone_choices
from workspace.forms import Day


class KeyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Which program holds it, so that you know it again."))
    scopes = ScopesField(SCOPES)
    person = forms.ModelChoiceField(Person.objects.none(), label=_("Acts for"), empty_label=None)
    client = forms.ModelChoiceField(Client.objects.none(), label=_("Only for"), required=False, empty_label=_("all you see"))
    expires_on = forms.DateField(label=_("Expires on"), widget=Day(), required=False)

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        cast("forms.ModelChoiceField[Client]", self.fields["client"]).queryset = Client.objects.visible_to(actor).order_by("name")
        person = cast("forms.ModelChoiceField[Person]", self.fields["person"])
        person.initial, person.required = actor.person_id, False
        person.queryset = Person.objects.of_the_firm().order_by("name")
        if not actor.administers:  # only admins make keys for somebody else
            person.queryset = person.queryset.filter(pk=str(actor.person_id))


class FirmForm(forms.ModelForm):
    """The firm's own fields, and its logo, which is made anew from what is sent."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)
    currency = forms.RegexField(r"^[A-Z]{3}$", label=_("Currency"), error_messages={"invalid": _("Write three capitals, like USD.")})

    logo_file = forms.FileField(
        label=_("Logo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        help_text=_("PNG, JPEG or WebP, at most 1 MB. Shown on every page and in mail."),
    )
    without_logo = forms.BooleanField(label=_("Show the name without a logo"), required=False)

    class Meta:
        model = Firm
        fields = ("name", "hue", "sender_name", "time_zone", "currency")
        help_texts = {"hue": _("A hue from 0 to 360: 25 red, 60 orange, 110 olive, 152 green, 190 teal, 250 blue, 300 violet, 350 pink.")}
