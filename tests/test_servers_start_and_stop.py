"""The embedded servers: what a person at a terminal does to them, and what a power cut does."""

import os
import shutil
import signal
import socket
import tempfile
import traceback
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from deploy.embedded import (
    FAST_BUT_FORGETFUL,
    CannotRunHereError,
    Postgres,
    Valkey,
    as_somebody,
    first_number,
    postgres_programs,
    private_folder,
)
from deploy.processes import is_running, wait_until
from deploy.scratch import PREFIX

CANNOT_REACH = 77


def ask(postgres: Postgres, statement: str):
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone() if cursor.description else None


@pytest.fixture
def postgres(tmp_path: Path):
    server = Postgres(tmp_path / "postgres", options=FAST_BUT_FORGETFUL)
    yield server
    server.stop()


@pytest.fixture
def valkey(tmp_path: Path):
    server = Valkey(tmp_path / "valkey")
    yield server
    server.stop()


def say(valkey: Valkey, command: str) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(valkey.socket))
        connection.sendall(f"{command}\r\n".encode())
        return connection.recv(1000).decode().strip()


def test_a_database_comes_back_with_its_rows_after_a_stop_and_after_a_kill(postgres):
    postgres.start()
    ask(postgres, "CREATE TABLE kept AS SELECT 42 AS answer")
    postgres.stop()

    postgres.start()
    assert ask(postgres, "SELECT answer FROM kept") == (42,)
    postgres.process.kill()
    postgres.process.wait()

    postgres.start()
    assert ask(postgres, "SELECT answer FROM kept") == (42,)


def test_a_server_whose_launcher_forgot_it_is_ended_and_replaced(postgres, tmp_path):
    postgres.start()
    forgotten = postgres.process
    again = Postgres(tmp_path / "postgres", options=FAST_BUT_FORGETFUL)
    again.start()
    assert forgotten.wait() == 0
    assert ask(again, "SELECT 1") == (1,)
    again.stop()


def test_a_stale_lock_that_names_a_living_stranger_does_not_stop_a_start(postgres):
    postgres.start()
    lock = postgres.data / "postmaster.pid"
    text = lock.read_text()
    postgres.stop()
    lock.write_text(text.replace(text.splitlines()[0], str(os.getpid()), 1))  # the number went to somebody else, here to us

    postgres.start()
    assert ask(postgres, "SELECT 1") == (1,)


def test_the_database_dies_with_a_killed_launcher(tmp_path):
    reader, writer = os.pipe()
    launcher = os.fork()
    if launcher == 0:
        server = Postgres(tmp_path / "postgres", options=FAST_BUT_FORGETFUL)
        server.start()
        os.write(writer, str(first_number(server.data / "postmaster.pid")).encode())
        signal.pause()
    pid = int(os.read(reader, 20))
    data = tmp_path / "postgres" / "data"
    assert is_running(pid, program="postgres", directory=data)

    os.kill(launcher, signal.SIGKILL)
    os.waitpid(launcher, 0)
    wait_until(lambda: not is_running(pid, program="postgres", directory=data), what="The end of PostgreSQL")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else; everybody else is somebody else already")
@pytest.mark.parametrize("user", [65534, 54321], ids=["nobody", "a number without a name"])
def test_a_normal_user_starts_the_servers_as_well(user):
    directory = Path(tempfile.mkdtemp())
    os.chown(directory, user, user)
    child = os.fork()
    if child == 0:
        os._exit(starts_as(user, directory))
    _, status = os.waitpid(child, 0)
    shutil.rmtree(directory)
    if os.waitstatus_to_exitcode(status) == CANNOT_REACH:
        pytest.skip("the packages lie where a normal user cannot read them")
    assert status == 0


def starts_as(user: int, directory: Path) -> int:
    """The exit code of a fork that becomes `user` and starts both servers."""
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
    if not os.access(postgres_programs() / "postgres", os.X_OK):
        return CANNOT_REACH
    try:
        for server in (Postgres(directory / "postgres", options=FAST_BUT_FORGETFUL), Valkey(directory / "valkey")):
            server.start()
            server.stop()
    except (OSError, RuntimeError):
        traceback.print_exc()
        return 1
    return 0


def test_a_machine_that_forbids_user_namespaces_says_what_to_do(monkeypatch, tmp_path):
    (tmp_path / "unshare").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "unshare").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(CannotRunHereError, match="Run this as a normal user"):
        as_somebody()


def test_a_path_too_long_for_a_socket_is_no_obstacle(tmp_path):
    deep = tmp_path / ("a-repository-in-a-very-deep-folder-" * 3) / "postgres"
    postgres = Postgres(deep, options=FAST_BUT_FORGETFUL)
    postgres.start()
    assert ask(postgres, "SELECT 1") == (1,)
    postgres.stop()
    assert Postgres(deep).sockets == postgres.sockets
    assert list(postgres.sockets.iterdir()) == []
    postgres.sockets.rmdir()


def test_secrets_and_sockets_are_for_their_owner_only(postgres):
    postgres.start()
    assert postgres.password_file.stat().st_mode & 0o777 == 0o600
    assert postgres.directory.stat().st_mode & 0o777 == 0o700
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.url("postgres", "wrong", "postgres"))


def test_a_folder_that_is_a_link_is_not_trusted(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(CannotRunHereError, match="belongs to another user"):
        private_folder(tmp_path / "link")


def test_valkey_keeps_messages_through_a_stop_and_a_kill(valkey):
    valkey.start()
    assert say(valkey, "SET kept 42") == "+OK"
    assert say(valkey, "CONFIG GET maxmemory-policy").endswith("noeviction")
    valkey.stop()

    valkey.start()
    assert say(valkey, "GET kept").endswith("42")
    valkey.process.kill()
    valkey.process.wait()

    valkey.start()
    assert say(valkey, "GET kept").endswith("42")


def test_a_process_of_the_tests_has_servers_of_its_own():
    ours = f"/{PREFIX}{os.getpid()}-"
    assert ours in settings.CACHE_URL
    assert ours in settings.CELERY_BROKER_URL
    assert ours in str(settings.DATABASES["default"]["HOST"]) or "TEND_TEST_DATABASE_URL" in os.environ
