"""Imports carried out by the workers, as often as it takes: a crash costs the batch it fell into and nothing before it."""

import datetime as dt
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts import scope
from accounts.actions.people import actor_of_person
from accounts.actors import Actor, system
from accounts.errors import DomainError, NotAllowed
from accounts.models import Client
from billing.actions.importing.counting import Finding, Imported
from billing.actions.importing.running import Within, import_time, turn_is_free
from billing.models import ImportFinding, ImportRun
from billing.rules.importing import ImportRow, Mapping, RowError, count_rows, nearest, parse_mapping, read, undated_by
from events.actions import record
from figures.text import gettext_noop

log = structlog.get_logger(__name__)

LEASE = dt.timedelta(minutes=10)  # renewed by every batch; counting the rows of the largest file comes before the first
MOST_ATTEMPTS = 5
FIRST_ROWS = 10
MOST_NAMED = 100
_CHUNK = 1 << 20


class LeaseLostError(Exception):
    """Somebody else took over, because this one seemed to be dead. What it was writing is taken back."""


class BrokeOff(DomainError):
    """An import broke off five times, so it is not tried again. What it had brought in stays."""

    code = "broke-off"


def carry_out_imports(*, at_most: int = 100) -> int:
    """Carry out what waits and what a crash left, one after the other; how many. Needs the system's scope."""
    for number in range(at_most):
        run = _claim()
        if run is None:
            return number
        _carry_out(run)
    return at_most


@transaction.atomic
def _claim() -> ImportRun | None:
    """The oldest that waits. None while another import has its turn: it goes on to what waits, and a worker stays free for mail."""
    if not turn_is_free():
        return None
    now = timezone.now()
    run = ImportRun.objects.due(now).order_by("created_at").select_for_update(skip_locked=True, no_key=True).first()
    if run is not None:
        run.state = ImportRun.State.RUNNING
        run.attempts += 1
        run.started_at = run.started_at or now
        run.leased_until = now + LEASE
        run.save(update_fields=["state", "attempts", "started_at", "leased_until"])
    return run


def _carry_out(run: ImportRun) -> None:
    try:
        actor = _actor_of(run)
        _import(run, actor)
    except LeaseLostError:
        log.warning("an import was taken over by somebody else", run=str(run.pk))
    except DomainError as error:
        _end(run, system("import"), ImportRun.State.FAILED, failure=[error.sentence, *_told(error)])
    except Exception:
        # Its lease runs out and it is taken up again, where it stopped.
        log.exception("an import broke off", run=str(run.pk), attempt=run.attempts)
    else:
        _end(run, actor, ImportRun.State.DONE, rows_total=F("rows_done"))


def _import(run: ImportRun, actor: Actor) -> None:
    mapping = _mapping_of(run)
    with _fetched(run) as paths, _book_of(run) as within:
        _hold(run, rows_total=count_rows(paths, mapping), first_rows=[_shown(row) for row in islice(read(paths, mapping), FIRST_ROWS)])
        rows = islice(read(paths, mapping), run.rows_done, None)
        import_time(actor=actor, rows=rows, mapping=mapping, dry_run=run.is_dry, within=within)


def _actor_of(run: ImportRun) -> Actor:
    """Whoever started it, with the rights they have by now. Raises NotAllowed, and BrokeOff for a run that never gets through."""
    if run.attempts > MOST_ATTEMPTS:
        raise BrokeOff(gettext_noop("This import broke off five times. The log of the workers says why."))
    if run.person is None:
        return system("import")
    actor = actor_of_person(run.person)
    if actor is None:
        raise NotAllowed(gettext_noop("Whoever started this import has left."))
    return actor


def _mapping_of(run: ImportRun) -> Mapping:
    mapping = parse_mapping(run.mapping_text, zone=run.zone)
    return undated_by(mapping, run.undated) if run.undated else mapping


@contextmanager
def _fetched(run: ImportRun) -> Iterator[list[Path]]:
    """The files on this machine's disk, under their own names, wherever the storage is. In constant memory."""
    with TemporaryDirectory(prefix="tend-import-") as folder:
        paths = []
        for number, file in enumerate(run.files.order_by("pk")):
            path = Path(folder, str(number), file.name)
            path.parent.mkdir()
            with default_storage.open(file.place, "rb") as kept, path.open("wb") as copy:
                shutil.copyfileobj(kept, copy, _CHUNK)
            paths.append(path)
        yield paths


@dataclass(slots=True)
class _Book:
    """How far a run is, what came of it, and the rows to look at: written down batch by batch while the lease holds."""

    run: ImportRun
    imported: Imported
    new_clients: list[dict[str, str]] = field(default_factory=list)

    def keep(self, tally: Imported, findings: Sequence[Finding], rows: int, made: Sequence[Client]) -> None:
        """Raises LeaseLostError."""
        self.imported.add(tally)
        self._name(made[: MOST_NAMED - len(self.new_clients)])
        with transaction.atomic():
            _hold(self.run, rows_done=F("rows_done") + rows, counts=asdict(self.imported), new_clients=self.new_clients)
            ImportFinding.objects.bulk_create([_finding(self.run, finding) for finding in findings], batch_size=500)

    def _name(self, made: Sequence[Client]) -> None:
        """A trial writes beside what it tries, so the clients it finds are those that are there already."""
        there = list(Client.objects.values_list("name", flat=True)) if made and self.run.is_dry else []
        self.new_clients += [{"name": client.name, "code": client.code, "near": nearest(client.name, there)} for client in made]

    def keep_beside(self, *batch: Any) -> None:
        with scope.system("import"):
            self.keep(*batch)


@contextmanager
def _book_of(run: ImportRun) -> Iterator[Within]:
    """A real run writes its progress in the transaction of each batch, so that both are there or neither.

    A dry run takes its transaction back, and begins anew after a crash: its progress is written beside it, by a thread with a
    connection of its own.
    """
    if not run.is_dry:
        yield _Book(run, Imported(**run.counts), run.new_clients).keep
        return
    run.rows_done = 0
    run.findings.all().delete()
    _hold(run, rows_done=0, counts={}, new_clients=[])
    book = _Book(run, Imported())
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="dry-run") as beside:
        try:
            yield lambda *batch: beside.submit(book.keep_beside, *batch).result()
        finally:
            beside.submit(_hang_up).result()


def _hang_up() -> None:
    connection.close()  # that of the thread that calls


def _hold(run: ImportRun, **changes: Any) -> None:
    """Change a run and renew its lease. Raises LeaseLostError where it is no longer ours."""
    ours = ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.RUNNING, attempts=run.attempts)
    if not ours.update(leased_until=timezone.now() + LEASE, **changes):
        raise LeaseLostError


@transaction.atomic
def _end(run: ImportRun, actor: Actor, state: ImportRun.State, **changes: Any) -> None:
    ours = ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.RUNNING, attempts=run.attempts)
    if ours.update(state=state, ended_at=timezone.now(), leased_until=None, **changes):
        run.refresh_from_db()
        record(f"import.{state}", actor=actor, about=run, is_public=False, is_dry=run.is_dry, rows=run.rows_done, **run.counts)


def _told(error: DomainError) -> list[list[str]]:
    return [[name, _plain(", ".join(map(str, fact)) if isinstance(fact, list) else str(fact))] for name, fact in error.facts.items()]


def _finding(run: ImportRun, finding: Finding) -> ImportFinding:
    values: dict[str, Any] = {name: _plain(value) if isinstance(value, str) else value for name, value in asdict(finding).items()}
    return ImportFinding(run=run, **values)


def _shown(row: ImportRow | RowError) -> dict[str, Any]:
    """A row as it was read, for a person to look at before it counts."""
    if isinstance(row, RowError):
        return {"line": row.line, "wrong": row.sentence, "column": _plain(row.column), "value": _plain(row.value)}
    return {
        "line": row.line,
        "client": _plain(row.client_name),
        "engagement": _plain(row.engagement_name),
        "person": _plain(row.person_name),
        "ticket": _plain(row.ticket_subject),
        "day": row.work_date.isoformat() if row.work_date else None,
        "seconds": row.raw_seconds,
        "kind": row.time_kind or "included",
        "note": _plain(row.note),
    }


def _plain(text: str) -> str:
    """What a table keeps of a cell."""
    return text.replace("\x00", "")[:500]
