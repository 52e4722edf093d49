"""A throw-away PostgreSQL and Valkey for one run of the tests or of one command.

    python -m deploy.scratch python manage.py makemigrations

The conftest at the root calls `start()` before Django reads its settings, so that `pytest tests/test_anything.py` needs
nothing else. TEND_TEST_DATABASE_URL, an administrator's URL, takes a running PostgreSQL instead; the passwords of its
tend_ roles are set anew, so give it none that anybody else uses.
"""

import atexit
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from deploy.embedded import FAST_BUT_FORGETFUL, Postgres, Valkey
from deploy.processes import is_alive
from deploy.roles import Roles, bootstrap

PREFIX = "tend-scratch-"


def start() -> None:
    """Start both servers, make the roles, and put their addresses into the environment; everything ends with this process."""
    sweep()
    directory = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    atexit.register(remove, directory, os.getpid())
    roles = Roles(owner_password=secrets.token_urlsafe(16), app_password=secrets.token_urlsafe(16))
    valkey = Valkey(directory / "valkey")
    valkey.start()
    atexit.register(valkey.stop)
    os.environ |= database(directory, roles) | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "CACHE_URL": valkey.cache_url(),
        "BROKER_URL": valkey.broker_url(),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "STATE_DIR": str(directory),
        "DEBUG": "0",
        "DEMO": "0",
    }


def database(directory: Path, roles: Roles) -> dict[str, str]:
    """The two addresses of the database, of a server of our own or of the one we were given."""
    given = os.environ.get("TEND_TEST_DATABASE_URL")
    if given:
        bootstrap(given, roles)
        parts = urlsplit(given)
        where = parts.netloc.rpartition("@")[2]
        at = {
            user: parts._replace(netloc=f"{user}:{password}@{where}", path=f"/{roles.database}").geturl()
            for user, password in (("tend_app", roles.app_password), ("tend_owner", roles.owner_password))
        }
        return {"DATABASE_URL": at["tend_app"], "DATABASE_ADMIN_URL": at["tend_owner"]}
    postgres = Postgres(directory / "postgres", options=FAST_BUT_FORGETFUL)
    postgres.start()
    atexit.register(postgres.stop)
    bootstrap(postgres.superuser_url, roles)
    return {
        "DATABASE_URL": postgres.url("tend_app", roles.app_password, roles.database),
        "DATABASE_ADMIN_URL": postgres.url("tend_owner", roles.owner_password, roles.database),
    }


def remove(directory: Path, owner: int) -> None:
    """Remove a run's folder, unless we are a fork of the run."""
    if os.getpid() == owner:
        shutil.rmtree(directory, ignore_errors=True)


def sweep() -> None:
    """Remove what killed runs of ours left behind."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        number = left.name.removeprefix(PREFIX).partition("-")[0]
        if number.isdigit() and not is_alive(int(number)) and left.stat().st_uid == os.geteuid():
            shutil.rmtree(left, ignore_errors=True)


if __name__ == "__main__":
    start()
    sys.exit(subprocess.call(sys.argv[1:]))
