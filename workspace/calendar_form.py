"""Opening hours as people write them: one line a weekday, a country's holidays, and the days that are an exception."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actions.calendars import countries, public_holidays
from accounts.errors import DomainError
from accounts.models import BusinessCalendar, CalendarVersion
from accounts.rules import Hours, Window
from look.zones import zone_choices
from workspace.forms import Lines

_SPAN = re.compile(r"(\d{1,2})(?::(\d\d))?\s*(?:-|\u2013|\bto\b)\s*(\d{1,2})(?::(\d\d))?", re.ASCII)
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)\s*(.*)", re.ASCII)


def read_hours(typed: str) -> Hours:
    """`9:00-12:30, 13:30-17:00` as minutes of the day; nothing is closed. Raises ValidationError."""
    spans = []
    for part in filter(None, (each.strip() for each in typed.split(","))):
        found = _SPAN.fullmatch(part)
        if found is None:
            raise forms.ValidationError(gettext("Write hours like 9:00-17:00, or 9-12:30, 13:30-17. Nothing means closed."))
        opens, closes = (int(found[first]) * 60 + int(found[first + 1] or 0) for first in (1, 3))
        if not 0 <= opens < closes <= 24 * 60:
            raise forms.ValidationError(gettext("Opening hours begin before they end and lie between 00:00 and 24:00."))
        spans.append((opens, closes))
    return tuple(sorted(spans))


def said_hours(hours: Hours) -> str:
    return ", ".join(f"{opens // 60}:{opens % 60:02d}-{closes // 60}:{closes % 60:02d}" for opens, closes in hours)


class HoursOfDay(forms.CharField):
    """The opening hours of one weekday."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput({"placeholder": _("closed")})
        super().__init__(max_length=120, required=False, widget=widget, **options)

    def clean(self, value: str) -> Any:
        return read_hours(super().clean(value))


class CalendarForm(forms.Form):
    """A calendar's name and its opening hours; what is shown is the newest version of them."""

    name = forms.CharField(label=_("Name"), max_length=80)
    zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)
    country = forms.ChoiceField(
        label=_("Closed on the public holidays of"),
        required=False,
        choices=lambda: [("", _("no country")), *countries()],
        help_text=_("From this year on for three years; save again later for those that follow."),
    )
    region = forms.CharField(label=_("Part of the country"), max_length=8, required=False, help_text=_("As BY in DE, or CA in US."))
    exceptions = forms.CharField(
        label=_("Days of their own"),
        required=False,
        widget=Lines(4),
        max_length=8000,
        help_text=_("One a line: 2026-12-24 9:00-12:00, or the day alone where it stays closed."),
    )

    def __init__(self, *args: Any, calendar: BusinessCalendar | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        for weekday, name in WEEKDAYS.items():
            self.fields[f"day_{weekday}"] = HoursOfDay(label=name, initial="9:00-17:00" if weekday < 5 else "")
        self.order_fields(["name", "zone", *(f"day_{weekday}" for weekday in WEEKDAYS), "country", "region", "exceptions"])
        if calendar is not None:
            del self.fields["name"]

    def clean_exceptions(self) -> dict[dt.date, Hours]:
        days: dict[dt.date, Hours] = {}
        for line in filter(None, (each.strip() for each in self.cleaned_data["exceptions"].splitlines())):
            found = _DAY.fullmatch(line)
            try:
                day = dt.date.fromisoformat(found[1]) if found else None
            except ValueError:
                day = None
            if found is None or day is None:
                told = _('"%(line)s" begins with no day. Write it like 2026-12-24.')
                raise forms.ValidationError(told % {"line": line[:60]})
            days[day] = read_hours(found[2])
        return days

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.errors:
            return values
        try:
            closed = public_holidays(values["country"], values["region"].upper(), today=timezone.localdate()) if values["country"] else {}
        except DomainError as error:
            self.add_error(error.field, error.sentence)
            return values
        values["days"] = dict.fromkeys(closed, ()) | values["exceptions"]
        return values

    def hours(self) -> dict[str, Any]:
        """What the actions take."""
        values = self.cleaned_data
        windows = [Window(weekday, opens, closes) for weekday in WEEKDAYS for opens, closes in values[f"day_{weekday}"]]
        return {"zone": values["zone"], "windows": windows, "days": values["days"]}


def as_typed(version: CalendarVersion) -> dict[str, Any]:
    """Opening hours as the form shows them; holidays have become days of their own."""
    rules = version.as_rules()
    week = {f"day_{weekday}": said_hours(tuple((w.opens, w.closes) for w in rules.windows if w.weekday == weekday)) for weekday in WEEKDAYS}
    days = "\n".join(f"{day} {said_hours(hours)}".strip() for day, hours in sorted(rules.overrides.items()))
    return week | {"zone": version.zone, "exceptions": days}
