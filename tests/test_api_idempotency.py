"""A request under an Idempotency-Key is carried out once, however often and however simultaneously it arrives."""

import datetime as dt
import json
import threading

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from billing.models import TimeEntry
from events.models import IdempotentRequest
from events.tasks import forget_answered_requests
from tests.api_cast import Program, refused
from tickets.models import Ticket

BODY = {"subject": "Slow", "body": "Very."}


@pytest.fixture
def program(rob, acorn, key):
    return Program(key(rob))


def test_the_same_request_is_answered_the_same_and_carried_out_once(program):
    first = program.post("tickets", BODY, Idempotency_Key="a")
    second = program.post("tickets", BODY, Idempotency_Key="a")
    assert (first.status_code, first.content, first["Location"]) == (second.status_code, second.content, second["Location"])
    assert (second["Idempotency-Replayed"], "Idempotency-Replayed" in first) == ("true", False)
    assert Ticket.objects.count() == 1


def test_the_same_time_under_the_same_key_is_one_entry(ines, acorn, key):
    work = {"engagement": str(acorn.engagement.pk), "service_area": "reporting", "minutes": 45, "note": "Read the logs"}
    work["work_date"] = timezone.localdate().isoformat()
    program = Program(key(ines))
    first, second = (program.post("time-entries", work, Idempotency_Key="a") for _ in range(2))
    assert (first.status_code, first.content) == (201, second.content)
    assert TimeEntry.objects.count() == 1


def test_another_body_or_another_address_under_the_same_key_is_refused(program):
    first = program.post("tickets", BODY, Idempotency_Key="a").json()
    refused(program.post("tickets", BODY | {"subject": "Slower"}, Idempotency_Key="a"), 422, "idempotency-key-reused")
    refused(program.post(f"tickets/{first['id']}/messages", BODY, Idempotency_Key="a"), 422, "idempotency-key-reused")
    assert Ticket.objects.count() == 1


def test_without_a_key_each_request_is_an_act(program):
    program.post("tickets", BODY)
    program.post("tickets", BODY)
    assert Ticket.objects.count() == 2


def test_what_was_refused_is_tried_again(program):
    refused(program.post("tickets", {"subject": "Slow"}, Idempotency_Key="a"), 422, "invalid-body")
    assert not IdempotentRequest.objects.exists()
    assert program.post("tickets", BODY, Idempotency_Key="a").status_code == 201


def test_an_act_that_breaks_leaves_neither_itself_nor_its_answer(program, monkeypatch):
    def breaks(*_args):
        raise RuntimeError

    program.http.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("api.idempotency.Once.keep", breaks)
        refused(program.post("tickets", BODY, Idempotency_Key="a"), 500, "internal-error")
    assert (Ticket.objects.count(), IdempotentRequest.objects.count()) == (0, 0)
    assert program.post("tickets", BODY, Idempotency_Key="a").status_code == 201


def test_a_key_of_somebody_else_is_another_key(program, priya, key):
    program.post("tickets", BODY, Idempotency_Key="a")
    assert Program(key(priya)).post("tickets", BODY, Idempotency_Key="a").status_code == 201
    assert Ticket.objects.count() == 2


def test_sessions_have_keys_as_well(ines, acorn):
    browser = Client()
    browser.force_login(ines.user)
    body = json.dumps(BODY | {"client": str(acorn.client.pk)})
    answers = [
        browser.post("/api/v1/tickets", body, content_type="application/json", headers={"Idempotency-Key": "a"}).json() for _ in range(2)
    ]
    assert answers[0]["id"] == answers[1]["id"]


def test_a_day_later_the_key_is_free_again(program):
    program.post("tickets", BODY, Idempotency_Key="a")
    IdempotentRequest.objects.update(created_at=timezone.now() - dt.timedelta(hours=24))
    again = program.post("tickets", BODY, Idempotency_Key="a")
    assert (again.status_code, Ticket.objects.count(), IdempotentRequest.objects.count()) == (201, 2, 1)


def test_answers_older_than_a_day_are_forgotten(program):
    program.post("tickets", BODY, Idempotency_Key="old")
    IdempotentRequest.objects.update(created_at=timezone.now() - dt.timedelta(hours=25))
    program.post("tickets", BODY, Idempotency_Key="new")
    forget_answered_requests()
    assert [kept.key for kept in IdempotentRequest.objects.all()] == ["new"]


@pytest.mark.parametrize("key_sent", ["", "x" * 256])
def test_a_key_that_is_none_is_refused(program, key_sent):
    refused(program.post("tickets", BODY, Idempotency_Key=key_sent), 400, "invalid-idempotency-key")


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_acts_and_the_others_wait_their_turn(ines, acorn, key):
    secret, at_once = key(ines), threading.Barrier(8)
    body = {
        "engagement": str(acorn.engagement.pk),
        "service_area": "reporting",
        "raw_seconds": 600,
        "work_date": timezone.localdate().isoformat(),
    }
    answers = []

    def ask():
        program = Program(secret)
        at_once.wait()
        answers.append(program.post("time-entries", body, Idempotency_Key="once"))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in made}) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    for answer in answers:
        if answer.status_code == 409:
            refused(answer, 409, "request-in-flight")
    assert TimeEntry.objects.count() == 1
    assert Program(secret).post("time-entries", body, Idempotency_Key="once").content == made[0].content
