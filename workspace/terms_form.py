"""Every term of a retainer as the firm types it in; the usual ones first."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from engagements.models import RetainerTerms
from figures.durations import typed_hours
from look.forms import Grouped
from look.hours import HoursField
from workspace.forms import Lines, TermsForm

_WEIGHT = re.compile(r"([\w -]{1,24}?)\s*[:=]?\s+(\d{1,4})\s*%?")


MAY_BE_EMPTY = frozenset({"carry_cap_minutes", "borrow_limit_minutes", "weights"})


class AllTermsForm(Grouped, TermsForm):
    """The terms with all that may be agreed: where periods begin, rounding, weights, caps, grace."""

    parts = (
        (_("What is promised"), ("starts_on", "included_minutes", "fee")),
        (_("Periods"), ("period_unit", "anchor_day", "anchor_month", "proration")),
        (_("Hours over"), ("overage", "overage_rate", "borrow_limit_minutes", "borrow_without_limit")),
        (_("Hours left"), ("carry_periods", "carry_cap_minutes", "carry_cap_percent")),
        (
            _("How time is counted"),
            ("rounding_increment_minutes", "rounding_mode", "rounding_minimum_minutes", "rounding_scope", "weights"),
        ),
        (_("Alerts and the close"), ("thresholds", "grace_days")),
    )

    anchor_day = forms.IntegerField(
        label=_("Periods begin on day"),
        min_value=1,
        max_value=31,
        initial=1,
        required=False,
        help_text=_("Of the month, or 1 for Monday of a week."),
    )
    proration = forms.ChoiceField(label=_("Parts of a period"), choices=RetainerTerms.Proration.choices, initial="daily", required=False)
    carry_cap_minutes = HoursField(label=_("Most carried, in hours"), bare_is_hours=True, required=False, help_text=_("Empty is no cap."))
    borrow_limit_minutes = HoursField(
        label=_("Most hours borrowed from the next period"), bare_is_hours=True, required=False, help_text=_("Empty is none.")
    )
    borrow_without_limit = forms.BooleanField(label=_("borrow without limit"), required=False)
    rounding_increment_minutes = forms.IntegerField(label=_("Rounded to minutes"), min_value=1, max_value=480, initial=1, required=False)
    rounding_mode = forms.ChoiceField(label=_("Rounded"), choices=RetainerTerms.RoundingMode.choices, initial="nearest", required=False)
    rounding_minimum_minutes = forms.IntegerField(label=_("Least minutes"), min_value=0, max_value=480, initial=0, required=False)
    rounding_scope = forms.ChoiceField(label=_("Rounding of"), choices=RetainerTerms.RoundingScope.choices, initial="entry", required=False)
    weights = forms.CharField(
        label=_("Weights"),
        max_length=1000,
        required=False,
        widget=Lines(2),
        help_text=_("One a line: after_hours 150 counts half as much again."),
    )
    grace_days = forms.IntegerField(label=_("Business days for late logging"), min_value=0, max_value=60, initial=3, required=False)

    def clean_weights(self) -> dict[str, int]:
        weights = {}
        for line in filter(None, (line.strip() for line in str(self.cleaned_data["weights"] or "").splitlines())):
            found = _WEIGHT.fullmatch(line)
            if found is None or int(found[2]) > 1000:
                raise forms.ValidationError(_("Write the kind of work and a percent up to 1000, like after_hours 150."))
            weights[found[1].strip()] = int(found[2])
        return weights

    def clean(self) -> dict[str, Any]:
        """What was not sent, or left empty where nothing is no answer, stays as it was agreed before."""
        values = super().clean() or {}
        without_limit = values.pop("borrow_without_limit", False)
        if "borrow_limit_minutes" in values:
            values["borrow_limit_minutes"] = None if without_limit else values["borrow_limit_minutes"] or 0
        return {name: value for name, value in values.items() if not self._stays(name, value)}

    def _stays(self, name: str, value: object) -> bool:
        if name in TermsForm.base_fields:
            return False
        return name not in self.data or (name not in MAY_BE_EMPTY and value in (None, ""))


def as_typed(terms: RetainerTerms) -> dict[str, Any]:
    """Terms as the form shows them, without their day."""
    shown = {name: getattr(terms, name) for name in AllTermsForm.base_fields if hasattr(terms, name) and name != "starts_on"}
    return shown | {
        "included_minutes": typed_hours(terms.included_minutes),
        "anchor_month": (terms.anchor_month - 1) % 3 + 1,
        "carry_cap_minutes": typed_hours(terms.carry_cap_minutes),
        "borrow_limit_minutes": typed_hours(terms.borrow_limit_minutes or None),
        "borrow_without_limit": terms.borrow_limit_minutes is None,
        "thresholds": ", ".join(str(percent) for percent in terms.thresholds),
        "weights": "\n".join(f"{kind} {percent}" for kind, percent in terms.weights.items()),
    }
