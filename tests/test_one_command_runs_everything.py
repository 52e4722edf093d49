"""What `make up` keeps to itself: secrets, settings, one runner per directory, and no strays."""

import os
import subprocess
import sys

import pytest

from deploy.given import CannotStartError, given_broker
from deploy.processes import ProcessFailedError, end_strays, spawn, stop, wait_until
from deploy.state import AlreadyRunningError, State, borrow_settings
from deploy.up import Program, Run, refuse_a_taken_port

SLEEPER = [sys.executable, "-c", "import signal; signal.pause()"]


@pytest.fixture
def state(tmp_path):
    return State(tmp_path / "state")


def test_secrets_are_made_once_and_only_their_owner_reads_them(state):
    secrets = state.secrets()
    assert set(secrets) == {"SECRET_KEY", "OWNER_PASSWORD", "APP_PASSWORD"}
    assert State(state.directory).secrets() == secrets
    assert state.secrets_file.stat().st_mode & 0o777 == 0o600
    assert state.directory.stat().st_mode & 0o777 == 0o700


def test_a_command_typed_by_a_person_works_on_what_is_running(state, monkeypatch):
    state.write_settings({"DATABASE_URL": "postgresql:///x?host=/a b", "SECRET_KEY": "from the file"})
    monkeypatch.setenv("STATE_DIR", str(state.directory))
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("SECRET_KEY", "from the person")
    borrow_settings()
    assert os.environ["DATABASE_URL"] == "postgresql:///x?host=/a b"
    assert os.environ["SECRET_KEY"] == "from the person"


def test_a_directory_has_one_runner(state):
    with state.locked(), pytest.raises(AlreadyRunningError, match="already running"), State(state.directory).locked():
        pass
    with state.locked():
        pass


def test_half_a_database_is_told_before_anything_starts(state, monkeypatch):
    monkeypatch.delenv("DATABASE_ADMIN_URL")
    with pytest.raises(CannotStartError, match="Give both"):
        Run(state).start_database({})


@pytest.mark.parametrize(
    ("given", "broker", "cache"),
    [
        ("redis://:pass@host:6380/5", "redis://:pass@host:6380/0", "redis://:pass@host:6380/1"),
        ("rediss://host?ssl_cert_reqs=required", "rediss://host/0?ssl_cert_reqs=required", "rediss://host/1?ssl_cert_reqs=required"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock?virtual_host=0", "unix:///run/valkey.sock?db=1"),
    ],
)
def test_messages_and_cache_are_kept_apart_given_broker(given, broker, cache):
    assert given_broker(given) == {"BROKER_URL": broker, "CACHE_URL": cache}


def test_an_address_of_something_else_is_no_broker():
    with pytest.raises(CannotStartError, match="use redis://"):
        given_broker("amqp://host")


def test_a_taken_port_is_told_with_the_way_out():
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); s.accept()",
        ],
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout
        port = int(other.stdout.readline())
        with pytest.raises(CannotStartError, match="PORT=8001 make up"):
            refuse_a_taken_port(port)
        other.kill()


@pytest.mark.parametrize(("demo", "database", "told"), [("", "", True), ("0", "", False), ("", "given", False), ("1", "given", True)])
def test_the_demo_is_told_to_a_real_database_only_when_asked(state, monkeypatch, demo, database, told):
    monkeypatch.setenv("DEMO", demo)
    monkeypatch.setenv("DATABASE_URL", database)
    assert Run(state).is_demo is told


def test_a_program_that_falls_over_is_started_again(tmp_path):
    program = Program("sleeper", SLEEPER, tmp_path / "log", os.environ)
    program.start()
    first = program.process
    assert first
    first.kill()
    first.wait()
    program.started_at -= 5  # it had lived for a while
    program.keep_alive()
    assert program.process
    assert program.process.pid != first.pid
    assert program.process.poll() is None
    program.stop()


def test_what_a_killed_run_left_behind_is_ended_and_nothing_else(tmp_path):
    stray = spawn(SLEEPER, log=tmp_path / "log", env={**os.environ, "TEND_RUNS_IN": str(tmp_path)})
    stranger = spawn(SLEEPER, log=tmp_path / "log", env={**os.environ, "TEND_RUNS_IN": f"{tmp_path}/elsewhere"})
    end_strays("TEND_RUNS_IN", str(tmp_path))
    assert stray.wait(5) < 0
    assert stranger.poll() is None
    stop(stranger)


def test_a_program_that_dies_at_once_is_quoted(tmp_path):
    log = tmp_path / "log"
    dying = spawn([sys.executable, "-c", "raise SystemExit('no such table')"], log=log)
    with pytest.raises(ProcessFailedError, match="no such table"):
        wait_until(lambda: False, what="It", process=dying, log=log)
