"""Rows of delimited files whose encoding and delimiter nobody wrote down, one at a time."""

import codecs
import csv
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from billing.rules.importing.mapping import DETECT, BadMapping, FileSpec
from figures.text import gettext_noop

# The first that can read the whole file is its encoding. Latin-1 reads everything, so it stands last.
ENCODINGS = ("utf-8-sig", "cp1252", "latin-1")
WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
DELIMITERS = (",", ";", "\t", "|")
OPEN_QUOTE = gettext_noop("This row cannot be read. Is a quotation mark left open?")
MISSHAPEN = gettext_noop("This row has more or fewer cells than the header.")
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
    """The rows under the header, in constant memory; blank lines are no rows.

    A row that cannot be right is given as its first line, and reading goes on with the line below it: a quotation mark
    that was left open spoils one row and not those that it seems to hold.
    """
    with table.path.open(encoding=table.encoding, newline="") as file:
        physical = _Physical(file)
        next(csv.reader(physical, delimiter=table.delimiter))
        physical.accept()
        reader = csv.reader(physical, delimiter=table.delimiter)
        while True:
            cells, fault = _next(reader, physical, len(table.header))
            if not physical.taken:
                return
            if fault:
                yield Line(number=physical.number, cells=(physical.taken[0].strip(),), fault=fault)
                physical.give_back()
                reader = csv.reader(physical, delimiter=table.delimiter)
            elif cells:
                yield Line(number=physical.number, cells=tuple(cell.strip() for cell in cells))
            physical.accept()


@dataclass(slots=True)
class _Physical:
    """The lines of a file, of which those taken for a row can be given back but for the first."""

    file: Iterator[str]
    number: int = 1
    taken: list[str] = field(default_factory=list)
    _ahead: deque[str] = field(default_factory=deque)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else next(self.file)
        self.taken.append(line)
        return line

    def give_back(self) -> None:
        self._ahead.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]

    def accept(self) -> None:
        self.number += len(self.taken)
        self.taken.clear()


def _next(reader: Iterator[list[str]], physical: _Physical, expected: int) -> tuple[list[str], str]:
    """The cells of the next row, and what is wrong with them."""
    try:
        cells = next(reader, [])
    except csv.Error:
        return [], OPEN_QUOTE
    if len(physical.taken) > 1 and sum(line.count('"') for line in physical.taken) % 2:
        return [], OPEN_QUOTE
    return cells, MISSHAPEN if cells and len(cells) != expected else ""


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
