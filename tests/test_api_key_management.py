"""People keep their keys through the API: a secret is seen once, two keys live while programs change over, a revoked one is dead."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.actions.keys import BOTH_OPEN_FOR
from accounts.actors import MemberRole
from accounts.models import ApiKey
from events.models import IdempotentRequest
from tests import cast
from tests.api_cast import Program, Seated, refused, results


@pytest.fixture
def desk(browser, ines):
    return Seated(browser(ines))


def made(program, **more):
    answer = program.post("keys", {"name": "Nightly", "scopes": ["tickets:read"]} | more)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_key_is_made_and_opens_the_door_within_its_scopes(desk, acorn, ines):
    key = made(desk)
    assert Program(key["secret"]).get("me").json()["scopes"] == ["tickets:read"]
    refused(Program(key["secret"]).get("periods"), 403, "scope-missing")
    shown = desk.get(f"keys/{key['id']}").json()
    assert "secret" not in shown
    assert shown == {name: value for name, value in key.items() if name != "secret"} | {"last_used_at": shown["last_used_at"]}


def test_a_repeated_request_makes_no_second_key_and_does_not_tell_the_secret_again(desk, ines):
    body = {"name": "Nightly", "scopes": ["tickets:read"]}
    secret = desk.post("keys", body, Idempotency_Key="nightly").json()["secret"]
    refused(desk.post("keys", body, Idempotency_Key="nightly"), 409, "secret-already-shown")
    assert ApiKey.objects.count() == 1
    assert secret.encode() not in bytes(IdempotentRequest.objects.get().body)


def test_two_keys_live_while_programs_change_over(desk, ines):
    old = made(desk, expires_at=(timezone.now() + dt.timedelta(days=90)).isoformat())
    new = desk.post(f"keys/{old['id']}/rotation").json()
    assert {Program(key["secret"]).get("me").status_code for key in (old, new)} == {200}
    assert (new["name"], new["scopes"], new["person"]) == (old["name"], old["scopes"], old["person"])
    ends = {key["id"]: dt.datetime.fromisoformat(key["expires_at"]) - timezone.now() for key in results(desk.get("keys"))}
    assert ends[old["id"]] <= BOTH_OPEN_FOR
    assert dt.timedelta(days=89) < ends[new["id"]] <= dt.timedelta(days=90)
    refused(desk.post(f"keys/{old['id']}/rotation"), 409, "conflict")
    ApiKey.objects.filter(pk=old["id"]).update(expires_at=timezone.now())
    refused(Program(old["secret"]).get("me"), 401, "key-not-valid")
    assert Program(new["secret"]).get("me").status_code == 200


def test_a_revoked_key_is_dead_at_once_and_is_not_rotated(desk, ines):
    key = made(desk)
    assert desk.delete(f"keys/{key['id']}").status_code == 204
    refused(Program(key["secret"]).get("me"), 401, "key-not-valid")
    refused(desk.post(f"keys/{key['id']}/rotation"), 409, "conflict")
    assert results(desk.get("keys", revoked="true"))[0]["id"] == key["id"]
    assert results(desk.get("keys", revoked="false")) == []


def test_an_end_that_is_over_is_refused_for_a_new_key_and_for_the_one_that_follows(desk, ines):
    over = (timezone.now() - dt.timedelta(minutes=1)).isoformat()
    key = made(desk)
    for answer in (
        desk.post("keys", {"name": "Late", "scopes": ["tickets:read"], "expires_at": over}),
        desk.post(f"keys/{key['id']}/rotation", {"expires_at": over}),
    ):
        problem = refused(answer, 409, "conflict")
        assert problem["errors"][0]["pointer"] == "/expires_at"
        assert "over already" in problem["detail"]
    assert Program(key["secret"]).get("me").status_code == 200, "the old key goes on"


def test_an_owner_finds_and_revokes_a_colleagues_key_but_is_not_shown_what_follows_it(browser, priya, acorn):
    key = made(Seated(browser(priya)))
    second = Seated(browser(cast.make_contact("Olga Owner", acorn, MemberRole.OWNER)))
    assert [row["person"]["name"] for row in results(second.get("keys"))] == [priya.name]
    refused(second.post(f"keys/{key['id']}/rotation"), 403, "not-allowed")
    assert second.delete(f"keys/{key['id']}").status_code == 204
    refused(Program(key["secret"]).get("me"), 401, "key-not-valid")


def test_a_key_keeps_no_keys(ines, key):
    program = Program(key(ines))
    refused(program.get("keys"), 403, "scope-missing")
    refused(program.post("keys", {"name": "Another", "scopes": ["tickets:read"]}), 403, "scope-missing")


def test_nobody_meets_somebody_elses_key(desk, browser, mara, ada, ines):
    key = made(desk)
    other = Seated(browser(mara))
    refused(other.get(f"keys/{key['id']}"), 404, "not-found")
    refused(other.delete(f"keys/{key['id']}"), 404, "not-found")
    refused(desk.post("keys", {"name": "Mara", "scopes": ["tickets:read"], "person": str(mara.pk)}), 403, "not-allowed")
    assert [row["id"] for row in results(Seated(browser(ada)).get("keys"))] == [key["id"]]


def test_an_owner_makes_keys_for_their_client_and_a_requester_none(browser, priya, rob, acorn, cobalt):
    owner = Seated(browser(priya))
    key = made(owner)
    assert key["client"]["code"] == "ACM"
    assert [client["code"] for client in results(Program(made(owner, scopes=["clients:read"])["secret"]).get("clients"))] == ["ACM"]
    assert owner.post(f"keys/{key['id']}/rotation").status_code == 201
    assert owner.delete(f"keys/{key['id']}").status_code == 204
    refused(Seated(browser(rob)).post("keys", {"name": "Mine", "scopes": ["tickets:read"]}), 403, "not-allowed")
    refused(owner.post("keys", {"name": "x", "scopes": ["tickets:read"], "client": str(cobalt.client.pk)}), 422, "invalid-body")
    refused(owner.post("keys", {"name": "x", "scopes": ["keys:write"]}), 422, "invalid-body")
