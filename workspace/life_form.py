"""How an engagement lives on, as the firm types it in."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from engagements.actions import Living
from workspace.forms import Day


def _colleagues(form: forms.Form) -> None:
    cast("forms.ModelChoiceField[Person]", form.fields["lead"]).queryset = Person.objects.of_the_firm().order_by("name")


class LivingForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    lead = forms.ModelChoiceField(Person.objects.none(), label=_("Lead"), required=False, empty_label=_("nobody yet"))
    needs_approval = forms.BooleanField(label=_("time waits for a yes of the lead"), required=False)
    closes_by_itself = forms.BooleanField(label=_("periods close by themselves"), required=False)
    notice_days = forms.IntegerField(label=_("Days of notice"), min_value=0, max_value=3650)
    committed_until = forms.DateField(
        label=_("Committed until"), widget=Day(), required=False, help_text=_("The first day on which either side may leave by notice.")
    )
    renewal_months = forms.IntegerField(
        label=_("Renews by months"), min_value=1, max_value=120, required=False, help_text=_("Unless somebody gives notice in time.")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _colleagues(self)

    def living(self) -> Living:
        return Living(**self.cleaned_data)


class PauseForm(forms.Form):
    starts_on = forms.DateField(label=_("Pause from"), widget=Day())
    ends_on = forms.DateField(label=_("Resume on"), widget=Day(), required=False, help_text=_("Empty until it is resumed."))
    reason = forms.CharField(label=_("Why"), max_length=200, help_text=_("The client reads this."))


class EndForm(forms.Form):
    ends_on = forms.DateField(label=_("The first day it no longer runs"), widget=Day())
    reason = forms.CharField(label=_("Why it ends"), max_length=200)
    by_agreement = forms.BooleanField(label=_("both agreed, so notice does not hold it"), required=False)
    called_in = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def clean_called_in(self) -> int:
        return self.cleaned_data["called_in"] or 0

    def show_debt(self, minutes: int) -> None:
        """Send the form back with what its end calls in, so that sent once more it says that this was read."""
        self.data = {name: self.data[name] for name in self.data} | {self.add_prefix("called_in"): str(minutes)}


class ProjectForm(forms.Form):
    name = forms.CharField(label=_("Project"), max_length=80)
    lead = forms.ModelChoiceField(Person.objects.none(), label=_("Lead"), required=False, empty_label=_("nobody yet"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _colleagues(self)


class ContractForm(forms.Form):
    contract = forms.FileField(label=_("The signed contract"))
