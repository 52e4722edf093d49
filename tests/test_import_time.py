"""Time of other programs: imported to the second, twice as good as once, behind the same walls."""

import csv
import datetime as dt
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, Sum
from django.utils import timezone

from accounts import scope
from accounts.actors import system
from accounts.errors import NotAllowed
from accounts.models import Client, Person
from billing.actions.importing import Finding, Imported, import_time
from billing.actions.importing.texts import code_for, key_of
from billing.models import BurnAlert, Period, TimeEntry
from billing.models.ledger import balance_of
from billing.rules.importing import parse_mapping, read, undated_by
from engagements.actions import agree_terms
from engagements.models import Engagement
from engagements.rules import Terms
from events.models import Event, Notice
from figures.sheets import neutral
from tests import cast
from tests.racing import race
from tickets.models import Ticket, TicketCounter
from tickets.rules import REOPEN_WITHIN

IMPORTING = system("import")
MAPPING = """
name = "shop"
zone = "Europe/Berlin"
na = ["", "NA"]

[[files]]
name = "*.csv"

[fields]
external_id = { column = "id" }
client_code = { column = "firm" }
person_key = { column = "who" }
ticket_key = { column = "task" }
ticket_subject = { column = "what" }
ticket_closed_on = { column = "done" }
status = { column = "state", default = "closed" }
duration = { column = "hours" }
note = { column = "what" }

[dating]
columns = ["day"]
"""
HEADER = "id,firm,who,task,what,hours,day,done,state\n"
# Latin-1 names, a task over several rows and people, no days, no people, no hours, an odd firm, a formula.
DIRTY = (
    HEADER
    + """1,north-mill,J\u00f6rg,T1,"Fix it, again",0.7,2019-03-31,2019-04-02,
2,north-mill,Ada,T1,"Fix it, again","2,100.5",2019-04-01,2019-04-02,
3,north-mill,J\u00f6rg,T2,=cmd(),0.01,2019-04-01,,open
4,north-mill,J\u00f6rg,T2,=cmd(),1,,,open
5,\u0160vejk & Sons,Ada,T1,Another T1,1.25,2020-02-29,,
6,\u0160vejk & Sons,NA,T3,Nobody,1,2020-02-29,,
7,\u0160vejk & Sons,Ada,,No task,0.5,2020-03-01,,
8,\u0160vejk & Sons,Ada,T4,Nothing,0,2020-03-01,,
9,north-mill,Ada,T5,Never dated,2,NA,,
10,north-mill,Ada,T1,"Fix it, again",3,2019-05-01,2019-04-02,
"""
)
DATED_SECONDS = 2520 + 7_561_800 + 36 + 4500 + 1800 + 10_800
UNDATED_SECONDS = 3600 + 7200

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_firm(firm):
    return firm


@pytest.fixture
def mapping():
    return parse_mapping(MAPPING)


@pytest.fixture
def rows(tmp_path, mapping):
    """The rows of a file with this text, read anew."""

    def rows_of(text=DIRTY, how=mapping):
        path = tmp_path / "time.csv"
        path.write_text(text, encoding="utf-8")
        return read([path], how)

    return rows_of


@pytest.fixture
def run(rows, mapping):
    def run_it(text=DIRTY, how=mapping, **more):
        return import_time(actor=IMPORTING, rows=rows(text, how), mapping=how, **more)

    return run_it


def line(number, day, hours, *, firm="ACM", task="T1", done=""):
    return f"{number},{firm},Ada,{task},Care,{hours},{day},{done},\n"


def state_of_everything():
    return [
        list(model.objects.order_by("pk").values())
        for model in (Client, Person, Engagement, Period, Ticket, TicketCounter, TimeEntry, BurnAlert, Notice)
    ]


def seconds_in_all():
    return TimeEntry.objects.aggregate(all=Sum("raw_seconds"))["all"]


def assert_history_foots():
    for period in Period.objects.filter(is_history=True):
        burned = period.entries.aggregate(all=Sum("burn_minutes"))["all"]
        assert (period.used_minutes, period.absorbed_minutes, period.capacity_minutes) == (burned, burned, 0)
        assert period.closed_at is not None
    assert (
        not TimeEntry.objects.filter(period__is_history=True)
        .exclude(work_date__gte=F("period__starts_on"), work_date__lt=F("period__ends_on"))
        .exists()
    )


def assert_numbered_without_gaps():
    for counter in TicketCounter.objects.all():
        numbers = Ticket.objects.filter(client_id=counter.client_id).order_by("number").values_list("number", flat=True)
        assert list(numbers) == list(range(1, counter.last_number + 1))


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


def test_history_is_closed_absorbed_and_told_to_nobody(run, ada):
    run()
    assert_history_foots()
    assert not BurnAlert.objects.exists()
    assert not Notice.objects.exists()
    engagement = Engagement.objects.filter(is_imported=True, client__code="NORTHMIL").get()
    assert engagement.starts_on == dt.date(2019, 3, 1)
    assert balance_of(engagement, today=timezone.localdate()) is None


def test_those_who_worked_are_known_but_sign_in_nowhere_and_get_no_new_work(run):
    run()
    joerg = Person.objects.get(import_key="shop:J\u00f6rg")
    assert not hasattr(joerg, "user")
    assert joerg not in Person.objects.of_the_firm()


def test_the_mail_address_of_a_colleague_is_that_colleague(run, ada):
    run(HEADER + "1,north-mill,Ada@Northfold.example,T1,Care,1,2019-01-02,,\n")
    assert TimeEntry.objects.get().person == ada


def test_imported_tickets_end_on_their_day_or_on_that_of_their_last_work(run):
    run(
        HEADER
        + line(1, "2019-01-02", 1, task="A")
        + line(2, "2019-01-05", 1, task="A")
        + line(3, "2019-01-03", 1, task="B", done="2019-02-01")
    )
    ended = dict(Ticket.objects.values_list("import_key", "closed_at"))
    assert ended == {"shop:A": dt.datetime(2019, 1, 5, 11, tzinfo=dt.UTC), "shop:B": dt.datetime(2019, 2, 1, 11, tzinfo=dt.UTC)}
    assert set(Ticket.objects.values_list("unanswered_since", "last_message_at", "source")) == {(None, None, "import")}


def test_a_later_batch_moves_the_end_of_a_ticket_to_its_last_work(run):
    run(HEADER + line(1, "2019-01-02", 1) + line(2, "2019-01-05", 1) + line(3, "2019-01-04", 1), rows_in_a_batch=1)
    assert Ticket.objects.get().closed_at == dt.datetime(2019, 1, 5, 11, tzinfo=dt.UTC)


@pytest.mark.parametrize("said", ["waiting_on_client", "awaiting_approval", "scheduled", "open"])
def test_a_state_that_needs_more_than_a_file_has_is_open(run, said):
    run(HEADER + f"1,north-mill,Ada,T1,Care,1,2019-01-02,,{said}\n")
    assert (Ticket.objects.get().state, Ticket.objects.get().resolved_at) == ("open", None)


def test_what_was_solved_lately_can_still_be_reopened(run):
    lately = timezone.localdate() - timedelta(days=3)
    long_ago = timezone.localdate() - REOPEN_WITHIN - timedelta(days=2)
    run(HEADER + f"1,mill,Ada,T1,Care,1,{lately},,resolved\n" + f"2,mill,Ada,T2,Care,1,{long_ago},,resolved\n")
    assert list(Ticket.objects.order_by("number").values_list("state", flat=True)) == ["resolved", "closed"]


def test_time_that_a_running_retainer_covers_burns_it_and_alerts(run, acorn, ada):
    today = timezone.localdate()
    imported = run(HEADER + line(1, today, 8.5))
    acorn.period.refresh_from_db()
    assert (imported.clients, imported.engagements, imported.tickets) == (0, 0, 1)
    assert acorn.period.used_minutes == 510
    assert BurnAlert.objects.told().get().percent == 80
    assert not Period.objects.filter(is_history=True).exists()


def test_time_from_before_the_retainer_is_history_of_an_engagement_beside_it(run, acorn):
    run(HEADER + line(1, "2019-01-02", 8.5))
    entry = TimeEntry.objects.get()
    acorn.period.refresh_from_db()
    assert entry.client == acorn.client
    assert entry.period.is_history
    assert entry.engagement != acorn.engagement
    assert acorn.period.used_minutes == 0


def test_time_of_a_closed_period_goes_to_the_earliest_open_one_as_late(run, firm):
    begun = cast.month_of(cast.month_of(timezone.localdate()) - timedelta(days=1))
    company = cast.make_company("Birch Lane", "BIR", starts_on=begun)
    first = company.engagement.periods.order_by("starts_on").first()
    assert first is not None
    Period.objects.filter(pk=first.pk).update(closed_at=timezone.now())
    run(HEADER + line(1, begun, 1, firm="bir"))
    entry = TimeEntry.objects.get()
    assert (entry.period, entry.is_late) == (company.period, True)


def test_time_that_no_open_period_can_take_is_listed(run, acorn):
    Period.objects.filter(engagement=acorn.engagement).update(closed_at=timezone.now())
    imported = run(HEADER + line(1, timezone.localdate(), 1))
    assert (imported.listed, imported.seconds_listed, imported.entries) == (1, 3600, 0)


def test_terms_on_an_imported_engagement_begin_its_promise_and_later_imports_go_there(run):
    today = timezone.localdate()
    run(HEADER + line(1, today, 1, firm="north-mill"))
    engagement = Engagement.objects.get()
    terms = Terms(starts_on=cast.month_of(today), included_minutes=600, fee=Decimal(0), overage="absorb")
    agree_terms(actor=cast.ARRANGING, engagement=engagement, terms=terms)
    run(HEADER + line(1, today, 1, firm="north-mill") + line(2, today, 2, firm="north-mill") + line(3, "2019-01-02", 4, firm="north-mill"))
    posted = dict(TimeEntry.objects.values_list("import_key", "period__is_history"))
    assert posted == {"shop:1": True, "shop:2": False, "shop:3": True}
    balance = balance_of(engagement, today=today)
    assert balance is not None
    assert (balance.used_minutes, balance.capacity_minutes) == (120, 600)
    assert_history_foots()


def test_a_client_sees_its_own_imported_time_and_no_other(run, acorn, cobalt, priya, nadia):
    run(HEADER + line(1, "2019-01-02", 1) + line(2, "2019-01-02", 2, firm="CBF"))
    for person, company, seconds in ((priya, acorn, 3600), (nadia, cobalt, 7200)):
        actor = cast.actor(person, company)
        with scope.portal(company.client.pk, actor):
            assert [entry.raw_seconds for entry in TimeEntry.objects.visible_to(actor)] == [seconds]
            assert TimeEntry.objects.count() == Ticket.objects.count() == 1
            assert set(Period.objects.values_list("client", flat=True)) == {company.client.pk}


def test_each_client_that_was_written_to_has_an_event_that_counts(run):
    run()
    counted = {
        event.payload["mapping"] + " " + str(event.client): event.payload["seconds"] for event in Event.objects.filter(kind="import.ran")
    }
    assert counted == {"shop north-mill": 2520 + 7_561_800 + 36 + 10_800, "shop \u0160vejk & Sons": 4500 + 1800}


def test_nobody_but_admins_imports(rows, mapping, mara, priya, acorn):
    for somebody in (cast.actor(mara), cast.actor(priya, acorn)):
        with pytest.raises(NotAllowed):
            import_time(actor=somebody, rows=rows(), mapping=mapping)
    assert not TimeEntry.objects.exists()


def test_codes_are_made_of_what_a_client_is_called():
    assert code_for("north-mill", ()) == "NORTHMIL"
    assert code_for("north-mill", {"NORTHMIL"}) == "NORTHMI2"
    assert [code_for(text, ()) for text in ("\u0160vejk", "7", "4711 AG", "\u6771\u4eac", "x")] == [
        "SVEJK",
        "C7",
        "C4711AG",
        "CLIENT",
        "CX",
    ]


def test_long_ids_keep_apart_within_the_length_that_is_kept():
    keys = {key_of("shop", "x" * 300 + end) for end in "ab"}
    assert len(keys) == 2
    assert max(map(len, keys)) <= 160


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", " =1", "\t=1", "\rx", "\uff1dx"])
def test_no_cell_of_a_report_is_a_formula(text):
    assert neutral(text) == f"'{text}"
    assert neutral("a=1") == "a=1"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "shop.toml").write_text(MAPPING)
    (tmp_path / "=time.csv").write_text(DIRTY, encoding="utf-8")
    return tmp_path


def command(folder, *more):
    said = io.StringIO()
    call_command(
        "import_time",
        folder / "=time.csv",
        "--mapping",
        str(folder / "shop.toml"),
        "--report",
        str(folder / "report.csv"),
        *more,
        stdout=said,
    )
    return said.getvalue()


def test_the_command_says_what_it_did_and_where_the_other_rows_are(files):
    said = command(files)
    assert "7,581,456    their seconds" in said
    assert f"4 rows need a look; they are in {files / 'report.csv'}." in said
    with (files / "report.csv").open(newline="") as report:
        lines = list(csv.DictReader(report))
    assert [(each["outcome"], each["line"]) for each in lines] == [("refused", "7"), ("refused", "9"), ("listed", "5"), ("listed", "10")]
    assert {each["file"] for each in lines} == {"'=time.csv"}


def test_a_dry_run_of_the_command_writes_nothing_but_its_report(files):
    assert "Nothing was written" in command(files, "--dry-run")
    assert not Client.objects.exists()
    assert (files / "report.csv").exists()


def test_a_report_without_a_line_is_not_left_behind(files):
    (files / "=time.csv").write_text(HEADER + line(1, "2019-01-02", 1))
    command(files)
    assert not (files / "report.csv").exists()


def test_a_bad_mapping_ends_the_command_with_every_detail(files):
    (files / "=time.csv").write_text("id,firm\n1,x\n")
    with pytest.raises(CommandError) as refused:
        command(files)
    assert refused.value.returncode == 1
    assert str(refused.value).splitlines() == [
        "Columns that the mapping names are missing.",
        "  file: =time.csv",
        "  columns: day, done, hours, state, task, what, who",
    ]
    with pytest.raises(CommandError, match=r"This mapping cannot be read\."):
        call_command("import_time", "x.csv", "--mapping", "nowhere")
