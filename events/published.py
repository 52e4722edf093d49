"""What happened that programs outside may be told of. Rooms write events, `config` says here which of them are published."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

Reference = Callable[[UUID], str]


@dataclass(frozen=True, slots=True)
class Published:
    """A kind of event as programs outside know it.

    `resource` is the resource of the API that shows what it is about, `facts` are the parts of the event's payload that are
    told: ids, numbers and states. Whatever is not named here is never told. What `is_internal` concerns the firm alone: no endpoint of a
    client is ever told of it, and no client is offered it.
    """

    label: Any
    resource: str
    facts: tuple[str, ...] = ()
    is_internal: bool = False


_kinds: dict[str, Published] = {}
_clients_words: dict[str, str] = {}
_references: dict[str, Reference] = {}


def publish(kind: str, published: Published) -> None:
    _kinds[kind] = published


def tell_clients_as(kind: str, published_kind: str) -> None:
    """Tell endpoints bound to a client of a kind that nobody chooses, as one that they chose."""
    _clients_words[kind] = published_kind


def is_for_clients_only(kind: str) -> bool:
    return kind in _clients_words


def kind_told(kind: str) -> str:
    """The kind as which endpoints hear of a kind of event."""
    return _clients_words.get(kind, kind)


def refer(about_type: str, reference: Reference) -> None:
    """Tell how people call things of a type, such as ACM-42."""
    _references[about_type] = reference


def published_kinds() -> Mapping[str, Published]:
    return MappingProxyType(_kinds)


def reference_of(about_type: str, about_id: UUID) -> str:
    """How people call a thing; nothing where they have no name for it."""
    found = _references.get(about_type)
    return found(about_id) if found else ""
