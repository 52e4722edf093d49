"""What each retainer leaves, how people's time is used, and what people cost. For admins; for others the page is not there."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.errors import DomainError
from accounts.models import Firm, Person
from billing.actions.costing import set_cost_rate
from billing.models import CostRate, Period
from billing.models.margin import margins, use_of
from billing.policies import may_see_costs
from look.once import once
from look.sheets import as_file, is_asked
from workspace.access import StaffRequest, for_staff, only_if
from workspace.columns import COSTS, MARGINS, USE
from workspace.forms import Day, refuse
from workspace.shell import show

LONGEST = dt.timedelta(days=400)


class SpanForm(forms.Form):
    since = forms.DateField(label=_("From"), widget=Day())
    until = forms.DateField(label=_("Up to"), widget=Day())

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if len(values) == 2 and not dt.timedelta(0) <= values["until"] - values["since"] <= LONGEST:
            self.add_error("until", gettext("Choose a day after the first, at most 400 days later."))
        return values


class CostForm(forms.Form):
    person = forms.ModelChoiceField(Person.objects.none(), label=_("Who"))
    rate = forms.DecimalField(label=_("Cost an hour"), min_value=0, max_digits=11, decimal_places=3)
    starts_on = forms.DateField(label=_("From"), widget=Day())

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast("forms.ModelChoiceField[Person]", self.fields["person"]).queryset = Person.objects.of_the_firm().order_by("name")


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def margin(request: StaffRequest) -> HttpResponseBase:
    """Margin by period, use by person, and the rates; `?since=&until=` name the days. A POST sets a rate.

    Three lists with a file each: with `list=use` it is of how time was used, with `list=costs` of the rates.
    """
    only_if(may_see_costs(request.actor))
    today = timezone.localdate()
    usual = {"since": today.replace(day=1), "until": today}
    form = CostForm(request.POST or None, initial={"starts_on": today.replace(day=1)})
    if request.method == "POST" and form.is_valid():
        try:
            set_cost_rate(actor=request.actor, **form.cleaned_data)
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("Saved. Time of open periods counts with it."))
            return redirect("workspace:margin")
    span = SpanForm(request.GET or usual, initial=usual)
    days = span.cleaned_data if span.is_valid() else usual
    lists = _lists(request, days["since"], days["until"] + dt.timedelta(days=1))
    if file := _file(request, lists):
        return file
    context = {"span": span, "form": form, **lists}
    return show(request, "margin", context, place="margin", status=422 if form.errors else 200)


def _lists(request: StaffRequest, since: dt.date, until: dt.date) -> dict[str, Any]:
    """The three lists of the days in [since, until), and the firm's own currency, in which people cost."""
    found = Period.objects.visible_to(request.actor).of_the_promise().filter(starts_on__lt=until, ends_on__gt=since)
    own = Firm.objects.the().currency
    return {
        "rows": margins(found.select_related("client", "engagement").order_by("client__name", "starts_on", "pk"), own),
        "people": use_of(Person.objects.of_the_firm().order_by("name"), since, until, own),
        "rates": CostRate.objects.visible_to(request.actor).select_related("person").order_by("person__name", "-starts_on"),
        "own": own,
    }


def _file(request: StaffRequest, lists: dict[str, Any]) -> FileResponse | None:
    own = lists["own"]
    if is_asked(request, "use"):
        return as_file(request, "use-of-time", USE, [(row, own) for row in lists["people"]])
    if is_asked(request, "costs"):
        return as_file(request, "costs", COSTS, [(rate, own) for rate in lists["rates"]])
    return as_file(request, "margin", MARGINS, [(row, own) for row in lists["rows"]])
