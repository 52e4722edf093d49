"""`make up`: everything Tend needs, started in order, watched, and stopped in reverse order.

The environment decides, and nothing else: PORT (8000), PUBLIC_URL, STATE_DIR (.tend), DEMO, EMAIL_URL, and for real servers
DATABASE_URL with DATABASE_ADMIN_URL, and REDIS_URL. The children get their settings from the environment as well.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit

from deploy.embedded import CannotRunHereError, Postgres, Valkey
from deploy.given import CannotStartError, given_broker, given_database, look_at_broker, look_at_database
from deploy.processes import ProcessFailedError, end_strays, kill_family, spawn, stop, wait_until
from deploy.roles import Roles, bootstrap
from deploy.state import REPOSITORY, AlreadyRunningError, State, state_directory

MARK = "TEND_RUNS_IN"  # in the environment of every child, so that a later run knows its strays
LONGEST_PAUSE_SECONDS = 30
BINS = Path(sys.executable).parent
WORKER: list[str | Path] = [
    BINS / "celery", "-A", "config.celery:app", "worker",
    "--concurrency", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle",
]  # fmt: skip
BEAT: list[str | Path] = [BINS / "celery", "-A", "config.celery:app", "beat", "--pidfile=", "--loglevel", "WARNING"]


def web(port: int, *, workers: int) -> list[str | Path]:
    """The command of a web server on a port of this machine, so many processes of one thread each."""
    return [
        BINS / "granian", "--interface", "wsgi", "config.wsgi:application", "--host", "127.0.0.1", "--port", str(port), "--no-ws",
        "--blocking-threads", "1", "--workers", str(workers), "--workers-kill-timeout", "3", "--respawn-failed-workers",
    ]  # fmt: skip


class Run:
    """One `make up`, from its first server to its last."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.port = int(os.environ.get("PORT") or 8000)
        self.address = os.environ.get("PUBLIC_URL") or f"http://localhost:{self.port}"
        self.settings: dict[str, str] = {}
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None
        self.programs: list[Program] = []
        self.at_the_end = ExitStack()

    def start(self) -> None:
        """Everything, in order, each ready before the next."""
        end_strays(MARK, str(self.state.directory))
        refuse_a_taken_port(self.port)
        secrets = self.state.secrets()
        database = self.start_database(secrets)
        broker = self.start_broker()
        self.settings = {
            "SECRET_KEY": os.environ.get("SECRET_KEY") or secrets["SECRET_KEY"],
            "PUBLIC_URL": self.address,
            "ALLOWED_HOSTS": os.environ.get("ALLOWED_HOSTS")
            or ",".join(sorted({"localhost", "127.0.0.1", urlsplit(self.address).hostname or ""})),
            "STATE_DIR": str(self.state.directory),
            "DEMO": "1" if self.is_demo else "0",
            **database,
            **broker,
        }
        self.state.write_settings(self.settings)
        say("Migrating")
        self.manage("migrate", "--verbosity", "0")
        way_in = self.manage("seed_demo" if self.is_demo else "first_run_token")
        self.start_programs()
        say(f"\n  Tend answers at {self.address}\n")
        say(way_in + f"Logs and data are in {self.state.directory}. Ctrl-C stops everything; the data stays.")

    @property
    def is_demo(self) -> bool:
        """The story is told to the embedded server, or to a real one that is asked to hear it; DEMO=0 keeps it out of both."""
        told = os.environ.get("DEMO") or ("0" if os.environ.get("DATABASE_URL") else "1")
        return told.lower() in {"1", "true", "yes", "on"}

    def start_database(self, secrets: Mapping[str, str]) -> dict[str, str]:
        given = given_database(os.environ)
        if given:
            look_at_database(given)
            return given
        say("Starting PostgreSQL")
        self.postgres = Postgres(self.state.directory / "postgres")
        self.at_the_end.callback(self.postgres.stop)
        self.postgres.start()
        roles = Roles(owner_password=secrets["OWNER_PASSWORD"], app_password=secrets["APP_PASSWORD"])
        bootstrap(self.postgres.superuser_url, roles)
        return {
            "DATABASE_URL": self.postgres.url("tend_app", roles.app_password, roles.database),
            "DATABASE_ADMIN_URL": self.postgres.url("tend_owner", roles.owner_password, roles.database),
        }

    def start_broker(self) -> dict[str, str]:
        url = os.environ.get("REDIS_URL")
        if url:
            given = given_broker(url)
            look_at_broker(given)
            return given
        say("Starting Valkey")
        self.valkey = Valkey(self.state.directory / "valkey")
        self.at_the_end.callback(self.valkey.stop)
        self.valkey.start()
        return {"BROKER_URL": self.valkey.broker_url(), "CACHE_URL": self.valkey.cache_url()}

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end; what it printed. Raises CannotStartError with the gist of its complaint."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=REPOSITORY, env=self.environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            log = self.state.directory / "logs" / "manage.log"
            log.parent.mkdir(exist_ok=True)
            log.write_text(done.stdout + done.stderr)
            gist = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise CannotStartError(f"manage.py {' '.join(arguments)} failed: {''.join(gist)}\nAll that it said is in {log}.")
        return done.stdout

    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.settings, MARK: str(self.state.directory), "DJANGO_SETTINGS_MODULE": "config.settings"}

    def start_programs(self) -> None:
        say("Starting worker, web and beat")
        (self.state.directory / "logs").mkdir(exist_ok=True)
        self.start_program("worker", WORKER)
        answering = self.start_program("web", web(self.port, workers=2))
        wait_until(self.answers, what="The web server", process=answering.process, log=answering.log)
        self.start_program("beat", BEAT)

    def start_program(self, name: str, command: Sequence[str | Path]) -> "Program":
        """A program that is watched from now on, and stopped at the end."""
        program = Program(name, command, self.state.directory / "logs" / f"{name}.log", self.environment())
        self.at_the_end.callback(program.stop)
        program.start()
        self.programs.append(program)
        return program

    def answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz", headers={"Host": "localhost"})
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def watch(self) -> NoReturn:
        """Restart what fell over. Raises ProcessFailedError when the database did, KeyboardInterrupt when we are asked to stop."""
        while True:
            time.sleep(0.5)
            if self.postgres and self.postgres.process and self.postgres.process.poll() is not None:
                raise ProcessFailedError(f"PostgreSQL ended by itself; see {self.postgres.log}. A new start recovers.")
            if self.valkey and self.valkey.process and self.valkey.process.poll() is not None:
                say("Valkey ended by itself; starting it again")
                self.valkey.start()
            for program in self.programs:
                program.keep_alive()


@dataclass
class Program:
    """A program that is started again whenever it ends, ever more slowly while it keeps ending at once."""

    name: str
    command: Sequence[str | Path]
    log: Path
    env: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0
    pause_seconds: float = field(default=1, init=False)

    def start(self) -> None:
        self.process = spawn(self.command, log=self.log, env=self.env, cwd=REPOSITORY)
        self.started_at = time.monotonic()

    def keep_alive(self) -> None:
        if self.process is None or self.process.poll() is None:
            return
        lived_seconds = time.monotonic() - self.started_at
        if lived_seconds < self.pause_seconds:
            return
        self.pause_seconds = 1 if lived_seconds > LONGEST_PAUSE_SECONDS else min(self.pause_seconds * 2, LONGEST_PAUSE_SECONDS)
        say(f"The {self.name} ended with code {self.process.returncode}; starting it again (see {self.log})")
        kill_family(self.process)
        self.start()

    def stop(self) -> None:
        if self.process is not None:
            say(f"Stopping {self.name}")
            stop(self.process)


def refuse_a_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStartError(f"Port {port} is not free ({error.strerror}). Choose another: PORT=8001 make up") from None


def say(text: str) -> None:
    print(text, flush=True)


def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        state = State(state_directory())
        with state.locked():
            run = Run(state)
            try:
                run.start()
                run.watch()
            finally:
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)  # one Ctrl-C is enough; the rest would cut the stop short
                run.at_the_end.close()
    except KeyboardInterrupt:
        say("Stopped. The data stays; make up resumes with it.")
        return 0
    except (CannotStartError, CannotRunHereError, ProcessFailedError, AlreadyRunningError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
