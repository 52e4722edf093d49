"""Lists are walked page by page; what is written meanwhile moves nothing, and a longer list costs no more queries.

`make test` walks some hundred rows, PROVE=1 ten thousand.
"""

import datetime as dt
import os
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actions.people import add_person
from accounts.actors import StaffRole
from accounts.models import Person
from billing.models import TimeEntry
from tests import cast
from tests.api_cast import Program, refused, results
from tickets.models import Ticket

ROWS = 10_000 if os.environ.get("PROVE") else 400


@pytest.fixture
def program(ada, acorn, key):
    return Program(key(ada))


def file(company, numbers):
    """Tickets as an import would write them: many at once."""
    Ticket.objects.bulk_create(
        [
            Ticket(
                client=company.client,
                engagement=company.engagement,
                system=company.system,
                number=number,
                reference=f"{company.client.code}-{number}",
                subject=f"Ticket {number}",
                source="import",
            )
            for number in numbers
        ]
    )


def walk(program, path, during=None, **query):
    """Every row of a list, page after page by its own links."""
    answer, seen, page = program.get(path, **query), [], 0
    while True:
        body = answer.json()
        assert answer.status_code == 200, body
        seen += body["results"]
        if during is not None:
            during(page)
        page += 1
        if body["next"] is None:
            return seen
        answer = program.get(body["next"].removeprefix("http://testserver"))


def work(company, numbers):
    """Time entries as an import would write them, on the days of the period in turn, so that new ones come to lie between old ones."""
    person = Person.objects.get(name="Ada Admin")
    first, days = company.period.starts_on, (company.period.ends_on - company.period.starts_on).days
    TimeEntry.objects.bulk_create(
        [
            TimeEntry(
                client=company.client,
                engagement=company.engagement,
                period=company.period,
                person=person,
                service_area="reporting",
                work_date=first + dt.timedelta(days=number % days),
                zone="UTC",
                raw_seconds=60,
                billed_minutes=1,
                burn_minutes=1,
                note=f"Entry {number}",
            )
            for number in numbers
        ]
    )


@pytest.mark.prove
@pytest.mark.parametrize("ordering", ["-id", "id", "-updated_at", "created_at"])
def test_a_walk_gives_every_ticket_exactly_once_while_tickets_are_inserted(program, acorn, ordering):
    file(acorn, range(1, ROWS + 1))
    written = iter(range(ROWS + 1, ROWS * 2))
    seen = walk(program, "tickets", lambda _page: file(acorn, [next(written), next(written)]), limit=97, ordering=ordering)
    subjects = [row["subject"] for row in seen]
    assert len(subjects) == len(set(subjects))
    assert {f"Ticket {number}" for number in range(1, ROWS + 1)} <= set(subjects)
    if ordering == "-id":  # the newest come before the first page
        assert subjects == [f"Ticket {number}" for number in range(ROWS, 0, -1)]


@pytest.mark.prove
@pytest.mark.parametrize("ordering", ["-id", "-work_date", "work_date"])
def test_a_walk_gives_every_entry_exactly_once_while_entries_are_inserted(program, acorn, ordering):
    work(acorn, range(1, ROWS + 1))
    written = iter(range(ROWS + 1, ROWS * 2))
    seen = walk(program, "time-entries", lambda _page: work(acorn, [next(written), next(written)]), limit=97, ordering=ordering)
    notes = [row["note"] for row in seen]
    assert len(notes) == len(set(notes))
    assert {f"Entry {number}" for number in range(1, ROWS + 1)} <= set(notes)


def test_a_walk_from_the_oldest_meets_what_was_inserted_behind_it_too(program, acorn):
    file(acorn, range(1, 101))
    seen = walk(program, "tickets", lambda page: file(acorn, [1000 + page]) if page < 3 else None, limit=20, ordering="id")
    assert [row["subject"] for row in seen[:100]] == [f"Ticket {number}" for number in range(1, 101)]
    assert len({row["id"] for row in seen}) == len(seen) == 103


def test_a_walk_by_change_keeps_rows_of_the_same_instant_apart(program, acorn):
    file(acorn, range(1, 61))
    assert Ticket.objects.values("updated_at").distinct().count() == 1
    seen = walk(program, "tickets", limit=7, ordering="-updated_at")
    assert [row["subject"] for row in seen] == [f"Ticket {number}" for number in range(60, 0, -1)]


def test_a_walk_by_day_is_complete(program, acorn, ines):
    for _ in range(5):
        cast.log(ines, acorn, minutes=10)
    assert len(walk(program, "time-entries", limit=2, ordering="-work_date")) == 5
    assert len(walk(program, "periods", limit=1)) == len(results(program.get("periods")))


def test_previous_leads_back_to_the_same_pages(program, acorn):
    file(acorn, range(1, 31))
    first = program.get("tickets", limit=10).json()
    second = program.get(first["next"].removeprefix("http://testserver")).json()
    third = program.get(second["next"].removeprefix("http://testserver")).json()
    assert (first["previous"], third["next"]) == (None, None)
    back = program.get(third["previous"].removeprefix("http://testserver")).json()
    assert back["results"] == second["results"]
    home = program.get(back["previous"].removeprefix("http://testserver")).json()
    assert (home["results"], home["previous"]) == (first["results"], None)


def test_the_links_stand_in_the_header_too_and_the_count_on_request(program, acorn):
    file(acorn, range(1, 31))
    answer = program.get("tickets", limit=10, count="true")
    assert answer.json()["count"] == 30
    assert answer["Link"] == f'<{answer.json()["next"]}>; rel="next"'
    assert "count" not in program.get("tickets").json()


def test_a_cursor_serves_the_order_it_was_made_for(program, acorn):
    file(acorn, range(1, 31))
    link = program.get("tickets", limit=10).json()["next"].removeprefix("http://testserver")
    assert program.get(f"{link}&ordering=id").status_code == 400
    forged = re.sub(r"cursor=[^&]+", "cursor=WyItaWQiLGZhbHNlLFsiMSJdXQ", link)
    assert program.get(forged).status_code == 400


def test_a_walk_by_name_takes_no_name_for_a_day(program, acorn):
    names = ["2026-02-01", "2026-02-30", "20261123", "Ada Okafor", "Gus Becker", "2026-02-01T09:00:00"]
    for number, name in enumerate(names):
        add_person(actor=cast.ARRANGING, name=name, email=f"person{number}@northfold.example", staff_role=StaffRole.CONSULTANT)
    for ordering in ("name", "-name"):
        seen = [row["name"] for row in walk(program, "people", limit=1, ordering=ordering)]
        assert len(seen) == len(set(seen)) == Person.objects.count()
        assert set(names) <= set(seen)


def test_a_cursor_of_another_list_is_refused_although_its_order_has_the_same_name(program, acorn):
    file(acorn, range(1, 4))
    cursor = parse_qs(urlsplit(program.get("tickets", limit=1, ordering="-id").json()["next"]).query)["cursor"]
    refused(program.get("notices", cursor=cursor, ordering="-id"), 400, "invalid-parameter")


@pytest.mark.parametrize("person", ["ada", "ines", "rob"])
def test_the_ticket_list_costs_the_same_at_2_and_at_200_rows(request, person, acorn, key):
    program = Program(key(request.getfixturevalue(person)))
    program.get("tickets")
    file(acorn, [1, 2])
    few = queries(program, "tickets?limit=200")
    file(acorn, range(3, 201))
    many = queries(program, "tickets?limit=200")
    assert len(results(program.get("/api/v1/tickets?limit=200"))) == 200
    assert len(few) == len(many) <= 4, many


@pytest.mark.parametrize("path", ["systems", "engagements", "time-entries", "periods", "alerts", "clients"])
def test_every_list_costs_the_same_however_long_it_is(path, ada, key, acorn, cobalt, ines, tomas):
    program = Program(key(ada))
    program.get(path)
    cast.log(ines, acorn, minutes=590)
    before, few = len(results(program.get(path))), queries(program, path)
    cast.log(tomas, cobalt, minutes=1190)
    cast.make_company("Third House", "THH")
    cast.make_company("Fourth House", "FOH")
    assert len(results(program.get(path))) > before
    assert len(queries(program, path)) == len(few)


def test_the_balance_costs_the_same_however_long_the_history_is(ada, acorn, ines, key):
    program = Program(key(ada))
    path = f"clients/{acorn.client.pk}/balance"
    program.get(path)
    few = queries(program, path)
    for _ in range(20):
        cast.log(ines, acorn, minutes=5)
    many = queries(program, path)
    assert len(few) == len(many) <= 4, many


def test_what_is_asked_again_shows_what_was_written_since(program, acorn, ines):
    """The statement of a list's first page, and that of the balance, are made once and kept; no row is."""
    balance = f"/api/v1/clients/{acorn.client.pk}/balance"
    for numbers in ([1], [2, 3]):
        file(acorn, numbers)
        cast.log(ines, acorn, minutes=30)
        assert len(results(program.get("/api/v1/tickets"))) == Ticket.objects.count()
        assert len(results(program.get("/api/v1/time-entries"))) == TimeEntry.objects.count()
        assert program.get(balance).json()["engagements"][0]["used_minutes"] == 30 * TimeEntry.objects.count()


def test_the_kept_statement_of_one_caller_answers_nobody_else(ada, ines, rob, tomas, acorn, cobalt, key):
    file(acorn, [1])
    file(cobalt, [1, 2])
    for person, seen in ((ada, 3), (ines, 1), (rob, 1), (tomas, 2), (ada, 3)):
        assert len(results(Program(key(person)).get("/api/v1/tickets"))) == seen
    for client, status in ((acorn.client, 404), (cobalt.client, 200), (acorn.client, 404)):
        assert Program(key(tomas)).get(f"/api/v1/clients/{client.pk}/balance").status_code == status


def test_each_client_gets_its_own_balance_by_the_same_statement(program, acorn, cobalt, ines, tomas):
    cast.log(ines, acorn, minutes=60)
    cast.log(tomas, cobalt, minutes=90)
    for company, minutes in ((acorn, 60), (cobalt, 90), (acorn, 60)):
        told = program.get(f"/api/v1/clients/{company.client.pk}/balance").json()
        assert told["client"]["code"] == company.client.code
        assert [each["used_minutes"] for each in told["engagements"]] == [minutes]
        assert [area["used_minutes"] for each in told["engagements"] for area in each["by_service_area"]] == [minutes]


def queries(program, path):
    with CaptureQueriesContext(connection) as asked:
        assert program.get(f"/api/v1/{path}").status_code == 200
    return [query["sql"] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]


@pytest.mark.parametrize("value", ["11/01/2026", "1 Nov 2026", "2026-11-1", "20261101", "2026-13-01", "2026-02-30", " 2026-11-01"])
@pytest.mark.parametrize(
    ("resource", "parameter"),
    [("time-entries", "work_date_after"), ("periods", "covering"), ("expenses", "spent_before"), ("engagements", "running_on")],
)
def test_a_day_is_written_one_way_and_never_guessed(program, resource, parameter, value):
    errors = refused(program.get(resource, **{parameter: value}), 400, "invalid-parameter")["errors"]
    assert [(each["parameter"], each["detail"]) for each in errors] == [(parameter, "Write a day like 2026-11-01.")]
    assert results(program.get(resource, **{parameter: "2026-11-01"})) is not None


@pytest.mark.parametrize("value", ["11/01/2026", "11/01/2026 09:30", "yesterday"])
def test_so_is_a_moment(program, value):
    errors = refused(program.get("time-entries", updated_since=value), 400, "invalid-parameter")["errors"]
    assert [each["detail"] for each in errors] == ["Write a moment like 2026-11-01T09:30:00Z."]
