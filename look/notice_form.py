"""How far notices go, chosen by whoever gets them; both doors show the same form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from events.actions.choosing import chosen_by
from events.rules.topics import Level, Topic

LEVEL_NAMES = {
    Level.MAIL: _("By mail, and here"),
    Level.HERE: _("Only here"),
    Level.NEVER: _("Not at all"),
}
STAFF_NAMES = {
    Topic.TALK: _("New requests, and what clients write"),
    Topic.STEPS: _("Steps of the work: given to you, planned for today, reopened"),
    Topic.DECISIONS: _("What clients decided on estimates and proposals"),
}
MEMBER_NAMES = {
    Topic.TALK: _("Answers to your requests"),
    Topic.STEPS: _("Steps of the work: planned, solved, closed"),
    Topic.DECISIONS: _("Estimates and proposals that were decided, withdrawn or have expired"),
    Topic.HOURS: _("Hours that run out: half, most or all of them are used"),
}


class NoticeChoiceForm(forms.Form):
    """One choice a topic, those that are the reader's to make."""

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        names = STAFF_NAMES if actor.is_staff else MEMBER_NAMES
        for topic, level in chosen_by(actor).items():
            self.fields[topic.value] = forms.ChoiceField(
                label=names[topic], choices=[(each.value, name) for each, name in LEVEL_NAMES.items()], initial=level.value
            )

    def choices(self) -> dict[Topic, Level]:
        return {Topic(name): Level(level) for name, level in self.cleaned_data.items()}
