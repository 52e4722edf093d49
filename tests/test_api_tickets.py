"""A program does with tickets all that people do on the pages."""

import datetime as dt

import pytest
from django.utils import timezone

from tests import cast
from tests.api_cast import Program, refused, results


@pytest.fixture
def rob_program(rob, key):
    return Program(key(rob))


@pytest.fixture
def ines_program(ines, key):
    return Program(key(ines))


@pytest.fixture
def priya_program(priya, key):
    return Program(key(priya))


def test_a_client_files_a_request_and_reads_it_back(rob_program, acorn, rob):
    filed = rob_program.post("tickets", {"subject": "The quote assistant is wrong", "body": "It promises 3 days.", "urgent": True})
    assert filed.status_code == 201, filed.content
    ticket = filed.json()
    assert filed["Location"].endswith(f"/api/v1/tickets/{ticket['id']}")
    assert (ticket["reference"], ticket["state"], ticket["turn"]) == ("ACM-1", "new", "us")
    assert (ticket["source"], ticket["urgent"], ticket["requester"]["name"]) == ("api", True, rob.name)
    assert ticket["client"] == {"id": str(acorn.client.pk), "name": "Acorn Mills", "code": "ACM"}
    assert ticket["created_at"].endswith("Z")
    assert rob_program.get(f"tickets/{ticket['id']}").json() == ticket
    assert results(rob_program.get("tickets")) == [ticket]
    assert [said["body"] for said in results(rob_program.get(f"tickets/{ticket['id']}/messages"))] == ["It promises 3 days."]


def test_the_whole_life_of_a_ticket(rob_program, ines_program, ines):
    path = f"tickets/{rob_program.post('tickets', {'subject': 'Slow answers', 'body': 'Since Monday.'}).json()['id']}"
    assert ines_program.post(f"{path}/acceptance").json()["state"] == "open"
    asked = ines_program.post(f"{path}/messages", {"body": "Which customers?", "ask": True})
    assert (asked.status_code, asked.json()["is_question"]) == (201, True)
    assert rob_program.get(path).json()["turn"] == "client"
    assert rob_program.post(f"{path}/messages", {"body": "All of them."}).json()["by_client"]
    assert rob_program.get(path).json()["state"] == "open"
    day = (timezone.localdate() + dt.timedelta(days=7)).isoformat()
    assert ines_program.post(f"{path}/schedule", {"planned_for": day, "body": "Next week."}).json()["planned_for"] == day
    assert ines_program.post(f"{path}/acceptance").json()["state"] == "open"
    solved = ines_program.post(f"{path}/resolution", {"summary": "Cached."}).json()
    assert (solved["state"], solved["reason"], solved["turn"]) == ("resolved", "done", "client")
    assert rob_program.delete(f"{path}/resolution").json()["state"] == "open"
    assert rob_program.post(f"{path}/resolution").json()["state"] == "resolved"
    assert rob_program.post(f"{path}/closure").json()["turn"] == "nobody"
    assert ines_program.get(path).json()["assignee"] == {"id": str(ines.pk), "name": ines.name}
    follow_up = rob_program.post(f"{path}/messages", {"body": "It is back."})
    assert follow_up.json()["ticket"] not in path


def test_an_estimate_is_sent_and_decided(rob_program, ines_program, priya_program):
    path = f"tickets/{rob_program.post('tickets', {'subject': 'A new report', 'body': 'Monthly.'}).json()['id']}"
    ines_program.post(f"{path}/acceptance")
    sent = ines_program.post(f"{path}/approval-request", {"minutes": 240, "body": "Half a day."})
    assert (sent.status_code, sent.json()["decision"]) == (201, "")
    refused(rob_program.post(f"{path}/decision", {"approved": True}), 403, "not-allowed")
    assert priya_program.post(f"{path}/decision", {"approved": True}).json()["decision"] == "approved"
    assert priya_program.get(f"{path}/approval-request").json()["minutes"] == 240


def test_notes_exist_for_the_firm_only(rob_program, ines_program):
    path = f"tickets/{rob_program.post('tickets', {'subject': 'Slow', 'body': 'Very.'}).json()['id']}/notes"
    assert ines_program.post(path, {"body": "They never pay."}).status_code == 201
    assert [note["body"] for note in results(ines_program.get(path))] == ["They never pay."]
    for answer in (rob_program.get(path), rob_program.post(path, {"body": "Hello?"})):
        refused(answer, 404, "not-found")


def test_a_ticket_is_described_by_patch_and_its_state_is_not(rob_program, ines_program, ines):
    ticket = rob_program.post("tickets", {"subject": "Slow", "body": "Very."}).json()
    path = f"tickets/{ticket['id']}"
    changed = ines_program.patch(path, {"subject": "Slow answers", "priority": 2, "assignee": str(ines.pk)})
    assert changed.status_code == 200, changed.content
    assert (changed.json()["subject"], changed.json()["priority"], changed.json()["assignee"]["id"]) == ("Slow answers", 2, str(ines.pk))
    assert refused(ines_program.patch(path, {"state": "closed"}), 422, "invalid-body")["errors"][0]["pointer"] == "/state"
    refused(rob_program.patch(path, {"priority": 1}), 403, "not-allowed")


def test_what_was_read_before_somebody_changed_it_is_not_written_over(rob_program, ines_program):
    path = f"tickets/{rob_program.post('tickets', {'subject': 'Slow', 'body': 'Very.'}).json()['id']}"
    tag = ines_program.get(path)["ETag"]
    assert ines_program.http.get(f"/api/v1/{path}", headers={"If-None-Match": tag}).status_code == 304
    assert ines_program.patch(path, {"priority": 2}, If_Match=tag).status_code == 200
    refused(ines_program.patch(path, {"priority": 1}, If_Match=tag), 412, "changed-meanwhile")
    assert ines_program.get(path).json()["priority"] == 2


def test_a_move_the_table_does_not_know_is_a_conflict(rob_program, ines_program):
    path = f"tickets/{rob_program.post('tickets', {'subject': 'Slow', 'body': 'Very.'}).json()['id']}"
    refused(ines_program.delete(f"{path}/resolution"), 409, "move-refused")
    refused(ines_program.post(f"{path}/resolution"), 422, "incomplete")


def test_lists_are_narrowed_by_the_filters_of_the_pages(rob_program, ines_program, acorn, rob):
    first = cast.ask(rob, acorn, subject="The first")
    second = rob_program.post("tickets", {"subject": "The second", "body": "Hello."}).json()
    ines_program.post(f"tickets/{second['id']}/acceptance")
    assert [ticket["subject"] for ticket in results(rob_program.get("tickets", state="new"))] == ["The first"]
    assert [ticket["subject"] for ticket in results(rob_program.get("tickets", state=["new", "open"]))] == ["The second", "The first"]
    assert [ticket["subject"] for ticket in results(ines_program.get("tickets", assignee="me"))] == ["The second"]
    assert [ticket["subject"] for ticket in results(rob_program.get("tickets", q=first.reference))] == ["The first"]
