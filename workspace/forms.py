"""What the firm's people type in. A form knows its fields and how they read; what may happen is the actions' to say."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.errors import DomainError
from accounts.models import Client, Person
from billing.actions import Work
from billing.models import TimeEntry
from engagements.models import AISystem, Component, Engagement, RetainerTerms
from engagements.rules import Terms
from figures.durations import LONGEST_SECONDS
from look.hours import HoursField
from look.zones import zone_choices
from tickets.models import Ticket
from tickets.models.ticket import ServiceArea
from tickets.rules import PRIORITIES, Reason
from workspace.quick import Unclear, duration_of

SETTLED_REASONS = {
    Reason.DONE: _("done"),
    Reason.ANSWERED: _("answered"),
    Reason.DUPLICATE: _("asked twice"),
    Reason.DECLINED: _("declined"),
}


def said(error: DomainError) -> str:
    """The sentence of a broken rule, with the way to the entry it clashes with."""
    entry = error.facts.get("entry")
    if entry is None:
        return gettext(error.sentence)
    url = reverse("workspace:entry", args=[UUID(str(entry))])
    return format_html('{} <a href="{}">{}</a>', gettext(error.sentence), url, gettext("Open it"))


@contextmanager
def telling(request: HttpRequest, done: str) -> Iterator[None]:
    """Around a deed: whoever asked for it is told that it is done, or the sentence of the rule that forbids it."""
    try:
        yield
    except DomainError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, done)


def refuse(form: forms.BaseForm, error: DomainError) -> None:
    """Show the sentence of a broken rule at its field, or above the form where the form has no such field."""
    form.add_error(error.field if error.field in form.fields else None, said(error))


class Lines(forms.Textarea):
    """A place to write a few lines; it grows with them."""

    def __init__(self, rows: int = 3) -> None:
        super().__init__({"rows": rows})


class Day(forms.DateInput):
    """A day, picked in the browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ReplyForm(forms.Form):
    body = forms.CharField(label=_("Reply"), widget=Lines(5))
    ask = forms.BooleanField(label=_("wait for an answer"), required=False)


class NoteForm(forms.Form):
    body = forms.CharField(label=_("Internal note"), widget=Lines(4))


class ResolveForm(forms.Form):
    reason = forms.ChoiceField(label=_("Because it is"), choices=SETTLED_REASONS.items())
    summary = forms.CharField(label=_("What was done"), widget=Lines(), help_text=_("The client reads this."))


class ScheduleForm(forms.Form):
    planned_for = forms.DateField(label=_("Planned for"), widget=Day())
    body = forms.CharField(label=_("What is planned"), widget=Lines(), help_text=_("The client reads this."))


class ApprovalForm(forms.Form):
    minutes = HoursField(label=_("Estimate"))
    body = forms.CharField(label=_("What for"), widget=Lines(), help_text=_("The client reads this and decides."))


class AssignForm(forms.Form):
    """Who works on a ticket: one of those who see its client, or nobody yet."""

    assignee = forms.ModelChoiceField(Person.objects.none(), label=_("Who"), required=False, empty_label=_("nobody yet"))

    def __init__(self, *args: Any, client: Client, **options: Any) -> None:
        super().__init__(*args, **options)
        cast("forms.ModelChoiceField[Person]", self.fields["assignee"]).queryset = who_work_for(client)


def who_work_for(client: Client) -> Any:
    """Admins, leads, and the consultants assigned to a client."""
    assigned = Person.objects.of_the_firm().filter(assignments__client=client)
    return (Person.objects.who_lead() | Person.objects.of_the_firm().filter(pk__in=assigned.values("pk"))).order_by("name")


class TicketForm(forms.Form):
    """A new ticket that the firm opens for a client, or what may be changed of one."""

    client = forms.ModelChoiceField(Client.objects.none(), label=_("Client"))
    subject = forms.CharField(label=_("Subject"), max_length=200)
    body = forms.CharField(label=_("What is it about"), widget=Lines(5), help_text=_("The client reads this."))
    kind = forms.ChoiceField(label=_("Kind"), choices=Ticket.Kind.choices, initial=Ticket.Kind.REQUEST)
    service_area = forms.ChoiceField(label=_("Service area"), choices=ServiceArea.choices, initial=ServiceArea.TEAM_SUPPORT)
    priority = forms.TypedChoiceField(label=_("Priority"), coerce=int, choices=[(n, str(n)) for n in PRIORITIES], initial=3)
    estimate_minutes = HoursField(label=_("Estimate"), required=False)
    assignee = forms.ModelChoiceField(Person.objects.none(), label=_("Who"), required=False, empty_label=_("nobody yet"))

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        clients = cast("forms.ModelChoiceField[Client]", self.fields["client"])
        clients.queryset = Client.objects.visible_to(actor).in_care().order_by("name")
        cast("forms.ModelChoiceField[Person]", self.fields["assignee"]).queryset = Person.objects.of_the_firm().order_by("name")


class TicketEditForm(forms.Form):
    subject = forms.CharField(label=_("Subject"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=Ticket.Kind.choices)
    service_area = forms.ChoiceField(label=_("Service area"), choices=ServiceArea.choices)
    priority = forms.TypedChoiceField(label=_("Priority"), coerce=int, choices=[(n, str(n)) for n in PRIORITIES])
    system = forms.ModelChoiceField(AISystem.objects.none(), label=_("AI system"), required=False, empty_label=_("none"))
    estimate_minutes = HoursField(label=_("Estimate"), required=False)

    def __init__(self, *args: Any, actor: Actor, ticket: Ticket, **options: Any) -> None:
        super().__init__(*args, **options)
        systems = AISystem.objects.visible_to(actor).filter(client_id=ticket.client_id).order_by("name")
        cast("forms.ModelChoiceField[AISystem]", self.fields["system"]).queryset = systems


def _as_duration(entry: TimeEntry) -> str:
    hours, minutes = divmod(-(-entry.raw_seconds // 60), 60)
    return f"{hours}h{minutes:02d}" if hours else f"{minutes}m"


class EntryForm(forms.Form):
    """A time entry as it may be changed: a duration on a day, or from when to when."""

    work_date = forms.DateField(label=_("Day"), widget=Day())
    time = forms.CharField(label=_("Time"), max_length=40, help_text=_("1h30, 1.5h, 90m, or 9:15-10:45"))
    service_area = forms.ChoiceField(label=_("Service area"), choices=ServiceArea.choices)
    kind = forms.ChoiceField(label=_("Counts as"), choices=TimeEntry.Kind.choices)
    note = forms.CharField(label=_("Note for the client"), max_length=500, required=False, widget=Lines(2))

    def __init__(self, *args: Any, entry: TimeEntry, zone: str, **options: Any) -> None:
        self.entry, self.zone = entry, zone
        super().__init__(*args, **{"initial": self.as_typed(entry)} | options)

    def as_typed(self, entry: TimeEntry) -> dict[str, Any]:
        """The entry as somebody would have typed it."""
        if entry.started_at and entry.ended_at:
            starts, ends = timezone.localtime(entry.started_at), timezone.localtime(entry.ended_at)
            is_long = entry.raw_seconds > LONGEST_SECONDS  # from when to when would say less than it was
            typed, day = _as_duration(entry) if is_long else f"{starts:%H:%M}-{ends:%H:%M}", starts.date()
        else:
            typed, day = _as_duration(entry), entry.work_date
        return {"work_date": day, "time": typed, "service_area": entry.service_area, "kind": entry.kind, "note": entry.note}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "time" in values and "work_date" in values:
            try:
                values["span"] = self._span(values["time"], values["work_date"]) if "time" in self.changed_data else self._kept_span()
            except Unclear as error:
                self.add_error("time", error.sentence)
        return values

    def _kept_span(self) -> dict[str, Any]:
        """The time to the second as it was, on the day that was typed."""
        entry, day = self.entry, self.cleaned_data["work_date"]
        if entry.started_at is None or entry.ended_at is None:
            return {"raw_seconds": entry.raw_seconds, "work_date": day}
        zone, by = ZoneInfo(self.zone), day - self.as_typed(entry)["work_date"]
        if not by:
            return {"started_at": entry.started_at, "ended_at": entry.ended_at}
        starts = entry.started_at.astimezone(zone) + by
        return {"started_at": starts, "ended_at": starts.astimezone(dt.UTC) + (entry.ended_at - entry.started_at)}

    def _span(self, typed: str, day: dt.date) -> dict[str, Any]:
        found = duration_of(typed)
        if found.started is None or found.ended is None:
            return {"raw_seconds": found.seconds, "work_date": day}
        ends_on = day + dt.timedelta(days=found.ended <= found.started)
        zone = ZoneInfo(self.zone)
        return {
            "started_at": dt.datetime.combine(day, found.started, zone),
            "ended_at": dt.datetime.combine(ends_on, found.ended, zone),
        }

    def work(self) -> Work:
        """What the entry becomes; an unchanged time keeps its seconds."""
        values, entry = self.cleaned_data, self.entry
        return Work(
            service_area=values["service_area"],
            kind=values["kind"],
            note=values["note"],
            work_kind=entry.work_kind,
            ticket=entry.ticket,
            system=entry.system,
            **values["span"],
        )


class ClientEditForm(forms.ModelForm):
    """How a client is called, where it is, when it works, and how much of its own hours it reads."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)

    class Meta:
        model = Client
        fields = ("name", "time_zone", "calendar", "visibility")
        help_texts = {
            "calendar": _("Empty: the firm's own hours."),
            "visibility": _(
                "In the portal, its statements, its files and the API. What it does not read opens as a sum. Lower it, and exit kits"
                " made before are gone."
            ),
        }


class RetainerForm(forms.Form):
    """A new retainer: what it is called, who leads it, in what money."""

    engagement_name = forms.CharField(label=_("Retainer"), max_length=80, initial=_("AI care"))
    lead = forms.ModelChoiceField(Person.objects.none(), label=_("Lead"), required=False, empty_label=_("nobody yet"))
    currency = forms.RegexField(r"^[A-Z]{3}$", label=_("Currency"), error_messages={"invalid": _("Write three capitals, like USD.")})

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast("forms.ModelChoiceField[Person]", self.fields["lead"]).queryset = Person.objects.of_the_firm().order_by("name")


class ClientForm(RetainerForm):
    """A new client with its first retainer: who, how many hours, for how much, from when."""

    name = forms.CharField(label=_("Name"), max_length=80)
    code = forms.RegexField(
        r"^[A-Z][A-Z0-9]{1,7}$",
        label=_("Code"),
        help_text=_("Two to eight capitals; begins every reference: ACM in ACM-42."),
        error_messages={"invalid": _("Write two to eight capitals or digits, a letter first, like ACM.")},
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)
    field_order = ("name", "code", "time_zone")

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).upper()


QUARTERS = (
    (1, _("January, April, July and October")),
    (2, _("February, May, August and November")),
    (3, _("March, June, September and December")),
)


class TermsForm(forms.Form):
    """The terms of a retainer, from a day on."""

    starts_on = forms.DateField(
        label=_("In force from"), widget=Day(), help_text=_("A period that has begun already gets its hours for the days that are left.")
    )
    included_minutes = HoursField(label=_("Hours a period"), bare_is_hours=True, help_text=_("Like 12 or 12h30."))
    fee = forms.DecimalField(label=_("Fee a period"), min_value=0, max_digits=13, decimal_places=3)
    period_unit = forms.ChoiceField(label=_("Period"), choices=RetainerTerms.Unit.choices)
    anchor_month = forms.TypedChoiceField(
        label=_("Quarters begin in"),
        choices=QUARTERS,
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Only for periods of a quarter."),
    )
    overage = forms.ChoiceField(label=_("Hours over"), choices=RetainerTerms.Overage.choices, initial="authorise")
    overage_rate = forms.DecimalField(label=_("Rate an hour over"), min_value=0, max_digits=11, decimal_places=3, required=False)
    carry_periods = forms.IntegerField(label=_("Periods that unused hours live on"), min_value=0, max_value=24, initial=1)
    carry_cap_percent = forms.IntegerField(
        label=_("Most carried, percent of the hours"),
        min_value=0,
        max_value=1000,
        initial=50,
        required=False,
        help_text=_("Empty is no cap."),
    )
    thresholds = forms.RegexField(
        r"^\s*\d{1,3}(\s*[, ]\s*\d{1,3})*\s*$",
        label=_("Alert at percent"),
        initial="50, 80, 100",
        required=False,
        error_messages={"invalid": _("Write percents with commas between them, like 50, 80, 100.")},
    )

    def clean_thresholds(self) -> tuple[int, ...]:
        percents = {int(percent) for percent in str(self.cleaned_data["thresholds"] or "").replace(",", " ").split()}
        if 0 in percents:
            raise forms.ValidationError(_("Zero is always reached. Alert at 1 percent or more."))
        return tuple(sorted(percents))

    def clean(self) -> dict[str, Any]:
        """Quarters of which nothing was sent begin as agreed before, or with the calendar's."""
        values = super().clean() or {}
        if values.get("overage") == RetainerTerms.Overage.BILL and "overage_rate" in values and values["overage_rate"] is None:
            self.add_error("overage_rate", _("Hours over are billed at a rate. Say which."))
        return {name: value for name, value in values.items() if name != "anchor_month" or value is not None}

    def terms(self, before: Terms | None = None) -> Terms:
        """The frozen terms that the action takes. What the form does not show stays as it was agreed before."""
        return replace(before, ends_on=None, **self.cleaned_data) if before else Terms(**self.cleaned_data)


class RetainerField(forms.ModelChoiceField):
    """A retainer to choose, by its client and name."""

    def label_from_instance(self, obj: Engagement) -> str:
        return f"{obj.client.name}, {obj.name}"


class SystemForm(forms.Form):
    engagement = RetainerField(Engagement.objects.none(), label=_("Retainer"))
    name = forms.CharField(label=_("Name"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), choices=AISystem.Kind.choices)
    purpose = forms.CharField(label=_("What it is for"), max_length=240, required=False)
    since = forms.DateField(label=_("In care since"), widget=Day())

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        field = cast("forms.ModelChoiceField[Engagement]", self.fields["engagement"])
        field.queryset = (
            Engagement.objects.visible_to(actor).running(timezone.localdate()).select_related("client").order_by("client__name")
        )


class ComponentForm(forms.ModelForm):
    class Meta:
        model = Component
        fields = ("name", "kind", "version")
