"""One run over the rows of a file, batch by batch."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import batched
from uuid import UUID

from django.db import connection, transaction

from accounts import scope
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import Client
from billing import policies
from billing.actions.importing.counting import Finding, Imported
from billing.actions.importing.entries import import_rows
from billing.actions.importing.parties import clients_of
from billing.rules.importing import ImportRow, Mapping, RowError
from events.actions import record

ROWS_IN_A_BATCH = 1000
# Imports take turns, a batch at a time: two of them would make the same client twice, or wait for each other for ever.
TURN = 0x1A_907  # any number that nobody else locks


type Within = Callable[[Imported, Sequence[Finding], int, Sequence[Client]], object]


def _ignore(*_: object) -> None: ...


def import_time(
    *,
    actor: Actor,
    rows: Iterable[ImportRow | RowError],
    mapping: Mapping,
    dry_run: bool = False,
    report: Callable[[Finding], object] = _ignore,
    progress: Callable[[int], object] = _ignore,
    within: Within = _ignore,
    rows_in_a_batch: int = ROWS_IN_A_BATCH,
) -> Imported:
    """Import rows as they come, in memory for one batch. Doing it again, after a crash or at any time, doubles nothing.

    Each batch is one transaction, with one event for each client that it wrote to. `within` hears of it at the end of that
    transaction, with the number of its rows and the clients it made, and undoes it by raising; `report` and `progress` once it
    is committed. A dry run does all the same in one transaction and takes it back. Raises NotAllowed.
    """
    if not policies.may_import_time(actor):
        raise NotAllowed("Only admins import time.")
    imported = Imported()
    with scope.system("import"), _taken_back() if dry_run else _kept():
        for batch in batched(rows, rows_in_a_batch):
            tally, findings = _import_batch(batch, actor, mapping, within)
            imported.add(tally)
            for finding in findings:
                report(finding)
            progress(len(batch))
    return imported


@contextmanager
def _kept() -> Iterator[None]:
    yield


@contextmanager
def _taken_back() -> Iterator[None]:
    """What is done inside is checked to the last constraint, and undone."""
    with transaction.atomic():
        yield
        connection.check_constraints()
        transaction.set_rollback(True)


@transaction.atomic
def _import_batch(batch: Sequence[ImportRow | RowError], actor: Actor, mapping: Mapping, within: Within) -> tuple[Imported, list[Finding]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
    errors = [row for row in batch if isinstance(row, RowError)]
    skipped = sum(error.skipped for error in errors)
    total = Imported(refused=len(errors) - skipped, skipped=skipped)
    findings = [Finding.of_error(error) for error in errors]
    clients, made = clients_of([row for row in batch if isinstance(row, ImportRow)], mapping)
    rows_of: dict[UUID, list[ImportRow]] = {}
    for row in batch:
        if isinstance(row, ImportRow):
            rows_of.setdefault(clients[row.client_code].pk, []).append(row)
    by_id = {client.pk: client for client in clients.values()}
    for client_id, rows in sorted(rows_of.items()):  # one order of locks for everybody
        tally = Imported(clients=int(client_id in made))
        findings += import_rows(rows, actor=actor, client=by_id[client_id], reading=mapping, tally=tally)
        _record(actor, by_id[client_id], mapping, tally)
        total.add(tally)
    within(total, findings, len(batch), [client for client in by_id.values() if client.pk in made])
    return total, findings


def turn_is_free() -> bool:
    """Whether no import is within a batch, or within a trial. Until the end of the transaction it is the asker's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TURN])
        (free,) = cursor.fetchone()
    return bool(free)


def _record(actor: Actor, client: Client, mapping: Mapping, tally: Imported) -> None:
    if tally.wrote:
        record("import.ran", actor=actor, about=client, client_id=client.pk, is_public=False, mapping=mapping.name, **asdict(tally))
