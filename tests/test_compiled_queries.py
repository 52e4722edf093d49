"""A query that is compiled once gives what Django's own gives, and what it uses of Django that no release promises is as it was."""

import inspect
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault
from django.db.models.functions import Upper
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql import InsertQuery
from django.db.models.sql.compiler import SQLInsertCompiler
from django.test.utils import CaptureQueriesContext

from accounts.database.compiled import Statements, insert
from billing.models import TimeEntry
from events.models import Event
from tests.cast import log

pytestmark = pytest.mark.django_db

SOMETHING = UUID(int=1)


@pytest.fixture
def entries(acorn, ines):
    """Two entries with what lies beside them, what is annotated and a relation that was forgotten."""
    log(ines, acorn, minutes=30, note="looked")
    log(ines, acorn, minutes=45, note="mended")
    found = TimeEntry.objects.select_related("client", "person").annotate(loud=Upper("note")).fetch_mode(models.FETCH_PEERS)
    return found.order_by("raw_seconds")


def columns_of(thing: models.Model) -> dict[str, Any]:
    return {name: value for name, value in vars(thing).items() if name != "_state"}


def all_of(thing: models.Model) -> tuple[Any, ...]:
    state: Any = thing._state
    beside = {name: columns_of(other) for name, other in state.fields_cache.items()}
    return columns_of(thing), beside, state.db, state.adding, state.fetch_mode, len(state.peers)


def test_objects_are_those_that_django_makes(entries):
    compiled = Statements().objects("entries", lambda: entries)
    assert [all_of(entry) for entry in compiled] == [all_of(entry) for entry in entries]
    assert [entry.loud for entry in compiled] == [entry.note.upper() for entry in entries]


def test_a_forgotten_relation_costs_one_query_for_all(entries, django_assert_num_queries):
    compiled = Statements().objects("entries", lambda: entries)
    with django_assert_num_queries(1):
        assert {entry.engagement.name for entry in compiled} == {compiled[0].engagement.name}


def test_rows_are_read_as_django_reads_them(entries):
    events = Event.objects.order_by("pk").values_list("pk", "payload", "at", "client__code")
    assert events, "logging time leaves events"
    assert Statements().rows("events", lambda: events) == list(events)


def locked():
    return TimeEntry.objects.select_for_update(no_key=True).filter(pk=SOMETHING)


def test_one_statement_serves_whoever_is_asked_for_and_keeps_its_lock(entries):
    statements = Statements()
    for entry in entries:
        with CaptureQueriesContext(connection) as asked:
            made = statements.objects("one", locked, {SOMETHING: entry.pk})
        assert made == [entry]
        assert [query["sql"].endswith("FOR NO KEY UPDATE") for query in asked] == [True]
    assert len(statements.kept) == 1


def test_an_insert_writes_what_save_would(acorn):
    said = {"kind": "ticket.opened", "client": acorn.client, "about_type": "tickets.ticket", "about_id": uuid4()}
    written, saved = (Event(**said, process="a test", payload={"number": 7}) for _ in range(2))
    insert(written)
    saved.save()
    assert all_of(written)[1:] == all_of(saved)[1:]
    assert columns_of(written) | {"id": saved.pk, "at": saved.at} == columns_of(saved)
    assert columns_of(written) == columns_of(Event.objects.get(pk=written.pk))


def parameters(function: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_what_no_release_of_django_promises_is_as_it_was(entries):
    query: Any = entries.query
    compiler = query.get_compiler(connection=connection, elide_empty=False)
    compiler.as_sql()
    known = {
        "SQLCompiler.klass_info": {"model", "select_fields", "related_klass_infos"} <= compiler.klass_info.keys(),
        "SQLCompiler.select": all(len(selected) == 3 for selected in compiler.select),
        "SQLCompiler.annotation_col_map": list(compiler.annotation_col_map) == ["loud"],
        "get_related_populators": parameters(get_related_populators) == ["klass_info", "select", "db", "fetch_mode"],
        "QuerySet._iterable_class": entries._iterable_class is ModelIterable is not entries.values_list()._iterable_class,
        "QuerySet._fetch_mode": entries._fetch_mode is models.FETCH_PEERS,
        "FetchMode.track_peers": models.FETCH_PEERS.track_peers and not models.FETCH_ONE.track_peers,
        "ModelState.peers": [len(entry._state.peers) for entry in entries] == [2, 2],
        "InsertQuery.insert_values": parameters(InsertQuery.insert_values)[:3] == ["self", "fields", "objs"],
        "SQLInsertCompiler.returning_fields": SQLInsertCompiler.returning_fields is None,
        "DatabaseDefault": isinstance(vars(Event())["id"], DatabaseDefault),
    }
    changed = [name for name, is_as_it_was in known.items() if not is_as_it_was]
    assert not changed, f"Django changed {', '.join(changed)}; accounts/database/compiled.py says what it stands on it for."
