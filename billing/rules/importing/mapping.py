"""How somebody else's time files are to be read: written in TOML, checked before the first row."""

import re
import tomllib
from collections.abc import Collection, Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from accounts.errors import DomainError
from billing.rules.capture import EntryKind
from figures.text import gettext_noop
from tickets.rules import KINDS, PRIORITIES, SERVICE_AREAS, Reason, State

type Role = Literal["time", "side"]
type Unit = Literal["hours", "minutes", "seconds", "clock", "hours or clock"]
type Repeat = Literal["refuse", "count"]

DETECT = "detect"
LIST = "list"
FIELDS = (
    "external_id",
    "client_code",
    "client_name",
    "engagement_name",
    "person_key",
    "person_name",
    "ticket_key",
    "ticket_subject",
    "ticket_opened_on",
    "ticket_closed_on",
    "kind",
    "service_area",
    "priority",
    "status",
    "reason",
    "estimate",
    "time_kind",
    "duration",
    "note",
)
NEEDED = (("duration",), ("client_code", "client_name"), ("person_key", "person_name"))
VOCABULARIES: MappingOf[str, frozenset[str]] = {
    "kind": frozenset(KINDS),
    "service_area": frozenset(SERVICE_AREAS),
    "priority": frozenset(map(str, PRIORITIES)),
    "status": frozenset(State),
    "reason": frozenset(Reason),
    "time_kind": frozenset(get_args(EntryKind.__value__)),
}


class BadMapping(DomainError):
    """A mapping that cannot be followed, or that does not fit the files it was given. `facts` name the place."""

    code = "bad-mapping"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSpec:
    """One kind of file: `name` is a pattern like `tasks*.csv`; a side file has one row for each value of `key`."""

    role: Role = "time"
    name: str = "*"
    key: str = ""
    encoding: str = DETECT
    delimiter: str = DETECT


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Where one field comes from: cells of columns put together, or one constant value for all rows.

    `all` lets it say something only where every column is filled. `values` translates the cell (into "" where it says
    nothing to us), `default` stands for a cell that is empty or not named there, `text` puts the result into words
    ("Developer {}"). `unit` "hours or clock" takes 1.5 and 1:30 alike. `repeat` is for ids: whether a row with the id of a row before
    it is refused, or is the second of that id.
    """

    columns: tuple[str, ...] = ()
    join: str = " "
    all: bool = False
    value: str = ""
    values: MappingOf[str, str] | None = None
    default: str | None = None
    text: str = "{}"
    unit: Unit = "hours"
    repeat: Repeat = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dating:
    """The day of work: the first of these columns that is filled, read by the first format that fits.

    A row in which all are empty has no day and is listed, or takes the day of the column that `undated` names.
    """

    columns: tuple[str, ...]
    formats: tuple[str, ...] = ("iso",)
    undated: str = LIST

    @property
    def candidates(self) -> tuple[str, ...]:
        return self.columns if self.undated == LIST else (*self.columns, self.undated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Rows that are no work: those whose cell is one of the values. They are reported with the reason."""

    column: str
    values: frozenset[str]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """All that is to be known about other people's files. `zone` is where their days begin and end."""

    name: str
    zone: str
    files: tuple[FileSpec, ...]
    fields: MappingOf[str, Field]
    dating: Dating
    na: frozenset[str] = frozenset({""})
    decimal: str = "."
    skips: tuple[Skip, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """Every column the mapping speaks of, in whichever file it is."""
        named = [column for field in self.fields.values() for column in field.columns]
        return frozenset([*named, *self.dating.candidates, *(skip.column for skip in self.skips)])


def undated_by(mapping: Mapping, column: str) -> Mapping:
    """The same mapping with rows that have no day dated by this column; `list` leaves them without one."""
    return replace(mapping, dating=replace(mapping.dating, undated=column))


def load_mapping(path: Path, *, zone: str = "") -> Mapping:
    """Reads a mapping from a TOML file. Raises BadMapping, which names the file and the place."""
    try:
        return parse_mapping(path.read_text("utf-8"), zone=zone)
    except BadMapping as error:
        error.facts["file"] = path.name
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise BadMapping(gettext_noop("This mapping cannot be read."), file=path.name, detail=str(error)) from None


def parse_mapping(text: str, *, zone: str = "") -> Mapping:
    """A mapping from the text of a TOML file; one that names no zone takes the one given.

    Raises BadMapping for anything it does not understand.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(gettext_noop("This mapping is not TOML."), **_line_of(error), detail=str(error)) from None
    _only(table, {"name", "zone", "na", "decimal", "files", "fields", "dating", "skip"}, "mapping")
    mapping = Mapping(
        name=_text(table, "name"),
        zone=_text(table, "zone", zone or None),
        files=tuple(_file(entry) for entry in _tables(table, "files")) or (FileSpec(),),
        fields={name: _field(name, entry) for name, entry in _table(table, "fields").items()},
        dating=_dating(_table(table, "dating")),
        na=frozenset(_texts(table, "na")) | {""},
        decimal=_one_of(table.get("decimal", "."), (".", ","), "decimal"),
        skips=tuple(_skip(entry) for entry in _tables(table, "skip")),
    )
    _check(mapping)
    return mapping


def _line_of(error: tomllib.TOMLDecodeError) -> dict[str, Any]:
    """The line an error stands in; none where the text ends too early."""
    found = re.search(r"at line (\d+)", str(error))
    return {"line": int(found[1])} if found else {}


def _check(mapping: Mapping) -> None:
    try:
        ZoneInfo(mapping.zone)
    except (KeyError, ValueError, OSError):
        raise BadMapping(gettext_noop("A time zone is named like Europe/Berlin."), place="zone", value=mapping.zone) from None
    for names in NEEDED:
        if not mapping.fields.keys() & set(names):
            raise BadMapping(gettext_noop("A field that every row needs is not mapped."), place="fields", value=" or ".join(names))
    if not any(file.role == "time" for file in mapping.files):
        raise BadMapping(gettext_noop("One of the files must hold the time."), place="files")
    for file in mapping.files:
        if (file.role == "side") != bool(file.key):
            raise BadMapping(gettext_noop("A side file has a key to join by, a time file has none."), place="files", value=file.name)


def _file(entry: MappingOf[str, Any]) -> FileSpec:
    _only(entry, {"role", "name", "key", "encoding", "delimiter"}, "files")
    return FileSpec(
        role=_one_of(entry.get("role", "time"), get_args(Role.__value__), "role"),
        name=_text(entry, "name", "*"),
        key=_text(entry, "key", ""),
        encoding=_text(entry, "encoding", DETECT),
        delimiter=_text(entry, "delimiter", DETECT),
    )


def _field(name: str, entry: Any) -> Field:
    _one_of(name, FIELDS, "fields")
    if not isinstance(entry, dict):
        raise BadMapping(gettext_noop('A field is a table, like { column = "Hours" }.'), place=name)
    _only(entry, {"column", "columns", "join", "all", "value", "values", "default", "text", "unit", "repeat"}, name)
    values = {key: str(value) for key, value in _table(entry, "values").items()} if "values" in entry else None
    field = Field(
        columns=(*_texts(entry, "column"), *_texts(entry, "columns")),
        join=_text(entry, "join", " "),
        all=_one_of(entry.get("all", False), (False, True), f"{name}.all"),
        value=_text(entry, "value", ""),
        values=values,
        default=_text(entry, "default") if "default" in entry else None,
        text=_text(entry, "text", "{}"),
        unit=_one_of(entry.get("unit", "hours"), get_args(Unit.__value__), f"{name}.unit"),
        repeat=_one_of(entry.get("repeat", "refuse"), get_args(Repeat.__value__), f"{name}.repeat"),
    )
    if bool(field.columns) == bool(field.value):
        raise BadMapping(gettext_noop("A field has a column or a value for all rows, and not both."), place=name)
    for word in _words(field) if name in VOCABULARIES else ():
        _one_of(word, VOCABULARIES[name], name)
    return field


def _words(field: Field) -> Iterable[str]:
    """What a field can become, as far as the mapping itself says so."""
    yield from filter(None, (field.values or {}).values())
    yield from filter(None, (field.value, field.default))


def _dating(entry: MappingOf[str, Any]) -> Dating:
    _only(entry, {"columns", "formats", "undated"}, "dating")
    columns = _texts(entry, "columns")
    if not columns:
        raise BadMapping(gettext_noop("Name the columns that hold the day of work, the best first."), place="dating.columns")
    return Dating(columns=columns, formats=_texts(entry, "formats") or ("iso",), undated=_text(entry, "undated", LIST))


def _skip(entry: MappingOf[str, Any]) -> Skip:
    _only(entry, {"column", "values", "reason"}, "skip")
    return Skip(column=_text(entry, "column"), values=frozenset(_texts(entry, "values")), reason=_text(entry, "reason"))


def _only(entry: MappingOf[str, Any], known: Collection[str], place: str) -> None:
    for key in entry:
        _one_of(key, known, place)


def _one_of(value: Any, known: Collection[Any], place: str) -> Any:
    if value not in known:
        raise BadMapping(gettext_noop("The mapping holds a word that means nothing here."), place=place, value=value, known=sorted(known))
    return value


def _table(entry: MappingOf[str, Any], key: str) -> dict[str, Any]:
    value = entry.get(key, {})
    if not isinstance(value, dict):
        raise BadMapping(gettext_noop("A table is expected here."), place=key)
    return value


def _tables(entry: MappingOf[str, Any], key: str) -> list[dict[str, Any]]:
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BadMapping(gettext_noop("A list of tables is expected here, each under [[...]]."), place=key)
    return value


def _text(entry: MappingOf[str, Any], key: str, default: str | None = None) -> str:
    value = entry.get(key, default)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise BadMapping(gettext_noop("A text is expected here."), place=key)
    return value


def _texts(entry: MappingOf[str, Any], key: str) -> tuple[str, ...]:
    """A text, a list of texts, or nothing."""
    value = entry.get(key, [])
    items = value if isinstance(value, list) else [value]
    return tuple(_text({key: item}, key) for item in items)
