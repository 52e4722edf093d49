"""The one form of a proposal: what it is about, what it is made of in three points each, and the work a yes begins."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from django import forms
from django.forms.boundfield import BoundField
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.errors import DomainError
from engagements.models import AISystem, Engagement
from look.estimates import GRADE_NAMES, INPUT_NAMES
from look.hours import HoursField
from proposals.actions import Piece
from proposals.models import Proposal
from proposals.rules import INPUTS, Grade, Unit
from proposals.rules.inputs import POINTS, RATES
from tickets.models.ticket import ServiceArea
from workspace.forms import Day, Lines, RetainerField

FREE_LINES = 3
UNIT_NAMES = {Unit.COUNT: "", Unit.MINUTES: _("min"), Unit.PERCENT: "%", Unit.HOURS: _("h")}
FIRM_GRADES = [(grade.value, label) for grade, label in GRADE_NAMES.items() if grade is not Grade.CLIENT]
GRADES = sorted([*FIRM_GRADES, (Grade.CLIENT.value, _("C, the client's estimate"))])


class InputRow(NamedTuple):
    """The fields of one input, side by side."""

    label: str
    unit: str
    fields: tuple[BoundField, ...]
    grade: BoundField | None


class NewProposalForm(forms.Form):
    """For whom, and what it is called; the rest follows on its page."""

    engagement = RetainerField(Engagement.objects.none(), label=_("For"))
    title = forms.CharField(label=_("Title"), max_length=120)

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        running = Engagement.objects.visible_to(actor).running(timezone.localdate()).filter(is_imported=False)
        cast("RetainerField", self.fields["engagement"]).queryset = running.select_related("client").order_by("client__name")


class ProposalForm(forms.Form):
    """A proposal that was not sent yet. Figures are typed as they are; what they may be is for the rules to say."""

    title = forms.CharField(label=_("Title"), max_length=120)
    summary = forms.CharField(
        label=_("What would change"), max_length=4000, required=False, widget=Lines(5), help_text=_("The client reads this.")
    )
    system = forms.ModelChoiceField(AISystem.objects.none(), label=_("AI system"), required=False, empty_label=_("none"))
    cap_amount = forms.DecimalField(
        label=_("Costs at most"), max_digits=13, decimal_places=3, required=False, help_text=_("Empty is what it costs to build.")
    )
    expires_on = forms.DateField(label=_("To be decided by"), required=False, widget=Day(), help_text=_("Empty is 30 days from sending."))

    def __init__(self, *args: Any, proposal: Proposal, **options: Any) -> None:
        self.proposal = proposal
        self.tasks = list(proposal.tasks.all())
        options["initial"] = self._initial()
        super().__init__(*args, **options)
        systems = AISystem.objects.filter(client_id=proposal.client_id, retired_on=None).order_by("name")
        cast("forms.ModelChoiceField[AISystem]", self.fields["system"]).queryset = systems
        self._add_inputs()
        self._add_lines()

    def _initial(self) -> dict[str, Any]:
        of = self.proposal
        initial: dict[str, Any] = {"title": of.title, "summary": of.summary, "system": of.system_id, "cap_amount": of.cap_amount}
        if of.expires_at:
            initial["expires_on"] = timezone.localtime(of.expires_at - dt.timedelta(seconds=1)).date()
        for name, value in (of.inputs or {}).items():
            parts = {f"{name}_{part}": figure for part, figure in value.items()} if isinstance(value, dict) else {name: value}
            initial |= parts
        for place, task in enumerate(self.tasks):
            initial |= {f"task_{place}_subject": task.subject, f"task_{place}_time": _typed(task.minutes)}
            initial[f"task_{place}_area"] = task.service_area
        return initial

    def _add_inputs(self) -> None:
        for known in INPUTS:
            label = str(INPUT_NAMES[known.name])
            for part, word in zip(POINTS, (gettext("low"), gettext("likely"), gettext("high")), strict=True):
                self.fields[f"{known.name}_{part}"] = _figure(f"{label}, {word}")
            grades = forms.ChoiceField(label=gettext("%(input)s, evidence") % {"input": label}, choices=GRADES, required=False, initial="D")
            self.fields[f"{known.name}_grade"] = grades
        for rate in RATES:
            self.fields[rate.name] = _figure(str(INPUT_NAMES[rate.name]))

    def _add_lines(self) -> None:
        for place in range(len(self.tasks) + FREE_LINES):
            words = {"number": place + 1}
            self.fields[f"task_{place}_subject"] = forms.CharField(
                label=gettext("Piece %(number)d") % words, max_length=200, required=False
            )
            self.fields[f"task_{place}_time"] = HoursField(label=gettext("Time of piece %(number)d") % words, required=False, help_text="")
            self.fields[f"task_{place}_area"] = forms.ChoiceField(
                label=gettext("Service area of piece %(number)d") % words,
                choices=ServiceArea.choices,
                required=False,
                initial=ServiceArea.WORKFLOW_EXPANSION,
            )

    def described(self) -> list[BoundField]:
        return [self[name] for name in ("title", "summary", "system", "cap_amount", "expires_on")]

    def input_rows(self) -> Iterator[InputRow]:
        """The inputs as rows of a table, the firm's rates last."""
        for known in INPUTS:
            unit = self.proposal.currency if known.unit is Unit.MONEY else str(UNIT_NAMES[known.unit])
            fields = tuple(self[f"{known.name}_{part}"] for part in POINTS)
            yield InputRow(str(INPUT_NAMES[known.name]), unit, fields, self[f"{known.name}_grade"])
        for rate in RATES:
            yield InputRow(str(INPUT_NAMES[rate.name]), self.proposal.currency, (self[rate.name],), None)

    def task_rows(self) -> list[tuple[BoundField, BoundField, BoundField]]:
        places = range(len(self.tasks) + FREE_LINES)
        return [(self[f"task_{n}_subject"], self[f"task_{n}_time"], self[f"task_{n}_area"]) for n in places]

    def inputs(self) -> dict[str, Any] | None:
        """The figures as the rules read them; None where nothing was typed, so that it stays an idea."""
        found: dict[str, Any] = {rate.name: self.data[rate.name] for rate in RATES if self.data.get(rate.name, "").strip()}
        for known in INPUTS:
            typed = {part: self.data.get(f"{known.name}_{part}", "").strip() for part in POINTS}
            if any(typed.values()):
                grade = self.data.get(f"{known.name}_grade") or Grade.OURS.value
                found[known.name] = {part: figure for part, figure in typed.items() if figure} | {"grade": grade}
        return found or None

    def changes(self) -> dict[str, Any]:
        """What the action takes."""
        values = self.cleaned_data
        day = values["expires_on"]
        ends = timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min)) if day else None
        kept = {name: values[name] for name in ("title", "summary", "system", "cap_amount")}
        return kept | {"expires_at": ends, "inputs": self.inputs(), "pieces": self._pieces()}

    def _pieces(self) -> list[Piece]:
        pieces = []
        for place in range(len(self.tasks) + FREE_LINES):
            subject, minutes = self.cleaned_data[f"task_{place}_subject"], self.cleaned_data[f"task_{place}_time"]
            if subject or minutes:
                pieces.append(Piece(subject, minutes or 0, self.cleaned_data[f"task_{place}_area"] or ServiceArea.WORKFLOW_EXPANSION))
        return pieces

    def refuse(self, error: DomainError) -> None:
        """Show the sentence of a broken rule at the figure it is about."""
        name = error.field.removeprefix("inputs/").replace("/", "_")
        named = next(
            (found for found in (name, f"{name}_likely", "expires_on" if name == "expires_at" else "") if found in self.fields), None
        )
        self.add_error(named, gettext(error.sentence))


class LimitForm(forms.Form):
    """The most money somebody may approve at once."""

    up_to = forms.DecimalField(min_value=0, max_digits=13, decimal_places=3, required=False)


def _figure(label: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=20, required=False, widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off", "size": "7"})
    )


def _typed(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours}h{rest:02d}" if hours and rest else f"{hours}h" if hours else f"{rest}m"
