from typing import Any

from django import forms
from django.apps import AppConfig
from django.db.models import fields
from django.utils.translation import gettext_lazy as _

# What is said of a field that was left empty: what is missing, then what to give.
LEFT_EMPTY: dict[type[forms.Field], Any] = {
    forms.Field: _("This is empty. Fill it in."),
    forms.CharField: _("This is empty. Write something here."),
    forms.EmailField: _("This is empty. Write an e-mail address, like name@example.com."),
    forms.URLField: _("This is empty. Write an address that begins with https://."),
    forms.IntegerField: _("This is empty. Write a number."),
    forms.DateField: _("No day is chosen. Choose one."),
    forms.ChoiceField: _("Nothing is chosen. Choose one."),
    forms.MultipleChoiceField: _("Nothing is chosen. Choose at least one."),
    forms.ModelMultipleChoiceField: _("Nothing is chosen. Choose at least one."),
    forms.FileField: _("No file is chosen. Choose one."),
    forms.BooleanField: _("This is not ticked. Tick it to go on."),
}


class LookConfig(AppConfig):
    name = "look"

    def ready(self) -> None:
        fields.BLANK_CHOICE_LABEL = _("Choose")  # the way Django names to say it in one's own words
        for kind, said in LEFT_EMPTY.items():  # each kind of field merges these from its base classes down
            kind.default_error_messages = {**vars(kind).get("default_error_messages", {}), "required": said}
