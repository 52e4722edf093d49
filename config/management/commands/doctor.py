import datetime as dt
import tempfile
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any, cast

import redis
from celery import current_app
from django.conf import settings
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError

from accounts import scope, wall
from accounts.models import Firm
from config import beat, columns
from deploy.roles import LOGINS, NOT_A_LOGIN, SCOPES
from events.actions.delivering import outbox_state
from events.actions.posting import webhook_state

MOST_SKEW = dt.timedelta(seconds=2)
MOST_WAITING_SECONDS = 300


class Ailment(Exception):
    """Something is wrong; the text says what, and what to do about it."""


class Command(BaseCommand):
    """Looks at everything Tend stands on, changes nothing, and says in a line each what is wrong and what to do."""

    help = "Checks database, roles, migrations, wall, broker, schedule, clock, mail, storage and outbox. Exit status 1 when one is wrong."
    requires_system_checks = ()
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 (Django's signature)
        wrong = sum(not self.look(name, check) for name, check in CHECKS.items())
        if wrong:
            raise CommandError(f"{wrong} of {len(CHECKS)} checks found something wrong.")

    def look(self, name: str, check: Callable[[], str]) -> bool:
        try:
            found = check()
        except (Ailment, ImproperlyConfigured) as ailment:
            self.stdout.write(f"WRONG  {name:<10}  {ailment}")
            return False
        except DatabaseError as error:
            self.stdout.write(f"WRONG  {name:<10}  {_said(error)} Mend the database first, then ask again.")
            return False
        self.stdout.write(f"ok     {name:<10}  {found}")
        return True


def database() -> str:
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        raise Ailment(f"No answer: {_said(error)} Start PostgreSQL, or correct DATABASE_URL.") from error
    version = connection.pg_version  # type: ignore[attr-defined]  # of PostgreSQL's backend
    return f"PostgreSQL {version // 10000}.{version % 10000} answers as {connection.settings_dict['USER']}."


def roles() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE starts_with(rolname, 'tend_') AND (rolsuper OR rolbypassrls)")
        above = [name for (name,) in cursor.fetchall()]
        cursor.execute("SELECT rolname FROM pg_roles WHERE pg_has_role(session_user, oid, 'SET')")
        reachable = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT rolname FROM pg_roles")
        missing = {*LOGINS, *NOT_A_LOGIN} - {name for (name,) in cursor.fetchall()}
    if above:
        raise Ailment(f"{', '.join(above)} would walk through the wall. Run as an administrator: ALTER ROLE ... NOSUPERUSER NOBYPASSRLS.")
    if missing or not reachable >= set(SCOPES):
        lacking = ", ".join(sorted(missing | (set(SCOPES) - reachable)))
        raise Ailment(f"{lacking} cannot be taken on. Run manage.py bootstrap_database again.")
    if "tend_owner" in reachable:
        raise Ailment("The application may become the owner of the tables. Revoke tend_owner from it, and give DATABASE_URL to tend_app.")
    return "The application is held by the wall and may take on its three scopes."


def migrations() -> str:
    with scope.door():
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        first = plan[0][0]
        raise Ailment(f"{len(plan)} migrations wait, {first.app_label}.{first.name} first. Run manage.py migrate.")
    return "Every migration is applied."


def shapes() -> str:
    found = columns.differences()
    if found:
        raise Ailment(
            f"{len(found)} tables are not as the models say: {'; '.join(found[:3])}. Somebody changed them beside the migrations:"
            " change them back, or restore a backup."
        )
    return "Every column is as the models say."


def walls() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND relname <> 'django_migrations' AND NOT (relrowsecurity AND relforcerowsecurity)"
        )
        open_tables = {name for (name,) in cursor.fetchall()} | set(wall.breaches())
    if open_tables:
        named = ", ".join(sorted(open_tables)[:5])
        raise Ailment(
            f"{len(open_tables)} tables are not as the code declares: {named}. Run manage.py migrate, which builds the wall anew."
        )
    return "No table differs from what the code declares."


def broker() -> str:
    try:
        with current_app.connection_for_write() as line:
            line.ensure_connection(max_retries=1, timeout=3)
        redis.Redis.from_url(settings.CACHE_URL, socket_timeout=2, socket_connect_timeout=2).ping()
    except (OperationalError, redis.RedisError, OSError) as error:
        raise Ailment(f"No answer: {_said(error)} Start Valkey or Redis, or correct BROKER_URL and CACHE_URL.") from error
    return "Messages and cache are taken."


def schedule() -> str:
    try:
        seconds = beat.still_seconds()
    except redis.RedisError as error:
        raise Ailment("Whether beat runs cannot be asked: mend the broker first.") from error
    if seconds == inf and not _is_in_use():
        return "Beat has not run here yet: it begins with `make up`, or with celery beat."
    if wrong := beat.said_of(seconds):
        raise Ailment(wrong)
    return f"Beat ticked {seconds:.0f} s ago."


def _is_in_use() -> bool:
    with scope.system("doctor"):
        return Firm.objects.exists()


def clock() -> str:
    with connection.cursor() as cursor:
        before = dt.datetime.now(dt.UTC)
        cursor.execute("SELECT clock_timestamp()")
        there = cast("tuple[dt.datetime]", cursor.fetchone())[0]
        here = before + (dt.datetime.now(dt.UTC) - before) / 2
    skew_seconds = (there - here).total_seconds()
    if abs(there - here) > MOST_SKEW:
        raise Ailment(f"The database's clock is {skew_seconds:+.1f} s off this machine's. Let both follow one time server (NTP).")
    return f"Database and process agree within {abs(skew_seconds) * 1000:.0f} ms."


def mail_server() -> str:
    mailer: dict[str, Any] = settings.MAILERS["default"]
    directory = mailer.get("OPTIONS", {}).get("file_path")
    if directory is not None:
        return _writable(Path(directory), "Mail is written to files in {}; set EMAIL_URL to send it.", "Correct EMAIL_URL.")
    if "smtp" not in mailer["BACKEND"]:
        return "Mail stays in memory."
    server = cast("Any", mail.mailers["default"])
    try:
        server.open()
        code, answer = server.connection.noop()
        server.close()
    except OSError as error:
        raise Ailment(
            f"{server.host}:{server.port} does not take mail: {_said(error)} Correct EMAIL_URL, or ask whoever runs it."
        ) from error
    if code != 250:
        raise Ailment(f"{server.host}:{server.port} says {code} {answer.decode(errors='replace')}. Ask whoever runs it.")
    return f"{server.host}:{server.port} takes mail."


def storage() -> str:
    try:
        name = default_storage.save("doctor", ContentFile(b"written by manage.py doctor"))
        default_storage.delete(name)
    except OSError as error:
        raise Ailment(f"Files cannot be kept: {_said(error)} Let this user write there, or set STATE_DIR.") from error
    return "Files can be written and removed."


def outbox() -> str:
    with scope.system("doctor"):
        state = outbox_state()
    if state.oldest_seconds > MOST_WAITING_SECONDS:
        minutes = int(state.oldest_seconds // 60)
        raise Ailment(
            f"{state.waiting} deliveries wait, the oldest for {minutes} minutes. See that worker and beat run, then the mail line."
        )
    return f"{state.waiting} deliveries wait, {state.given_up} were given up."


def webhooks() -> str:
    with scope.system("doctor"):
        state = webhook_state()
    if state.overdue_seconds > MOST_WAITING_SECONDS:
        minutes = int(state.overdue_seconds // 60)
        raise Ailment(f"A message to a program outside should have gone out {minutes} minutes ago. See that worker and beat run.")
    return f"{state.waiting} messages to programs outside wait, {state.given_up} were given up."


CHECKS: dict[str, Callable[[], str]] = {
    "database": database,
    "roles": roles,
    "migrations": migrations,
    "columns": shapes,
    "wall": walls,
    "broker": broker,
    "schedule": schedule,
    "clock": clock,
    "mail": mail_server,
    "storage": storage,
    "outbox": outbox,
    "webhooks": webhooks,
}


def _writable(directory: Path, fine: str, otherwise: str) -> str:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise Ailment(f"{directory} cannot be written: {_said(error)} {otherwise}") from error
    return fine.format(directory)


def _said(error: BaseException) -> str:
    """An error as one line that ends like a sentence."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if text.endswith(".") else f"{text}."
