"""Tables that other programs open: rows written as they come, in memory that does not grow with their number."""

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import TextIOWrapper
from typing import IO, Any

from xlsxwriter import Workbook

type Cell = str | int | bool | Decimal | dt.date | dt.datetime | None
type Rows = Iterable[Sequence[Cell]]

MOST_ROWS_OF_A_SHEET = 1_048_576
LONGEST_CELL = 32_767

_FORMULA = ("=", "+", "-", "@", *"\uff1d\uff0b\uff0d\uff20")  # the last four are their full-width forms
_CONTROL = ("\t", "\r", "\n")


def neutral(text: str) -> str:
    """The text of a cell so that no spreadsheet takes it for a formula: what would begin one begins with an apostrophe."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_CONTROL) else text


def write_csv(file: IO[bytes], header: Sequence[str], rows: Rows) -> None:
    """RFC 4180 in UTF-8: moments in UTC as RFC 3339, money with a point, text so that nothing in it is a formula."""
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_as_text(cell) for cell in row] for row in rows)
    text.flush()
    text.detach()


def _as_text(cell: Cell) -> str:
    if isinstance(cell, str):
        return neutral(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, dt.datetime):
        return cell.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    return "" if cell is None else str(cell)


def write_xlsx(file: IO[bytes], header: Sequence[str], rows: Rows) -> None:
    """Numbers as numbers, days as days, moments as moments in UTC, text as text: no cell is ever a formula or a link.

    What does not fit on one sheet goes on to the next, under the same header. Text beyond 32,767 characters is cut, with an ellipsis.
    """
    book = Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    money = book.add_format({"num_format": "#,##0.00"})
    sheet, line = _begin_sheet(book, header), 1
    for row in rows:
        if line >= MOST_ROWS_OF_A_SHEET:
            sheet, line = _begin_sheet(book, header), 1
        for column, cell in enumerate(row):
            _write(sheet, (line, column), cell, moment=moment, money=money)
        line += 1
    book.close()


def _begin_sheet(book: Any, header: Sequence[str]) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(header):
        sheet.write_string(0, column, name)
    return sheet


def _write(sheet: Any, place: tuple[int, int], cell: Cell, *, moment: Any, money: Any) -> None:
    if isinstance(cell, str):
        sheet.write_string(*place, cell if len(cell) <= LONGEST_CELL else cell[: LONGEST_CELL - 1] + "…")
    elif isinstance(cell, bool):
        sheet.write_boolean(*place, cell)
    elif isinstance(cell, dt.datetime):
        sheet.write_datetime(*place, cell.astimezone(dt.UTC).replace(tzinfo=None), moment)
    elif isinstance(cell, dt.date):
        sheet.write_datetime(*place, cell)
    elif cell is not None:
        sheet.write_number(*place, cell, money if isinstance(cell, Decimal) else None)
