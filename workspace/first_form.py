"""What a new firm is asked first: as little as makes it usable, each question by itself."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation.trans_real import parse_accept_lang_header

from accounts.actors import StaffRole
from accounts.models import Client
from engagements.rules import Terms
from figures.currencies import currency_of_region
from look.hours import HoursField
from look.zones import zone_choices
from workspace.forms import Day
from workspace.people_form import ROLE_NAMES


def proposed_currency(languages: str) -> str:
    """The money of the first country that a browser names in its languages, as en-GB; empty where it names none."""
    tags = [tag.split("-")[1:] for tag, _weight in parse_accept_lang_header(languages.lower())]
    regions = [part for parts in tags for part in parts if len(part) == 2]
    return next(filter(None, map(currency_of_region, regions)), "")


class HereSelect(forms.Select):
    """Zones, of which the browser chooses its own while nobody has chosen another than the one that stands there."""

    def __init__(self) -> None:
        super().__init__({"data-here": "UTC"})


class PlaceForm(forms.Form):
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=zone_choices, widget=HereSelect(), help_text=_("Days begin and end by its clock.")
    )
    currency = forms.RegexField(r"^[A-Z]{3}$", label=_("Currency"), error_messages={"invalid": _("Write three capitals, like USD.")})


class FirstClientForm(forms.Form):
    """Who is looked after; a code that is left empty is taken from the name."""

    name = forms.CharField(label=_("Name"), max_length=80)
    code = forms.RegexField(
        r"^[A-Za-z][A-Za-z0-9]{1,7}$",
        label=_("Code"),
        required=False,
        help_text=_("Begins every reference: ACM in ACM-42. Left empty, it is taken from the name."),
        error_messages={"invalid": _("Write two to eight letters or digits, a letter first, like ACM.")},
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "name" in values and "code" in values:
            values["code"] = values["code"].upper() or code_from(values["name"])
            if not values["code"]:
                self.add_error("code", _("Write two to eight letters or digits, a letter first, like ACM."))
            elif Client.objects.filter(code=values["code"]).exists():
                self.add_error("code", _("The code %(code)s is taken. Choose another.") % {"code": values["code"]})
        return values


def code_from(name: str) -> str:
    """Three letters of a name: of three words or more their first, otherwise the first of it; empty where it has too few."""
    words = re.findall(r"[A-Z0-9]+", name.upper())
    letters = "".join(word[0] for word in words) if len(words) > 2 else "".join(words)
    return letters[:3] if re.match(r"[A-Z][A-Z0-9]", letters) else ""


class FirstRetainerForm(forms.Form):
    """The heart of a retainer; everything else of it has a usual value, and can be agreed anew later."""

    included_minutes = HoursField(label=_("Hours a month"), bare_is_hours=True, help_text=_("Like 12 or 12h30."))
    fee = forms.DecimalField(label=_("Fee a month"), min_value=0, max_digits=13, decimal_places=3)
    starts_on = forms.DateField(
        label=_("In force from"), widget=Day(), help_text=_("A month that has begun already gets its hours for the days that are left.")
    )

    def terms(self) -> Terms:
        return Terms(**self.cleaned_data)


class FirstColleagueForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    email = forms.EmailField(label=_("E-mail"), help_text=_("They are written to, and sign in with a code sent to this address."))
    staff_role = forms.ChoiceField(label=_("Role"), choices=ROLE_NAMES.items(), initial=StaffRole.CONSULTANT)
