"""Servers that the environment names instead of the embedded ones: how their addresses are read, and what is told when one does not serve.

Everything is looked at before anything starts, so that a wrong password is a sentence that says what to do and not the end of a
migration.
"""

from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

import psycopg
import redis

from deploy.roles import SCOPES

BOOTSTRAP = 'make roles (see README, "On servers of your own")'
OLDEST_POSTGRES = 18  # uuidv7() and virtual columns
PATIENCE_SECONDS = 5
REACHABLE = "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND pg_has_role(session_user, oid, 'SET')"
ABOVE_THE_WALL = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = session_user"
MAY_MAKE_TABLES = "SELECT has_database_privilege(current_database(), 'CREATE') AND has_schema_privilege('public', 'CREATE')"


class CannotStartError(RuntimeError):
    """Something about this machine or environment must change first; the text says what."""


def given_database(environment: Mapping[str, str]) -> dict[str, str]:
    """The two addresses of a real PostgreSQL, or nothing. Raises CannotStartError where they cannot both be meant."""
    given = {name: environment[name] for name in ("DATABASE_URL", "DATABASE_ADMIN_URL") if environment.get(name)}
    if len(given) == 1:
        raise CannotStartError("Give both DATABASE_URL (role tend_app) and DATABASE_ADMIN_URL (role tend_owner), or neither.")
    if given:
        app, owner = (_read(name, url) for name, url in given.items())
        if app.path != owner.path:
            raise CannotStartError(f"DATABASE_URL names the database {app.path[1:]} and DATABASE_ADMIN_URL {owner.path[1:]}: name one.")
    return given


def given_broker(url: str) -> dict[str, str]:
    """Messages in database 0, the cache in 1. Raises CannotStartError for an address that is none of Redis or Valkey."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return {"BROKER_URL": f"redis+socket://{parts.path}?virtual_host=0", "CACHE_URL": f"unix://{parts.path}?db=1"}
    if parts.scheme not in {"redis", "rediss"}:
        raise CannotStartError("REDIS_URL: use redis://, rediss:// (with TLS) or unix:///path/of/the/socket.")
    return {"BROKER_URL": parts._replace(path="/0").geturl(), "CACHE_URL": parts._replace(path="/1").geturl()}


def look_at_database(given: Mapping[str, str]) -> None:
    """Log in with both addresses and ask for what each must be able to do. Raises CannotStartError with what to do about it."""
    with _logged_in("DATABASE_URL", given["DATABASE_URL"]) as connection:
        if connection.info.server_version < OLDEST_POSTGRES * 10000:
            version = connection.info.server_version // 10000
            raise CannotStartError(f"DATABASE_URL: the server is PostgreSQL {version}. Tend needs {OLDEST_POSTGRES} or newer.")
        if _answer(connection, ABOVE_THE_WALL):
            raise CannotStartError("DATABASE_URL: its role is a superuser or has BYPASSRLS, so no wall would hold it. Log in as tend_app.")
        reachable = {name for (name,) in connection.execute(REACHABLE, [list(SCOPES)]).fetchall()}
        missing = ", ".join(name for name in SCOPES if name not in reachable)
        if missing:
            raise CannotStartError(f"DATABASE_URL: its role may not become {missing}. Let an administrator make the roles: {BOOTSTRAP}.")
    with _logged_in("DATABASE_ADMIN_URL", given["DATABASE_ADMIN_URL"]) as connection:
        if not _answer(connection, MAY_MAKE_TABLES):
            raise CannotStartError(
                f"DATABASE_ADMIN_URL: tend_owner may not make tables in {connection.info.dbname}."
                f" Let an administrator say: ALTER DATABASE {connection.info.dbname} OWNER TO tend_owner."
            )


def look_at_broker(given: Mapping[str, str]) -> None:
    """Raises CannotStartError where Valkey or Redis does not answer."""
    try:
        redis.Redis.from_url(given["CACHE_URL"], socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS).ping()
    except (redis.RedisError, ValueError) as error:
        raise CannotStartError(f"REDIS_URL: no answer ({_said(error)}). Start Valkey or Redis there, or correct the address.") from error


def _read(name: str, url: str) -> SplitResult:
    role = {"DATABASE_URL": "tend_app", "DATABASE_ADMIN_URL": "tend_owner"}[name]
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"postgresql", "postgres"} and parts.username == role and len(parts.path) > 1 and parts.port != 0
    except ValueError:
        parts, fits = urlsplit(""), False
    if not fits:
        raise CannotStartError(f"{name}: write it as postgresql://{role}:password@host/database, with the password percent-encoded.")
    return parts


def _logged_in(name: str, url: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=PATIENCE_SECONDS)
    except psycopg.Error as error:
        said = _said(error)
        has_answered = "FATAL" in str(error)
        advice = (
            f"Correct it, or let an administrator make roles, passwords and database as the two addresses say: {BOOTSTRAP}."
            if has_answered
            else "Start PostgreSQL there, or correct the address."
        )
        raise CannotStartError(f"{name}: {'the server refuses' if has_answered else 'no answer'} ({said}). {advice}") from error


def _answer(connection: psycopg.Connection, question: str) -> bool:
    row = connection.execute(question).fetchone()
    return bool(row and row[0])


def _said(error: BaseException) -> str:
    """The last thing that the server or the network said, in one line; libpq says it once for every address it tried."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip() and "Is the server running" not in line]
    return (lines or [type(error).__name__])[-1].rpartition("FATAL:")[2].strip().removeprefix("- ").rstrip(".")
