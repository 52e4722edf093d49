"""What others may have changed is changed by who says which state they read; of two who read the same one is refused."""

import json
from collections import Counter

import pytest
from django.test import Client as Browser
from django.utils import timezone

from tests import cast
from tests.api_cast import Program, refused
from tests.racing import race


def bare(secret):
    return Browser(headers={"Authorization": f"Bearer {secret}"})


def patched(browser, path, body, **headers):
    return browser.patch(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers)


def test_a_change_without_if_match_is_refused(acorn, rob, ines, key):
    ticket, entry = cast.ask(rob, acorn), cast.log(ines, acorn, minutes=30)
    program = bare(key(ines))
    refused(patched(program, f"tickets/{ticket.pk}", {"priority": 1}), 428, "precondition-required")
    refused(patched(program, f"time-entries/{entry.pk}", {"note": "x"}), 428, "precondition-required")
    refused(program.delete(f"/api/v1/time-entries/{entry.pk}"), 428, "precondition-required")


@pytest.mark.parametrize("nothing", ["", " ", "abc", "'abc'"])
def test_a_header_without_a_tag_is_no_condition_that_is_met(acorn, ines, key, nothing):
    entry = cast.log(ines, acorn, minutes=30)
    program = bare(key(ines))
    refused(patched(program, f"time-entries/{entry.pk}", {"note": "x"}, **{"If-Match": nothing}), 428, "precondition-required")
    refused(program.delete(f"/api/v1/time-entries/{entry.pk}", headers={"If-Match": nothing}), 428, "precondition-required")


def test_what_is_not_seen_is_not_found_first(acorn, cobalt, tomas, rob, key):
    refused(patched(bare(key(tomas)), f"tickets/{cast.ask(rob, acorn).pk}", {"priority": 1}), 404, "not-found")


def test_every_answer_with_the_object_has_its_tag(acorn, ines, key):
    """So a program that wrote may write again without reading in between."""
    program = Program(key(ines))
    body = {"engagement": str(acorn.engagement.pk), "raw_seconds": 600}
    made = program.post("time-entries", body | {"work_date": timezone.localdate().isoformat(), "service_area": "prompt_optimisation"})
    path = f"time-entries/{made.json()['id']}"
    assert made["ETag"] == program.get(path)["ETag"]
    changed = program.patch(path, {"note": "First"}, If_Match=made["ETag"])
    assert changed.status_code == 200
    assert changed["ETag"] == program.get(path)["ETag"] != made["ETag"]
    refused(program.patch(path, {"note": "Second"}, If_Match=made["ETag"]), 412, "changed-meanwhile")
    assert program.delete(path, If_Match=changed["ETag"]).status_code == 204


@pytest.mark.parametrize("asked", [{"expand": "client"}, {"fields": "priority"}, {"fields": "priority,client", "expand": "client"}])
def test_the_tag_of_part_of_an_object_is_good_for_changing_it(acorn, rob, ines, key, asked):
    ticket, program = cast.ask(rob, acorn), Program(key(ines))
    path = f"tickets/{ticket.pk}"
    tag = program.get(path, **asked)["ETag"]
    assert program.get(path)["ETag"] != tag
    assert program.patch(path, {"priority": 1}, If_Match=tag).status_code == 200
    refused(program.patch(path, {"priority": 2}, If_Match=tag), 412, "changed-meanwhile")
    change = {"id": str(ticket.pk), "if_match": program.get(path, **asked)["ETag"], "changes": {"priority": 2}}
    (outcome,) = program.http.patch("/api/v1/tickets/bulk", json.dumps({"items": [change]}), content_type="application/json").json()[
        "results"
    ]
    assert outcome["status"] == 200, outcome


def test_what_was_expanded_is_read_again_when_it_changed(acorn, rob, ada, key):
    path, program = f"/api/v1/tickets/{cast.ask(rob, acorn).pk}?expand=client", Program(key(ada))
    tag = program.get(path)["ETag"]
    assert program.http.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert program.patch(f"clients/{acorn.client.pk}", {"time_zone": "Europe/Paris"}).status_code == 200
    assert program.http.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_a_state_may_be_undone_without_it_but_not_from_another_state(acorn, rob, ines, key):
    ticket = cast.ask(rob, acorn)
    program = Program(key(ines))
    program.post(f"tickets/{ticket.pk}/acceptance")
    tag = program.get(f"tickets/{ticket.pk}")["ETag"]
    program.post(f"tickets/{ticket.pk}/resolution", {"reason": "done", "summary": "Done."})
    refused(program.delete(f"tickets/{ticket.pk}/resolution", If_Match=tag), 412, "changed-meanwhile")
    assert bare(key(ines)).delete(f"/api/v1/tickets/{ticket.pk}/resolution").status_code == 200


def test_who_may_not_change_it_is_told_so(acorn, rob, ines, key):
    entry = cast.log(ines, acorn, minutes=30)
    refused(Program(key(rob)).patch(f"time-entries/{entry.pk}", {"note": "x"}), 403, "not-allowed")
    refused(Program(key(rob)).patch(f"tickets/{cast.ask(rob, acorn).pk}", {"priority": 1}), 403, "not-allowed")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["tickets", "time-entries"])
def test_of_many_who_read_the_same_state_one_writes(acorn, rob, ines, key, kind):
    thing = cast.ask(rob, acorn) if kind == "tickets" else cast.log(ines, acorn, minutes=30)
    secret, path = key(ines), f"{kind}/{thing.pk}"
    tag = Program(secret).get(path)["ETag"]
    bodies = [{"subject": f"Word {n}"} if kind == "tickets" else {"note": f"Word {n}"} for n in range(6)]
    acts = [(cast.actor(ines), lambda body=body: Program(secret).patch(path, body, If_Match=tag).status_code) for body in bodies]
    assert Counter(race(acts)) == {200: 1, 412: 5}
