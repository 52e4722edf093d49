"""What a program did to an entry is taken back within ten minutes, whether it was logged, said anew or deleted."""

import datetime as dt

import pytest
from django.utils import timezone

from billing.models import TimeEntry
from tests import cast
from tests.api_cast import Program, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(acorn, ines):
    return cast.log(ines, acorn, minutes=90, note="as first written")


@pytest.fixture
def program(ines, key):
    return Program(key(ines))


def test_a_change_is_taken_back(program, entry):
    program.patch(f"time-entries/{entry.pk}", {"note": "misspelt", "minutes": 30})
    back = program.post(f"time-entries/{entry.pk}/undo")
    assert back.status_code == 200, back.content
    assert (back.json()["note"], back.json()["raw_seconds"]) == ("as first written", 5400)


def test_a_deleted_entry_is_there_again_under_its_id(program, acorn, entry):
    program.delete(f"time-entries/{entry.pk}")
    assert program.post(f"time-entries/{entry.pk}/undo").json()["id"] == str(entry.pk)
    acorn.period.refresh_from_db()
    assert acorn.period.used_minutes == 90


def test_what_was_just_logged_is_gone_again(program, acorn, entry):
    assert program.post(f"time-entries/{entry.pk}/undo").status_code == 204
    assert not TimeEntry.objects.exists()
    acorn.period.refresh_from_db()
    assert acorn.period.used_minutes == 0


def test_after_ten_minutes_it_stands(program, entry):
    TimeEntry.objects.filter(pk=entry.pk).update(created_at=timezone.now() - dt.timedelta(minutes=11))
    refused(program.post(f"time-entries/{entry.pk}/undo"), 409, "too-late")
    assert TimeEntry.objects.filter(pk=entry.pk).exists()


def test_nobody_takes_back_what_somebody_else_wrote(program, mara, entry, key):
    refused(Program(key(mara)).post(f"time-entries/{entry.pk}/undo"), 409, "too-late")
    entry.refresh_from_db()
    assert entry.note == "as first written"


def test_what_nobody_of_the_client_sees_is_not_there_to_be_taken_back(tomas, rob, program, entry, key):
    path = f"time-entries/{entry.pk}"
    program.delete(path)
    for other in (tomas, rob):
        refused(Program(key(other)).post(f"{path}/undo"), 404, "not-found")
    assert not TimeEntry.objects.exists()
