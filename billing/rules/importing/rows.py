"""Other people's time files, row by row: what a row says, or why it cannot be used. Nothing is dropped in silence."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from fnmatch import fnmatch
from hashlib import blake2b
from pathlib import Path
from typing import cast

from billing.rules.capture import EntryKind
from billing.rules.importing.cells import Cells, Unclear, day_of, seconds_of, text_of
from billing.rules.importing.mapping import BadMapping, FileSpec, Mapping
from billing.rules.importing.tables import Line, Table, lines, open_table
from figures.text import gettext_noop
from tickets.rules import LONGEST_SUBJECT, Kind, Reason, ServiceArea, State

ROUNDED = gettext_noop("The duration was rounded to a whole second.")
CUT = gettext_noop("The subject was cut to 200 characters.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """One row of work. What the mapping does not speak of is None or empty; a row without a day has no `work_date`.

    `external_id` is the same whenever the same row is read: of the mapped columns, or the row's digest and, where
    identical rows repeat, which of them it is. `remarks` are untranslated sentences on what was bent to fit.
    """

    file: str
    line: int
    external_id: str
    client_code: str
    client_name: str
    engagement_name: str
    person_key: str
    person_name: str
    ticket_key: str | None
    ticket_subject: str
    ticket_opened_on: dt.date | None
    ticket_closed_on: dt.date | None
    kind: Kind | None
    service_area: ServiceArea | None
    priority: int | None
    status: State | None
    reason: Reason | None
    estimate_seconds: int | None
    time_kind: EntryKind | None
    raw_seconds: int
    work_date: dt.date | None
    note: str
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """A row that is not imported: where it is, what it says, and why, as an untranslated sentence.

    `skipped` where the mapping said so; the sentence is then the mapping's reason.
    """

    file: str
    line: int
    column: str
    value: str
    sentence: str
    skipped: bool = False


@dataclass(slots=True)
class _Sides:
    """The side files, held in memory: for each, its key column and the needed cells of each key."""

    rows: list[tuple[str, dict[str, Cells]]] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)

    def joined(self, cells: dict[str, str]) -> Cells:
        """The cells of a row with those of its side rows; where both have a column the row's own counts."""
        for key, held in self.rows:
            cells = {**held.get(cells[key], {}), **cells}
        return cells


def read(files: Sequence[Path], mapping: Mapping) -> Iterator[ImportRow | RowError]:
    """Every row of the time files as work or as an error, in the order of the files.

    Time files are read in constant memory but for one number a row, by which repeated ids are known; side files
    are held. Raises BadMapping at once where the files do not fit the mapping.
    """
    tables = _tables(files, mapping)
    sides = _held([(table, spec) for table, spec in tables if spec.role == "side"], mapping)
    return _rows([table for table, spec in tables if spec.role == "time"], sides, mapping)


def count_rows(files: Sequence[Path], mapping: Mapping) -> int:
    """How many results `read` will give for the time files; for a progress bar."""
    return sum(1 for table, spec in _tables(files, mapping) if spec.role == "time" for _ in lines(table))


def _tables(files: Sequence[Path], mapping: Mapping) -> list[tuple[Table, FileSpec]]:
    wanted = mapping.columns | {spec.key for spec in mapping.files if spec.key}
    tables = []
    for path in files:
        spec = next((spec for spec in mapping.files if fnmatch(path.name.lower(), spec.name.lower())), None)
        if spec is None:
            raise BadMapping(gettext_noop("The mapping does not say what this file is."), file=path.name)
        tables.append((open_table(path, spec, wanted), spec))
    _refuse_missing(tables, mapping)
    return tables


def _refuse_missing(tables: Sequence[tuple[Table, FileSpec]], mapping: Mapping) -> None:
    """Every kind of file is there, every key in both files, and every column in each time file or a side file."""
    for spec in mapping.files:
        if not any(given is spec for _, given in tables):
            raise BadMapping(gettext_noop("A file that the mapping speaks of is missing."), file=spec.name)
    keys = {spec.key for spec in mapping.files if spec.key}
    beside = {column for table, spec in tables if spec.role == "side" for column in table.header}
    for table, spec in tables:
        wanted = {spec.key} if spec.role == "side" else keys | (mapping.columns - beside)
        if missing := sorted(wanted - set(table.header)):
            raise BadMapping(gettext_noop("Columns that the mapping names are missing."), file=table.path.name, columns=missing)


def _held(tables: Sequence[tuple[Table, FileSpec]], mapping: Mapping) -> _Sides:
    sides = _Sides()
    for table, spec in tables:
        held: dict[str, Cells] = {}
        for line in lines(table):
            if fault := line.fault or _keep(line, table, spec.key, held, mapping.columns):
                sides.errors.append(_error(table, line, Unclear(spec.key, " ".join(line.cells)[:80], fault)))
        sides.rows.append((spec.key, held))
    return sides


def _keep(line: Line, table: Table, key: str, held: dict[str, Cells], wanted: Collection[str]) -> str:
    """Holds the needed cells under their key. A repeated row is one; one that says something else is at fault."""
    cells = dict(zip(table.header, line.cells, strict=True))
    needed = {column: cell for column, cell in cells.items() if column in wanted}
    if held.setdefault(cells[key], needed) == needed:
        return ""
    return gettext_noop("Another row of this file says something else about the same key.")


def _rows(tables: Sequence[Table], sides: _Sides, mapping: Mapping) -> Iterator[ImportRow | RowError]:
    yield from sides.errors
    seen: dict[int, int] = {}
    for table in tables:
        for line in lines(table):
            try:
                yield _row(table, line, sides, mapping, seen)
            except Unclear as unclear:
                yield _error(table, line, unclear)


def _row(table: Table, line: Line, sides: _Sides, mapping: Mapping, seen: dict[int, int]) -> ImportRow | RowError:
    if line.fault:
        raise Unclear("", " ".join(line.cells)[:80], line.fault)
    cells = sides.joined(dict(zip(table.header, line.cells, strict=True)))
    external_id = _external_id(line, cells, mapping, seen)
    for skip in mapping.skips:
        if cells[skip.column] in skip.values:
            return _error(table, line, Unclear(skip.column, cells[skip.column], skip.reason), skipped=True)
    return _import_row(table.path.name, line.number, external_id, cells, mapping)


def _import_row(file: str, line: int, external_id: str, cells: Cells, mapping: Mapping) -> ImportRow:
    said = {name: text_of(spec, cells, mapping, name) for name, spec in mapping.fields.items() if name not in {"duration", "estimate"}}
    client_code, client_name = _either(said, mapping, "client_code", "client_name")
    person_key, person_name = _either(said, mapping, "person_key", "person_name")
    raw_seconds, is_rounded = _duration(cells, mapping)
    estimate = seconds_of(mapping.fields.get("estimate"), cells, mapping)
    subject = said.get("ticket_subject") or said.get("ticket_key") or ""
    return ImportRow(
        file=file,
        line=line,
        external_id=external_id,
        client_code=client_code,
        client_name=client_name,
        engagement_name=said.get("engagement_name") or "",
        person_key=person_key,
        person_name=person_name,
        ticket_key=said.get("ticket_key"),
        ticket_subject=subject[:LONGEST_SUBJECT],
        ticket_opened_on=_day("ticket_opened_on", cells, mapping),
        ticket_closed_on=_day("ticket_closed_on", cells, mapping),
        kind=Kind(word) if (word := said.get("kind")) else None,
        service_area=ServiceArea(word) if (word := said.get("service_area")) else None,
        priority=int(word) if (word := said.get("priority")) else None,
        status=State(word) if (word := said.get("status")) else None,
        reason=Reason(word) if (word := said.get("reason")) else None,
        estimate_seconds=estimate[0] if estimate else None,
        time_kind=cast("EntryKind | None", said.get("time_kind") or None),
        raw_seconds=raw_seconds,
        work_date=day_of(mapping.dating.candidates, cells, mapping),
        note=said.get("note") or "",
        remarks=((ROUNDED,) if is_rounded else ()) + ((CUT,) if len(subject) > LONGEST_SUBJECT else ()),
    )


def _either(said: MappingOf[str, str | None], mapping: Mapping, *names: str) -> tuple[str, str]:
    """A code and a name, each standing in for the other where only one is there."""
    code, name = (said.get(key) for key in names)
    if not (code or name):
        columns = dict.fromkeys(column for key in names if key in mapping.fields for column in mapping.fields[key].columns)
        raise Unclear(", ".join(columns), "", gettext_noop("This row does not say whose it is."))
    return code or name or "", name or code or ""


def _duration(cells: Cells, mapping: Mapping) -> tuple[int, bool]:
    spec = mapping.fields["duration"]
    found = seconds_of(spec, cells, mapping)
    if found is None:
        raise Unclear(", ".join(spec.columns), "", gettext_noop("No duration stands on this row."))
    if not found[0]:
        value = " ".join(cells[column] for column in spec.columns)
        raise Unclear(", ".join(spec.columns), value, gettext_noop("The duration of this row is zero."))
    return found


def _day(name: str, cells: Cells, mapping: Mapping) -> dt.date | None:
    spec = mapping.fields.get(name)
    return day_of(spec.columns, cells, mapping) if spec else None


def _external_id(line: Line, cells: Cells, mapping: Mapping, seen: dict[int, int]) -> str:
    """The row's own id, or one made of its cells. `seen` holds how often each has come."""
    spec = mapping.fields.get("external_id")
    if spec is None:
        return _counted(blake2b("\x1f".join(line.cells).encode(), digest_size=12).hexdigest(), seen)
    external_id = text_of(spec, cells, mapping)
    if not external_id:
        raise Unclear(", ".join(spec.columns), "", gettext_noop("This row has no id."))
    if spec.repeat == "refuse" and _short(external_id) in seen:
        raise Unclear(", ".join(spec.columns), external_id, gettext_noop("A row before this one has the same id."))
    return _counted(external_id, seen)


def _counted(external_id: str, seen: dict[int, int]) -> str:
    times = seen[_short(external_id)] = seen.get(_short(external_id), 0) + 1
    return external_id if times == 1 else f"{external_id}-{times}"


def _short(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


def _error(table: Table, line: Line, unclear: Unclear, *, skipped: bool = False) -> RowError:
    return RowError(
        file=table.path.name, line=line.number, column=unclear.column, value=unclear.value, sentence=unclear.sentence, skipped=skipped
    )
