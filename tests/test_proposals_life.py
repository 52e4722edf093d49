"""A proposal from the idea to the client's answer, and everything that may not happen on the way."""

import datetime as dt
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts import scope
from accounts.actions.people import limit_approvals
from accounts.actors import system
from accounts.errors import NotAllowed, WrongClient
from accounts.models import Membership
from billing.actions import start_timer
from billing.models import Reservation
from billing.models.ledger import balance_of
from events.models import Event, Notice
from proposals.actions import (
    Piece,
    approve_proposal,
    change_proposal,
    decline_proposal,
    draft_proposal,
    score_proposal,
    send_proposal,
    undo_decision,
    withdraw_proposal,
)
from proposals.errors import (
    InputUnusable,
    NotWorthBuilding,
    OverLimit,
    ProposalExpired,
    ProposalIncomplete,
    ProposalMoved,
    WorkBegan,
)
from proposals.models import Proposal, ProposalCounter
from proposals.tasks import expire_proposals
from tests.cast import actor, log
from tests.proposal_cast import PIECES, drafted, sent
from tests.proposal_numbers import QUOTE_FOLLOW_UPS, TOO_RARE
from tests.racing import race
from tests.ticket_cast import does
from tickets.models import Ticket


def now(proposal):
    return Proposal.objects.get(pk=proposal.pk)


def tickets_of(proposal):
    return list(Ticket.objects.filter(pk__in=proposal.tasks.values("ticket")).order_by("number"))


def kinds(proposal):
    return list(Event.objects.about(proposal).order_by("pk").values_list("kind", flat=True))


def reserved(company):
    found = balance_of(company.engagement, today=timezone.localdate())
    assert found is not None
    return found.reserved_minutes


@pytest.fixture
def limited(acorn, abe):
    """Abe may approve up to 2,000."""
    membership = Membership.objects.get(person=abe)
    return limit_approvals(actor=system("test"), membership=membership, up_to=Decimal(2000))


def test_an_idea_is_numbered_estimated_and_sent(acorn, ines, priya):
    idea = drafted(acorn, ines, inputs=None, pieces=())
    assert (idea.reference, idea.state, idea.estimate) == ("P-1", "idea", None)
    scored = does(ines, acorn, change_proposal, proposal=idea, inputs=QUOTE_FOLLOW_UPS, pieces=PIECES)
    assert (scored.state, scored.worth_per_hour) == ("scored", Decimal("212.50"))
    waiting = does(ines, acorn, send_proposal, proposal=scored)
    assert (waiting.state, waiting.cap_amount, waiting.currency) == ("sent", Decimal("2400.00"), "USD")
    assert [(waiting.estimate or {})[name] for name in ("formula", "npv")] == ["roi-1", "3110.24"]
    assert kinds(idea) == ["proposal.drafted", "proposal.changed", "proposal.sent"]
    assert drafted(acorn, ines).reference == "P-2"
    [told] = Notice.objects.filter(person=priya)
    assert "up to USD\xa02,400" in told.sentences[0]


def test_a_yes_opens_the_tickets_and_holds_their_hours(acorn, mara, ines, priya):
    proposal = sent(acorn, ines)
    approved = does(priya, acorn, approve_proposal, proposal=proposal, note="Go on.")
    assert (approved.state, approved.decided_by, approved.decision_note) == ("approved", priya, "Go on.")
    tickets = tickets_of(approved)
    assert [ticket.subject for ticket in tickets] == ["Read the open quotes", "Draft the follow-ups"]
    assert {(ticket.source, ticket.kind, ticket.requester, ticket.engagement) for ticket in tickets} == {
        ("proposal", "task", priya, acorn.engagement)
    }
    assert [ticket.estimate_minutes for ticket in tickets] == [360, 600]
    assert reserved(acorn) == 960
    assert set(Reservation.objects.values_list("source", flat=True)) == {"proposal"}
    event = Event.objects.get(kind="proposal.approved")
    assert (event.person, event.payload["tickets"]) == (priya, [str(ticket.pk) for ticket in tickets])
    assert Notice.objects.filter(person=mara, kind="proposal.approved").exists()


def test_a_ticket_that_fails_leaves_nothing_behind(acorn, ines, priya):
    """The second piece breaks a rule of the tickets; the first ticket, its hours and the decision are gone with it."""
    proposal = sent(acorn, ines)
    Ticket.objects.create(client=acorn.client, number=2, reference="ACM-2", subject="Taken", source="portal")  # the number of the second
    with pytest.raises(IntegrityError), transaction.atomic():
        does(priya, acorn, approve_proposal, proposal=proposal)
    assert now(proposal).state == "sent"
    assert Ticket.objects.count() == 1
    assert reserved(acorn) == 0
    assert kinds(proposal) == ["proposal.drafted", "proposal.sent"]
    assert not proposal.tasks.exclude(ticket=None).exists()


def test_no_has_a_reason_and_opens_nothing(acorn, mara, ines, priya):
    declined = does(priya, acorn, decline_proposal, proposal=sent(acorn, ines), note="Not this year.")
    assert (declined.state, declined.decision_note) == ("declined", "Not this year.")
    assert not Ticket.objects.exists()
    assert "Not this year." in Notice.objects.get(person=mara, kind="proposal.declined").sentences


def test_only_approvers_decide(acorn, ines, rob, bill, mara, abe):
    limit_approvals(actor=system("test"), membership=Membership.objects.get(person=abe), up_to=Decimal(5000))
    proposal = sent(acorn, ines)
    for person in (rob, bill, mara, ines):
        for decide in (approve_proposal, decline_proposal, undo_decision):
            with pytest.raises(NotAllowed):
                does(person, acorn, decide, proposal=proposal)
    assert does(abe, acorn, approve_proposal, proposal=proposal).state == "approved"


def test_nobody_approves_above_their_limit(acorn, ines, priya, abe, limited):
    proposal = sent(acorn, ines)
    with pytest.raises(OverLimit, match="2,400"):
        does(abe, acorn, approve_proposal, proposal=proposal)
    assert now(proposal).state == "sent"
    limit_approvals(actor=system("test"), membership=limited, up_to=Decimal(2400))
    assert does(abe, acorn, approve_proposal, proposal=proposal).state == "approved"


def test_an_approver_without_a_limit_approves_no_money_and_an_owner_any(acorn, ines, priya, abe):
    proposal = sent(acorn, ines, cap_amount=Decimal("0.01"))
    with pytest.raises(OverLimit):
        does(abe, acorn, approve_proposal, proposal=proposal)
    assert does(priya, acorn, approve_proposal, proposal=proposal).state == "approved"
    owner = Membership.objects.get(person=priya)
    limit_approvals(actor=system("test"), membership=owner, up_to=Decimal(10))
    with pytest.raises(OverLimit):
        does(priya, acorn, approve_proposal, proposal=send_again(acorn, ines))


def send_again(company, by):
    limited_to = Membership.objects.get(client=company.client, roles__contains=["owner"])
    up_to = limited_to.approval_limit
    limit_approvals(actor=system("test"), membership=limited_to, up_to=None)
    proposal = sent(company, by)
    limit_approvals(actor=system("test"), membership=limited_to, up_to=up_to)
    return proposal


def test_nothing_is_sent_that_nobody_may_approve(acorn, ines, abe):
    with pytest.raises(ProposalIncomplete, match="Nobody at Acorn Mills may approve"):
        sent(acorn, ines)


def test_after_its_time_a_proposal_is_not_decided_and_runs_out(acorn, ines, mara, priya, monkeypatch):
    proposal = sent(acorn, ines)
    a_month_later = timezone.now() + dt.timedelta(days=30)
    monkeypatch.setattr(timezone, "now", lambda: a_month_later)
    with pytest.raises(ProposalExpired):
        does(priya, acorn, approve_proposal, proposal=proposal)
    expire_proposals()
    expire_proposals()
    assert (now(proposal).state, now(proposal).decided_by) == ("expired", None)
    assert kinds(proposal)[-1:] == ["proposal.expired"]
    assert Notice.objects.filter(person=mara, kind="proposal.expired").count() == 1
    for decide in (approve_proposal, decline_proposal):
        with pytest.raises(ProposalExpired):
            does(priya, acorn, decide, proposal=proposal)


def test_the_firm_withdraws_what_waits_and_says_why(acorn, ines, priya):
    proposal = sent(acorn, ines)
    with pytest.raises(ProposalIncomplete, match="Tell the client why"):
        does(ines, acorn, withdraw_proposal, proposal=proposal, reason="  ")
    withdrawn = does(ines, acorn, withdraw_proposal, proposal=proposal, reason="The vendor changed its plans.")
    assert (withdrawn.state, withdrawn.decided_by, withdrawn.decision_note) == ("withdrawn", ines, "The vendor changed its plans.")
    assert kinds(proposal)[-1:] == ["proposal.withdrawn"]
    told = Notice.objects.get(person=priya, kind="proposal.withdrawn")
    assert "The vendor changed its plans." in told.sentences
    with pytest.raises(ProposalMoved):
        does(priya, acorn, approve_proposal, proposal=proposal)
    with pytest.raises(ProposalMoved):
        does(ines, acorn, withdraw_proposal, proposal=proposal, reason="Again.")


def test_what_the_client_decided_is_not_withdrawn_and_clients_withdraw_nothing(acorn, ines, tomas, priya):
    proposal = sent(acorn, ines)
    for person in (priya, tomas):
        with pytest.raises((NotAllowed, WrongClient)):
            does(person, acorn, withdraw_proposal, proposal=proposal, reason="No.")
    does(priya, acorn, decline_proposal, proposal=proposal)
    with pytest.raises(ProposalMoved, match="is declined"):
        does(ines, acorn, withdraw_proposal, proposal=proposal, reason="No.")


def test_a_waiting_proposal_does_not_run_out_early(acorn, ines, priya):
    proposal = sent(acorn, ines)
    expire_proposals()
    assert now(proposal).state == "sent"


def test_a_yes_is_taken_back_within_ten_minutes(acorn, ines, priya):
    proposal = sent(acorn, ines)
    does(priya, acorn, approve_proposal, proposal=proposal)
    undone = does(priya, acorn, undo_decision, proposal=proposal)
    assert (undone.state, undone.decided_at, undone.is_waiting) == ("sent", None, True)
    assert set(Ticket.objects.values_list("state", "reason")) == {("resolved", "declined")}
    assert reserved(acorn) == 0
    assert does(priya, acorn, approve_proposal, proposal=proposal).state == "approved"
    assert reserved(acorn) == 960
    assert kinds(proposal)[2:] == ["proposal.approved", "proposal.reconsidered", "proposal.approved"]


def test_a_no_is_taken_back_too(acorn, ines, priya):
    proposal = sent(acorn, ines)
    does(priya, acorn, decline_proposal, proposal=proposal, note="No.")
    assert does(priya, acorn, undo_decision, proposal=proposal).state == "sent"
    with pytest.raises(ProposalMoved):
        does(priya, acorn, undo_decision, proposal=proposal)


def test_nothing_is_taken_back_after_ten_minutes(acorn, ines, priya):
    proposal = sent(acorn, ines)
    does(priya, acorn, approve_proposal, proposal=proposal)
    Proposal.objects.filter(pk=proposal.pk).update(decided_at=timezone.now() - dt.timedelta(minutes=10, seconds=1))
    with pytest.raises(WorkBegan):
        does(priya, acorn, undo_decision, proposal=proposal)


@pytest.mark.parametrize("how", ["time", "timer"])
def test_nothing_is_taken_back_once_work_began(acorn, ines, priya, how):
    proposal = sent(acorn, ines)
    approved = does(priya, acorn, approve_proposal, proposal=proposal)
    ticket = tickets_of(approved)[1]
    if how == "time":
        log(ines, acorn, minutes=5, ticket=ticket)
    else:
        start_timer(actor=actor(ines), engagement=acorn.engagement, ticket=ticket)
    with pytest.raises(WorkBegan):
        does(priya, acorn, undo_decision, proposal=proposal)
    assert now(proposal).state == "approved"
    assert not Ticket.objects.filter(state="resolved").exists()


def test_what_is_not_worth_building_is_not_sent(acorn, ines, priya):
    proposal = drafted(acorn, ines, inputs=TOO_RARE)
    assert (proposal.estimate or {})["net"] == "-117.56"
    with pytest.raises(NotWorthBuilding):
        does(ines, acorn, send_proposal, proposal=proposal)
    assert now(proposal).state == "scored"


@pytest.mark.parametrize(("without", "field"), [({"inputs": None}, "inputs"), ({"pieces": ()}, "tasks"), ({"summary": " "}, "summary")])
def test_nothing_is_sent_half_finished(acorn, ines, priya, without, field):
    with pytest.raises(ProposalIncomplete) as refused:
        sent(acorn, ines, **without)
    assert refused.value.field == field


def test_an_unusable_input_is_named(acorn, ines):
    with pytest.raises(InputUnusable) as refused:
        drafted(acorn, ines, inputs=QUOTE_FOLLOW_UPS | {"adoption_percent": {"likely": 120}})
    assert refused.value.field == "inputs/adoption_percent/likely"
    assert not Proposal.objects.exists()


def test_a_sent_proposal_never_changes(acorn, ines, priya):
    proposal = sent(acorn, ines)
    for act in (change_proposal, score_proposal, send_proposal):
        with pytest.raises(ProposalMoved):
            does(ines, acorn, act, proposal=proposal)
    changes: list[dict[str, Any]] = [
        {"estimate": {"net": "9.99"}},
        {"inputs": {}},
        {"cap_amount": Decimal(9)},
        {"title": "Other"},
        {"summary": "Other"},
        {"sent_at": None},
        {"expires_at": timezone.now()},
    ]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            Proposal.objects.filter(pk=proposal.pk).update(**change)
    assert now(proposal).estimate == proposal.estimate


def test_estimating_again_gives_the_same_numbers(acorn, ines):
    first = drafted(acorn, ines)
    assert does(ines, acorn, score_proposal, proposal=first).estimate == first.estimate
    assert drafted(acorn, ines).estimate == first.estimate


@pytest.mark.django_db(transaction=True)
def test_of_two_approvers_one_decides(acorn, ines, priya, abe):
    limit_approvals(actor=system("test"), membership=Membership.objects.get(person=abe), up_to=Decimal(5000))
    proposal = sent(acorn, ines)
    acts = []
    for person, decide in ((priya, approve_proposal), (abe, approve_proposal), (priya, decline_proposal)):
        who = actor(person, acorn)
        acts.append((who, lambda who=who, decide=decide: decide(actor=who, proposal=proposal)))
    outcomes = race(acts)
    assert len([outcome for outcome in outcomes if isinstance(outcome, Proposal)]) == 1
    assert len([outcome for outcome in outcomes if isinstance(outcome, ProposalMoved)]) == 2
    state = now(proposal).state
    assert Ticket.objects.count() == (2 if state == "approved" else 0)
    assert reserved(acorn) == (960 if state == "approved" else 0)


@pytest.mark.django_db(transaction=True)
def test_proposals_are_numbered_without_gaps_by_many_hands(acorn, ines):
    who = actor(ines)
    act = partial(draft_proposal, actor=who, engagement=acorn.engagement, title="Another idea")
    race([(who, act)] * 6)
    assert sorted(Proposal.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert ProposalCounter.objects.get().last_number == 6


def test_the_firms_people_propose_to_their_clients_only(acorn, tomas, ines, rob):
    for person in (tomas, rob):
        with pytest.raises(NotAllowed):
            does(person, acorn, draft_proposal, engagement=acorn.engagement, title="Not yours")


def test_another_clients_system_is_refused(acorn, cobalt, mara):
    with pytest.raises(WrongClient):
        draft_proposal(actor=actor(mara), engagement=acorn.engagement, title="Mixed up", system=cobalt.system)


def test_a_client_sees_what_was_sent_and_nothing_before(acorn, cobalt, ines, tomas, priya, nadia):
    idea, waiting = drafted(acorn, ines), sent(acorn, ines)
    for person, company, seen in ((priya, acorn, [waiting]), (nadia, cobalt, [])):
        who = actor(person, company)
        assert list(Proposal.objects.visible_to(who)) == seen
        with scope.of(who):
            assert list(Proposal.objects.all()) == seen
            assert {task.proposal_id for task in idea.tasks.all()} == set()
            assert len(waiting.tasks.all()) == (2 if seen else 0)
    assert set(Proposal.objects.visible_to(actor(ines))) == {idea, waiting}
    assert not Proposal.objects.visible_to(actor(tomas))


def test_another_clients_approver_cannot_even_name_it(acorn, cobalt, ines, priya, nadia):
    proposal = sent(acorn, ines)
    for decide in (approve_proposal, decline_proposal, undo_decision):
        with pytest.raises(NotAllowed):
            does(nadia, cobalt, decide, proposal=proposal)


def test_the_portal_role_cannot_write_a_decision_past_the_actions(acorn, ines, priya):
    proposal = sent(acorn, ines)
    with scope.of(actor(priya, acorn)), pytest.raises(DatabaseError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(state="approved", decided_at=timezone.now())


def test_a_piece_of_work_is_named_and_takes_time(acorn, ines):
    for piece, field in (
        (Piece("", 60), "tasks/0/subject"),
        (Piece("Work", 0), "tasks/0/minutes"),
        (Piece("Work", 1, "x"), "tasks/0/service_area"),
    ):
        with pytest.raises(ProposalIncomplete) as refused:
            drafted(acorn, ines, pieces=[piece])
        assert refused.value.field == field
