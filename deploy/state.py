"""The state directory of one installation: its secrets, its settings, its files, and the lock that gives it one runner."""

import fcntl
import os
import secrets
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.embedded import Valkey, private_folder, write_secret
from deploy.given import given_broker

REPOSITORY = Path(__file__).resolve().parent.parent


class AlreadyRunningError(RuntimeError):
    """Another runner holds this state directory."""


class State:
    """`.tend/`, or wherever STATE_DIR says."""

    def __init__(self, directory: Path) -> None:
        self.directory = private_folder(directory.resolve())
        self.settings_file = self.directory / "settings.env"
        self.secrets_file = self.directory / "secrets.env"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the directory for this process. Raises AlreadyRunningError; a killed holder lets go by itself."""
        with (self.directory / "lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunningError(f"Tend is already running on {self.directory}. Stop it first, or set STATE_DIR.") from None
            yield

    def secrets(self) -> Mapping[str, str]:
        """SECRET_KEY, OWNER_PASSWORD and APP_PASSWORD: made once, kept in a file that only its owner reads."""
        if not self.secrets_file.exists():
            made = {"SECRET_KEY": secrets.token_urlsafe(50)} | {
                name: secrets.token_urlsafe(24) for name in ("OWNER_PASSWORD", "APP_PASSWORD")
            }
            write_secret(self.secrets_file, as_text(made))
        return from_text(self.secrets_file.read_text())

    def write_settings(self, settings: Mapping[str, str]) -> None:
        """Leave the settings of the running installation to `manage.py`."""
        write_secret(self.settings_file, as_text(settings))


def state_directory() -> Path:
    return Path(os.environ.get("STATE_DIR") or REPOSITORY / ".tend")


def borrow_settings() -> None:
    """Let a command typed by a person work on what `make up` runs, or would run with this environment.

    Without a DATABASE_URL these are the settings that `make up` left; with one, what it would have added: the secret key of the
    state directory, and REDIS_URL or the embedded Valkey as the two addresses that Tend reads. Raises CannotStartError for a
    REDIS_URL that is none, CannotRunHereError where the state directory is somebody else's.
    """
    settings_file = state_directory() / "settings.env"
    if "DATABASE_URL" not in os.environ:
        os.environ |= {**from_text(settings_file.read_text()), **os.environ} if settings_file.exists() else {}
        return
    if not os.environ.get("SECRET_KEY"):
        os.environ["SECRET_KEY"] = State(state_directory()).secrets()["SECRET_KEY"]
    if not os.environ.get("CACHE_URL") or not os.environ.get("BROKER_URL"):
        os.environ |= {**_broker(os.environ.get("REDIS_URL")), **os.environ}


def _broker(redis_url: str | None) -> dict[str, str]:
    if redis_url:
        return given_broker(redis_url)
    valkey = Valkey(State(state_directory()).directory / "valkey")
    return {"BROKER_URL": valkey.broker_url(), "CACHE_URL": valkey.cache_url()}


def as_text(values: Mapping[str, str]) -> str:
    """NAME=value lines that a shell can source."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def from_text(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in shlex.split(text))
    return {name: value for name, _, value in pairs}
