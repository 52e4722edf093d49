"""How a row of the database becomes an object of the API without a model instance or a serializer run."""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from types import CodeType, FunctionType
from typing import Any, ClassVar, NamedTuple

from django.db.models import Model, QuerySet
from drf_spectacular.drainage import set_override
from rest_framework import serializers

type Values = Mapping[str, Any]
type Shaped = dict[str, Any]


class Derived(NamedTuple):
    """A field that is computed from columns of its row; by what `by` gives once a page, where it is the same for all its rows."""

    of: tuple[str, ...]
    by: Callable[..., Any]
    is_given_once_a_page: bool = False


class Row(serializers.Serializer):
    """Declared fields -> `.values()` -> orjson: the schema of a serializer at a tenth of its cost.

    A field's `source` is a path of columns. A nested Row is an object, or null where its id is. `derived` fields are
    computed from columns; `added` ones are filled in by `complete`, for all rows of a page together.
    """

    derived: ClassVar[Mapping[str, Derived]] = {}
    added: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        set_override(cls, "component_name", cls.__name__.removesuffix("Row"))

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """What `.values()` is asked for."""
        return _columns_of(cls)

    @classmethod
    def shape(cls, values: Values) -> Shaped:
        """The object of one row of values."""
        return cls.shaped([tuple(values[column] for column in cls.columns())])[0]

    @classmethod
    def shaped(cls, rows: Iterable[Sequence[Any]]) -> list[Shaped]:
        """The objects of rows that begin with the values of the columns, in their order."""
        return _shaper(cls)(rows)

    @classmethod
    def complete(cls, rows: list[Shaped]) -> list[Shaped]:
        """Fill in the `added` fields, in a number of queries that does not grow with the page."""
        return rows

    @classmethod
    def declared(cls) -> Mapping[str, "serializers.Field[Any, Any, Any, Any]"]:
        """The fields of the object, by name."""
        return cls._declared_fields

    @classmethod
    def narrowed(cls, names: frozenset[str]) -> "type[Row]":
        """The same object with these of its fields, and its id. Columns that nobody asked for are not read."""
        return _narrowed(cls, names | {"id"})

    @classmethod
    def all_of(cls, queryset: QuerySet[Any]) -> list[Shaped]:
        return cls.complete(cls.shaped(queryset.values_list(*cls.columns())))

    @classmethod
    def of(cls, thing: Model) -> Shaped:
        """The object of a row that was just written, as a list would show it."""
        return cls.all_of(type(thing)._base_manager.filter(pk=thing.pk))[0]

    @classmethod
    def at_hand(cls, thing: Model) -> Shaped:
        """As `of`, without asking again: for what was written from valid values, with what it names read before."""
        return cls.complete(cls.shaped([tuple(_value(thing, column.split("__")) for column in cls.columns())]))[0]


class PersonNamed(Row):
    """Somebody, by name."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class ClientNamed(Row):
    """A client, by name and the code that begins its references."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    code = serializers.CharField()


class EngagementNamed(Row):
    id = serializers.UUIDField()
    name = serializers.CharField()


class SystemNamed(Row):
    id = serializers.UUIDField()
    name = serializers.CharField()


class TicketNamed(Row):
    """A ticket, by its human reference."""

    id = serializers.UUIDField()
    reference = serializers.CharField()
    subject = serializers.CharField()


@lru_cache(maxsize=256)
def _narrowed(cls: type[Row], names: frozenset[str]) -> type[Row]:
    filled_in = bool(names & cls.added)  # what fills a field in may look at any other

    def complete(rows: list[Shaped]) -> list[Shaped]:
        whole = cls.complete(rows) if filled_in else rows
        return [{name: value for name, value in row.items() if name in names} for row in whole]

    gone = {} if filled_in else {name: None for name in cls._declared_fields if name not in names}
    return type(cls.__name__, (cls,), {**gone, "complete": staticmethod(complete)})


def _fields(cls: type[Row]) -> Iterable[tuple[str, "serializers.Field[Any, Any, Any, Any]"]]:
    return ((name, field) for name, field in cls._declared_fields.items() if name not in cls.added)


def _path(name: str, field: "serializers.Field[Any, Any, Any, Any]") -> str:
    return str(field.source or name).replace(".", "__")


def _columns(cls: type[Row], prefix: str) -> Iterable[str]:
    for name, field in _fields(cls):
        if name in cls.derived:
            yield from (prefix + column for column in cls.derived[name].of)
        elif isinstance(field, Row):
            yield from _columns(type(field), f"{prefix}{_path(name, field)}__")
        else:
            yield prefix + _path(name, field)


@lru_cache(maxsize=1024)
def _columns_of(cls: type[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_columns(cls, "")))


def _value(thing: Any, path: list[str]) -> Any:
    """What a path of columns reads; an id is found on the row that names it, and what is not named has nothing."""
    for step, following in pairwise([*path, ""]):
        if thing is None or following == "id":
            return getattr(thing, f"{step}_id", None)
        thing = getattr(thing, step)
    return thing


class _Names(NamedTuple):
    """What the columns and the derivations of a row are called in its expression."""

    columns: Mapping[str, str]
    derivations: dict[str, Derived]


@lru_cache(maxsize=1024)
def _shaper(cls: type[Row]) -> Callable[[Iterable[Sequence[Any]]], list[Shaped]]:
    """The objects as one expression over the columns, built as a syntax tree and compiled once: a page of 50 costs half of zipping
    names and values, and a third of calling a reader for each field.
    """
    names = _Names({column: f"c{number}" for number, column in enumerate(_columns_of(cls))}, {})
    shown = _expression(cls, "", names)
    read = [*(ast.Name(name, ast.Store()) for name in names.columns.values()), ast.Starred(ast.Name("_", ast.Store()), ast.Store())]
    page = ast.ListComp(shown, [ast.comprehension(ast.Tuple(read, ast.Store()), _named("rows"), [], is_async=0)])
    shape = _function(page, ("rows", *names.derivations))
    derivations = tuple(names.derivations.values())
    return lambda rows: shape(rows, *(derived.by() if derived.is_given_once_a_page else derived.by for derived in derivations))


def _function(answer: ast.expr, parameters: Iterable[str]) -> Callable[..., list[Shaped]]:
    """A function that answers with an expression over its parameters and sees nothing else."""
    taken = ast.arguments(posonlyargs=[], args=[ast.arg(name) for name in parameters], kwonlyargs=[], kw_defaults=[], defaults=[])
    whole = ast.fix_missing_locations(ast.Expression(ast.Lambda(taken, answer)))
    code = next(const for const in compile(whole, "<the shape of a row>", "eval").co_consts if isinstance(const, CodeType))
    return FunctionType(code, {})


def _named(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _expression(cls: type[Row], prefix: str, names: _Names) -> ast.expr:
    fields = list(_fields(cls))
    return ast.Dict([ast.Constant(name) for name, _field in fields], [_read(cls, name, field, prefix, names) for name, field in fields])


def _read(cls: type[Row], name: str, field: "serializers.Field[Any, Any, Any, Any]", prefix: str, names: _Names) -> ast.expr:
    if name in cls.derived:
        derived = cls.derived[name]
        called = f"derived_{len(names.derivations)}"
        names.derivations[called] = derived
        return ast.Call(_named(called), [_named(names.columns[prefix + column]) for column in derived.of], [])
    if isinstance(field, Row):
        inner = f"{prefix}{_path(name, field)}__"
        is_there = ast.Compare(_named(names.columns[f"{inner}id"]), [ast.IsNot()], [ast.Constant(None)])
        return ast.IfExp(is_there, _expression(type(field), inner, names), ast.Constant(None))
    return _named(names.columns[prefix + _path(name, field)])
