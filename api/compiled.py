"""SQL that is compiled once: to compile the query of a hot resource anew for each request costs more than the database takes for it."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

MOST_KEPT = 1024


class Reading(NamedTuple):
    """How a column is read that goes through Python, as JSON does."""

    column: int
    converters: list[Callable[..., Any]]
    expression: Any


class Statement(NamedTuple):
    """What a queryset of values asks of the database, and how its columns are read."""

    sql: str
    params: tuple[Any, ...]
    readings: tuple[Reading, ...]

    @classmethod
    def of(cls, queryset: QuerySet[Any, Any]) -> "Statement":
        compiler = queryset.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        through_python = compiler.get_converters([expression for expression, _sql, _alias in compiler.select])
        return cls(sql, tuple(params), tuple(Reading(column, *how) for column, how in through_python.items()))

    def rows(self, given: Mapping[Any, Any]) -> list[tuple[Any, ...]]:
        params = [given.get(value, value) for value in self.params] if given else self.params
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
        statement = self.kept.get(asked)
        if statement is None:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            statement = self.kept[asked] = Statement.of(make())
        return statement.rows(given or {})
