"""Many acts in one request: each is done or refused by itself, in order, once under one key."""

from functools import partial
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.actions import log_time
from billing.models import TimeEntry
from tests import cast
from tests.api_cast import Program, refused
from tests.racing import race
from tickets.models import Ticket


@pytest.fixture
def program(ines, key):
    return Program(key(ines))


def work(company, **more):
    today = timezone.localdate().isoformat()
    return {"engagement": str(company.engagement.pk), "service_area": "prompt_optimisation", "raw_seconds": 600, "work_date": today} | more


def outcomes(answer):
    assert answer.status_code == 207, answer.content
    return answer.json()["results"]


def test_each_entry_is_logged_or_refused_by_itself(program, acorn, cobalt):
    items = [work(acorn), work(cobalt), work(acorn, raw_seconds=-1), work(acorn, colour="red"), "nothing", work(acorn, raw_seconds=1200)]
    told = outcomes(program.post("time-entries/bulk", {"items": items}))
    assert [(one["index"], one["status"]) for one in told] == [(0, 201), (1, 422), (2, 422), (3, 422), (4, 422), (5, 201)]
    assert told[0]["object"] == program.get(f"time-entries/{told[0]['object']['id']}").json()
    assert [told[place]["problem"]["errors"][0]["pointer"] for place in (1, 2, 3)] == [
        "/items/1/engagement",
        "/items/2/raw_seconds",
        "/items/3/colour",
    ]
    assert sorted(TimeEntry.objects.values_list("raw_seconds", flat=True)) == [600, 1200]


def test_what_is_refused_in_the_middle_leaves_nothing_behind(program, acorn, monkeypatch):
    def log_and_break(**asked):
        entry = log_time(**asked)
        if entry.raw_seconds == 1200:
            raise RuntimeError
        return entry

    monkeypatch.setattr("api.time_entries.log_time", log_and_break)
    program.http.raise_request_exception = False
    told = outcomes(program.post("time-entries/bulk", {"items": [work(acorn), work(acorn, raw_seconds=1200), work(acorn)]}))
    assert [one["status"] for one in told] == [201, 500, 201]
    assert told[1]["problem"]["code"] == "internal-error"
    assert set(TimeEntry.objects.values_list("raw_seconds", flat=True)) == {600}


def test_one_idempotency_key_covers_the_whole(program, acorn, rob):
    body = {"items": [work(acorn), work(acorn, raw_seconds=0)]}
    first = program.post("time-entries/bulk", body, Idempotency_Key="week 9")
    again = program.post("time-entries/bulk", body, Idempotency_Key="week 9")
    assert (again.content, again.status_code, again["Idempotency-Replayed"]) == (first.content, 207, "true")
    assert TimeEntry.objects.count() == 1
    change = {"items": [{"id": str(cast.ask(rob, acorn).pk), "if_match": "*", "changes": {"priority": 1}}]}
    first = program.patch("tickets/bulk", change, Idempotency_Key="triage")
    assert program.patch("tickets/bulk", change, Idempotency_Key="triage").content == first.content


@pytest.mark.parametrize("items", [[], [{}] * 201, {}, None])
def test_there_are_one_to_two_hundred_items(program, items):
    refused(program.post("time-entries/bulk", {"items": items}), 422, "invalid-body")


def test_two_hundred_entries_are_logged(program, acorn):
    told = outcomes(program.post("time-entries/bulk", {"items": [work(acorn, raw_seconds=60 + n) for n in range(200)]}))
    assert {one["status"] for one in told} == {201}
    assert TimeEntry.objects.count() == 200


def test_each_ticket_is_changed_from_the_state_that_was_read(program, acorn, cobalt, rob, nadia):
    mine, other, theirs = cast.ask(rob, acorn), cast.ask(rob, acorn), cast.ask(nadia, cobalt)
    tag = program.get(f"tickets/{mine.pk}")["ETag"]

    def item(pk, if_match, **changes):
        return {"id": str(pk), "if_match": if_match, "changes": changes}

    items = [
        item(mine.pk, tag, priority=1),
        item(mine.pk, tag, priority=2),
        item(other.pk, "*", priority=4, subject="Calm"),
        item(other.pk, "*", state="closed"),
        item(theirs.pk, "*", priority=1),
        item(uuid4(), "*", priority=1),
        {"id": str(other.pk), "changes": {}},
    ]
    told = outcomes(program.patch("tickets/bulk", {"items": items}))
    assert [one["status"] for one in told] == [200, 412, 200, 422, 404, 404, 422]
    assert told[4]["problem"] == told[5]["problem"]
    assert set(Ticket.objects.values_list("subject", "priority").filter(client=acorn.client)) == {(mine.subject, 1), ("Calm", 4)}


@pytest.mark.django_db(transaction=True)
def test_two_bulks_over_the_same_rows_in_other_orders_never_deadlock(acorn, cobalt, mara, ada, rob, nadia, key):
    secrets = [key(mara), key(ada)]
    on_time = [work(acorn), work(cobalt)] * 20
    tickets = [str(cast.ask(*of).pk) for of in ((rob, acorn), (nadia, cobalt)) for _time in range(10)]
    on_tickets = [{"id": pk, "if_match": "*", "changes": {"priority": 2}} for pk in tickets]

    def both(secret, step):
        program = Program(secret)
        answers = [
            program.post("time-entries/bulk", {"items": on_time[::step]}),
            program.patch("tickets/bulk", {"items": on_tickets[::step]}),
        ]
        return [{one["status"] for one in outcomes(answer)} for answer in answers]

    acts = [partial(both, secret, step) for secret, step in zip(secrets, (1, -1), strict=True)]
    assert race([(cast.ARRANGING, act) for act in acts]) == [[{201}, {200}]] * 2
    assert TimeEntry.objects.count() == 80
