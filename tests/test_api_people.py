"""Programs bring people in, say what they may do, and let them go: as admins and leads do on their pages."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actors import MemberRole
from accounts.models import ApiKey, Assignment, BusinessCalendar, Membership, Person, User
from accounts.policies import SCOPES
from api.access import scope_of
from api.urls import v1
from tests import cast
from tests.api_cast import Program, refused, results


@pytest.fixture
def lead(mara, key):
    return Program(key(mara))


def test_a_colleague_is_brought_in_and_signs_in_by_their_address(lead, acorn):
    new = {"name": "Noor New", "email": "Noor@northfold.example", "staff_role": "consultant", "time_zone": "Asia/Dubai"}
    answer = lead.post("people", new)
    assert answer.status_code == 201, answer.content
    person = answer.json()
    assert answer["Location"].endswith(f"/people/{person['id']}")
    assert (person["staff_role"], person["time_zone"]) == ("consultant", "Asia/Dubai")
    assert User.objects.get(email="noor@northfold.example").person.name == "Noor New"
    again = lead.post("people", {"name": "Noor New", "email": "noor@northfold.example", "staff_role": "consultant"})
    assert refused(again, 409, "conflict")["errors"][0]["pointer"] == "/email"


def test_a_contact_is_brought_in_with_their_roles_or_not_at_all(lead, acorn):
    contact = {"name": "Carla Contact", "email": "carla@acorn.example", "client": str(acorn.client.pk), "roles": ["approver", "billing"]}
    person = lead.post("people", contact).json()
    (joined,) = results(lead.get("memberships", person=person["id"]))
    assert (joined["client"]["code"], joined["roles"], joined["approval_limit"]) == ("ACM", ["approver", "billing"], None)
    refused(lead.post("people", contact | {"roles": [], "email": "other@acorn.example"}), 422, "invalid-body")
    assert not User.objects.filter(email="other@acorn.example").exists()


@pytest.mark.parametrize(
    "also", [{}, {"client": True}, {"roles": ["owner"]}, {"staff_role": "lead", "client": True, "roles": ["owner"]}, {"staff_role": "boss"}]
)
def test_somebody_is_of_the_firm_or_of_a_client(lead, acorn, also):
    named = {name: str(acorn.client.pk) if name == "client" else value for name, value in also.items()}
    refused(lead.post("people", {"name": "Nobody", "email": "nobody@acorn.example"} | named), 422, "invalid-body")
    assert not Person.objects.filter(name="Nobody").exists()


def test_a_key_makes_nobody_who_could_do_more_than_it(ada, key, acorn, cobalt):
    new = {"name": "Mallory", "email": "mallory@elsewhere.example"}
    for role in ("admin", "lead"):
        refused(Program(key(ada)).post("people", new | {"staff_role": role}), 403, "not-allowed")
    refused(Program(key(ada, "people:read")).post("people", new | {"staff_role": "consultant"}), 403, "scope-missing")
    refused(Program(key(ada, company=acorn)).post("people", new | {"staff_role": "consultant"}), 403, "not-allowed")
    assert not Person.objects.filter(name="Mallory").exists()


def test_a_time_zone_nobody_knows_is_refused_wherever_it_is_written(ada, lead, key, acorn):
    admin = Program(key(ada))
    new = {"name": "Noor", "email": "noor@northfold.example", "staff_role": "consultant"}
    for wrong in ("Mars/Olympus", "/etc/passwd", "../x", "America", "u\x00"):
        for answer in (
            lead.post("people", new | {"time_zone": wrong}),
            lead.post("clients", {"name": "Elm", "code": "ELM", "time_zone": wrong}),
            lead.patch(f"clients/{acorn.client.pk}", {"time_zone": wrong}),
            admin.patch("firm", {"time_zone": wrong}),
        ):
            assert answer.status_code == 422, answer.content
            assert answer.json()["errors"][0]["pointer"] == "/time_zone"


def test_somebody_of_one_client_speaks_for_a_second_in_other_roles(lead, acorn, cobalt, rob):
    answer = lead.post("memberships", {"client": str(cobalt.client.pk), "person": str(rob.pk), "roles": ["owner"]})
    assert answer.status_code == 201, answer.content
    assert lead.get(f"memberships/{answer.json()['id']}").json() == answer.json()
    assert cast.actor(rob, acorn).member_roles == {MemberRole.REQUESTER}
    assert cast.actor(rob, cobalt).member_roles == {MemberRole.OWNER}


def test_roles_and_limit_change_under_the_tag_that_was_read_and_a_membership_ends(lead, acorn, rob, key):
    path = f"memberships/{Membership.objects.get(person=rob).pk}"
    tag = lead.get(path)["ETag"]
    changed = lead.patch(path, {"roles": ["approver"], "approval_limit": "2500.00"}, If_Match=tag)
    assert (changed.json()["roles"], changed.json()["approval_limit"]) == (["approver"], "2500.00")
    refused(lead.patch(path, {"roles": ["owner"]}, If_Match=tag), 412, "changed-meanwhile")
    refused(lead.patch(path, {"roles": []}), 422, "invalid-body")
    program = Program(key(rob))
    assert program.get("me").json()["member_roles"] == ["approver"]
    assert lead.delete(path).status_code == 204
    refused(program.get("me"), 401, "key-not-valid")
    assert lead.get(path).json()["ended_at"]
    assert results(lead.get("memberships", active="true")) == []


def test_a_limit_is_money_and_told_to_those_who_see_money(acorn, rob, abe, key):
    assert "approval_limit" in results(Program(key(abe)).get("memberships"))[0]
    assert "approval_limit" not in results(Program(key(rob)).get("memberships"))[0]


def test_a_consultant_sees_a_client_while_assigned(lead, acorn, cobalt, ines, key):
    program = Program(key(ines))
    assert [client["code"] for client in results(program.get("clients"))] == ["ACM"]
    answer = lead.post("assignments", {"client": str(cobalt.client.pk), "person": str(ines.pk)})
    assert answer.status_code == 201, answer.content
    assert lead.post("assignments", {"client": str(cobalt.client.pk), "person": str(ines.pk)}).json() == answer.json()
    assert [client["code"] for client in results(program.get("clients"))] == ["CBF", "ACM"]
    assert lead.delete(f"assignments/{answer.json()['id']}").status_code == 204
    assert [client["code"] for client in results(program.get("clients"))] == ["ACM"]
    assert Assignment.objects.count() == 1


def test_a_client_is_described_anew_but_keeps_its_code(lead, acorn, ines, key):
    path = f"clients/{acorn.client.pk}"
    calendar = BusinessCalendar.objects.create(name="Chicago, weekdays")
    assert [each["name"] for each in results(lead.get("calendars"))] == [calendar.name]
    answer = lead.patch(path, {"name": "Acorn Mills Ltd", "time_zone": "America/Chicago", "calendar": str(calendar.pk)})
    assert (answer.json()["name"], answer.json()["time_zone"], answer.json()["code"]) == ("Acorn Mills Ltd", "America/Chicago", "ACM")
    assert answer.json()["calendar"]["name"] == calendar.name
    assert answer["ETag"] == lead.get(path)["ETag"]
    refused(lead.patch(path, {"code": "ACN"}), 422, "invalid-body")
    refused(Program(key(ines)).patch(path, {"name": "Mine"}), 403, "not-allowed")


def test_the_firm_is_read_by_all_and_described_by_admins(ada, mara, rob, acorn, key):
    admin = Program(key(ada))
    assert Program(key(rob)).get("firm").json() == {
        "name": "Northfold",
        "hue": 152,
        "sender_name": "",
        "time_zone": "UTC",
        "currency": "USD",
        "logo": None,
    }
    assert admin.patch("firm", {"hue": 200, "currency": "EUR"}).json()["hue"] == 200
    for other in (Program(key(mara)), Program(key(rob)), Program(key(ada, company=acorn))):
        refused(other.patch("firm", {"hue": 10}), 403, "not-allowed")
    assert admin.get("firm").json()["hue"] == 200
    refused(admin.http.patch("/api/v1/firm", {"hue": 1}, content_type="application/json"), 428, "precondition-required")


def test_the_balance_is_of_the_hours_and_needs_their_scope(ada, acorn, key):
    path = f"clients/{acorn.client.pk}/balance"
    assert Program(key(ada, "periods:read")).get(path).status_code == 200
    assert "periods:read" in refused(Program(key(ada, "clients:read")).get(path), 403, "scope-missing")["detail"]


def test_a_key_that_opens_nothing_is_told_so_and_not_why(ada, key, acorn):
    dead = key(ada)
    ApiKey.objects.update(revoked_at=timezone.now())
    told = []
    for secret in (dead, "tend_live_" + "0" * 36, "nonsense"):
        answer = Program(secret).get("me")
        told.append({**refused(answer, 401, "key-not-valid"), "request_id": ""})
        assert 'error="invalid_token"' in answer["WWW-Authenticate"]
    assert told[0] == told[1] == told[2]
    assert "invalid_token" not in Client().get("/api/v1/me")["WWW-Authenticate"]


def test_every_scope_that_is_offered_opens_something():
    taken = [(pattern.callback.cls, action, method.upper()) for pattern in v1 for method, action in pattern.callback.actions.items()]
    needed = {scope_of(view, action, method) for view, action, method in taken}
    kept_by_people = {f"{resource}:{verb}" for resource in ("keys", "deliveries") for verb in ("read", "write")}
    assert needed - {""} - kept_by_people == set(SCOPES)
