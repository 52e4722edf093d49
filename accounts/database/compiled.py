"""SQL that is compiled once: to compile the query of a hot path anew for each request costs more than the database takes for it.

Nothing that Django promises does that: a queryset compiles whenever it is read, `raw()` makes objects without what was selected beside
them, `save()` and `bulk_create()` compile each time. So this module alone stands on what may change with any release of Django, and
tests/test_compiled_queries.py fails by name where it did:

- `QuerySet.query.get_compiler`, its `as_sql`, `select` and `get_converters`: `str(query)` is public, but has neither parameters nor
  the functions that read a column
- `klass_info`, `annotation_col_map`, `get_related_populators`: which columns make the object, what is annotated and what lies beside it
- `QuerySet._iterable_class` and `_fetch_mode`: both are set in public and read nowhere
- `ModelState.peers`: where FETCH_PEERS finds the other objects of a page
- `InsertQuery.insert_values` and `returning_fields` of its compiler: the INSERT and what comes back of it
- `DatabaseDefault`: how a new object says that the database fills a field in
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from weakref import ref

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.expressions import DatabaseDefault
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql import InsertQuery

MOST_KEPT = 1024


class Reading(NamedTuple):
    """How a column is read that goes through Python, as JSON does."""

    column: int
    converters: list[Callable[..., Any]]
    expression: Any


class Shape(NamedTuple):
    """How a row becomes an object of its model: its own columns, what was selected beside it, and what was annotated."""

    model: type[Model]
    own: slice
    names: list[str]
    annotated: Mapping[str, int]
    klass_info: dict[str, Any]
    select: Any
    fetch_mode: Any

    @classmethod
    def of(cls, compiler: Any, fetch_mode: Any) -> "Shape":
        info = compiler.klass_info
        own = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
        names = [column.target.attname for column, *_ in compiler.select[own]]
        return cls(info["model"], own, names, compiler.annotation_col_map, info, compiler.select, fetch_mode)

    def made(self, rows: list[tuple[Any, ...]]) -> list[Any]:
        """As Django makes them, who compiles the query for it each time."""
        beside = get_related_populators(self.klass_info, self.select, DEFAULT_DB_ALIAS, self.fetch_mode)
        things, peers = [], list[ref[Any]]()
        for row in rows:
            thing = self.model.from_db(DEFAULT_DB_ALIAS, self.names, row[self.own], fetch_mode=self.fetch_mode)
            if self.fetch_mode.track_peers:
                peers.append(ref(thing))
                thing._state.peers = peers
            for populator in beside:
                populator.populate(row, thing)
            for name, column in self.annotated.items():
                setattr(thing, name, row[column])
            things.append(thing)
        return things


class Statement(NamedTuple):
    """What a queryset asks of the database, and how its columns are read."""

    sql: str
    params: tuple[Any, ...]
    readings: tuple[Reading, ...]
    shape: Shape | None

    @classmethod
    def of(cls, queryset: QuerySet[Any, Any]) -> "Statement":
        compiler = queryset.query.get_compiler(connection=connection, elide_empty=False)  # what can find nothing finds nothing
        sql, params = compiler.as_sql()
        through_python = compiler.get_converters([expression for expression, _sql, _alias in compiler.select])
        readings = tuple(Reading(column, *how) for column, how in through_python.items())
        of_objects: Any = queryset if queryset._iterable_class is ModelIterable else None  # noqa: SLF001 (Django tells it nowhere else)
        return cls(sql, tuple(params), readings, Shape.of(compiler, of_objects._fetch_mode) if of_objects is not None else None)  # noqa: SLF001

    def rows(self, given: Mapping[Any, Any]) -> list[tuple[Any, ...]]:
        params = [given.get(value, value) if isinstance(value, Hashable) else value for value in self.params] if given else self.params
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            rows = cursor.fetchall()
        return [self._read(row) for row in rows] if self.readings else rows

    def _read(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for column, converters, expression in self.readings:
            for convert in converters:
                values[column] = convert(values[column], expression, connection)
        return tuple(values)


@dataclass(slots=True)
class Statements:
    """Statements by who asks what. They hold no rows: whatever was written since is read, within the walls of who asks."""

    kept: dict[Hashable, Statement] = field(default_factory=dict)

    def rows(
        self, asked: Hashable, make: Callable[[], QuerySet[Any, Any]], given: Mapping[Any, Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """The rows of the query that `make` gave the first time that this was asked.

        `given` puts values into the places of those that stood for them when it was made.
        """
        return self._statement(asked, make).rows(given or {})

    def objects[M: Model](self, asked: Hashable, make: Callable[[], QuerySet[M]], given: Mapping[Any, Any] | None = None) -> list[M]:
        """As `rows`, for a query of objects: with what it selects beside them, annotates and locks."""
        statement = self._statement(asked, make)
        rows = statement.rows(given or {})
        return statement.shape.made(rows) if statement.shape else []

    def _statement(self, asked: Hashable, make: Callable[[], QuerySet[Any, Any]]) -> Statement:
        statement = self.kept.get(asked)
        if statement is None:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            statement = self.kept[asked] = Statement.of(make())
        return statement


class Insertion(NamedTuple):
    """The INSERT of one row of a model: the fields that are said, and those that the database fills in and gives back."""

    sql: str
    said: tuple[Any, ...]
    filled_in: tuple[Any, ...]

    @classmethod
    def of(cls, thing: Model, filled_in: frozenset[str]) -> "Insertion":
        columns = thing._meta.local_concrete_fields
        query = InsertQuery(type(thing))
        query.insert_values(columns, [thing])
        compiler = query.get_compiler(connection=connection)
        compiler.returning_fields = [column for column in columns if column.attname in filled_in]
        ((sql, _params),) = compiler.as_sql()
        return cls(sql, tuple(column for column in columns if column.attname not in filled_in), tuple(compiler.returning_fields))


insertions: dict[tuple[type[Model], frozenset[str]], Insertion] = {}


def insert(thing: Model) -> None:
    """Write a new row as `save` would, by an INSERT that is compiled once; what the database fills in is known afterwards.

    No signal is sent: nobody listens to rows here.
    """
    filled_in = frozenset(name for name, value in thing.__dict__.items() if isinstance(value, DatabaseDefault))
    insertion = insertions.get((type(thing), filled_in))
    if insertion is None:
        insertion = insertions[type(thing), filled_in] = Insertion.of(thing, filled_in)
    params = [column.get_db_prep_save(column.pre_save(thing, add=True), connection) for column in insertion.said]
    with connection.cursor() as cursor:
        cursor.execute(insertion.sql, params)
        row = cursor.fetchone() if insertion.filled_in else ()  # a row that comes back says all of itself
    for column, value in zip(insertion.filled_in, row, strict=True):
        setattr(thing, column.attname, value)
    thing._state.adding, thing._state.db = False, DEFAULT_DB_ALIAS
