"""Lists that are URLs: a page of rows, and the addresses of the pages beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

ROWS = 50


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page; `previous` and `next` are whole query strings, empty where there is no such page."""

    rows: list[Any]
    previous: str
    next: str


def page_of(rows: QuerySet[Any] | Sequence[Any], query: QueryDict, size: int = ROWS) -> Page:
    """The page a query asks for with `page=2`; one row more than it shows tells whether another follows."""
    wanted = query.get("page", "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and 0 < len(wanted) < 7 else 1
    number = max(number, 1)
    found = list(rows[(number - 1) * size : number * size + 1])
    return Page(
        found[:size],
        with_changes(query, page=str(number - 1) if number > 2 else "") if number > 1 else "",
        with_changes(query, page=str(number + 1)) if len(found) > size else "",
    )


def with_changes(query: QueryDict, **changes: str) -> str:
    """The query string with some parameters set anew; an empty value leaves one out."""
    changed = query.copy()
    for name, value in changes.items():
        if value:
            changed[name] = value
        else:
            changed.pop(name, None)
    return f"?{changed.urlencode()}"
