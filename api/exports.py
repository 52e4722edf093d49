"""Whole lists as one file: the rows, filters and wall of the pages, prepared within the transaction and sent after it.

A generator would run when the actor's scope is gone, so a file is written first: in memory while it is small, on disk then.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from decimal import Decimal
from itertools import batched
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NamedTuple

from django.http import FileResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from api.asking import FORMATS, expanded
from api.paging import PARAMETERS, order_of
from api.problems import BadParameters
from api.rendering import OrjsonRenderer, to_json
from api.rows import Row, Shaped
from figures.sheets import Cell, write_csv, write_xlsx

ROWS_AT_ONCE = 1000
KEPT_IN_MEMORY = 2 * 1024 * 1024
TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
}
TABLES = {"csv": write_csv, "xlsx": write_xlsx}


class CsvRenderer(OrjsonRenderer):
    """Takes part in negotiation only: files are written by `all_rows`, and refusals stay problems in JSON."""

    media_type = TYPES["csv"]
    format = "csv"


class XlsxRenderer(OrjsonRenderer):
    media_type = TYPES["xlsx"]
    format = "xlsx"


class JsonLinesRenderer(OrjsonRenderer):
    media_type = TYPES["jsonl"]
    format = "jsonl"


RENDERERS = (CsvRenderer, XlsxRenderer, JsonLinesRenderer)


def format_of(request: Request) -> str | None:
    """The file that `format` or else Accept asks for; None for a page. Raises BadParameters."""
    asked = request.query_params.get("format")
    if asked is None:
        negotiated: str = request.accepted_renderer.format
        return None if negotiated == OrjsonRenderer.format else negotiated
    if asked not in FORMATS:
        raise BadParameters([{"parameter": "format", "detail": _("Choose a file format."), "allowed": list(FORMATS)}])
    return asked


def all_rows(view: Any, request: Request, wanted: str) -> FileResponse:
    """Every row of a list under its filters, in its order, as one file. Memory does not grow with the list."""
    _refuse_pages(request)
    if wanted in TABLES and view.asked.expand:
        raise BadParameters([{"parameter": "expand", "detail": _("A table has no whole objects. Ask for json or jsonl.")}])
    with ExitStack() as unless_answered:
        file: IO[bytes] = unless_answered.enter_context(SpooledTemporaryFile(KEPT_IN_MEMORY))
        rows = _rows(view, request)
        if wanted in TABLES:
            columns = tuple(_columns(view.asked.row_class))
            TABLES[wanted](file, [column.name for column in columns], ([column.read(row) for column in columns] for row in rows))
        else:
            _write_json(file, rows, lines=wanted == "jsonl")
        file.seek(0)
        unless_answered.pop_all()  # from here on the answer closes it
    name = request.path.rpartition("/")[2]
    return FileResponse(file, as_attachment=True, filename=f"{name}.{wanted}", content_type=TYPES[wanted])


def _refuse_pages(request: Request) -> None:
    paged = [name for name in PARAMETERS if name in request.query_params]
    if paged:
        raise BadParameters([{"parameter": name, "detail": _("A file has all rows: leave this out.")} for name in paged])


def _rows(view: Any, request: Request) -> Iterator[Shaped]:
    row_class: type[Row] = view.asked.row_class
    order = order_of(request, view)
    found = view.filter_queryset(view.get_queryset()).order_by(*order).values_list(*row_class.columns())
    for some in batched(found.iterator(chunk_size=ROWS_AT_ONCE), ROWS_AT_ONCE):
        yield from expanded(view, row_class.complete(row_class.shaped(some)))


def _write_json(file: IO[bytes], rows: Iterable[Shaped], *, lines: bool) -> None:
    """One object a line; or, as one document, the shape of a page that holds everything."""
    before, between, after = (b"", b"\n", b"\n") if lines else (b'{"results":[', b",", b'],"next":null,"previous":null}')
    file.write(before)
    for number, row in enumerate(rows):
        file.write((between if number else b"") + to_json(row))
    file.write(after)


class Column(NamedTuple):
    """A column of a table: the path of a field, and how its cell is read from an object."""

    name: str
    read: Callable[[Shaped], Cell]


def _columns(row_class: type[Row], path: Sequence[str] = ()) -> Iterator[Column]:
    for name, field in row_class.declared().items():
        here = (*path, name)
        if isinstance(field, Row):
            yield from _columns(type(field), here)
        else:
            yield Column(".".join(here), _reader(here))


def _reader(path: Sequence[str]) -> Callable[[Shaped], Cell]:
    def read(row: Shaped) -> Cell:
        value: Any = row
        for name in path:
            value = value.get(name) if value is not None else None
        return _cell(value)

    return read


def _cell(value: Any) -> Cell:
    """What a cell holds: numbers, days and moments as such, everything else as text."""
    if value is None or isinstance(value, str | bool | int | Decimal | dt.date):
        return value
    if isinstance(value, list) and all(isinstance(part, str | int) for part in value):
        return ", ".join(str(part) for part in value)
    if isinstance(value, list | dict):
        return to_json(value).decode()
    return str(value)
