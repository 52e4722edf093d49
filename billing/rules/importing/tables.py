"""Rows of delimited files whose encoding and delimiter nobody wrote down, one at a time."""

import codecs
import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from billing.rules.importing.mapping import DETECT, BadMapping, FileSpec
from figures.text import gettext_noop

# The first that can read the whole file is its encoding. Latin-1 reads everything, so it stands last.
ENCODINGS = ("utf-8-sig", "cp1252", "latin-1")
WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
DELIMITERS = (",", ";", "\t", "|")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A delimited file whose header has been read."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row as it stands in the file, from the line it begins on; `fault` says why it cannot be read."""

    number: int
    cells: tuple[str, ...] = ()
    fault: str = ""


def open_table(path: Path, spec: FileSpec, wanted: Collection[str]) -> Table:
    """Finds out how a file is written and reads its header.

    The delimiter is the one under which most of the wanted columns appear. Raises BadMapping for a file that is
    missing, empty, in another encoding than stated, or that has a wanted column twice.
    """
    try:
        encoding = _encoding(path, spec.encoding)
        delimiters = DELIMITERS if spec.delimiter == DETECT else (spec.delimiter,)
        headers = [(delimiter, _header(path, encoding, delimiter)) for delimiter in delimiters]
    except (OSError, LookupError, TypeError, csv.Error) as error:
        raise BadMapping(gettext_noop("This file cannot be read."), file=path.name, detail=str(error)) from None
    delimiter, header = max(headers, key=lambda found: len(set(wanted) & set(found[1])))
    if not header:
        raise BadMapping(gettext_noop("This file is empty."), file=path.name)
    if twice := sorted({column for column in wanted if header.count(column) > 1}):
        raise BadMapping(gettext_noop("A column that is needed stands there twice."), file=path.name, columns=twice)
    return Table(path=path, encoding=encoding, delimiter=delimiter, header=header)


def lines(table: Table) -> Iterator[Line]:
    """The rows under the header, in constant memory; blank lines are no rows."""
    with table.path.open(encoding=table.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=table.delimiter)
        next(reader)
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error:
                yield Line(number=number, fault=gettext_noop("This row cannot be read. Is a quotation mark left open?"))
                continue
            if cells is None:
                return
            if cells:
                yield _line(number, cells, len(table.header))


def _line(number: int, cells: list[str], expected: int) -> Line:
    stripped = tuple(cell.strip() for cell in cells)
    if len(cells) == expected:
        return Line(number=number, cells=stripped)
    return Line(number=number, cells=stripped, fault=gettext_noop("This row has more or fewer cells than the header."))


def _encoding(path: Path, stated: str) -> str:
    with path.open("rb") as file:
        wide = file.read(2) in WIDE_MARKS
    candidates = (("utf-16",) if wide else ENCODINGS) if stated == DETECT else (stated,)
    for encoding in candidates:
        if _reads(path, encoding):
            return encoding
    raise BadMapping(gettext_noop("This file is not in the encoding that the mapping states."), file=path.name, encoding=stated)


def _reads(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _header(path: Path, encoding: str, delimiter: str) -> tuple[str, ...]:
    with path.open(encoding=encoding, newline="") as file:
        return tuple(name.strip() for name in next(csv.reader(file, delimiter=delimiter), ()))
