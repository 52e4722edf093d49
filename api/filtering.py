"""Query parameters, taken strictly: what a list does not know is refused by name, never ignored."""

import datetime as dt
import re
from collections.abc import Collection
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request

from api.asking import OBJECT_PARAMETERS
from api.paging import PARAMETERS
from api.problems import BadParameters
from tickets.filters import ME, MeOrUuid

A_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class StrictFilter(DjangoFilterBackend):
    """The room's FilterSet, which the pages use too, behind a door that answers 400 to what it does not know."""

    def filter_queryset(self, request: Any, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset_class = self.get_filterset_class(view, queryset)
        known = filterset_class.base_filters if filterset_class is not None else {}
        refuse_unknown(request, view.parameters, known)
        asked = [name for name in known if name in request.query_params]
        filterset = self.get_filterset(request, queryset, view) if asked else None
        if filterset is None:
            return queryset
        for name in known.keys() - asked:
            del filterset.filters[name]  # the form is made of what is left: what nobody asked costs nothing
        misread = _misread(request, filterset)
        told = {error["parameter"] for error in misread}
        errors = [*misread, *(error for error in _invalid(filterset) if error["parameter"] not in told)]
        if errors:
            raise BadParameters(errors)
        found: QuerySet[Any] = filterset.qs
        return found


LIST_PARAMETERS = (*PARAMETERS, "ordering", "format")


def refuse_unknown(request: Request, fixed: Collection[str], filters: Collection[str] = ()) -> None:
    """Raises BadParameters that names each parameter nobody reads, and those that are read; or each fixed one that was said twice."""
    allowed = {*fixed, *filters}
    unknown = [name for name in request.query_params if name not in allowed]
    if unknown:
        message = _("This is not asked of such a list.") if allowed else _("Nothing can be asked here.")
        raise BadParameters(
            [{"parameter": name, "detail": message, "allowed": sorted(allowed)} for name in unknown], code="unknown-parameter"
        )
    repeated = [name for name in fixed if name not in OBJECT_PARAMETERS and len(request.query_params.getlist(name)) > 1]
    if repeated:
        raise BadParameters([{"parameter": name, "detail": _("Say it once.")} for name in repeated])


def _misread(request: Request, filterset: django_filters.FilterSet) -> list[dict[str, object]]:
    """What a form would silently take for nothing or for something else: empty values, repeated ones, booleans in other words, and days
    of which nobody knows whether their month comes first.
    """
    errors: list[dict[str, object]] = []
    for name, field in filterset.form.fields.items():
        values = request.query_params.getlist(name)
        if any(not value for value in values):
            errors.append({"parameter": name, "detail": _("Leave it out instead of sending nothing.")})
        elif len(values) > 1 and not isinstance(field, forms.MultipleChoiceField):
            errors.append({"parameter": name, "detail": _("Say it once.")})
        elif isinstance(field, forms.NullBooleanField) and values and values[0] not in {"true", "false"}:
            errors.append({"parameter": name, "detail": _("Say true or false."), "allowed": ["true", "false"]})
        elif isinstance(field, forms.DateField) and values and not _is_a_day(values[0]):
            errors.append({"parameter": name, "detail": _("Write a day like 2026-11-01.")})
        elif isinstance(filterset.filters[name], MeOrUuid) and values and not _names_a_person(values[0]):
            errors.append({"parameter": name, "detail": _("Send an id, or me.")})
    return errors


def _names_a_person(value: str) -> bool:
    try:
        return value == ME or bool(UUID(value))
    except ValueError:
        return False


def _is_a_day(value: str) -> bool:
    try:
        return bool(A_DAY.fullmatch(value) and dt.date.fromisoformat(value))
    except ValueError:
        return False


def _invalid(filterset: django_filters.FilterSet) -> list[dict[str, object]]:
    errors: list[dict[str, object]] = []
    for name, messages in filterset.errors.items():
        field: Any = filterset.form.fields[name]
        is_moment = isinstance(field, forms.DateTimeField)
        detail = _("Write a moment like 2026-11-01T09:30:00Z.") if is_moment else " ".join(str(message) for message in messages)
        told: dict[str, object] = {"parameter": name, "detail": detail}
        if _has_few_choices(field):
            told["allowed"] = [str(value) for value, _label in field.choices if value not in {"", None}]
        errors.append(told)
    return errors


def _has_few_choices(field: object) -> bool:
    return isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField)
