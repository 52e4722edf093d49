"""Programs propose, read the estimate to the cent, and decide, within the walls and limits of the people they act for."""

from decimal import Decimal

import pytest

from accounts.actions.people import limit_approvals
from accounts.actors import system
from accounts.models import Membership
from tests.api_cast import Program, refused, results
from tests.proposal_cast import drafted, sent
from tests.proposal_numbers import QUOTE_FOLLOW_UPS, TOO_RARE
from tickets.models import Ticket

TASKS = [
    {"subject": "Read the open quotes", "minutes": 360, "service_area": "integration_maintenance"},
    {"subject": "Draft the follow-ups", "minutes": 600},
]
IDEA = {"title": "Draft the quote follow-ups", "summary": "Ines reads each draft before it goes out.", "tasks": TASKS}


@pytest.fixture
def desk(ines, key):
    return Program(key(ines))


@pytest.fixture
def client(priya, key):
    return Program(key(priya))


def test_the_example_to_the_cent_from_the_idea_to_its_tickets(desk, client, acorn, priya):
    made = desk.post("proposals", {"engagement": str(acorn.engagement.pk), **IDEA})
    assert made.status_code == 201, made.content
    path = f"proposals/{made.json()['id']}"
    assert made["Location"].endswith(f"/api/v1/{path}")
    assert (made.json()["reference"], made.json()["state"], made.json()["estimate"]) == ("P-1", "idea", None)
    refused(client.get(path), 404, "not-found")
    scored = desk.patch(path, {"inputs": QUOTE_FOLLOW_UPS}).json()
    estimate = scored["estimate"]
    assert (scored["state"], estimate["hours"], estimate["benefit"]) == ("scored", "34.6667", "693.33")
    assert (estimate["net"], estimate["build"], estimate["payback_months"]) == ("483.33", "2400.00", "4.9655")
    assert (estimate["net_first_year"], estimate["npv"], estimate["doubts"]) == ("3400.00", "3110.24", [])
    assert scored["inputs"]["adoption_percent"] == {"low": "100", "likely": "100", "high": "100", "grade": "A"}
    assert desk.post(f"{path}/scoring").json()["estimate"] == estimate
    assert results(client.get("proposals")) == []
    waiting = desk.post(f"{path}/sending").json()
    assert (waiting["state"], waiting["cap_amount"], waiting["currency"]) == ("sent", "2400.00", "USD")
    assert [proposal["id"] for proposal in results(client.get("proposals", state="sent"))] == [waiting["id"]]
    approved = client.post(f"{path}/approval", {"note": "Go on."}).json()
    assert (approved["state"], approved["decided_by"]["name"], approved["decision_note"]) == ("approved", priya.name, "Go on.")
    assert [task["ticket"]["reference"] for task in approved["tasks"]] == ["ACM-1", "ACM-2"]
    assert approved["estimate"] == estimate
    assert client.get("clients/" + approved["client"]["id"] + "/balance").json()["engagements"][0]["reserved_minutes"] == 960
    assert client.delete(f"{path}/decision").json()["state"] == "sent"
    assert client.post(f"{path}/decline", {"note": "Not this year."}).json()["state"] == "declined"


def test_a_cap_of_nothing_is_refused_and_not_taken_for_the_cost_of_building(desk, acorn, priya):
    made = desk.post("proposals", {"engagement": str(acorn.engagement.pk), **IDEA, "inputs": QUOTE_FOLLOW_UPS})
    path = f"proposals/{made.json()['id']}"
    problem = refused(desk.post(f"{path}/sending", {"cap_amount": "0"}), 422, "incomplete")
    assert problem["detail"] == "A cap is above zero: say what this may cost at most."
    assert desk.get(path).json()["sent_at"] is None
    assert desk.post(f"{path}/sending").json()["cap_amount"] == "2400.00"


def test_a_key_without_the_scope_reads_and_decides_nothing(acorn, ines, priya, key):
    proposal = sent(acorn, ines)
    reader = Program(key(priya, "proposals:read"))
    assert reader.get(f"proposals/{proposal.pk}").status_code == 200
    refused(reader.post(f"proposals/{proposal.pk}/approval"), 403, "scope-missing")
    refused(Program(key(priya, "tickets:write")).get("proposals"), 403, "scope-missing")
    narrow = Program(key(priya, "proposals:write"))
    assert narrow.post(f"proposals/{proposal.pk}/approval").json()["state"] == "approved"
    assert narrow.delete(f"proposals/{proposal.pk}/decision").json()["state"] == "sent"


def test_who_may_not_approve_is_told_why(acorn, ines, priya, rob, bill, abe, key):
    proposal = sent(acorn, ines)
    refused(Program(key(rob)).post(f"proposals/{proposal.pk}/approval"), 404, "not-found")
    refused(Program(key(bill)).post(f"proposals/{proposal.pk}/approval"), 403, "not-allowed")
    limit_approvals(actor=system("test"), membership=Membership.objects.get(person=abe), up_to=Decimal("2399.99"))
    refused(Program(key(abe)).post(f"proposals/{proposal.pk}/approval"), 403, "over-limit")
    refused(Program(key(ines)).post(f"proposals/{proposal.pk}/approval"), 403, "not-allowed")
    assert not Ticket.objects.exists()


def test_another_clients_proposal_is_not_there(acorn, cobalt, ines, priya, nadia, tomas, key):
    path = f"proposals/{sent(acorn, ines).pk}"
    for person in (nadia, tomas):
        program = Program(key(person))
        refused(program.get(path), 404, "not-found")
        for step in ("approval", "decline", "sending", "scoring"):
            refused(program.post(f"{path}/{step}"), 404, "not-found")
        refused(program.delete(f"{path}/decision"), 404, "not-found")
        assert results(program.get("proposals")) == []


def test_what_was_sent_is_not_patched(desk, acorn, ines, priya):
    path = f"proposals/{sent(acorn, ines).pk}"
    refused(desk.patch(path, {"title": "Other"}), 409, "move-refused")
    refused(desk.post(f"{path}/sending"), 409, "move-refused")


def test_a_draft_read_before_somebody_changed_it_is_not_written_over(desk, acorn, ines):
    path = f"proposals/{drafted(acorn, ines).pk}"
    tag = desk.get(path)["ETag"]
    assert desk.patch(path, {"title": "Better"}, If_Match=tag).status_code == 200
    refused(desk.patch(path, {"title": "Worse"}, If_Match=tag), 412, "changed-meanwhile")


def test_what_is_wrong_with_an_input_is_pointed_at(desk, acorn):
    order = QUOTE_FOLLOW_UPS | {"manual_minutes": {"low": "7", "likely": "6"}}
    body = {"engagement": str(acorn.engagement.pk), **IDEA}
    told = refused(desk.post("proposals", body | {"inputs": order}), 422, "unusable")
    assert told["errors"][0]["pointer"] == "/inputs/manual_minutes/low"
    told = refused(desk.post("proposals", body | {"inputs": QUOTE_FOLLOW_UPS | {"loaded_rate": {"likely": "much"}}}), 422, "invalid-body")
    assert told["errors"][0]["pointer"] == "/inputs/loaded_rate/likely"
    refused(desk.post("proposals", body | {"luck": 1}), 422, "invalid-body")


def test_what_loses_money_is_not_sent(desk, acorn, priya):
    path = f"proposals/{desk.post('proposals', {'engagement': str(acorn.engagement.pk), **IDEA, 'inputs': TOO_RARE}).json()['id']}"
    assert desk.get(path).json()["estimate"]["payback_months"] is None
    refused(desk.post(f"{path}/sending"), 409, "do-not-build")


def test_the_same_approval_sent_twice_is_carried_out_once(acorn, ines, client):
    path = f"proposals/{sent(acorn, ines).pk}/approval"
    first, again = (client.post(path, {"note": "Yes."}, Idempotency_Key="one") for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert Ticket.objects.count() == 2


def test_a_list_costs_the_same_at_two_and_at_twenty(desk, acorn, ines, django_assert_max_num_queries):
    for _ in range(2):
        drafted(acorn, ines)
    with django_assert_max_num_queries(20) as few:
        assert len(results(desk.get("proposals"))) == 2
    for _ in range(18):
        drafted(acorn, ines)
    with django_assert_max_num_queries(len(few)):
        assert len(results(desk.get("proposals"))) == 20
