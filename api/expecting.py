"""What a field takes, in words, for whoever left it out or sent something else."""

from functools import singledispatch
from typing import Any, cast

from django.utils.translation import gettext as _
from rest_framework import serializers


@singledispatch
def expected(_field: serializers.Field[Any, Any, Any, Any]) -> str:
    """One phrase; empty for a field whose kind says nothing by itself."""
    return ""


@expected.register
def of_text(field: serializers.CharField) -> str:
    return _("text of at most %(n)d characters") % {"n": field.max_length} if field.max_length else _("text")


@expected.register
def of_address(_field: serializers.EmailField) -> str:
    return _("an e-mail address")


@expected.register
def of_whole_number(_field: serializers.IntegerField) -> str:
    return _("a whole number")


@expected.register
def of_decimal(_field: serializers.DecimalField) -> str:
    return _('a decimal as text, like "12.50"')


@expected.register
def of_yes_or_no(_field: serializers.BooleanField) -> str:
    return _("true or false")


@expected.register
def of_day(_field: serializers.DateField) -> str:
    return _("a day, like 2026-11-23")


@expected.register
def of_moment(_field: serializers.DateTimeField) -> str:
    return _("a moment with its zone, like 2026-11-23T09:00:00Z")


@expected.register
def of_choice(field: serializers.ChoiceField) -> str:
    return _("one of %(choices)s") % {"choices": ", ".join(map(str, field.choices))}


@expected.register
def of_thing(field: serializers.PrimaryKeyRelatedField) -> str:
    return _("the id of the %(thing)s") % {"thing": cast("Any", field).queryset.model._meta.verbose_name}


@expected.register(serializers.ListField)
@expected.register(serializers.ListSerializer)
def of_list(_field: Any) -> str:
    return _("a list")


@expected.register(serializers.Serializer)
@expected.register(serializers.DictField)
def of_object(_field: Any) -> str:
    return _("an object")
