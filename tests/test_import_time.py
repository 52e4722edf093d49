"""Time of other programs: imported to the second, twice as good as once, whatever dies meanwhile."""

import datetime as dt
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from accounts.errors import NotAllowed
from accounts.models import Client, Person
from billing.actions.importing import Finding, Imported, import_time
from billing.models import BurnAlert, Period, TimeEntry
from billing.rules.importing import undated_by
from engagements.models import Engagement
from events.models import Event, Notice
from tests import cast
from tests.import_cast import (
    DATED_SECONDS,
    HEADER,
    IMPORTING,
    SHOP,
    UNDATED_SECONDS,
    assert_history_foots,
    assert_numbered_without_gaps,
    line,
    rows_in,
    run_in,
    seconds_in_all,
)
from tests.racing import race
from tickets.models import Ticket, TicketCounter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("firm")]


@pytest.fixture
def run(tmp_path):
    return partial(run_in, tmp_path)


@pytest.fixture
def rows(tmp_path):
    return partial(rows_in, tmp_path)


@pytest.fixture
def mapping():
    return SHOP


def state_of_everything():
    return [
        list(model.objects.order_by("pk").values())
        for model in (Client, Person, Engagement, Period, Ticket, TicketCounter, TimeEntry, BurnAlert, Notice)
    ]


def test_every_row_is_accounted_for_and_seconds_are_exact(run):
    found: list[Finding] = []
    imported = run(report=found.append)
    assert imported.rows == 10
    assert (imported.entries, imported.seconds, seconds_in_all()) == (6, DATED_SECONDS, DATED_SECONDS)
    assert (imported.listed, imported.seconds_listed, imported.refused) == (2, UNDATED_SECONDS, 2)
    assert [(each.outcome, each.line) for each in found] == [("refused", 7), ("refused", 9), ("listed", 5), ("listed", 10)]
    assert (imported.clients, imported.people, imported.tickets) == (2, 2, 4)
    assert_numbered_without_gaps()


def test_a_second_run_doubles_and_changes_nothing(run):
    run()
    before, events = state_of_everything(), Event.objects.count()
    again = run()
    assert not again.wrote
    assert (again.entries_there, again.seconds_there, again.listed) == (6, DATED_SECONDS, 2)
    assert state_of_everything() == before
    assert Event.objects.count() == events


def test_a_dry_run_counts_the_same_across_batches_and_writes_nothing(run):
    before = state_of_everything()
    dry = run(dry_run=True, rows_in_a_batch=2)
    assert state_of_everything() == before
    assert not Event.objects.exists()
    assert dry == run()


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_the_size_of_a_batch_changes_nothing_that_is_kept(run, size):
    run(rows_in_a_batch=size)
    assert seconds_in_all() == DATED_SECONDS
    ticket = Ticket.objects.get(import_key="shop:T1", client__name="north-mill")
    assert ticket.closed_at == dt.datetime(2019, 4, 2, 10, tzinfo=dt.UTC)
    assert ticket.entries.count() == 3
    assert_history_foots()
    assert_numbered_without_gaps()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("row", range(1, 11))
def test_a_crash_at_any_row_and_another_run_lose_and_double_nothing(run, rows, mapping, row):
    def crashing():
        for number, each in enumerate(rows(), 1):
            if number == row:
                raise KeyboardInterrupt
            yield each

    with pytest.raises(KeyboardInterrupt):
        import_time(actor=IMPORTING, rows=crashing(), mapping=mapping, rows_in_a_batch=2)
    assert TimeEntry.objects.count() <= row
    assert_history_foots()
    run(rows_in_a_batch=3)
    assert (seconds_in_all(), TimeEntry.objects.count(), Ticket.objects.count()) == (DATED_SECONDS, 6, 4)
    assert_history_foots()
    assert_numbered_without_gaps()


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_dies_inside_leaves_nothing_of_itself_behind(run):
    def dies(finding):
        raise KeyboardInterrupt

    calls: list[int] = []

    def dies_later(rows):
        calls.append(rows)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(progress=dies_later, rows_in_a_batch=2)
    written = sum(event.payload["entries"] for event in Event.objects.filter(kind="import.ran"))
    assert TimeEntry.objects.count() == written
    with pytest.raises(KeyboardInterrupt):
        run(dry_run=True, report=dies)
    assert TimeEntry.objects.count() == written
    run()
    assert seconds_in_all() == DATED_SECONDS


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_at_the_same_time_import_it_once(rows, mapping):
    read_twice = [list(rows()), list(rows())]

    def act(which):
        return lambda: import_time(actor=IMPORTING, rows=read_twice[which], mapping=mapping, rows_in_a_batch=2)

    one, other = race([(IMPORTING, act(0)), (IMPORTING, act(1))])
    assert isinstance(one, Imported)
    assert isinstance(other, Imported)
    assert one.entries + other.entries == 6
    assert one.entries_there + other.entries_there == 6
    assert (one.clients + other.clients, one.tickets + other.tickets, one.people + other.people) == (2, 4, 2)
    assert seconds_in_all() == DATED_SECONDS
    assert_history_foots()
    assert_numbered_without_gaps()


def test_rows_without_a_day_are_listed_and_enter_once_a_column_dates_them(run, mapping):
    run()
    dated = undated_by(mapping, "done")
    later = run(HEADER + "20,north-mill,Ada,T9,Care,1.5,,2019-06-03,\n", dated)
    assert later.entries == 1
    assert TimeEntry.objects.get(import_key="shop:20").work_date == dt.date(2019, 6, 3)
    assert Ticket.objects.filter(import_key="shop:T5").exists()
    assert not TimeEntry.objects.filter(import_key="shop:9").exists()


def test_a_day_to_come_and_a_hundred_years_are_listed(run):
    found: list[Finding] = []
    tomorrow = timezone.localdate() + timedelta(days=2)
    imported = run(HEADER + line(1, tomorrow, 1) + line(2, "2019-01-01", 900_000), report=found.append)
    assert (imported.listed, imported.entries) == (2, 0)
    assert {each.sentence for each in found} == {
        "That day has not come yet.",
        "Nobody works for a hundred years. Is the unit of the duration right?",
    }


def test_a_row_that_says_something_else_later_is_noted_and_stays(run):
    run(HEADER + line(1, "2019-01-02", 1))
    found: list[Finding] = []
    again = run(HEADER + line(1, "2019-01-02", 2), report=found.append)
    assert (again.entries, again.seconds_there, seconds_in_all()) == (0, 3600, 3600)
    assert [each.outcome for each in found] == ["noted"]


def test_nobody_but_admins_imports(rows, mapping, mara, priya, acorn):
    for somebody in (cast.actor(mara), cast.actor(priya, acorn)):
        with pytest.raises(NotAllowed):
            import_time(actor=somebody, rows=rows(), mapping=mapping)
    assert not TimeEntry.objects.exists()


def test_each_client_that_was_written_to_has_an_event_that_counts(run):
    run()
    counted = {
        event.payload["mapping"] + " " + str(event.client): event.payload["seconds"] for event in Event.objects.filter(kind="import.ran")
    }
    assert counted == {"shop north-mill": 2520 + 7_561_800 + 36 + 10_800, "shop \u0160vejk & Sons": 4500 + 1800}
