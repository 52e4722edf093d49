"""A throw-away PostgreSQL and Valkey for one run of the tests.

The conftest at the root calls `start()` before Django reads its settings, so that `pytest tests/test_anything.py` needs
nothing else. TEND_TEST_DATABASE_URL, an administrator's URL, takes a running PostgreSQL instead; the passwords of its
tend_ roles are set anew, so give it none that anybody else uses.
"""

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from deploy.embedded import FAST_BUT_FORGETFUL, Postgres, Valkey
from deploy.processes import is_alive
from deploy.roles import Roles, bootstrap

PREFIX = "tend-tests-"


def start() -> None:
    """Start both servers, make the roles, and put their addresses into the environment; everything ends with this process."""
    sweep()
    directory = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
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
        where = urlsplit(given).netloc.rpartition("@")[2]
        return {
            "DATABASE_URL": f"postgresql://tend_app:{roles.app_password}@{where}/{roles.database}",
            "DATABASE_ADMIN_URL": f"postgresql://tend_owner:{roles.owner_password}@{where}/{roles.database}",
        }
    postgres = Postgres(directory / "postgres", options=FAST_BUT_FORGETFUL)
    postgres.start()
    atexit.register(postgres.stop)
    bootstrap(postgres.superuser_url, roles)
    return {
        "DATABASE_URL": postgres.url("tend_app", roles.app_password, roles.database),
        "DATABASE_ADMIN_URL": postgres.url("tend_owner", roles.owner_password, roles.database),
    }


def sweep() -> None:
    """Remove what killed runs of ours left behind."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        number = left.name.removeprefix(PREFIX).partition("-")[0]
        if number.isdigit() and not is_alive(int(number)) and left.stat().st_uid == os.geteuid():
            shutil.rmtree(left, ignore_errors=True)
