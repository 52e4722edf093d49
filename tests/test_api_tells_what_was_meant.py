"""The commonest mistakes of a first program are answered with what was meant: an address, a name, a field."""

import pytest

from billing.models import TimeEntry
from tests import cast
from tests.api_cast import Program, refused
from tickets.models import Ticket


@pytest.fixture
def program(ada, acorn, key):
    return Program(key(ada))


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("/api/v1/tickets/", "ask /api/v1/tickets."),
        ("/api/v1/tickets/0198a3c2-7f10-7c4e-9d55-6b0f4e2a9c11/", "ask /api/v1/tickets/0198a3c2-7f10-7c4e-9d55-6b0f4e2a9c11."),
        ("/api/tickets", "ask /api/v1/tickets."),
        ("/api/v1/tickets/ACM-2", "/api/v1/tickets?q=ACM-2 finds it"),
        ("/api/v1/tickets/acm-2/messages", "/api/v1/tickets?q=ACM-2 finds it"),
        ("/api/v1/invoices", "They are listed at /api/docs"),
        ("/api/v1/", "They are listed at /api/docs"),
    ],
)
def test_an_address_that_misses_names_the_one_that_was_meant(program, asked, meant):
    assert meant in refused(program.get(asked), 404, "not-found")["detail"]
    assert meant in refused(program.http.post(asked, "{}", content_type="application/json"), 404, "not-found")["detail"]


def test_an_address_says_nothing_of_whether_the_thing_is_there(program, acorn, rob):
    ticket = cast.ask(rob, acorn)
    there, not_there = (refused(program.get(f"/api/v1/tickets/{name}"), 404, "not-found") for name in (ticket.reference, "ACM-999"))
    assert there["detail"].replace(ticket.reference, "") == not_there["detail"].replace("ACM-999", "")


def test_time_is_logged_on_a_ticket_by_its_reference(ines, acorn, rob, key):
    ticket = cast.ask(rob, acorn)
    body = {"ticket": ticket.reference.lower(), "minutes": 5, "work_date": acorn.period.starts_on.isoformat()}
    assert Program(key(ines)).post("time-entries", body).status_code == 201
    assert TimeEntry.objects.get().ticket == ticket


def test_a_ticket_is_opened_for_a_client_by_its_code(program, acorn):
    assert program.post("tickets", {"client": "ACM", "subject": "Slow", "body": "Very."}).status_code == 201
    assert Ticket.objects.get().client == acorn.client


def test_a_name_of_another_client_is_no_name_at_all(ines, acorn, cobalt, nadia, key):
    hidden = cast.ask(nadia, cobalt)
    program = Program(key(ines))
    told = [
        refused(program.post("time-entries", {"ticket": name, "minutes": 5, "work_date": "2026-11-02"}), 422, "invalid-body")["errors"]
        for name in (hidden.reference, "CBF-999", "QQQ-1")
    ]
    assert told[0] == told[1] == told[2]
    assert told[0][0]["detail"] == "There is no such thing that you may name."


def test_all_that_is_missing_is_said_at_once_with_what_it_takes(program):
    problem = refused(program.post("tickets", {"subject": "Slow"}), 422, "invalid-body")
    assert {error["pointer"]: error["detail"] for error in problem["errors"]} == {
        "/body": "This field is required: text of at most 50000 characters.",
        "/client": "This field is required: the id of the client.",
    }


def test_what_is_missing_says_its_kind(program, acorn):
    problem = refused(program.post("systems", {"engagement": str(acorn.engagement.pk)}), 422, "invalid-body")
    told = {error["pointer"]: error["detail"] for error in problem["errors"]}
    assert told["/name"].startswith("This field is required: text")
    assert told["/kind"].startswith("This field is required: one of ")
    assert told["/in_care_since"] == "This field is required: a day, like 2026-11-23."


def test_somebody_of_a_client_still_leaves_the_client_out(rob, acorn, key):
    assert Program(key(rob)).post("tickets", {"subject": "Slow", "body": "Very."}).status_code == 201


def test_words_are_text_as_it_was_sent_neither_a_number_nor_longer_than_told(program, acorn):
    link = {"client": str(acorn.client.pk)}
    told = [refused(program.post("balance-links", link | {"name": name}), 422, "invalid-body") for name in (2026, f"{'b' * 80} ")]
    assert [[error["pointer"] for error in problem["errors"]] for problem in told] == [["/name"], ["/name"]]
    assert program.post("balance-links", link | {"name": "2026"}).status_code == 201
