"""Hours as people type them into a form, the same at both page doors."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from figures.durations import Unreadable, parse_hours
from figures.text import NO_BREAK


class HoursField(forms.CharField):
    """Typed like the quick line, `1h30` or `90m`, and longer than a day as `40h` or `40h30`; whole minutes, None when left empty.

    A bare number is minutes, as on the quick line; where the field asks for hours (`bare_is_hours`) it is hours.
    """

    def __init__(self, *, bare_is_hours: bool = False, **options: Any) -> None:
        self.bare_is_hours = bare_is_hours
        super().__init__(max_length=40, **{"help_text": _("1h30, 1.5h, 90m"), **options})

    def clean(self, value: Any) -> Any:
        typed = str(super().clean(value)).replace(NO_BREAK, " ").strip()
        if not typed:
            return None
        try:
            return parse_hours(typed, bare_is_hours=self.bare_is_hours)
        except Unreadable as error:
            told = _("Write hours like 2, 1.5, 1h30 or 90 min.") if self.bare_is_hours else gettext(error.sentence) % error.params
            raise forms.ValidationError(told, code="hours") from error
