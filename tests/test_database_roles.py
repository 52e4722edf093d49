"""The roles that the second wall stands on, made by a superuser, by a lesser administrator, by psql, and twice."""

import os
import select
import subprocess
from time import monotonic
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from accounts.management.commands.bootstrap_database import roles_of
from deploy.embedded import FAST_BUT_FORGETFUL, Postgres, postgres_programs
from deploy.roles import Roles, bootstrap, script

AWKWARD = Roles(owner_password="it's $1 \\ and %s", app_password='"; DROP ROLE tend_app; --', database="tend")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    postgres = Postgres(tmp_path_factory.mktemp("roles"), options=FAST_BUT_FORGETFUL)
    postgres.start()
    yield postgres
    postgres.stop()


@pytest.fixture
def postgres(server):
    """The server without any role or database of ours."""
    yield server
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS tend WITH (FORCE)")
        for (role,) in connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname ~ '^(tend_|administrator)' ORDER BY rolname DESC"
        ).fetchall():
            connection.execute(f"DROP ROLE {role}")


def as_app(postgres, roles):
    return psycopg.connect(postgres.url("tend_app", roles.app_password, roles.database))


def as_owner(postgres, roles):
    return psycopg.connect(postgres.url("tend_owner", roles.owner_password, roles.database))


def test_the_application_inherits_the_door_alone_and_may_become_the_others(postgres):
    bootstrap(postgres.superuser_url, AWKWARD)
    with as_app(postgres, AWKWARD) as connection:
        inherited = connection.execute("SELECT rolname FROM pg_roles WHERE rolname ~ '^tend_' AND pg_has_role(oid, 'USAGE') ORDER BY 1")
        assert inherited.fetchall() == [("tend_app",), ("tend_door",)]
        reachable = connection.execute("SELECT rolname FROM pg_roles WHERE rolname ~ '^tend_' AND pg_has_role(oid, 'SET') ORDER BY 1")
        assert reachable.fetchall() == [("tend_app",), ("tend_door",), ("tend_portal",), ("tend_staff",), ("tend_system",)]


def test_no_role_of_ours_walks_through_the_wall(postgres):
    bootstrap(postgres.superuser_url, AWKWARD)
    with as_owner(postgres, AWKWARD) as connection:
        above = connection.execute("SELECT rolname FROM pg_roles WHERE rolname ~ '^tend_' AND (rolsuper OR rolbypassrls OR rolcreaterole)")
        assert above.fetchall() == []


def test_the_owner_makes_the_extensions_and_the_test_databases(postgres):
    bootstrap(postgres.superuser_url, AWKWARD)
    with as_owner(postgres, AWKWARD) as connection:
        connection.autocommit = True
        connection.execute("CREATE EXTENSION btree_gist")
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE DATABASE test_tend")
        connection.execute("DROP DATABASE test_tend")


def test_doing_it_twice_changes_the_passwords_and_nothing_else(postgres):
    assert bootstrap(postgres.superuser_url, AWKWARD) is True
    renewed = Roles(owner_password="another", app_password="one more")
    assert bootstrap(postgres.superuser_url, renewed) is False
    as_app(postgres, renewed).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        as_app(postgres, AWKWARD)


def test_an_administrator_of_a_managed_server_needs_no_superuser(postgres):
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE administrator LOGIN CREATEROLE CREATEDB PASSWORD 'managed'")
    url = postgres.url("administrator", "managed", "postgres")
    assert bootstrap(url, AWKWARD) is True
    assert bootstrap(url, AWKWARD) is False
    as_owner(postgres, AWKWARD).close()


def test_a_role_that_somebody_lifted_above_the_wall_is_refused(postgres):
    bootstrap(postgres.superuser_url, AWKWARD)
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute("ALTER ROLE tend_app BYPASSRLS")
    with pytest.raises(psycopg.errors.RaiseException, match="row-level security would not bind it"):
        bootstrap(postgres.superuser_url, AWKWARD)


def test_the_printed_sql_does_the_same_in_psql(postgres):
    psql = [postgres_programs() / "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", postgres.superuser_url]
    for _ in range(2):
        done = subprocess.run(psql, input=script(AWKWARD), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    as_app(postgres, AWKWARD).close()
    as_owner(postgres, AWKWARD).close()


def test_the_command_reads_the_roles_from_the_two_addresses():
    roles = roles_of("postgresql://tend_app:a%20b@host/desk", "postgresql://tend_owner:c@host/desk")
    assert roles == Roles(owner_password="c", app_password="a b", database="desk")


def test_the_application_refuses_to_log_in_as_a_superuser(postgres, django_db_blocker):
    address = urlsplit(postgres.superuser_url)
    ours = connections["default"]
    settings = {**ours.settings_dict, "NAME": "postgres", "USER": "postgres", "PASSWORD": address.password, "HOST": str(postgres.sockets)}
    superuser = type(ours)(settings, alias="superuser")
    with django_db_blocker.unblock(), pytest.raises(ImproperlyConfigured, match="must not log in as a superuser"):
        superuser.connect()
    superuser.close()


def test_the_tests_themselves_stand_behind_the_wall():
    assert urlsplit(os.environ["DATABASE_URL"]).username == "tend_app"


@pytest.mark.django_db(transaction=True)
def test_a_session_that_the_server_ended_is_replaced_before_it_is_used():
    """Without asking the server before each request: what it said when it ended lies in the socket."""
    ours = connections["default"]
    ours.close()
    ours.ensure_connection()
    ours.looked_at, ours.health_check_done = monotonic(), False
    raw = ours.connection
    theirs = {name: ours.get_connection_params()[name] for name in ("dbname", "user", "password", "host")}
    with psycopg.connect(**theirs) as another:
        another.execute("SELECT pg_terminate_backend(%s)", [raw.info.backend_pid])
    farewell = select.poll()
    farewell.register(raw.fileno(), select.POLLIN)
    assert farewell.poll(10_000)
    with ours.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    assert ours.connection is not raw
