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
from contextlib import ExitStack
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
    at_the_end = ExitStack()
    atexit.register(close_unless_forked, at_the_end, os.getpid())
    at_the_end.callback(shutil.rmtree, directory, ignore_errors=True)
    valkey = Valkey(directory / "valkey")
    at_the_end.callback(valkey.stop)
    valkey.start()
    roles = Roles(owner_password=secrets.token_urlsafe(16), app_password=secrets.token_urlsafe(16))
    given = os.environ.get("TEND_TEST_DATABASE_URL")
    os.environ |= (on_a_given_server(given, roles) if given else on_our_own_server(directory, roles, at_the_end)) | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "CACHE_URL": valkey.cache_url(),
        "BROKER_URL": valkey.broker_url(),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "STATE_DIR": str(directory),
        "DEBUG": "0",
        "DEMO": "0",
        "API_REQUESTS_PER_MINUTE": "1000000",  # tests and measurements ask as fast as they can
        "API_WRITES_PER_MINUTE": "1000000",
    }


def on_a_given_server(administrator_url: str, roles: Roles) -> dict[str, str]:
    if "PYTEST_XDIST_WORKER" in os.environ:  # the run's first process set the passwords, we have inherited its addresses
        return {}
    bootstrap(administrator_url, roles)
    parts = urlsplit(administrator_url)
    where = parts.netloc.rpartition("@")[2]

    def url(user: str, password: str) -> str:
        return parts._replace(netloc=f"{user}:{password}@{where}", path=f"/{roles.database}").geturl()

    return {"DATABASE_URL": url("tend_app", roles.app_password), "DATABASE_ADMIN_URL": url("tend_owner", roles.owner_password)}


def on_our_own_server(directory: Path, roles: Roles, at_the_end: ExitStack) -> dict[str, str]:
    postgres = Postgres(directory / "postgres", options=FAST_BUT_FORGETFUL)
    at_the_end.callback(postgres.stop)
    postgres.start()
    bootstrap(postgres.superuser_url, roles)
    return {
        "DATABASE_URL": postgres.url("tend_app", roles.app_password, roles.database),
        "DATABASE_ADMIN_URL": postgres.url("tend_owner", roles.owner_password, roles.database),
    }


def close_unless_forked(stack: ExitStack, owner: int) -> None:
    """A fork of the run ends without ending the run's servers."""
    if os.getpid() == owner:
        stack.close()


def sweep() -> None:
    """Remove what killed runs of ours left behind."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        number = left.name.removeprefix(PREFIX).partition("-")[0]
        try:
            ours = left.stat().st_uid == os.geteuid()
        except FileNotFoundError:  # another run swept it a moment ago
            continue
        if ours and number.isdigit() and not is_alive(int(number)):
            shutil.rmtree(left, ignore_errors=True)


if __name__ == "__main__":
    start()
    sys.exit(subprocess.call(sys.argv[1:]))
