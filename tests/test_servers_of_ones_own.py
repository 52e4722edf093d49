"""Servers that the environment names: each way in which one does not serve is a sentence that says what to do, before anything starts."""

import os
import subprocess
import sys
from urllib.parse import quote

import psycopg
import pytest

from deploy.embedded import FAST_BUT_FORGETFUL, Postgres, Valkey
from deploy.given import CannotStartError, given_database, look_at_broker, look_at_database
from deploy.roles import Roles, bootstrap
from deploy.state import REPOSITORY

ROLES = Roles(owner_password="owner's", app_password="app's", database="desk")
OURS = ("SECRET_KEY", "CACHE_URL", "BROKER_URL", "DATABASE_URL", "DATABASE_ADMIN_URL", "STATE_DIR", "REDIS_URL", "PUBLIC_URL")


@pytest.fixture(scope="module")
def empty_server(tmp_path_factory):
    postgres = Postgres(tmp_path_factory.mktemp("theirs"), options=FAST_BUT_FORGETFUL)
    postgres.start()
    yield postgres
    postgres.stop()


@pytest.fixture
def server(empty_server):
    bootstrap(empty_server.superuser_url, ROLES)
    return empty_server


@pytest.fixture(scope="module")
def valkey(tmp_path_factory):
    valkey = Valkey(tmp_path_factory.mktemp("their-valkey"))
    valkey.start()
    yield valkey
    valkey.stop()


def addresses(postgres, *, app="app's", owner="owner's", database="desk"):
    return {"DATABASE_URL": postgres.url("tend_app", app, database), "DATABASE_ADMIN_URL": postgres.url("tend_owner", owner, database)}


def as_superuser(server, statement):
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        connection.execute(statement)


def manage(tmp_path, *arguments, **environment):
    """A command as a person types it who exported this and nothing else."""
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    environment = {**clean, "STATE_DIR": str(tmp_path / "state"), "EMAIL_URL": f"file://{tmp_path}/mail", **environment}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


def test_the_order_of_the_readme_leads_from_nothing_to_a_healthy_installation(empty_server, valkey, tmp_path):
    given = {**addresses(empty_server, database="readme"), "REDIS_URL": f"unix://{valkey.socket}"}
    with pytest.raises(CannotStartError, match="make roles"):
        look_at_database(given)
    made = manage(tmp_path, "bootstrap_database", "--administrator-url", empty_server.superuser_url, **given)
    assert made.returncode == 0, made.stderr
    look_at_database(given_database(given))
    migrated = manage(tmp_path, "migrate", "--verbosity", "0", **given)
    assert migrated.returncode == 0, migrated.stderr
    looked = manage(tmp_path, "doctor", **given)
    assert looked.returncode == 0, looked.stdout + looked.stderr


def test_the_secret_key_of_a_command_is_the_one_that_make_up_uses(server, tmp_path):
    say = ["shell", "--verbosity", "0", "-c", "from django.conf import settings; print(settings.SECRET_KEY, settings.CACHE_URL)"]
    first, again = (manage(tmp_path, *say, **addresses(server)) for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert first.stdout == again.stdout
    assert str(tmp_path / "state") in first.stdout  # without REDIS_URL the embedded Valkey is meant
    assert first.stdout.split()[0] in (tmp_path / "state" / "secrets.env").read_text()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"app": "guessed"}, r"^DATABASE_URL: the server refuses \(.*password.*make roles"),
        ({"owner": "guessed"}, r"^DATABASE_ADMIN_URL: the server refuses \(.*password.*make roles"),
        ({"database": "nowhere"}, r"^DATABASE_URL: the server refuses \(.*nowhere.*make roles"),
    ],
)
def test_a_wrong_password_and_a_missing_database_name_the_variable_and_the_way_out(server, wrong, told):
    with pytest.raises(CannotStartError, match=told):
        look_at_database(addresses(server, **wrong))


def test_a_server_that_is_not_there_is_told_apart_from_one_that_refuses():
    away = {
        name: f"postgresql://{role}:x@127.0.0.1:1/desk"
        for name, role in (("DATABASE_URL", "tend_app"), ("DATABASE_ADMIN_URL", "tend_owner"))
    }
    with pytest.raises(CannotStartError, match=r"no answer \(.*refused.*\)\. Start PostgreSQL there"):
        look_at_database(away)


def test_a_role_that_may_not_become_a_scope_is_told(server):
    as_superuser(server, "REVOKE tend_portal FROM tend_app")
    with pytest.raises(CannotStartError, match="may not become tend_portal"):
        look_at_database(addresses(server))


def test_a_role_above_the_wall_is_told(server):
    as_superuser(server, "ALTER ROLE tend_app BYPASSRLS")
    try:
        with pytest.raises(CannotStartError, match="no wall would hold it"):
            look_at_database(addresses(server))
    finally:
        as_superuser(server, "ALTER ROLE tend_app NOBYPASSRLS")


def test_a_database_of_somebody_else_is_told(server):
    as_superuser(server, "CREATE DATABASE theirs")
    with pytest.raises(CannotStartError, match="ALTER DATABASE theirs OWNER TO tend_owner"):
        look_at_database(addresses(server, database="theirs"))


@pytest.mark.parametrize(
    ("app", "owner", "told"),
    [
        ("mysql://tend_app:x@h/d", "postgresql://tend_owner:x@h/d", "DATABASE_URL: write it as postgresql://tend_app:"),
        ("postgresql://me:x@h/d", "postgresql://tend_owner:x@h/d", "DATABASE_URL: write it as postgresql://tend_app:"),
        ("postgresql://tend_app:x@h/d", "postgresql://tend_owner:x@h:port/d", "DATABASE_ADMIN_URL: write it as"),
        ("postgresql://tend_app:x@h/d", "postgresql://tend_owner:x@h/e", "names the database d and DATABASE_ADMIN_URL e: name one"),
        ("postgresql://tend_app:x@h/d", "", "Give both"),
    ],
)
def test_addresses_that_cannot_be_meant_are_told_before_anybody_is_called(app, owner, told):
    with pytest.raises(CannotStartError, match=told):
        given_database({"DATABASE_URL": app, "DATABASE_ADMIN_URL": owner})


def test_a_broker_that_does_not_answer_is_told(valkey):
    look_at_broker({"CACHE_URL": valkey.cache_url()})
    with pytest.raises(CannotStartError, match="Start Valkey or Redis there"):
        look_at_broker({"CACHE_URL": "redis://127.0.0.1:1/1"})


def test_a_command_without_any_installation_says_what_to_do_and_shows_no_traceback(tmp_path):
    said = manage(tmp_path, "doctor")
    assert said.returncode == 1
    assert "DATABASE_URL" in said.stderr
    assert "make up" in said.stderr
    assert "Traceback" not in said.stderr


def test_an_administrator_who_is_refused_gets_a_sentence(server, tmp_path):
    wrong = server.superuser_url.replace("postgres:", f"postgres:{quote('wrong')}", 1)
    said = manage(tmp_path, "bootstrap_database", "--administrator-url", wrong, **addresses(server))
    assert said.returncode == 1
    assert "The administrator could not do it" in said.stderr
    assert "Traceback" not in said.stderr
