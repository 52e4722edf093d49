"""Other terms as the firm types them in to compare: three variants side by side, the first filled from those in force."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.actions.replaying import MOST_PERIODS
from engagements.models import RetainerTerms
from engagements.rules import Terms
from figures.durations import typed_hours
from look.hours import HoursField

NAMES = ("A", "B", "C")


class VariantForm(forms.Form):
    """One set of terms. What it does not ask for stays as it is in force."""

    included_minutes = HoursField(label=_("Hours a period"), bare_is_hours=True, help_text="")
    fee = forms.DecimalField(label=_("Fee a period"), min_value=0, max_digits=13, decimal_places=3)
    overage = forms.ChoiceField(label=_("Hours over"), choices=RetainerTerms.Overage.choices)
    overage_rate = forms.DecimalField(label=_("Rate an hour over"), min_value=0, max_digits=11, decimal_places=3, required=False)
    carry_periods = forms.IntegerField(label=_("Periods that unused hours live on"), min_value=0, max_value=24)
    carry_cap_percent = forms.IntegerField(label=_("Most carried, percent of the hours"), min_value=0, max_value=1000, required=False)
    borrow_limit_minutes = HoursField(label=_("Most hours borrowed"), bare_is_hours=True, required=False, help_text=_("Empty is none."))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("overage") == RetainerTerms.Overage.BILL and found.get("overage_rate") is None and "overage_rate" not in self.errors:
            self.add_error("overage_rate", _("Hours over are billed at a rate. Say which."))
        return found

    def terms(self, base: Terms) -> Terms:
        values = self.cleaned_data | {"borrow_limit_minutes": self.cleaned_data["borrow_limit_minutes"] or 0, "carry_cap_minutes": None}
        return replace(base, ends_on=None, **values)


class PeriodsForm(forms.Form):
    periods = forms.IntegerField(label=_("Periods back"), min_value=1, max_value=MOST_PERIODS, initial=6)


def variant_forms(data: Any, in_force: Terms) -> list[VariantForm]:
    """A form for each variant; one whose hours and fee are left empty is not compared, but for the first."""
    if data is None:
        return [VariantForm(prefix="A", initial=as_typed(in_force)), *(_not_compared({}, name, in_force) for name in NAMES[1:])]
    return [
        VariantForm(data, prefix=name, use_required_attribute=name == "A")
        if name == "A" or asked(data, name)
        else _not_compared(data, name, in_force)
        for name in NAMES
    ]


def _not_compared(data: Any, name: str, in_force: Terms) -> VariantForm:
    """A variant as it was left, with the hours over of the terms in force where nothing was chosen."""
    left = {field: data.get(f"{name}-{field}", "") for field in VariantForm.base_fields}
    return VariantForm(prefix=name, initial=left | {"overage": left["overage"] or in_force.overage}, use_required_attribute=False)


def asked(data: Any, name: str) -> bool:
    return bool(str(data.get(f"{name}-included_minutes", "")).strip() or str(data.get(f"{name}-fee", "")).strip())


def as_typed(terms: Terms) -> dict[str, Any]:
    names = ("fee", "overage", "overage_rate", "carry_periods", "carry_cap_percent")
    return {name: getattr(terms, name) for name in names} | {
        "included_minutes": typed_hours(terms.included_minutes),
        "borrow_limit_minutes": typed_hours(terms.borrow_limit_minutes or None),
    }
