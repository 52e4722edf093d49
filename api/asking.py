"""How much of its objects a request asks for: `fields` for less, `expand` for more."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request

from api.access import hold_to_scope
from api.problems import BadParameters
from api.rows import Row, Shaped

OBJECT_PARAMETERS = ("fields", "expand")
FORMATS = ("csv", "xlsx", "json", "jsonl")


@dataclass(frozen=True, slots=True)
class Asked:
    """The shape of the objects of one answer: the row class that reads them, and the names to be shown as whole objects."""

    row_class: type[Row]
    expand: tuple[str, ...] = ()

    @classmethod
    def read(cls, request: Request, view: Any) -> "Asked":
        """Raises BadParameters that names what is allowed; PermissionDenied where a key may not read what it expands."""
        whole: type[Row] = view.get_row_class()
        fields = _names(request, "fields", sorted(whole.declared()))
        expand = _names(request, "expand", sorted(view.expandable))
        for name in expand:
            hold_to_scope(view.actor, f"{view.expandable[name].resource}:read")
        return cls(whole.narrowed(frozenset(fields)) if fields else whole, expand)


def expanded(view: Any, rows: list[Shaped]) -> list[Shaped]:
    """The rows with each name that is to be expanded as the whole object, as its own resource would show it to the actor."""
    for name in view.asked.expand:
        named = {row[name]["id"] for row in rows if row.get(name)}
        found = {whole["id"]: whole for whole in _shown_by(view.expandable[name], view.request, named)}
        rows = [row | {name: found.get(row[name]["id"], row[name])} if row.get(name) else row for row in rows]
    return rows


def _shown_by(resource: type[Any], request: Request, ids: set[UUID]) -> list[Shaped]:
    view = resource(request=request, kwargs={}, action="retrieve")
    shown: list[Shaped] = view.get_row_class().all_of(view.get_queryset().filter(pk__in=ids)) if ids else []
    return shown


def _names(request: Request, parameter: str, allowed: list[str]) -> tuple[str, ...]:
    """The names a parameter lists, separated by commas; none where it is left out."""
    asked = request.query_params.getlist(parameter)
    names = tuple(dict.fromkeys(name for value in asked for name in value.split(",")))
    unknown = [name for name in names if name not in allowed]
    if unknown:
        detail = _("There is no %(names)s here.") % {"names": ", ".join(unknown)} if any(unknown) else _("Name at least one.")
        raise BadParameters([{"parameter": parameter, "detail": detail, "allowed": allowed}])
    return names


def parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
    """A query parameter, as OpenAPI describes one."""
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def expand_parameter(view: Any) -> list[dict[str, Any]]:
    """How OpenAPI describes `expand` of a view that knows it. `fields` is told in words: it would make every field optional."""
    if not view.expandable:
        return []
    items = {"type": "string", "enum": sorted(view.expandable)}
    described = parameter("expand", "Names to be shown as whole objects.", type="array", items=items)
    return [described | {"style": "form", "explode": False}]
