"""Hours besides the retainer's, as the firm types them in."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import Lot
from look.hours import HoursField
from tickets.models.ticket import ServiceArea
from workspace.forms import Day

GIVEN = ((Lot.Kind.TOP_UP.value, _("a top-up: they bought more")), (Lot.Kind.GOODWILL.value, _("goodwill: from the firm, for nothing")))


class LotForm(forms.Form):
    kind = forms.ChoiceField(label=_("What they are"), choices=GIVEN, widget=forms.RadioSelect, initial=Lot.Kind.TOP_UP)
    minutes = HoursField(label=_("Hours"), bare_is_hours=True, help_text=_("5, 5h30 or 90m."))
    reason = forms.CharField(label=_("Why"), max_length=200, help_text=_("The client reads this."))
    usable_from = forms.DateField(label=_("Usable from"), widget=Day())
    last_day = forms.DateField(label=_("Last day they are usable"), widget=Day(), help_text=_("What is left then expires."))
    service_areas = forms.MultipleChoiceField(
        label=_("Only for"),
        choices=ServiceArea.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Nothing marked is for every area."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        starts, last = values.get("usable_from"), values.get("last_day")
        if starts and last and last < starts:
            self.add_error("last_day", _("The hours end before they begin. Choose a later last day."))
        return values

    def given(self) -> dict[str, Any]:
        """What the action takes; a life ends on the first day that is no longer in it."""
        values = dict(self.cleaned_data)
        return values | {"usable_until": values.pop("last_day") + dt.timedelta(days=1)}
