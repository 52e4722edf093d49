"""Lists by keyset: a page begins after a row, never after a number of rows, so what is inserted meanwhile moves nothing."""

from typing import Any, NamedTuple

from django.core import signing
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from accounts.database.compiled import Statements
from api.asking import FORMATS, expand_parameter, parameter
from api.problems import BadParameters
from api.rows import Row

DEFAULT_LIMIT = 50
GREATEST_LIMIT = 200
PARAMETERS = ("cursor", "limit", "count")
COMPILED_PARAMETERS = frozenset({"limit", "ordering", "fields", "expand"})  # what they ask for is part of the key
first_pages = Statements()


class Place(NamedTuple):
    """Where a page begins: after (or, backwards, before) a row that had these values in the order of the list.

    Values are written as text, and it is the column that reads it: a name of ten characters looks like a day and is none.
    """

    ordering: str
    backwards: bool
    values: tuple[Any, ...]

    def written(self) -> str:
        return signing.dumps([self.ordering, self.backwards, [_text(value) for value in self.values]], salt="cursor")

    @classmethod
    def read(cls, cursor: str, ordering: str) -> "Place":
        """Raises BadParameters for a cursor that Tend did not write, or wrote for another order."""
        try:
            written_for, backwards, values = signing.loads(cursor, salt="cursor")
        except (signing.BadSignature, ValueError):
            written_for, backwards, values = "", False, []
        if written_for != ordering:
            raise BadParameters([{"parameter": "cursor", "detail": _("Take the cursor from next or previous of this very list.")}])
        return cls(ordering, backwards, tuple(values))


def _text(value: Any) -> Any:
    if isinstance(value, int):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


class Keyset(BasePagination):
    """Pages of 1 to 200 rows, newest first unless the list is asked otherwise; every row exactly once, whatever is inserted."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        row_class: type[Row] = view.asked.row_class
        order = order_of(request, view)
        self.ordering = f"{type(view).__name__} {order[0]}"
        limit = self._limit(request)
        self.count = queryset.count() if self._wants_count(request) else None
        cursor = request.query_params.get("cursor")
        place = None if cursor is None else Place.read(cursor, self.ordering)
        backwards = place is not None and place.backwards
        columns = tuple(dict.fromkeys((*row_class.columns(), *_names(order))))

        def read() -> QuerySet[Any, Any]:
            return _rows(queryset, columns, order, place)[: limit + 1]

        if view.is_compiled_once and request.query_params.keys() <= COMPILED_PARAMETERS:
            rows = first_pages.rows((type(view), tuple(view.kwargs.values()), view.actor, row_class, order, limit), read)
        else:
            rows = list(read())
        more, rows = len(rows) > limit, rows[:limit]
        if backwards:
            rows.reverse()
        places = [columns.index(name) for name in _names(order)]
        self._link(rows, places, before=more if backwards else place is not None, after=more or backwards)
        return row_class.complete(row_class.shaped(rows))

    def _link(self, rows: list[tuple[Any, ...]], places: list[int], *, before: bool, after: bool) -> None:
        self.next = self._url(rows[-1], places, backwards=False) if rows and after else None
        self.previous = self._url(rows[0], places, backwards=True) if rows and before else None

    def _url(self, row: tuple[Any, ...], places: list[int], *, backwards: bool) -> str:
        place = Place(self.ordering, backwards, tuple(row[column] for column in places))
        return replace_query_param(self.request.build_absolute_uri(), "cursor", place.written())

    def _limit(self, request: Request) -> int:
        asked = request.query_params.get("limit", str(DEFAULT_LIMIT))
        if not (asked.isascii() and asked.isdigit() and len(asked) < 4 and 1 <= int(asked) <= GREATEST_LIMIT):
            raise BadParameters([{"parameter": "limit", "detail": _("A page has 1 to 200 rows.")}])
        return int(asked)

    def _wants_count(self, request: Request) -> bool:
        asked = request.query_params.get("count", "false")
        if asked not in {"true", "false"}:
            raise BadParameters([{"parameter": "count", "detail": _("Say true or false."), "allowed": ["true", "false"]}])
        return asked == "true"

    def get_paginated_response(self, data: Any) -> Response:
        body = {"results": data, "next": self.next, "previous": self.previous}
        if self.count is not None:
            body["count"] = self.count
        links = [f'<{url}>; rel="{name}"' for name, url in (("next", self.next), ("prev", self.previous)) if url]
        return Response(body, headers={"Link": ", ".join(links)} if links else None)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            parameter("cursor", "Where the page begins: from next or previous of the page before.", type="string"),
            parameter("limit", "Rows of a page.", type="integer", minimum=1, maximum=GREATEST_LIMIT, default=DEFAULT_LIMIT),
            parameter("count", "Whether to count all rows as well.", type="boolean", default=False),
            parameter("ordering", "The order of the list.", type="string", enum=list(view.orderings), default=view.orderings[0]),
            parameter("format", "All rows in one file instead of a page.", type="string", enum=list(FORMATS)),
            *expand_parameter(view),
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {
                "results": schema,
                "next": {**link, "description": "The page after this one."},
                "previous": {**link, "description": "The page before this one."},
                "count": {"type": "integer", "description": "All rows of the list, where count=true was asked."},
            },
        }


def order_of(request: Request, view: Any) -> tuple[str, ...]:
    """The columns a list is ordered by; the id last, so that no two rows share a place. Raises BadParameters."""
    allowed: tuple[str, ...] = view.orderings
    ordering = request.query_params.get("ordering", allowed[0])
    if ordering not in allowed:
        raise BadParameters([{"parameter": "ordering", "detail": _("Choose one of the allowed orders."), "allowed": list(allowed)}])
    sign = "-" if ordering.startswith("-") else ""
    return (ordering,) if ordering.removeprefix("-") == "id" else (ordering, f"{sign}id")


def _names(order: tuple[str, ...]) -> list[str]:
    return [column.removeprefix("-") for column in order]


def _rows(queryset: QuerySet[Any], columns: tuple[str, ...], order: tuple[str, ...], place: Place | None) -> QuerySet[Any, Any]:
    names, descending = _names(order), order[0].startswith("-")
    if place is not None:
        descending = descending != place.backwards
        queryset = queryset.filter(_beyond(names, place.values, descending=descending))
    return queryset.order_by(*(f"-{name}" if descending else name for name in names)).values_list(*columns)


def _beyond(names: list[str], values: tuple[Any, ...], *, descending: bool) -> Q:
    """The rows after these values. The first column bounds the range by itself, so that its index is walked from there."""
    beyond = "lt" if descending else "gt"
    if len(names) == 1:
        return Q(**{f"{names[0]}__{beyond}": values[0]})
    first, last = names
    within = Q(**{f"{first}__{beyond}e": values[0]})
    return within & (Q(**{f"{first}__{beyond}": values[0]}) | Q(**{f"{last}__{beyond}": values[1]}))
