"""What a client writes to the firm."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.errors import DomainError
from accounts.policies import CLIENT_SCOPES
from engagements.models import AISystem
from look.files import FilesField
from look.hours import HoursField
from look.scopes import ScopesField
from tickets.rules import LONGEST_MESSAGE, LONGEST_SUBJECT


class ActionForm(forms.Form):
    """A form whose action may still say no: the sentence then stands at the field it is about."""

    def refuse(self, error: DomainError) -> None:
        """Show what the action said."""
        self.add_error(error.field if error.field in self.fields else None, error.sentence)


class ReplyForm(ActionForm):
    body = forms.CharField(
        label=_("Your message"),
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write a few words first.")},
    )
    files = FilesField(label=_("Files"), required=False)  # type: ignore[assignment]  # the form takes its fields off the class


class KeyForm(ActionForm):
    """A key for one of the client's programs: what is read, and the little that a client writes."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Which program holds it, so that you know it again."))
    scopes = ScopesField(CLIENT_SCOPES)
    expires_on = forms.DateField(label=_("Expires on"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


class AuthoriseForm(ActionForm):
    """A yes to hours over: how many, for how much, for work until when."""

    minutes_cap = HoursField(label=_("Hours, at most"), bare_is_hours=True, required=False, help_text=_("Like 2, 1.5 or 1h30."))
    money_cap = forms.DecimalField(label=_("Money, at most"), required=False, max_digits=13, decimal_places=3)
    last_day = forms.DateField(
        label=_("For work up to and including"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty: until it is used up or you take it back."),
    )
    note = forms.CharField(label=_("A few words"), required=False, max_length=200)

    def limits(self) -> dict[str, Any]:
        """As the action takes them: the day is then the first that is no longer covered."""
        said = dict(self.cleaned_data)
        last_day = said.pop("last_day")
        return said | {"valid_until": last_day + dt.timedelta(days=1) if last_day and last_day < dt.date.max else None}


class LateForm(ActionForm):
    """A yes to hours over of a closed period: all that is left, or the first so many."""

    minutes = HoursField(label=_("Hours"), bare_is_hours=True, required=False, help_text=_("Empty: all of them."))


class DeclineForm(ActionForm):
    """A no to hours over: to as many minutes as its page showed, and to no others."""

    minutes = forms.IntegerField(
        min_value=1, error_messages=dict.fromkeys(("required", "invalid", "min_value"), _("Read what waits now, and decline that."))
    )


class RequestForm(ActionForm):
    """A new request, about one of the client's systems or none."""

    subject = forms.CharField(
        label=_("What is it about?"), max_length=LONGEST_SUBJECT, error_messages={"required": _("Say in a few words what it is about.")}
    )
    system = forms.ModelChoiceField(
        label=_("AI system"), queryset=AISystem.objects.none(), required=False, empty_label=_("None of them, or not sure")
    )
    body = forms.CharField(
        label=_("What should we know?"),
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("What happens, what you expected instead, since when, and how much it hinders you."),
        error_messages={"required": _("Tell us what happens and what you expected instead.")},
    )
    urgent = forms.BooleanField(
        label=_("This is urgent for us"), required=False, help_text=_("A wish: we set the priority together and tell you by when.")
    )
    files = FilesField(label=_("Files"), required=False)  # type: ignore[assignment]  # the form takes its fields off the class

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_care = AISystem.objects.visible_to(actor).filter(retired_on=None).order_by("name")
        self.fields["system"].queryset = in_care  # type: ignore[attr-defined]
