"""What an admin hands over to be imported, and how it is to be read."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.errors import DomainError
from billing.actions.importing import mapping_names
from billing.actions.importing.starting import LONGEST_COLUMN
from billing.models.importing import LONGEST_MAPPING
from look.files import FilesField
from workspace.forms import Lines

PROGRAMS = {
    "clockify": _("Clockify, detailed report"),
    "harvest": _("Harvest, detailed time report"),
    "kimai": _("Kimai, export"),
    "sip": _("SiP, the public data set"),
    "solidtime": _("solidtime, detailed report"),
    "toggl": _("Toggl Track, detailed report"),
}


class ImportForm(forms.Form):
    file = FilesField(label=_("Files"), max_length=255, help_text=_("CSV. Most programs give one file."))
    mapping = forms.ChoiceField(label=_("Comes from"))
    undated = forms.CharField(
        label=_("A column that dates rows without a day"),
        max_length=LONGEST_COLUMN,
        required=False,
        help_text=_("Left empty, such rows are listed and their time is not imported."),
    )
    real = forms.BooleanField(label=_("import at once, without a trial"), required=False)

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        names = mapping_names(actor)
        choices = [(name, PROGRAMS.get(name, name)) for name in names if name != "sip"]
        self.fields["mapping"] = forms.ChoiceField(label=_("Comes from"), choices=[*choices, ("sip", PROGRAMS["sip"])])

    def values(self) -> dict[str, Any]:
        """What `start_import` takes."""
        told = self.cleaned_data
        return {"files": told["file"], "mapping": told["mapping"], "undated": told["undated"], "dry_run": not told["real"]}


class MappingForm(forms.Form):
    text = forms.CharField(
        label=_("Mapping"), max_length=LONGEST_MAPPING, strip=False, widget=Lines(24), help_text=_("Its name is what it is saved under.")
    )


def wrong_mapping(error: DomainError, text: str) -> str:
    """Why a mapping was refused, in one sentence: where it stands, what is wrong, what to write instead."""
    facts = error.facts
    if "detail" in facts:
        if "line" in facts:
            told = gettext("Line %(line)s cannot be read: compare its quotes, brackets and equals signs with the lines around it.")
            return told % {"line": facts["line"]}
        return gettext("The mapping breaks off: a value is missing after its last equals sign, or a quote or bracket is still open.")
    value = str(facts.get("value", ""))
    known = facts.get("known")
    if isinstance(known, list):
        told = gettext("%(where)s: %(value)s means nothing here. Write one of %(known)s.")
        return told % {"where": _where(facts, text), "value": value, "known": ", ".join(map(str, known))}
    return f"{_where(facts, text)}: {gettext(error.sentence)}" if facts.get("place") else gettext(error.sentence)


def _where(facts: dict[str, object], text: str) -> str:
    """The line that holds the value, else the place by its name in the mapping."""
    value, place = str(facts.get("value", "")), str(facts["place"])
    line = next((number for number, line in enumerate(text.splitlines(), start=1) if value and value in line), None)
    return gettext("Line %(line)s, %(place)s") % {"line": line, "place": place} if line else place
