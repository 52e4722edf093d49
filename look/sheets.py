"""A list as a file: every row that its page shows under the same query, in the same order, written once for both page doors."""

from collections.abc import Callable, Iterable, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NamedTuple

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest
from django.utils.text import slugify

from figures.sheets import Cell, write_csv, write_xlsx

PARAMETER = "format"
WHICH = "list"
ROWS_AT_ONCE = 1000
KEPT_IN_MEMORY = 2 * 1024 * 1024
TABLES = {
    "csv": (write_csv, "text/csv; charset=utf-8"),
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


class Column(NamedTuple):
    """A column of a file: its heading, and how its cell is read from a row."""

    name: object
    read: Callable[[Any], Cell]


def as_file(request: HttpRequest, name: str, columns: Sequence[Column], rows: Iterable[Any]) -> FileResponse | None:
    """The list as CSV or XLSX where the query says `format=csv` or `format=xlsx`; None for the page. 404 for any other format.

    What is sent is always answered by its page: a secret or a refusal is never lost to a file.

    All rows, not one page of them; written within the transaction, because a generator would run when the actor's scope is gone.
    """
    wanted = request.GET.get(PARAMETER, "")
    if not wanted or request.method == "POST":
        return None
    if wanted not in TABLES:
        raise Http404
    return written(wanted, name, columns, rows)


def written(wanted: str, name: str, columns: Sequence[Column], rows: Iterable[Any]) -> FileResponse:
    """The rows as a file of one of the formats of `TABLES`, to be saved under its name."""
    write, content_type = TABLES[wanted]
    file: IO[bytes] = SpooledTemporaryFile(KEPT_IN_MEMORY)  # noqa: SIM115 (the answer closes it)
    found = rows.iterator(chunk_size=ROWS_AT_ONCE) if isinstance(rows, QuerySet) else rows
    write(file, [str(column.name) for column in columns], ([column.read(row) for column in columns] for row in found))
    file.seek(0)
    answer = FileResponse(file, as_attachment=True, filename=f"{slugify(name) or 'list'}.{wanted}", content_type=content_type)
    answer["Cache-Control"] = "no-store"
    return answer


def is_asked(request: HttpRequest, which: str) -> bool:
    """Whether the query asks for another list of a page than its first (`list=colleagues`), of which a page of several has files too."""
    return request.GET.get(WHICH, "") == which
