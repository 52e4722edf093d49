"""Stories of tickets: a client asks, the firm answers, and each step leaves the row, one event and a word to whom it concerns."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actors import MemberRole
from accounts.errors import Conflict, DomainError, NotAllowed, WrongClient
from accounts.models import Membership
from events.models import Event, Notice
from tests import cast
from tests.ticket_cast import does, now
from tickets import policies, tasks
from tickets.actions import (
    Incomplete,
    MoveRefused,
    accept_ticket,
    ask_approval,
    assign_ticket,
    close_ticket,
    decide_estimate,
    edit_ticket,
    open_ticket,
    reopen_ticket,
    reply,
    resolve_ticket,
    schedule_ticket,
    write_note,
)
from tickets.models import EstimateApproval, Message, Ticket
from tickets.rules import State
from tickets.tasks import close_settled_tickets, expire_estimates, wake_scheduled_tickets

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def asked(rob, acorn):
    """Rob's request, as filed in the portal."""
    return does(rob, acorn, open_ticket, client=acorn.client, subject="Quotes are late", body="Since Monday.", source="portal")


def told(ticket):
    return [(n.person.name, n.kind) for n in Notice.objects.filter(about_id=ticket.pk).select_related("person").order_by("id")]


def kinds(ticket):
    return list(Event.objects.about(ticket).order_by("id").values_list("kind", flat=True))


def test_a_request_is_received_numbered_and_told_to_the_lead(asked, acorn, rob):
    assert (asked.reference, asked.state, asked.engagement) == ("ACM-1", State.NEW, acorn.engagement)
    assert (asked.requester_id, asked.unanswered_since, asked.last_message_at) == (rob.pk, asked.created_at, asked.created_at)
    assert told(asked) == [("Mara Lead", "ticket.opened")]
    notice = Notice.objects.get(about_id=asked.pk)
    assert notice.subject == "ACM-1: Quotes are late"
    assert notice.sentences == ["Rob Requester wrote: Since Monday."]


def test_who_answers_a_new_request_has_taken_it(asked, acorn, ines):
    message = does(ines, acorn, reply, ticket=asked, body="I look into it today.")
    ticket = now(asked)
    assert (ticket.state, ticket.assignee, ticket.unanswered_since, ticket.first_answered_at) == (
        State.OPEN,
        ines,
        None,
        message.created_at,
    )
    assert kinds(asked) == ["ticket.opened", "message.posted", "ticket.assigned", "ticket.moved"]
    assert told(asked)[1:] == [("Rob Requester", "message.posted")]


def test_only_the_oldest_unanswered_words_of_the_client_count(asked, acorn, rob, ines):
    does(rob, acorn, reply, ticket=asked, body="It got worse.")
    assert now(asked).unanswered_since == asked.unanswered_since
    does(ines, acorn, reply, ticket=asked, body="Seen.")
    first = now(asked).first_answered_at
    again = does(rob, acorn, reply, ticket=asked, body="Any news?")
    assert now(asked).unanswered_since == again.created_at
    does(ines, acorn, reply, ticket=asked, body="Tomorrow.")
    assert (now(asked).first_answered_at, now(asked).unanswered_since) == (first, None)


def test_neither_a_note_nor_a_process_answers_the_client(asked, acorn, ines):
    does(ines, acorn, write_note, ticket=asked, body="Their price list changed.")
    reply(actor=cast.ARRANGING, ticket=asked, body="We received your request.")
    assert (now(asked).state, now(asked).first_answered_at) == (State.NEW, None)
    assert now(asked).unanswered_since == asked.unanswered_since


def test_a_question_makes_it_the_clients_turn_and_their_answer_ours(asked, acorn, ines, rob):
    question = does(ines, acorn, reply, ticket=asked, body="Which list counts?", ask=True)
    assert question.is_question
    assert now(asked).state == State.WAITING_ON_CLIENT
    does(rob, acorn, reply, ticket=asked, body="The red one.")
    assert now(asked).state == State.OPEN
    assert told(asked)[-1] == ("Ines Consultant", "message.posted")


def test_nobody_stops_the_clock_without_a_question(asked, acorn, ines):
    with pytest.raises(Incomplete) as refused:
        does(ines, acorn, reply, ticket=asked, body="  ", ask=True)
    assert (refused.value.field, now(asked).state, kinds(asked)) == ("body", State.NEW, ["ticket.opened"])


def test_an_accepted_ticket_is_somebodys(asked, acorn, mara, ines):
    does(mara, acorn, accept_ticket, ticket=asked, assignee=ines)
    assert (now(asked).state, now(asked).assignee) == (State.OPEN, ines)
    assert told(asked)[-1] == ("Ines Consultant", "ticket.assigned")
    with pytest.raises(MoveRefused):
        does(mara, acorn, accept_ticket, ticket=asked)


def test_a_ticket_goes_only_to_people_who_work_for_its_client(asked, acorn, mara, tomas, rob):
    for stranger in (tomas, rob):
        with pytest.raises(Conflict, match="does not work for Acorn Mills"):
            does(mara, acorn, assign_ticket, ticket=asked, assignee=stranger)


def test_assigning_twice_is_the_same_as_once(asked, acorn, mara, ines):
    for _ in range(2):
        does(mara, acorn, assign_ticket, ticket=asked, assignee=ines)
    assert kinds(asked) == ["ticket.opened", "ticket.assigned"]
    does(mara, acorn, assign_ticket, ticket=asked, assignee=None)
    assert now(asked).assignee is None


def test_an_estimate_is_approved_by_whoever_may(asked, acorn, ines, rob, abe):
    approval = does(ines, acorn, ask_approval, ticket=asked, minutes=120, body="Pinning the price table.")
    assert (now(asked).state, now(asked).estimate_minutes) == (State.AWAITING_APPROVAL, 120)
    assert told(asked)[-1] == ("Abe Approver", "estimate.asked")
    with pytest.raises(NotAllowed):
        does(rob, acorn, decide_estimate, ticket=asked, approved=True)
    with pytest.raises(NotAllowed):
        does(ines, acorn, decide_estimate, ticket=asked, approved=True)
    does(abe, acorn, decide_estimate, ticket=asked, approved=True)
    approval.refresh_from_db()
    assert (approval.decision, approval.decided_by, now(asked).state) == ("approved", abe, State.OPEN)
    assert told(asked)[-1] == ("Ines Consultant", "estimate.approved")
    with pytest.raises(MoveRefused):
        does(abe, acorn, decide_estimate, ticket=asked, approved=False)


def test_an_estimate_without_anybody_to_approve_it_is_refused(asked, acorn, ines):
    with pytest.raises(Incomplete, match="may approve"):
        does(ines, acorn, ask_approval, ticket=asked, minutes=120, body="Pinning the price table.")


def test_a_reply_leaves_a_pending_decision_pending(asked, acorn, ines, abe):
    does(ines, acorn, ask_approval, ticket=asked, minutes=120, body="Pinning the price table.")
    does(abe, acorn, reply, ticket=asked, body="What does it cover?")
    assert now(asked).state == State.AWAITING_APPROVAL
    assert EstimateApproval.objects.pending().count() == 1


@pytest.mark.parametrize("leave", [accept_ticket, resolve_ticket])
def test_an_estimate_nobody_needs_any_more_is_withdrawn(asked, acorn, ines, abe, leave):
    does(ines, acorn, ask_approval, ticket=asked, minutes=120, body="Pinning the price table.")
    does(ines, acorn, leave, ticket=asked, **({"summary": "It was the cache."} if leave is resolve_ticket else {}))
    assert EstimateApproval.objects.get().decision == "withdrawn"
    assert "estimate.withdrawn" in kinds(asked)


def test_an_estimate_runs_out_by_itself_once(asked, acorn, ines, abe):
    does(ines, acorn, ask_approval, ticket=asked, minutes=120, body="Pinning the price table.")
    expire_estimates()
    assert now(asked).state == State.AWAITING_APPROVAL
    EstimateApproval.objects.update(expires_at=timezone.now())
    with pytest.raises(MoveRefused, match="ran out"):
        does(abe, acorn, decide_estimate, ticket=asked, approved=True)
    expire_estimates()
    expire_estimates()
    assert (now(asked).state, EstimateApproval.objects.get().decision) == (State.OPEN, "expired")
    assert kinds(asked).count("estimate.expired") == 1


def test_a_planned_ticket_wakes_on_its_day_at_the_client(asked, acorn, ines):
    acorn.client.time_zone = "Pacific/Auckland"
    acorn.client.save()
    does(ines, acorn, reply, ticket=asked, body="Seen.")
    there = timezone.localdate(timezone=dt.timezone(dt.timedelta(hours=13)))
    does(ines, acorn, schedule_ticket, ticket=asked, planned_for=there + 5 * DAY, body="After your release.")
    wake_scheduled_tickets()
    assert now(asked).state == State.SCHEDULED
    Ticket.objects.update(planned_for=there)
    wake_scheduled_tickets()
    assert (now(asked).state, now(asked).planned_for) == (State.OPEN, there)
    assert told(asked)[-1] == ("Ines Consultant", "ticket.moved")


@pytest.mark.parametrize(
    ("days", "body", "field"), [(0, "After your release.", "planned_for"), (100, "Later.", "planned_for"), (5, " ", "body")]
)
def test_a_plan_needs_a_day_ahead_and_a_word_to_the_client(asked, acorn, ines, days, body, field):
    with pytest.raises(Incomplete) as refused:
        does(ines, acorn, schedule_ticket, ticket=asked, planned_for=timezone.localdate() + days * DAY, body=body)
    assert (refused.value.field, now(asked).state) == (field, State.NEW)


@pytest.mark.parametrize(("what", "field"), [({"reason": ""}, "reason"), ({}, "summary")])
def test_the_firm_says_why_and_what_was_done(asked, acorn, ines, what, field):
    with pytest.raises(Incomplete) as refused:
        does(ines, acorn, resolve_ticket, ticket=asked, **what)
    assert refused.value.field == field


def test_a_solved_ticket_is_reopened_by_the_clients_reply(asked, acorn, ines, rob):
    does(ines, acorn, resolve_ticket, ticket=asked, reason="answered", summary="The table is pinned again.")
    solved = now(asked)
    assert (solved.state, solved.reason, solved.unanswered_since) == (State.RESOLVED, "answered", None)
    assert Message.objects.filter(ticket=asked, body="The table is pinned again.", by_client=False).exists()
    does(rob, acorn, reply, ticket=asked, body="Still late.")
    assert (now(asked).state, now(asked).reason, now(asked).resolved_at) == (State.OPEN, "", None)


def test_a_client_marks_its_request_solved_and_confirms_it(asked, acorn, rob, ines):
    does(ines, acorn, assign_ticket, ticket=asked, assignee=ines)
    does(rob, acorn, resolve_ticket, ticket=asked)
    assert told(asked)[-1] == ("Ines Consultant", "ticket.moved")
    with pytest.raises(NotAllowed):
        does(ines, acorn, close_ticket, ticket=asked)
    does(rob, acorn, close_ticket, ticket=asked)
    assert (now(asked).state, now(asked).closed_at is None) == (State.CLOSED, False)
    assert policies.may_reply(cast.actor(rob), now(asked))
    assert not policies.may_reply(cast.actor(ines), now(asked))


def test_a_client_reopens_for_14_days_then_a_reply_opens_a_follow_up(asked, acorn, rob, ines):
    does(ines, acorn, resolve_ticket, ticket=asked, summary="The table is pinned again.")
    does(rob, acorn, reopen_ticket, ticket=asked, body="Not yet.")
    does(ines, acorn, resolve_ticket, ticket=asked, summary="Now it is.")
    Ticket.objects.update(resolved_at=timezone.now() - 14 * DAY - dt.timedelta(seconds=1))
    with pytest.raises(MoveRefused, match="14 days"):
        does(rob, acorn, reopen_ticket, ticket=asked)
    message = does(rob, acorn, reply, ticket=asked, body="It is late again.")
    assert (message.ticket.reference, message.ticket.follow_up_of, message.ticket.state) == ("ACM-2", asked, State.NEW)
    assert now(asked).state == State.RESOLVED
    close_settled_tickets()
    close_settled_tickets()
    assert now(asked).state == State.CLOSED
    assert kinds(asked).count("ticket.moved") == 4
    assert does(rob, acorn, reply, ticket=asked, body="And again.").ticket.reference == "ACM-3"


def test_a_solved_ticket_within_14_days_is_left_alone(asked, acorn, ines):
    does(ines, acorn, resolve_ticket, ticket=asked, summary="Done.")
    close_settled_tickets()
    assert now(asked).state == State.RESOLVED


def test_a_closed_ticket_is_neither_described_nor_answered_by_the_firm(asked, acorn, ines, rob):
    does(rob, acorn, resolve_ticket, ticket=asked)
    does(rob, acorn, close_ticket, ticket=asked)
    for act in (
        lambda: does(ines, acorn, reply, ticket=asked, body="One more thing."),
        lambda: does(ines, acorn, edit_ticket, ticket=asked, priority=1),
        lambda: does(ines, acorn, assign_ticket, ticket=asked, assignee=ines),
        lambda: does(ines, acorn, reopen_ticket, ticket=asked),
    ):
        with pytest.raises(MoveRefused):
            act()


def test_a_ticket_opened_for_a_client_is_told_to_its_requester(acorn, ines, rob):
    ticket = does(
        ines, acorn, open_ticket, client=acorn.client, subject="New model", body="We tried it.", source="workspace", requester=rob
    )
    assert (ticket.unanswered_since, ticket.requester) == (None, rob)
    assert told(ticket) == [("Rob Requester", "ticket.opened")]


def test_a_follow_up_waits_for_nobody_who_left(asked, acorn, rob, ines):
    does(ines, acorn, resolve_ticket, ticket=asked, summary="Done.")
    does(ines, acorn, assign_ticket, ticket=asked, assignee=ines)
    does(rob, acorn, close_ticket, ticket=asked)
    ines.left_at = timezone.now()
    ines.save()
    follow_up = does(rob, acorn, reply, ticket=asked, body="Again.").ticket
    assert (follow_up.assignee, follow_up.engagement) == (None, acorn.engagement)
    assert told(follow_up) == [("Mara Lead", "ticket.opened")]


def test_one_ticket_that_cannot_be_moved_never_holds_up_the_next(acorn, rob, ines, monkeypatch):
    late = [cast.ask(rob, acorn) for _ in range(3)]
    for ticket in late:
        does(ines, acorn, resolve_ticket, ticket=ticket, summary="Done.")
    Ticket.objects.update(resolved_at=timezone.now() - 15 * DAY)

    def close_but_one(*, actor, ticket):
        if ticket == late[0]:
            raise OSError("broken")
        return close_ticket(actor=actor, ticket=ticket)

    monkeypatch.setattr(tasks, "close_ticket", close_but_one)
    close_settled_tickets()
    assert [now(ticket).state for ticket in late] == [State.RESOLVED, State.CLOSED, State.CLOSED]


def test_whoever_left_is_not_told_but_the_owner_is(asked, acorn, ines, rob, priya):
    Membership.objects.filter(person=rob).update(ended_at=timezone.now())
    does(ines, acorn, reply, ticket=asked, body="Seen.")
    assert told(asked)[-1] == ("Priya Owner", "message.posted")


@pytest.mark.parametrize("wish", [{"priority": 1}, {"estimate_minutes": 60}])
def test_a_client_wishes_urgency_and_sets_no_priority(acorn, rob, wish):
    request = {"client": acorn.client, "subject": "Late", "body": "Since Monday.", "source": "portal"}
    with pytest.raises(NotAllowed, match="urgent"):
        does(rob, acorn, open_ticket, **request, **wish)
    assert does(rob, acorn, open_ticket, **request, urgent=True).is_urgent_to_client


@pytest.mark.parametrize(
    ("change", "field"),
    [({"priority": 9}, "priority"), ({"kind": "wish"}, "kind"), ({"subject": "x" * 201}, "subject"), ({"subject": " "}, "subject")],
)
def test_an_edit_that_means_nothing_is_refused_at_its_field(asked, acorn, ines, change, field):
    with pytest.raises(DomainError) as refused:
        does(ines, acorn, edit_ticket, ticket=asked, **change)
    assert refused.value.field == field


def test_an_edit_is_remembered_without_its_words(asked, acorn, ines):
    does(ines, acorn, edit_ticket, ticket=asked, subject="Quotes promise 3 days", priority=2, kind="request", system=acorn.system)
    assert (now(asked).subject, now(asked).priority, now(asked).system) == ("Quotes promise 3 days", 2, acorn.system)
    assert Event.objects.get(kind="ticket.edited").payload == {"fields": ["priority", "subject", "system"]}


def test_the_database_itself_refuses_a_move_the_table_does_not_know(asked):
    with pytest.raises(IntegrityError, match="does not go from new to closed"), transaction.atomic():
        Ticket.objects.filter(pk=asked.pk).update(state=State.CLOSED, resolved_at=timezone.now(), closed_at=timezone.now())


def test_a_ticket_names_nothing_of_another_client(acorn, cobalt, ines, rob):
    request = {"client": acorn.client, "subject": "Late", "body": "Since Monday.", "source": "portal"}
    for foreign in ({"engagement": cobalt.engagement}, {"system": cobalt.system}):
        with pytest.raises(WrongClient):
            does(ines, acorn, open_ticket, **request, **foreign)


def test_an_approver_is_whoever_holds_the_role_or_owns(asked, acorn, ines, priya, bill):
    does(ines, acorn, ask_approval, ticket=asked, minutes=60, body="One hour.")
    assert policies.may_decide(cast.actor(priya), now(asked))
    assert not policies.may_decide(cast.actor(bill), now(asked))
    assert MemberRole.OWNER in cast.actor(priya).member_roles
