"""An import of any size fits into the same memory: what a worker needs for a hundred times the rows is what it needs for few.
Nor does a batch read more of the time that is there already.

`make test` compares 1,000 rows with 4,000, PROVE=1 3,000 with 300,000.
"""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.files.base import File
from django.db import connection, transaction

from accounts import scope
from billing.actions.importing import start_import
from billing.actions.importing.keys import there
from billing.models import ImportRun, TimeEntry
from tests import cast

FEW, MANY = (3_000, 300_000) if os.environ.get("PROVE") else (1_000, 4_000)
GROWTH_MIB = 24  # what the allocator keeps between batches; a file held whole takes ten times that
HEADER = "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags\n"
ROOT = Path(__file__).parents[1]
CARRY = """
import django, resource
django.setup()
from accounts import scope
from billing.actions.importing.carrying import carry_out_imports
with scope.system("test"):
    assert carry_out_imports() == 1
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.prove, pytest.mark.usefixtures("files_on_disk")]


def write_report(path, rows):
    """A detailed report of Toggl Track: a hundred hours a day of many people, for as many days as it takes."""
    with path.open("w") as file:
        file.write(HEADER)
        for number in range(rows):
            day = dt.date(2015, 1, 1) + dt.timedelta(days=number // 100)
            who = number % 100
            file.write(f"P{who},p{who}@shop.example,Acorn Mills,AI care,Prompts,Work {number} {'x' * 80},Yes,{day},08:00:00,,,01:00:00,\n")


def imported_by_a_worker(ada, folder, rows):
    """The most memory in MiB that a fresh worker took to import so many rows."""
    path = folder / f"{rows}.csv"
    write_report(path, rows)
    actor = cast.actor(ada)
    with path.open("rb") as file, scope.of(actor):
        run = start_import(actor=actor, files=[File(file, name=path.name)], mapping="toggl", dry_run=False)
    where = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environment = os.environ | {"DATABASE_URL": where, "STATE_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings"}
    worker = subprocess.run([sys.executable, "-c", CARRY], env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert worker.returncode == 0, worker.stderr
    assert ImportRun.objects.get(pk=run.pk).state == ImportRun.State.DONE
    return int(worker.stdout)


def test_a_hundred_times_the_rows_take_no_more_memory(ada, acorn, tmp_path):
    few = imported_by_a_worker(ada, tmp_path, FEW)
    assert TimeEntry.objects.count() == FEW
    many = imported_by_a_worker(ada, tmp_path, MANY)
    assert TimeEntry.objects.count() == MANY  # those of the first file are there already
    assert many - few <= GROWTH_MIB, f"{FEW:,} rows took {few} MiB, {MANY:,} took {many} MiB"
    client = TimeEntry.objects.earliest("pk").client
    keys = [str(key) for key in TimeEntry.objects.values_list("import_key", flat=True)[:100]]
    assert rows_read_for(lambda: list(there(TimeEntry.objects.all(), client, keys))) <= 2 * len(keys)


def rows_read_for(read):
    """How many rows of time the database fetches through an index; none of them was ever counted for its planner."""
    with transaction.atomic(), connection.cursor() as cursor:
        read()
        cursor.execute("SELECT pg_stat_get_xact_tuples_fetched('billing_timeentry'::regclass)")
        return cursor.fetchone()[0]
