"""Recurring work as the firm types it in."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from engagements.actions import Plan
from engagements.models import AISystem, Engagement, ServiceArea, ServicePlan
from look.hours import HoursField
from workspace.forms import Day, Lines, who_work_for


class PlanForm(forms.Form):
    what = forms.CharField(label=_("What"), max_length=200, help_text=_("The ticket gets this name."))
    service_area = forms.ChoiceField(label=_("Service area"), choices=ServiceArea.choices)
    system = forms.ModelChoiceField(AISystem.objects.none(), label=_("AI system"), required=False, empty_label=_("none"))
    cadence = forms.ChoiceField(label=_("How often"), choices=ServicePlan.Cadence.choices, initial=ServicePlan.Cadence.WEEKLY)
    day = forms.IntegerField(label=_("Day"), min_value=1, max_value=31, initial=1, help_text=_("1 is Monday; or a day of the month."))
    estimate_minutes = HoursField(label=_("Hours it takes"), bare_is_hours=True)
    person = forms.ModelChoiceField(Person.objects.none(), label=_("Who"), required=False, empty_label=_("nobody yet"))
    checklist = forms.CharField(label=_("Checklist"), max_length=4000, required=False, widget=Lines(4), help_text=_("One step a line."))
    starts_on = forms.DateField(label=_("From"), widget=Day())
    ends_on = forms.DateField(label=_("Until"), required=False, widget=Day(), help_text=_("The first day it is not due any more."))

    def __init__(self, *args: Any, engagement: Engagement, **options: Any) -> None:
        super().__init__(*args, **options)
        systems = AISystem.objects.filter(client_id=engagement.client_id, retired_on=None).order_by("name")
        cast("forms.ModelChoiceField[AISystem]", self.fields["system"]).queryset = systems
        cast("forms.ModelChoiceField[Person]", self.fields["person"]).queryset = who_work_for(engagement.client)

    def plan(self) -> Plan:
        return Plan(**self.cleaned_data)
