"""How every form of the product is set: the summary of errors, then each field with its label, control, hint and sentence."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Widget
from django.utils.functional import Promise

PLAIN = (forms.CheckboxInput, forms.CheckboxSelectMultiple, forms.RadioSelect, forms.HiddenInput, forms.MultipleHiddenInput)


def status_of(form: forms.BaseForm, made: str) -> int:
    """Of a page with its form: 422 for what is to be mended, 201 where it shows what was just made."""
    return 422 if form.errors else 201 if made else 200


class Field(BoundField):
    """A field that knows its class in the stylesheet. A widget that names its own class keeps it beside ours."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        control = widget or self.field.widget
        if not isinstance(control, PLAIN):
            names = ["input", "input-code"] if control.attrs.get("autocomplete") == "one-time-code" else ["input"]
            names += f"{control.attrs.get('class', '')} {built.get('class', '')}".split()
            built["class"] = " ".join(dict.fromkeys(names))
        if control.attrs.get("placeholder") == self.label:
            built["placeholder"] = False  # a placeholder that repeats its label says nothing
        return built

    @property
    def is_check(self) -> bool:
        """Whether the control stands before its label."""
        return isinstance(self.field.widget, forms.CheckboxInput)


class Grouped(forms.Form):
    """A long form in parts, each under its heading and in two columns where there is room; a field in no part stands first."""

    template_name = "look/forms/grouped.html"
    parts: ClassVar[Sequence[tuple[str | Promise, Sequence[str]]]] = ()

    def in_parts(self) -> list[tuple[str | Promise, list[BoundField]]]:
        """Each heading with its fields; without one those that no part names."""
        named = {name for _heading, names in self.parts for name in names}
        rest = [field for field in self.visible_fields() if field.name not in named]
        found = [(heading, [self[name] for name in names if name in self.fields]) for heading, names in self.parts]
        return [("", rest), *found] if rest else [*found]


class Renderer(TemplatesSetting):
    """Set as FORM_RENDERER: `{{ form }}` and `{{ field.as_field_group }}` give the markup of the design."""

    form_template_name = "look/forms/form.html"
    field_template_name = "look/forms/field.html"
    bound_field_class = Field
