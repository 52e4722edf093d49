"""Who comes in by the API: a key within its scopes and its client, or a session with its token."""

import datetime as dt
import json

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions.keys import revoke_key
from accounts.models import ApiKey
from tests.api_cast import Program, refused, results
from tests.cast import ARRANGING

NEEDED = {
    "me": None,
    "clients": "clients:read",
    "engagements": "engagements:read",
    "systems": "systems:read",
    "tickets": "tickets:read",
    "time-entries": "time-entries:read",
    "time-entries/totals": "time-entries:read",
    "periods": "periods:read",
    "alerts": "alerts:read",
    "forecasts": "forecasts:read",
    "forecasts/hit-rate": "forecasts:read",
}


def test_nobody_is_let_in_without_a_key_or_a_session(acorn):
    stranger = Client()
    for path in NEEDED:
        answer = stranger.get(f"/api/v1/{path}")
        refused(answer, 401, "not-authenticated")
        assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("secret", ["", "nonsense", "tend_live_" + "0" * 36])
def test_a_wrong_key_opens_nothing(acorn, secret):
    refused(Program(secret).get("me"), 401, "key-not-valid")


def test_a_wrong_key_is_not_rescued_by_a_session(browser, ada):
    refused(browser(ada).get("/api/v1/me", headers={"Authorization": "Bearer nonsense"}), 401, "key-not-valid")


def test_a_key_says_who_it_acts_for(priya, acorn, key):
    told = Program(key(priya, "tickets:read")).get("me").json()
    assert told["person"] == {"id": str(priya.pk), "name": "Priya Owner"}
    assert told["client"]["code"] == "ACM"
    assert (told["member_roles"], told["staff_role"], told["scopes"]) == (["owner"], None, ["tickets:read"])
    assert told["key"]["prefix"].startswith("tend_live_")


def test_a_session_works_for_reading_and_names_no_key(browser, ines):
    told = browser(ines).get("/api/v1/me").json()
    assert (told["staff_role"], told["key"], told["scopes"], told["client"]) == ("consultant", None, None, None)


def test_a_session_writes_only_with_its_token(rob, acorn):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(rob.user)
    body = json.dumps({"subject": "Slow", "body": "Very."})
    refused(strict.post("/api/v1/tickets", body, content_type="application/json"), 403, "csrf-failed")
    strict.cookies["csrf"] = token = "t" * 32
    headers = {"X-CSRFToken": token, "Idempotency-Key": "once"}
    answer = strict.post("/api/v1/tickets", body, content_type="application/json", headers=headers)
    assert answer.status_code == 201, answer.content


def test_each_resource_needs_its_own_scope(ada, acorn, key):
    for path, scope in NEEDED.items():
        other = "alerts:read" if scope != "alerts:read" else "tickets:read"
        assert Program(key(ada, scope or other)).get(path).status_code == 200
        if scope:
            assert scope in refused(Program(key(ada, other)).get(path), 403, "scope-missing")["detail"]


def test_reading_is_not_writing(rob, acorn, key):
    refused(Program(key(rob, "tickets:read")).post("tickets", {"subject": "Slow", "body": "Very."}), 403, "scope-missing")


def test_writing_includes_reading(rob, acorn, key):
    assert results(Program(key(rob, "tickets:write")).get("tickets")) == []


def test_a_revoked_and_an_expired_key_open_nothing_from_then_on(ada, acorn, key):
    program = Program(key(ada))
    assert program.get("me").status_code == 200
    revoke_key(actor=ARRANGING, key=ApiKey.objects.get())
    refused(program.get("me"), 401, "key-not-valid")
    late = Program(key(ada))
    ApiKey.objects.filter(revoked_at=None).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    refused(late.get("me"), 401, "key-not-valid")


def test_a_key_of_the_firm_bound_to_a_client_sees_that_client_only(ada, acorn, cobalt, key):
    bound = Program(key(ada, company=cobalt))
    assert [client["code"] for client in results(bound.get("clients"))] == ["CBF"]
    assert [client["code"] for client in results(Program(key(ada)).get("clients"))] == ["CBF", "ACM"]


def test_a_key_of_somebody_who_left_opens_nothing(rob, acorn, key):
    program = Program(key(rob))
    rob.memberships.update(ended_at=timezone.now())
    refused(program.get("tickets"), 401, "key-not-valid")


def test_a_consultants_key_sees_the_clients_they_work_for(ines, acorn, cobalt, key):
    assert [client["code"] for client in results(Program(key(ines)).get("clients"))] == ["ACM"]


def test_the_secret_of_a_key_is_in_no_answer(ada, acorn, key):
    secret = key(ada)
    assert secret.encode() not in Program(secret).get("me").content


@pytest.mark.parametrize("ends", ["9999-12-31T23:59:59", "9999-12-31T23:59:59-11:00", "9999-12-30T00:00:00Z"])
def test_a_key_lives_ten_years_at_most_whatever_moment_is_said(browser, ada, ends):
    program = Program("")
    program.http = browser(ada)
    answer = program.post("keys", {"name": "Desk", "scopes": ["tickets:read"], "expires_at": ends})
    assert answer.status_code in {409, 422}, answer.content
    assert not ApiKey.objects.exists()
