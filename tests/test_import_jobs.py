"""Imports that workers carry out: each row once, whoever dies or is late meanwhile."""

import datetime as dt
import io
from functools import partial
from threading import Event as Flag
from threading import Thread
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from accounts import scope
from accounts.errors import Conflict, NotAllowed
from accounts.models import Person
from billing.actions.importing import carrying, import_time, import_tried, mapping_names, save_mapping, start_import
from billing.actions.importing.carrying import carry_out_imports
from billing.actions.importing.running import TURN
from billing.actions.importing.starting import FilesRefused, MappingUnknown
from billing.models import ImportFinding, ImportRun, TimeEntry
from billing.rules.importing import BadMapping, shipped_path
from billing.tasks import carry_out_imports as the_task
from events.models import Event
from tests import cast
from tests.racing import race

HEADER = "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags\n"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files_on_disk")]


def report(rows=3, *, wrong=()):
    """A detailed report of Toggl Track with an hour on each line, but for those that are wrong."""
    lines = [
        f"Ada Admin,ada@northfold.example,Acorn Mills,AI care,Prompts,Work {number},Yes,2024-01-{1 + number % 28:02},"
        f"{number // 28 % 24:02}:{number // 672:02}:00,,,{'x' if number in wrong else '01:00:00'},\n"
        for number in range(rows)
    ]
    return HEADER + "".join(lines)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(carrying, "import_time", partial(import_time, rows_in_a_batch=2))


@pytest.fixture
def start(ada, acorn):
    def started(text=None, *, dry_run=False, mapping="toggl", name="report.csv", by=None, **more):
        file = ContentFile((report() if text is None else text).encode(), name=name)
        actor = by or cast.actor(ada)
        with scope.of(actor):
            return start_import(actor=actor, files=[file], mapping=mapping, dry_run=dry_run, **more)

    return started


def as_it_is(run):
    return ImportRun.objects.get(pk=run.pk)


def let_the_lease_run_out(run):
    ImportRun.objects.filter(pk=run.pk).update(leased_until=timezone.now() - dt.timedelta(seconds=1))


def dies_after(monkeypatch, batches):
    """The worker is killed in the transaction of the batch after so many."""
    kept = carrying._Book.keep
    calls = []

    def keep(book, *batch):
        kept(book, *batch)
        calls.append(batch)
        if len(calls) > batches:
            raise KeyboardInterrupt

    monkeypatch.setattr(carrying._Book, "keep", keep)
    return lambda: monkeypatch.setattr(carrying._Book, "keep", kept)


def test_what_was_handed_over_is_imported_by_whoever_handed_it_over(start, acorn, ada):
    run = start(report(5, wrong={3}))
    assert (run.state, as_it_is(run).rows_done) == ("waiting", 0)
    the_task()
    done = as_it_is(run)
    assert (done.state, done.rows_done, done.rows_total) == ("done", 5, 5)
    assert (done.counts["entries"], done.counts["refused"], done.counts["seconds"]) == (4, 1, 4 * 3600)
    assert [entry.person for entry in TimeEntry.objects.filter(client=acorn.client)] == [ada] * 4
    finding = ImportFinding.objects.get(run=run)
    assert (finding.outcome, finding.file, finding.line, finding.value) == ("refused", "report.csv", 5, "x")
    told = Event.objects.filter(kind__startswith="import.").order_by("pk").values_list("kind", "person_id")
    assert list(told) == [("import.started", ada.pk), *[("import.ran", ada.pk)] * 3, ("import.done", ada.pk)]


def test_a_trial_counts_what_the_real_run_does_and_writes_nothing_else(start, ada):
    trial = start(report(5, wrong={3}), dry_run=True)
    the_task()
    assert not TimeEntry.objects.exists()
    tried = as_it_is(trial)
    assert (tried.state, tried.rows_done, tried.findings.count()) == ("done", 5, 1)
    with scope.staff(cast.actor(ada)):
        real = import_tried(actor=cast.actor(ada), run=tried)
    the_task()
    assert as_it_is(real).counts == tried.counts
    assert TimeEntry.objects.count() == 4


def test_the_progress_of_a_trial_is_seen_while_it_runs(start, monkeypatch):
    run = start(report(6), dry_run=True)
    seen = []
    kept = carrying._Book.keep

    def keep(book, *batch):
        kept(book, *batch)
        seen.append(ImportRun.objects.get(pk=run.pk).rows_done)

    monkeypatch.setattr(carrying._Book, "keep", keep)
    the_task()
    assert seen == [2, 4, 6]


@pytest.mark.parametrize("batches", [0, 1, 2])
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_killed_worker_costs_its_batch_and_the_next_goes_on(start, monkeypatch, batches, dry_run):
    run = start(report(6, wrong={0, 5}), dry_run=dry_run)
    heal = dies_after(monkeypatch, batches)
    with pytest.raises(KeyboardInterrupt):
        the_task()
    heal()
    if not dry_run:
        assert as_it_is(run).rows_done == batches * 2
    assert carry_out_imports() == 0, "its lease still holds"
    let_the_lease_run_out(run)
    assert carry_out_imports() == 1
    done = as_it_is(run)
    assert (done.state, done.attempts, done.rows_done) == ("done", 2, 6)
    assert (done.counts["entries"], done.counts["entries_there"], done.counts["refused"]) == (4, 0, 2)
    assert done.findings.count() == 2
    assert TimeEntry.objects.count() == (0 if dry_run else 4)


def test_a_worker_that_was_only_slow_writes_nothing_once_another_took_over(start, monkeypatch):
    run = start(report(4))
    kept = carrying._Book.keep

    def overtaken(book, *batch):
        if book.run.attempts == 1:
            ImportRun.objects.filter(pk=run.pk).update(attempts=2)
        kept(book, *batch)

    monkeypatch.setattr(carrying._Book, "keep", overtaken)
    the_task()
    slow = as_it_is(run)
    assert (slow.state, slow.rows_done, TimeEntry.objects.count()) == ("running", 0, 0)


def test_two_workers_at_the_same_time_carry_out_each_run_once(start):
    runs = [start(report(3), name=f"{number}.csv") for number in range(2)]
    race([(cast.ARRANGING, carry_out_imports), (cast.ARRANGING, carry_out_imports)])
    ended = [as_it_is(run) for run in runs]
    assert {run.state for run in ended} == {"done"}
    assert [run.attempts for run in ended] == [1, 1]
    assert sum(run.counts["entries"] for run in ended) == TimeEntry.objects.count() == 3


def test_no_worker_waits_behind_a_trial_and_what_waits_is_found_after_it(start):
    entered, done = Flag(), Flag()

    def try_on():
        with scope.system("a trial"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
            entered.set()
            done.wait(timeout=60)
        connection.close()

    trial = Thread(target=try_on)
    trial.start()
    assert entered.wait(timeout=30)
    run = start()
    with scope.waiting_at_most(1):
        assert carry_out_imports() == 0
    assert as_it_is(run).state == "waiting"
    done.set()
    trial.join(timeout=30)
    assert carry_out_imports() == 1
    assert as_it_is(run).state == "done"


def test_what_breaks_every_time_is_given_up_in_the_end(start, monkeypatch):
    run = start()
    monkeypatch.setattr(carrying, "count_rows", lambda *_: 1 / 0)
    for _ in range(carrying.MOST_ATTEMPTS):
        the_task()
        let_the_lease_run_out(run)
    assert as_it_is(run).state == "running"
    the_task()
    assert (as_it_is(run).state, as_it_is(run).failure[0]) == (
        "failed",
        "This import broke off five times. The log of the workers says why.",
    )


def test_a_file_that_the_mapping_does_not_fit_fails_with_every_detail(start):
    run = start("a,b\n1,2\n")
    the_task()
    failed = as_it_is(run)
    assert failed.state == "failed"
    assert failed.failure[0] == "Columns that the mapping names are missing."
    assert dict(failed.failure[1:])["file"] == "report.csv"
    assert "Duration" in dict(failed.failure[1:])["columns"]


def test_whoever_lost_the_right_meanwhile_imports_nothing(start, ada):
    run = start()
    Person.objects.filter(pk=ada.pk).update(staff_role="lead")
    the_task()
    assert (as_it_is(run).state, as_it_is(run).failure) == ("failed", ["Only admins import time."])
    left = start(by=cast.ARRANGING)
    ImportRun.objects.filter(pk=left.pk).update(person=ada)
    Person.objects.filter(pk=ada.pk).update(left_at=timezone.now())
    the_task()
    assert as_it_is(left).failure == ["Whoever started this import has left."]


def test_the_first_rows_are_shown_as_they_are_read(start):
    run = start(report(12, wrong={1}), dry_run=True)
    the_task()
    first = as_it_is(run).first_rows
    assert len(first) == 10
    assert first[0] == {
        "line": 2,
        "client": "Acorn Mills",
        "engagement": "AI care",
        "person": "Ada Admin",
        "ticket": "Prompts",
        "day": "2024-01-01",
        "seconds": 3600,
        "kind": "included",
        "note": "Work 0",
    }
    assert first[1] == {"line": 3, "wrong": "No duration can be read here.", "column": "Duration", "value": "x"}


def test_cells_that_no_table_keeps_are_told_without_what_it_does_not_keep(start):
    run = start(report(1).replace("01:00:00", "1\x00") + report(2).splitlines()[2].replace("Work 1", "a\x00b"))
    the_task()
    done = as_it_is(run)
    assert (done.state, done.findings.get().value, done.first_rows[1]["note"]) == ("done", "1", "ab")


def test_names_of_files_are_names_alone(start):
    names = ["../../etc/passwd", "..", "C:\\time\\report.csv", "x" * 300 + ".csv", "a\nb.csv"]
    kept = [start(name=name).files.get().name for name in names]
    assert kept[:3] == ["passwd", "file.csv", "report.csv"]
    assert kept[3].endswith("xxx.csv")
    assert len(kept[3]) == 200
    assert kept[4] == "a b.csv"


def test_only_admins_hand_files_over_save_mappings_and_see_either(start, mara, priya, acorn, ada):
    run = start()
    for somebody in (cast.actor(mara), cast.actor(priya, acorn)):
        with pytest.raises(NotAllowed):
            start_import(actor=somebody, files=[], mapping="toggl", dry_run=True)
        with pytest.raises(NotAllowed):
            save_mapping(actor=somebody, text="")
        with pytest.raises(NotAllowed):
            import_tried(actor=somebody, run=run)
        assert not ImportRun.objects.visible_to(somebody).exists()
        assert "toggl" in mapping_names(somebody)
    assert ImportRun.objects.visible_to(cast.actor(ada)).get() == run


def test_files_and_mappings_that_cannot_be_meant_are_refused(start, ada):
    with pytest.raises(MappingUnknown):
        start(mapping="../../settings")
    with pytest.raises(FilesRefused):
        start_import(actor=cast.actor(ada), files=[], mapping="toggl", dry_run=True)
    with pytest.raises(FilesRefused):
        start_import(actor=cast.actor(ada), files=[ContentFile(b"x", "a.csv")] * 2, mapping="toggl", dry_run=True)
    assert not ImportRun.objects.exists()


def test_a_trial_that_is_not_done_and_a_real_run_are_not_imported_again(start, ada):
    for run in (start(dry_run=True), start()):
        with pytest.raises(Conflict):
            import_tried(actor=cast.actor(ada), run=run)


def test_a_mapping_of_ones_own_is_kept_by_its_name_replaced_and_used(start, ada):
    text = (
        shipped_path("harvest").read_text().replace('name = "harvest"', 'name = "harvest-comma"').replace('decimal = "."', 'decimal = ","')
    )
    with scope.staff(cast.actor(ada)):
        save_mapping(actor=cast.actor(ada), text=text.replace("internal", "goodwill"))
        saved = save_mapping(actor=cast.actor(ada), text=text)
    assert (saved.name, saved.text, saved.person) == ("harvest-comma", text, ada)
    assert mapping_names(cast.actor(ada))[-1] == "harvest-comma"
    columns = "Date,Client,Project,Project Code,Task,Notes,Hours,Billable?,First Name,Last Name\n"
    run = start(columns + '2024-01-02,Acorn Mills,AI care,,Prompts,Work,"1,5",Yes,Ada,Admin\n', mapping="harvest-comma")
    save_mapping(actor=cast.actor(ada), text=text.replace('"Hours"', '"Other"'))
    the_task()
    assert as_it_is(run).state == "done", "a run keeps the mapping it began with"
    assert TimeEntry.objects.get().raw_seconds == 5400


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("name = 1 2", BadMapping),
        (shipped_path("toggl").read_text(), Conflict),
        (shipped_path("toggl").read_text().replace('name = "toggl"', 'name = ""'), BadMapping),
        (shipped_path("toggl").read_text().replace('name = "toggl"', f'name = "{"x" * 81}"'), BadMapping),
        ("#" * 70_000, BadMapping),
    ],
)
def test_mappings_that_cannot_be_kept_are_refused(ada, text, error):
    with pytest.raises(error):
        save_mapping(actor=cast.actor(ada), text=text)


def test_the_bytes_are_read_from_the_storage_piece_by_piece(start, monkeypatch):
    sizes = []

    class Watched(io.BytesIO):
        def read(self, size=-1):
            sizes.append(size)
            return super().read(size)

    run = start(report(4))
    with default_storage.open(run.files.get().place) as kept:
        held = kept.read()
    monkeypatch.setattr(carrying, "default_storage", SimpleNamespace(open=lambda *_: Watched(held)))
    the_task()
    assert as_it_is(run).state == "done"
    assert sizes
    assert all(0 < size <= 1 << 20 for size in sizes)


def test_an_import_has_an_end_when_it_ended(start):
    run = start()
    with pytest.raises(Exception, match="an_import_has_an_end_when_it_ended"):
        ImportRun.objects.filter(pk=run.pk).update(state="done")
    assert not connection.in_atomic_block
