"""Another client's thing, wherever it is named, is answered as what never existed: byte for byte."""

import uuid

import pytest
from django.utils import timezone

from accounts.models import Assignment
from engagements.models import Component
from tests import cast
from tests.api_cast import Program

PEOPLE = ["priya", "rob", "ines"]


@pytest.fixture
def theirs(cobalt, nadia, tomas):
    """One of everything at Cobalt."""
    ticket = cast.ask(nadia, cobalt, subject="canary-subject", body="canary-body")
    entry = cast.log(tomas, cobalt, minutes=1100, ticket=ticket, note="canary-note")
    component = Component.objects.create(client=cobalt.client, system=cobalt.system, name="canary-part", kind="model")
    return {
        "client": cobalt.client,
        "engagement": cobalt.engagement,
        "system": cobalt.system,
        "component": component,
        "period": cobalt.period,
        "ticket": ticket,
        "entry": entry,
        "person": nadia,
        "alert": cobalt.period.alerts.first(),
    }


READ = [
    ("clients/{}", "client"),
    ("clients/{}/balance", "client"),
    ("engagements/{}", "engagement"),
    ("systems/{}", "system"),
    ("tickets/{}", "ticket"),
    ("tickets/{}/approval-request", "ticket"),
    ("tickets/{}/messages", "ticket"),
    ("tickets/{}/notes", "ticket"),
    ("time-entries/{}", "entry"),
    ("periods/{}", "period"),
    ("periods/{}/coverage", "period"),
    ("alerts/{}", "alert"),
]
WRITTEN = [
    ("patch", "tickets/{}", {"priority": 1}, "ticket"),
    ("post", "tickets/{}/acceptance", {}, "ticket"),
    ("post", "tickets/{}/schedule", {"planned_for": "2026-12-24", "body": "Then."}, "ticket"),
    ("post", "tickets/{}/resolution", {"summary": "Done."}, "ticket"),
    ("delete", "tickets/{}/resolution", None, "ticket"),
    ("post", "tickets/{}/closure", {}, "ticket"),
    ("post", "tickets/{}/approval-request", {"minutes": 60, "body": "One hour."}, "ticket"),
    ("post", "tickets/{}/decision", {"approved": True}, "ticket"),
    ("post", "tickets/{}/messages", {"body": "Hello"}, "ticket"),
    ("post", "tickets/{}/notes", {"body": "Hello"}, "ticket"),
    ("patch", "time-entries/{}", {"note": "mine"}, "entry"),
    ("delete", "time-entries/{}", None, "entry"),
]
FILTERED = [
    ("tickets?client={}", "client"),
    ("tickets?engagement={}", "engagement"),
    ("tickets?system={}", "system"),
    ("tickets?requester={}", "person"),
    ("time-entries?client={}", "client"),
    ("time-entries?ticket={}", "ticket"),
    ("time-entries?period={}", "period"),
    ("time-entries/totals?client={}", "client"),
    ("periods?engagement={}", "engagement"),
    ("alerts?period={}", "period"),
    ("systems?client={}", "client"),
    ("engagements?client={}", "client"),
]


def told(answer, named):
    """An answer without its own name and the id that was asked for."""
    name = answer["X-Request-Id"].encode()
    return answer.status_code, answer.content.replace(name, b"").replace(str(named).encode(), b"").replace(str(named).upper().encode(), b"")


def both(program, theirs, what, ask):
    """The answers to another client's thing and to one that never was."""
    never = uuid.uuid4()
    return told(ask(program, theirs[what].pk), theirs[what].pk), told(ask(program, never), never)


@pytest.fixture(params=PEOPLE)
def program(request, key, acorn):
    return Program(key(request.getfixturevalue(request.param)))


@pytest.mark.parametrize(("path", "what"), READ)
def test_in_a_path(program, theirs, path, what):
    seen, never = both(program, theirs, what, lambda program, pk: program.get(path.format(pk)))
    assert seen == never
    assert seen[0] == 404


@pytest.mark.parametrize(("method", "path", "body", "what"), WRITTEN)
def test_in_the_path_of_a_write(program, theirs, method, path, body, what):
    def ask(program, pk):
        return program.delete(path.format(pk)) if method == "delete" else getattr(program, method)(path.format(pk), body)

    seen, never = both(program, theirs, what, ask)
    assert seen == never
    assert seen[0] == 404


@pytest.mark.parametrize(("path", "what"), FILTERED)
def test_in_a_filter(program, theirs, path, what):
    seen, never = both(program, theirs, what, lambda program, pk: program.get(f"/api/v1/{path.format(pk)}"))
    assert seen == never
    assert seen[0] == 200


@pytest.mark.parametrize("what", ["client", "engagement", "system", "component", "requester", "assignee"])
def test_in_the_body_of_a_ticket(program, theirs, acorn, what):
    named = {"requester": "person", "assignee": "person"}.get(what, what)

    def ask(program, pk):
        return program.post("tickets", {"client": str(acorn.client.pk), "subject": "Mine", "body": "Hello."} | {what: str(pk)})

    seen, never = both(program, theirs, named, ask)
    assert seen == never
    assert seen[0] == 422


@pytest.mark.parametrize("what", ["engagement", "ticket", "system", "person"])
def test_in_the_body_of_a_time_entry(program, theirs, acorn, what):
    own = {"engagement": str(acorn.engagement.pk), "service_area": "reporting", "raw_seconds": 60, "work_date": str(timezone.localdate())}
    seen, never = both(program, theirs, what, lambda program, pk: program.post("time-entries", own | {what: str(pk)}))
    assert seen == never
    assert seen[0] == 422


def test_whoever_is_taken_off_a_client_names_nothing_of_it_any_more(acorn, ines, key):
    program = Program(key(ines))
    body = {"engagement": str(acorn.engagement.pk), "service_area": "reporting", "minutes": 1, "work_date": str(timezone.localdate())}
    assert program.post("time-entries", body).status_code == 201
    Assignment.objects.filter(person=ines, client=acorn.client).delete()
    assert program.post("time-entries", body).status_code == 422


def test_nothing_of_another_client_is_in_any_list(program, theirs, cobalt):
    for path in ("clients", "engagements", "systems", "tickets", "time-entries", "periods", "alerts", "me"):
        content = program.get(path).content
        assert b"canary" not in content
        assert b"Cobalt" not in content
        assert str(cobalt.client.pk).encode() not in content
    assert program.get("tickets", q="canary", count="true").json()["count"] == 0


def test_a_lead_may_not_mix_two_clients_in_one_ticket(ada, key, acorn, theirs):
    answer = Program(key(ada)).post(
        "tickets", {"client": str(acorn.client.pk), "subject": "Mixed", "body": "Hello.", "system": str(theirs["system"].pk)}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "other-client")
