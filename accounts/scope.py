"""For whom the current code speaks to the database. Nobody, until someone says so: then only the door's tables answer.

The scope is a context variable; the database backend stamps it on every transaction (accounts/database/base.py). It is not
an ambient user: actions take their actor as an argument, the scope only decides which rows PostgreSQL shows at all.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol, cast
from uuid import UUID

from django.db import connection
from psycopg.pq import TransactionStatus

from accounts.actors import Actor

_NO_CONTEXT: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Scope:
    """A database role, the one client it is held to, and what the history triggers write down about who it was."""

    role: str
    client_id: UUID | None = None
    context: Mapping[str, str] = field(default_factory=lambda: _NO_CONTEXT)


class _Stamped(Protocol):
    def stamp(self) -> None: ...


NOBODY = Scope("none")
_scope: ContextVar[Scope] = ContextVar("scope", default=NOBODY)
_owner: ContextVar[bool] = ContextVar("owner", default=False)
_patience: ContextVar[int | None] = ContextVar("patience", default=None)


def current() -> Scope:
    return _scope.get()


def is_owner() -> bool:
    return _owner.get()


def patience() -> int | None:
    """How many seconds a statement waits for a lock; None leaves it to the database."""
    return _patience.get()


@contextmanager
def waiting_at_most(seconds: int) -> Iterator[None]:
    """For whoever serves others meanwhile: what somebody else holds for longer is refused by the database."""
    token = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(token)


@contextmanager
def _as(scope: Scope) -> Iterator[None]:
    token = _scope.set(scope)
    _restamp()
    try:
        yield
    finally:
        _scope.reset(token)
        _restamp()


def _restamp() -> None:
    raw = connection.connection
    # A failed transaction refuses every statement; the rollback that must follow restores the older stamp by itself.
    if raw is not None and connection.in_atomic_block and raw.info.transaction_status != TransactionStatus.INERROR:
        cast("_Stamped", connection).stamp()


def door() -> AbstractContextManager[None]:
    """Before it is known who asks, and on the sign-in pages."""
    return _as(Scope("tend_door"))


def portal(client_id: UUID, actor: Actor | None = None) -> AbstractContextManager[None]:
    """Within one client: its rows and no others exist."""
    return _as(Scope("tend_portal", client_id, actor.as_context() if actor else _NO_CONTEXT))


def staff(actor: Actor | None = None) -> AbstractContextManager[None]:
    """For the firm's people. Which clients they see is decided by `visible_to`."""
    return _as(Scope("tend_staff", None, actor.as_context() if actor else _NO_CONTEXT))


def system(reason: str) -> AbstractContextManager[None]:
    """For a named process: a task, a command, or the step of a client's act that moves what the client may only read."""
    outer = current().context
    return _as(Scope("tend_system", None, {**outer, "process": reason}))


def seeing_all(reason: str) -> AbstractContextManager[None]:
    """For a step that only reads, and must see what a client's people do not: the firm's scope sees it as it is."""
    return nullcontext() if current().role in {"tend_staff", "tend_system"} else system(reason)


def nobody() -> AbstractContextManager[None]:
    return _as(NOBODY)


def of(actor: Actor) -> AbstractContextManager[None]:
    """The scope that belongs to an actor."""
    if actor.is_system:
        return system(actor.process)
    if actor.is_staff and actor.client_id is None:
        return staff(actor)
    if actor.client_id is None:
        return door()
    return portal(actor.client_id, actor) if not actor.is_staff else staff(actor)


@contextmanager
def owner() -> Iterator[None]:
    """Speak as the owner of the tables: migrations, flushes, making test databases. Needs DATABASE_ADMIN_URL."""
    if _owner.get():
        yield
        return
    if connection.in_atomic_block:
        raise RuntimeError("The owner speaks on its own connection: leave the transaction first.")
    connection.close()
    token = _owner.set(True)
    try:
        with nobody():
            yield
    finally:
        connection.close()
        _owner.reset(token)
