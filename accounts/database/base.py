"""PostgreSQL, with the scope stamped on every transaction.

A transaction begins with one statement that takes the role, the client and the name of who acts from accounts.scope. It is
local to the transaction, so a pooled or persistent connection never carries it to the next one.
"""

import select
import time
from collections.abc import Callable, Mapping
from math import inf
from typing import Any

import orjson
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.backends.postgresql import base, creation

from accounts import scope

LOOK_AGAIN_SECONDS = 30
STAMP = (
    "SELECT set_config('role', %s, true), set_config('app.client_id', %s, true), set_config('app.person_id', %s, true),"
    " set_config('pghistory.context_metadata', %s, true), set_config('lock_timeout', coalesce(%s, current_setting('lock_timeout')), true)"
)


class DatabaseCreation(creation.DatabaseCreation):
    """Test databases are made and dropped by the owner of the tables."""

    def create_test_db(self, *args: Any, **kwargs: Any) -> str:
        with scope.owner():
            return super().create_test_db(*args, **kwargs)

    def destroy_test_db(self, *args: Any, **kwargs: Any) -> None:
        with scope.owner():
            super().destroy_test_db(*args, **kwargs)

    def clone_test_db(self, *args: Any, **kwargs: Any) -> None:
        with scope.owner():
            super().clone_test_db(*args, **kwargs)


def in_a_transaction(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Mapping[str, Any]) -> Any:
    """A scope holds for a transaction, so a statement outside of one gets its own."""
    connection = context["connection"]
    as_itself = scope.is_owner() or scope.current().role in {"none", "tend_door"}
    if connection.in_atomic_block or as_itself or not connection.get_autocommit():
        return execute(sql, params, many, context)
    with transaction.atomic(using=connection.alias):
        return execute(sql, params, many, context)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL backend, which refuses a login that no wall would hold and stamps each transaction."""

    creation_class = DatabaseCreation
    looked_at: float = -inf
    health_check_done: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(in_a_transaction)

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if scope.is_owner():
            owner = self.settings_dict.get("OWNER")
            if not owner:
                raise ImproperlyConfigured("Set DATABASE_ADMIN_URL: this command speaks as the owner of the tables.")
            params |= owner
        return params

    def init_connection_state(self) -> None:
        super().init_connection_state()
        if scope.is_owner():
            return
        row = self.connection.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = session_user").fetchone()
        if row[0]:
            raise ImproperlyConfigured("The application must not log in as a superuser or with BYPASSRLS: no wall would hold it.")

    def close_if_health_check_failed(self) -> None:
        """Django asks the server once a request whether it is still there. A server that ends a session says so, and what it
        said lies in the socket: where nothing does, only a silent network is asked after, every half minute.
        """
        if self.connection is not None and not self.health_check_done and self._is_quiet():
            self.health_check_done = True
        elif not self.health_check_done:
            self.looked_at = time.monotonic()
        super().close_if_health_check_failed()

    def _is_quiet(self) -> bool:
        if self.connection.closed or time.monotonic() - self.looked_at > LOOK_AGAIN_SECONDS:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return not waiting.poll(0)

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        if not autocommit:
            self.stamp()

    def stamp(self) -> None:
        """Tell PostgreSQL, for the rest of this transaction, for whom it works."""
        now = scope.current()
        context = orjson.dumps(dict(now.context)).decode() if now.context else ""
        with self.wrap_database_errors:
            told = [now.role, str(now.client_id or ""), now.context.get("person", ""), context, _lock_timeout()]
            self.connection.execute(STAMP, told)


def _lock_timeout() -> str | None:
    seconds = scope.patience()
    return None if seconds is None else f"{seconds}s"
