"""A program logs time, runs the timer, and reads the hours that are left."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.clients import add_client
from billing.models import TimeEntry, Timer
from engagements.actions import begin_project
from tests import cast
from tests.api_cast import Program, refused, results


@pytest.fixture
def program(ines, key):
    return Program(key(ines))


@pytest.fixture
def today():
    return timezone.localdate().isoformat()


def work(company, today, **changes):
    return {
        "engagement": str(company.engagement.pk),
        "service_area": "prompt_optimisation",
        "raw_seconds": 5400,
        "work_date": today,
    } | changes


def test_ninety_minutes_are_logged_and_leave_the_balance(program, acorn, ines, rob, today):
    ticket = cast.ask(rob, acorn)
    logged = program.post("time-entries", work(acorn, today, ticket=str(ticket.pk), note="Reworked the prompt"))
    assert logged.status_code == 201, logged.content
    entry = logged.json()
    assert (entry["raw_seconds"], entry["billed_minutes"], entry["burn_minutes"]) == (5400, 90, 90)
    assert (entry["person"]["name"], entry["ticket"]["reference"]) == (ines.name, ticket.reference)
    assert program.get(f"time-entries/{entry['id']}").json() == entry
    balance = program.get(f"clients/{acorn.client.pk}/balance").json()
    (standing,) = balance["engagements"]
    assert (standing["capacity_minutes"], standing["used_minutes"], standing["left_minutes"]) == (600, 90, 510)
    assert standing["by_service_area"] == [{"service_area": "prompt_optimisation", "used_minutes": 90}]
    assert standing["resets_on"] == acorn.period.ends_on.isoformat()


def test_what_is_answered_to_who_logged_is_what_a_list_shows(acorn, rob, mara, ines, key, today):
    """The answer is made of what was just written; not a byte of it differs from what is read afterwards."""
    lead, ticket = Program(key(mara)), cast.ask(rob, acorn)
    began = (timezone.now() - dt.timedelta(hours=3)).replace(microsecond=0)
    stretch = {"started_at": began.isoformat(), "ended_at": (began + dt.timedelta(hours=1)).isoformat()}
    for body in (
        work(acorn, today),
        work(acorn, today, note="  On a ticket ", ticket=str(ticket.pk), person=str(ines.pk), kind="goodwill"),
        {"engagement": str(acorn.engagement.pk), "service_area": "reporting", **stretch},
    ):
        logged = lead.post("time-entries", body)
        assert logged.status_code == 201, logged.content
        read = lead.get(f"time-entries/{logged.json()['id']}")
        assert (read.content, read["ETag"]) == (logged.content, logged["ETag"])


def test_logging_time_costs_thirteen_statements(program, acorn, today):
    for _ in range(2):  # the first call notes when the key was last used
        program.post("time-entries", work(acorn, today, raw_seconds=60))
    with CaptureQueriesContext(connection) as asked:
        assert program.post("time-entries", work(acorn, today, raw_seconds=60)).status_code == 201
    sent = [query["sql"] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(sent) <= 13 + 2, sent  # a consultant is asked for their clients as well, by the wall and by the policy


def test_an_entry_is_changed_and_taken_away_and_the_balance_follows(program, acorn, today):
    path = f"time-entries/{program.post('time-entries', work(acorn, today)).json()['id']}"
    changed = program.patch(path, {"raw_seconds": 1800, "work_date": today, "note": "Half an hour"})
    assert (changed.json()["billed_minutes"], changed.json()["note"]) == (30, "Half an hour")
    assert program.patch(path, {"note": "Thirty minutes"}).json()["raw_seconds"] == 1800
    assert program.delete(path, If_Match='"another"').status_code == 412
    assert program.delete(path, If_Match=program.get(path)["ETag"]).status_code == 204
    refused(program.get(path), 404, "not-found")
    assert program.get(f"periods/{acorn.period.pk}").json()["used_minutes"] == 0


def test_a_stretch_of_time_becomes_another_stretch(program, acorn):
    end = timezone.now().replace(microsecond=0)
    start = end - dt.timedelta(minutes=45)
    stretch = {
        "engagement": str(acorn.engagement.pk),
        "service_area": "reporting",
        "started_at": start.isoformat(),
        "ended_at": end.isoformat(),
    }
    entry = program.post("time-entries", stretch).json()
    assert entry["raw_seconds"] == 2700
    assert entry["started_at"].endswith("Z")
    later = (end - dt.timedelta(minutes=15)).isoformat()
    assert program.patch(f"time-entries/{entry['id']}", {"ended_at": later}).json()["raw_seconds"] == 1800
    refused(program.post("time-entries", stretch), 409, "overlaps")


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"minutes": 60}, "/started_at"),
        ({"ended_at": None}, "/ended_at"),
        ({"started_at": None}, "/started_at"),
        ({"work_date": "2026-01-05"}, "/work_date"),
    ],
)
def test_time_that_is_said_in_two_ways_or_by_half_is_refused_and_named(program, acorn, said, at):
    end = timezone.now().replace(microsecond=0)
    stretch = {"started_at": (end - dt.timedelta(hours=2)).isoformat(), "ended_at": end.isoformat()} | said
    answer = program.post("time-entries", {"engagement": str(acorn.engagement.pk), "service_area": "reporting"} | stretch)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, at), answer.content
    assert not TimeEntry.objects.exists()


def test_the_balance_by_area_has_work_on_projects_and_no_corrections_in_it(program, acorn, today):
    project = begin_project(actor=cast.ARRANGING, pool=acorn.engagement, name="Chatbot", starts_on=acorn.engagement.starts_on)
    assert program.post("time-entries", work(acorn, today, engagement=str(project.pk))).status_code == 201
    (standing,) = program.get(f"clients/{acorn.client.pk}/balance").json()["engagements"]
    assert standing["by_service_area"] == [{"service_area": "prompt_optimisation", "used_minutes": standing["used_minutes"]}]


def test_an_entry_of_nothing_is_refused(program, acorn, today):
    refused(program.post("time-entries", work(acorn, today, raw_seconds=0)), 422, "invalid-body")
    refused(program.post("time-entries", work(acorn, today, work_date=None)), 422, "no-such-time")


def test_the_totals_are_those_of_the_same_filter(ada, key, program, acorn, cobalt, tomas, today):
    for seconds in (5400, 61, 3599):
        program.post("time-entries", work(acorn, today, raw_seconds=seconds))
    cast.log(tomas, cobalt, minutes=60)
    lead = Program(key(ada))
    assert lead.get("time-entries/totals", client=str(acorn.client.pk)).json() == {
        "entries": 3,
        "raw_seconds": 9060,
        "billed_minutes": 151,
        "burn_minutes": 151,
    }
    assert lead.get("time-entries/totals").json()["raw_seconds"] == 9060 + 3600
    assert program.get("time-entries/totals").json()["raw_seconds"] == 9060
    refused(lead.get("time-entries/totals", limit=3), 400, "unknown-parameter")


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("client", lambda entry: entry.client_id),
        ("engagement", lambda entry: entry.engagement_id),
        ("period", lambda entry: entry.period_id),
        ("person", lambda entry: entry.person_id),
        ("ticket", lambda entry: entry.ticket_id),
        ("work_date_after", lambda entry: entry.work_date),
        ("work_date_before", lambda entry: entry.work_date),
        ("service_area", lambda entry: entry.service_area),
    ],
)
def test_entries_are_found_by(name, of, program, acorn, ines, rob):
    entry = cast.log(ines, acorn, minutes=30, ticket=cast.ask(rob, acorn))
    assert [row["id"] for row in results(program.get("time-entries", **{name: of(entry)}))] == [str(entry.pk)]


def test_a_client_sees_its_hours_and_nothing_internal(rob, key, program, acorn, today):
    program.post("time-entries", work(acorn, today))
    program.post("time-entries", work(acorn, today, kind="internal", note="canary"))
    client = Program(key(rob))
    (seen,) = results(client.get("time-entries"))
    assert seen["kind"] == "included"
    assert client.get("time-entries/totals").json()["entries"] == 1
    assert b"canary" not in client.get("time-entries").content
    assert not {"rate", "cost_rate", "internal"} & seen.keys()
    assert len(results(program.get("time-entries"))) == 2
    hidden = TimeEntry.objects.get(kind="internal")
    refused(client.get(f"time-entries/{hidden.pk}"), 404, "not-found")
    refused(client.post("time-entries", work(acorn, today)), 403, "not-allowed")


def test_one_timer_runs_and_becomes_an_entry(program, acorn, rob):
    refused(program.get("timer"), 404, "not-found")
    ticket = cast.ask(rob, acorn)
    started = program.post("timer", {"engagement": str(acorn.engagement.pk), "ticket": str(ticket.pk), "note": "Prompt"})
    assert started.status_code == 201, started.content
    assert program.get("timer").json() == started.json()
    Timer.objects.update(started_at=timezone.now() - dt.timedelta(minutes=20))
    stopped = program.post("timer/stop")
    assert stopped.status_code == 201
    assert stopped.json()["raw_seconds"] in range(1200, 1210)
    refused(program.get("timer"), 404, "not-found")
    refused(program.post("timer/stop"), 404, "not-found")


def test_a_timer_is_discarded_without_an_entry(program, acorn):
    program.post("timer", {"engagement": str(acorn.engagement.pk)})
    assert program.delete("timer").status_code == 204
    assert not TimeEntry.objects.exists()


def test_there_is_no_timer_for_clients(rob, acorn, key):
    client = Program(key(rob))
    refused(client.get("timer"), 404, "not-found")
    refused(client.post("timer", {"engagement": str(acorn.engagement.pk)}), 404, "not-found")


def test_a_period_tells_what_covered_each_entry(program, acorn, ines):
    first, second = cast.log(ines, acorn, minutes=550), cast.log(ines, acorn, minutes=90)
    coverage = program.get(f"periods/{acorn.period.pk}/coverage").json()["rows"]
    assert {row["entry"] for row in coverage} == {str(first.pk), str(second.pk)}
    assert sum(row["minutes"] for row in coverage if row["kind"] == "covered") == 600
    assert [(row["minutes"], row["lot"]) for row in coverage if row["kind"] == "overage"] == [(40, None)]
    period = program.get(f"periods/{acorn.period.pk}").json()
    assert (period["covered_minutes"], period["overage_minutes"], period["left_minutes"]) == (600, 40, 0)


def test_a_crossed_threshold_is_read_as_an_alert(program, acorn, ines):
    cast.log(ines, acorn, minutes=490)
    alerts = results(program.get("alerts", superseded="false"))
    assert [(alert["percent"], alert["used_minutes"], alert["engagement"]["name"]) for alert in alerts] == [(80, 490, "AI care")]
    assert program.get(f"alerts/{alerts[0]['id']}").json() == alerts[0]


def test_a_retainer_is_begun_and_its_period_is_open_at_once(ada, key, acorn, today):
    lead = Program(key(ada))
    client = lead.post("clients", {"name": "Delta Foods", "code": "DLT"}).json()
    begun = lead.post(
        "engagements",
        {
            "client": client["id"],
            "name": "AI care",
            "currency": "USD",
            "starts_on": today,
            "terms": {"included_minutes": 720, "fee": "2000.00"},
        },
    )
    assert begun.status_code == 201, begun.content
    assert begun.json()["terms"]["fee"] == "2000.00"
    assert len(results(lead.get("periods", engagement=begun.json()["id"], covering=today))) == 1
    system = lead.post(
        "systems",
        {
            "engagement": begun.json()["id"],
            "name": "Order reader",
            "kind": "extraction",
            "in_care_since": today,
            "components": [{"name": "Model", "kind": "model", "version": "2026-02"}],
        },
    )
    assert [part["version"] for part in system.json()["components"]] == ["2026-02"]


def test_a_ticket_says_which_retainer_and_what_kind_of_work(program, acorn, rob, today):
    ticket = cast.ask(rob, acorn)
    logged = program.post("time-entries", {"ticket": str(ticket.pk), "minutes": 45, "work_date": today})
    assert logged.status_code == 201, logged.content
    entry = logged.json()
    assert (entry["engagement"]["id"], entry["service_area"]) == (str(acorn.engagement.pk), ticket.service_area)
    assert (entry["raw_seconds"], entry["billed_minutes"]) == (2700, 45)
    assert program.patch(f"time-entries/{entry['id']}", {"minutes": 50}).json()["raw_seconds"] == 3000
    assert program.post("timer", {"ticket": str(ticket.pk)}).json()["engagement"]["id"] == str(acorn.engagement.pk)


def test_time_on_nothing_is_refused_with_what_to_name(program, acorn, today):
    told = refused(program.post("time-entries", {"minutes": 45, "work_date": today}), 422, "invalid-body")
    assert {error["pointer"] for error in told["errors"]} == {"/engagement", "/service_area"}
    twice = refused(program.post("time-entries", work(acorn, today, minutes=90)), 422, "invalid-body")
    assert [error["pointer"] for error in twice["errors"]] == ["/minutes"]
    refused(program.post("timer", {}), 422, "invalid-body")


def test_a_ticket_of_a_client_without_a_retainer_carries_no_time(ada, key, today):
    bare = add_client(actor=cast.ARRANGING, name="Bare Bones", code="BARE")
    program = Program(key(ada))
    ticket = program.post("tickets", {"client": str(bare.pk), "subject": "Help", "body": "Please."}).json()
    refused(program.post("time-entries", {"ticket": ticket["id"], "minutes": 5, "work_date": today}), 422, "no-retainer")


def test_a_client_changes_no_time_and_is_told_so_before_anything_is_locked(program, rob, key, acorn, today):
    entry = program.post("time-entries", work(acorn, today)).json()["id"]
    client = Program(key(rob))
    for answer in (
        client.patch(f"time-entries/{entry}", {"note": "x"}),
        client.delete(f"time-entries/{entry}"),
        client.post(f"time-entries/{entry}/undo", {}),
    ):
        assert answer.status_code in {403, 404}, answer.content
