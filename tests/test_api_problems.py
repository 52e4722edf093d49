"""Whatever a program gets wrong is told as one kind of problem, which says where and what instead."""

import json
import uuid
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client

from accounts.errors import DomainError
from api.documents import codes
from config import middleware
from engagements.models import Engagement
from tests import cast
from tests.api_cast import Program, refused
from tickets.models import Ticket


@pytest.fixture
def program(ada, acorn, key):
    return Program(key(ada))


def test_an_unknown_address_is_a_problem_to_everybody(program):
    for asked in (program.get("/api/v1/invoices"), program.get("/api/"), Client().post("/api/v1/nowhere")):
        refused(asked, 404, "not-found")


def test_a_method_an_address_does_not_know(program):
    refused(program.http.put("/api/v1/tickets", "{}", content_type="application/json"), 405, "method-not-allowed")
    refused(program.http.options("/api/v1/tickets"), 405, "method-not-allowed")


def test_a_body_of_another_kind(program):
    refused(program.http.post("/api/v1/tickets", "<a/>", content_type="application/xml"), 415, "unsupported-media-type")


@pytest.mark.parametrize("body", ["{", '{"subject": NaN}', "\udcff".encode("utf-8", "surrogateescape"), b'{"a": "\\ud800"}'])
def test_a_body_that_is_no_json(program, body):
    refused(program.http.post("/api/v1/tickets", body, content_type="application/json"), 400, "invalid-json")


@pytest.mark.parametrize("body", ["[]", "3", '"text"', "null"])
def test_a_body_that_is_no_object(program, body):
    refused(program.http.post("/api/v1/tickets", body, content_type="application/json"), 422, "invalid-body")


def test_each_wrong_field_has_a_pointer(program, acorn):
    body = {"client": str(acorn.client.pk), "subject": "", "priority": 9, "kind": "wish", "colour": "red"}
    problem = refused(program.post("tickets", body), 422, "invalid-body")
    assert [error["pointer"] for error in problem["errors"]] == ["/colour"]
    del body["colour"]
    problem = refused(program.post("tickets", body), 422, "invalid-body")
    assert sorted(error["pointer"] for error in problem["errors"]) == ["/body", "/kind", "/priority", "/subject"]


def test_a_pointer_reaches_into_lists_and_objects(program, acorn):
    body = {
        "engagement": str(acorn.engagement.pk),
        "name": "Sorter",
        "kind": "classifier",
        "in_care_since": "2026-01-01",
        "components": [{"name": "Model", "kind": "model"}, {"name": "Prompt", "kind": "poem"}],
    }
    problem = refused(program.post("systems", body), 422, "invalid-body")
    assert [error["pointer"] for error in problem["errors"]] == ["/components/1/kind"]


def test_a_body_that_is_too_large(program, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = json.dumps({"subject": "x" * 2000})
    for headers in ({}, {"Idempotency-Key": "large"}):
        refused(program.http.post("/api/v1/tickets", body, content_type="application/json", headers=headers), 413, "too-large")


def test_more_parts_than_are_read_are_a_bad_request(program, acorn, rob):
    path = f"/api/v1/tickets/{cast.ask(rob, acorn).pk}/messages"
    refused(program.http.get("/api/v1/tickets?" + "&".join(f"a{n}=1" for n in range(1001))), 400, "bad-request")
    refused(program.http.post(path, {f"a{n}": "1" for n in range(1001)}), 400, "bad-request")
    refused(program.http.post(path, {"files": [SimpleUploadedFile("a.txt", b"a") for _ in range(101)]}), 400, "bad-request")


def test_a_form_that_breaks_off_is_refused_by_a_code_that_is_explained(program, acorn, rob):
    path = f"/api/v1/tickets/{cast.ask(rob, acorn).pk}/messages"
    problem = refused(program.http.generic("POST", path, b"--", "multipart/form-data"), 400, "bad-request")
    assert Client().get(urlsplit(problem["type"]).path).status_code == 200


@pytest.mark.parametrize(
    ("path", "parameter", "allowed"),
    [
        ("tickets?colour=red", "colour", "state"),
        ("tickets?state=lost", "state", "waiting_on_client"),
        ("tickets?ordering=colour", "ordering", "-updated_at"),
        ("periods?open=perhaps", "open", "true"),
        ("tickets?count=yes", "count", "true"),
    ],
)
def test_a_parameter_nobody_reads_is_refused_and_told_what_is_read(program, path, parameter, allowed):
    answer = program.get(f"/api/v1/{path}")
    problem = refused(answer, 400, "unknown-parameter" if parameter == "colour" else "invalid-parameter")
    assert problem["errors"][0]["parameter"] == parameter
    assert allowed in problem["errors"][0]["allowed"]


@pytest.mark.parametrize(
    "path",
    [
        "tickets?limit=0",
        "tickets?limit=201",
        "tickets?limit=ten",
        "tickets?limit=%C2%B2",
        "tickets?cursor=abc",
        "tickets?cursor=",
        "tickets?limit=1&limit=5",
        "tickets?ordering=id&ordering=-id",
        "tickets?format=csv&format=json",
        "capacity?week=2026-11-02&week=2026-11-09",
        "utilisation?since=2026-11-01&since=2026-11-02",
        "tickets?client=acorn",
        "tickets?client=",
        "tickets?updated_since=yesterday",
        "tickets?assignee=somebody",
        "tickets?q=%00",
        "time-entries?work_date_after=2026-13-01",
        "time-entries?client=0198a3c2-7f10-7c4e-9d55-6b0f4e2a9c11&client=0198a3c2-7f10-7c4e-9d55-6b0f4e2a9c12",
    ],
)
def test_a_value_that_cannot_be_taken_is_refused(program, path):
    refused(program.get(f"/api/v1/{path}"), 400, "invalid-parameter")


def test_single_objects_take_no_filters(program, acorn):
    problem = refused(program.get(f"engagements/{acorn.engagement.pk}", client=acorn.client.pk), 400, "unknown-parameter")
    assert problem["errors"][0]["allowed"] == ["expand", "fields"]


def test_a_broken_constraint_is_told_by_the_name_of_its_rule(program, acorn, monkeypatch):
    monkeypatch.setattr("api.systems.take_into_care", lambda **_: Engagement.objects.filter(pk=acorn.engagement.pk).update(currency="usd"))
    body = {"engagement": str(acorn.engagement.pk), "name": "Sorter", "kind": "classifier", "in_care_since": "2026-01-01"}
    problem = refused(program.post("systems", body), 422, "rule-broken")
    assert problem["rule"] == "a_currency_is_three_capitals"
    assert problem["detail"] == "A currency is three capitals."


def test_what_the_trigger_of_tickets_refuses_is_a_conflict(program, acorn, rob, monkeypatch):
    ticket = cast.ask(rob, acorn)
    monkeypatch.setattr("api.tickets.edit_ticket", lambda **_: Ticket.objects.filter(pk=ticket.pk).update(state="waiting_on_client"))
    Ticket.objects.filter(pk=ticket.pk).update(state="open")
    monkeypatch.setattr("api.tickets.edit_ticket", lambda **_: Ticket.objects.filter(pk=ticket.pk).update(state="new"))
    assert refused(program.patch(f"tickets/{ticket.pk}", {"priority": 1}), 409, "rule-broken")["rule"] == "a_ticket_moves_only_as_agreed"


def test_a_second_client_of_the_same_code_is_a_conflict(program, acorn):
    problem = refused(program.post("clients", {"name": "Acorn Two", "code": "ACM"}), 409, "conflict")
    assert problem["errors"][0]["pointer"] == "/code"


def test_an_internal_error_tells_nothing_of_itself_and_changes_nothing(ada, acorn, key, monkeypatch):
    def breaks(**_):
        Engagement.objects.filter(pk=acorn.engagement.pk).update(name="half done")
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("api.systems.take_into_care", breaks)
    program = Program(key(ada))
    program.http.raise_request_exception = False
    body = {"engagement": str(acorn.engagement.pk), "name": "Sorter", "kind": "classifier", "in_care_since": "2026-01-01"}
    answer = program.post("systems", body)
    refused(answer, 500, "internal-error")
    assert b"hunter2" not in answer.content
    assert Engagement.objects.get(pk=acorn.engagement.pk).name == "AI care"


def test_two_unknown_things_are_refused_in_the_same_bytes(program):
    def told(answer):
        return {**answer.json(), "request_id": ""}

    assert told(program.get(f"tickets/{uuid.uuid4()}")) == told(program.get(f"periods/{uuid.uuid4()}"))


@pytest.mark.parametrize("code", ["not-found", "invalid-body", "overlaps", "move-refused", "rule-broken", "no-open-period"])
def test_the_type_of_a_problem_resolves_to_an_explanation(db, firm, code):
    page = Client().get(f"/problems/{code}")
    assert page.status_code == 200
    assert code in page.content.decode()


def test_an_unknown_problem_is_no_page(db, firm):
    assert Client().get("/problems/bad-luck").status_code == 404


def test_every_rule_of_the_rooms_is_explained():
    assert all(text for text in codes().values())
    assert {kind.code for kind in DomainError.__subclasses__()} <= set(codes())


@pytest.mark.django_db(transaction=True)
def test_what_the_database_refuses_only_at_commit_is_still_a_problem(ada, acorn, cobalt, rob, key, monkeypatch):
    """Composite foreign keys speak when the transaction ends, after the view has answered."""
    ticket = cast.ask(rob, acorn)
    monkeypatch.setattr("api.tickets.edit_ticket", lambda **_: Ticket.objects.filter(pk=ticket.pk).update(system=cobalt.system))
    problem = refused(Program(key(ada)).patch(f"tickets/{ticket.pk}", {"priority": 1}), 409, "rule-broken")
    assert problem["rule"] == "a_ticket_names_a_system_of_its_client"
    ticket.refresh_from_db()
    assert ticket.system_id != cobalt.system.pk


def test_what_fails_before_any_view_is_a_problem_too(acorn, monkeypatch):
    answer = Client(headers={"host": "elsewhere.example"}).get("/api/v1/me")
    refused(answer, 400, "bad-request")

    def away(_secret):
        raise OperationalError("the database is away")

    monkeypatch.setattr(middleware, "actor_of_key", away)
    answer = Client(headers={"Authorization": "Bearer any"}, raise_request_exception=False).get("/api/v1/me")
    refused(answer, 500, "internal-error")


def test_a_key_left_out_and_a_body_that_is_no_json_say_what_to_send(client, ada, key):
    stranger = client.get("/api/v1/tickets")
    assert stranger.status_code == 401
    assert "Authorization: Bearer" in stranger.json()["detail"]
    secret = {"Authorization": f"Bearer {key(ada)}"}
    form = client.post("/api/v1/tickets", "subject: x", content_type="application/yaml", headers=secret)
    assert form.status_code == 415
    assert "application/json" in form.json()["detail"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"minutes": 5}, "/work_date"), ({"work_date": "2026-11-20"}, "/minutes"), ({"started_at": "2026-11-20T09:00:00Z"}, "/ended_at")],
)
def test_half_of_a_time_points_at_the_field_that_is_missing(acorn, ines, key, body, pointer):
    whose = {"engagement": str(acorn.engagement.pk), "service_area": "reporting"}
    answer = Program(key(ines)).post("time-entries", whose | body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
