"""A ticket as the firm moves it: taken, answered, noted, asked about, planned, solved, and found again."""

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from billing.models import TimeEntry
from tests import cast
from tickets.actions import open_ticket
from tickets.models import EstimateApproval, Message, MessageAttachment, Note, NoteAttachment, Ticket

OPEN_RESOLVE = re.compile(r'<details[^>]*id="resolve"[^>]*\bopen\b')
HTMX = {"HX-Request": "true"}
SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture
def ticket(acorn, priya, ines):
    return cast.ask(priya, acorn)


def url(name, ticket):
    return reverse(f"workspace:{name}", args=[ticket.pk])


def test_the_inbox_holds_what_nobody_took_and_taking_it_empties_it(browser, ines, ticket):
    signed_in = browser(ines)
    page = signed_in.get(reverse("workspace:inbox")).content.decode()
    assert ticket.subject in page
    assert f"10{SPACE}h left" in page
    back = signed_in.post(url("acceptance", ticket), {"next": reverse("workspace:inbox")})
    assert back["Location"] == reverse("workspace:inbox")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.assignee) == ("open", ines)
    assert "The inbox is empty." in signed_in.get(reverse("workspace:inbox")).content.decode()


def test_a_ticket_is_given_only_to_who_works_for_its_client(browser, mara, tomas, ines, ticket):
    assert browser(mara).post(url("assignment", ticket), {"assign-assignee": str(tomas.pk)}).status_code == 422
    assert browser(mara).post(url("assignment", ticket), {"assign-assignee": str(ines.pk)}).status_code == 302
    ticket.refresh_from_db()
    assert ticket.assignee == ines


def test_an_answer_reaches_the_client_and_a_note_never_does(browser, ines, priya, ticket):
    signed_in = browser(ines)
    signed_in.post(url("reply", ticket), {"reply-body": "Looking now."})
    signed_in.post(url("note", ticket), {"note-body": "Their own rule book contradicts itself."})
    assert Message.objects.filter(body="Looking now.", by_client=False).exists()
    assert Note.objects.get().body == "Their own rule book contradicts itself."
    ours = signed_in.get(url("ticket", ticket)).content.decode()
    assert "Looking now." in ours
    assert "Their own rule book" in ours
    assert "only Northfold reads this" in ours


def test_the_two_composers_say_whom_they_reach(browser, ines, ticket):
    page = browser(ines).get(url("ticket", ticket)).content.decode()
    assert "Send to Priya" in page
    assert "Keep as note" in page
    assert "write-public" in page
    assert "write-note" in page


def test_a_question_makes_it_the_clients_turn(browser, ines, ticket):
    browser(ines).post(url("reply", ticket), {"reply-body": "Slowest item or order date?", "reply-ask": "on"})
    ticket.refresh_from_db()
    assert ticket.state == "waiting_on_client"
    assert "Waiting on client" in browser(ines).get(url("ticket", ticket)).content.decode()


def test_an_empty_answer_comes_back_with_a_sentence(browser, ines, ticket):
    refused = browser(ines).post(url("reply", ticket), {"reply-body": "  "})
    assert refused.status_code == 422
    assert 'class="wrongs"' in refused.content.decode()
    assert Message.objects.filter(by_client=False).count() == 0


def test_htmx_swaps_the_ticket_alone_and_tells_in_the_live_region(browser, ines, ticket):
    answer = browser(ines).post(url("reply", ticket), {"reply-body": "Looking now."}, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in page
    assert page.lstrip().startswith('<div id="ticket">')
    assert "Looking now." in page
    assert 'hx-swap-oob="beforeend:#toasts"' in page
    assert "Sent to Priya." in page


def test_a_refusal_by_htmx_keeps_what_was_typed(browser, ines, ticket):
    form = {"resolve-reason": "done", "resolve-summary": ""}
    refused = browser(ines).post(url("resolution", ticket), form, headers=HTMX)
    assert refused.status_code == 422
    assert "<html" not in refused.content.decode()
    assert OPEN_RESOLVE.search(refused.content.decode())


def test_solving_needs_words_for_the_client_and_reopening_takes_it_back(browser, ines, ticket):
    signed_in = browser(ines)
    signed_in.post(url("acceptance", ticket))
    signed_in.post(url("resolution", ticket), {"resolve-reason": "done", "resolve-summary": "The price list is pinned."})
    ticket.refresh_from_db()
    assert (ticket.state, ticket.reason) == ("resolved", "done")
    page = signed_in.get(url("ticket", ticket)).content.decode()
    assert "The price list is pinned." in page
    assert "Ines Consultant solved this" in page
    signed_in.post(url("reopening", ticket))
    ticket.refresh_from_db()
    assert ticket.state == "open"


def test_declining_from_the_inbox_tells_the_client_why(browser, ines, ticket):
    opened = browser(ines).get(url("ticket", ticket), {"step": "resolve"}).content.decode()
    assert OPEN_RESOLVE.search(opened)
    browser(ines).post(url("resolution", ticket), {"resolve-reason": "declined", "resolve-summary": "That belongs to your ERP supplier."})
    ticket.refresh_from_db()
    assert ticket.reason == "declined"


def test_a_plan_is_a_day_ahead_with_a_word_for_the_client(browser, ines, ticket):
    signed_in, today = browser(ines), timezone.localdate()
    late = signed_in.post(url("schedule", ticket), {"plan-planned_for": today.isoformat(), "plan-body": "Then."})
    assert late.status_code == 422
    assert "Choose a day from tomorrow" in late.content.decode()
    wanted = today + dt.timedelta(days=5)
    signed_in.post(url("schedule", ticket), {"plan-planned_for": wanted.isoformat(), "plan-body": "With the rota."})
    ticket.refresh_from_db()
    assert (ticket.state, ticket.planned_for) == ("scheduled", wanted)


def test_an_estimate_is_sent_for_a_yes_in_natural_hours(browser, ines, abe, ticket):
    browser(ines).post(url("approval_request", ticket), {"approval-minutes": "30h", "approval-body": "Pin the table and test it."})
    assert EstimateApproval.objects.get().minutes == 1800
    ticket.refresh_from_db()
    assert ticket.state == "awaiting_approval"
    assert f"30{SPACE}h wait for a yes" in browser(ines).get(url("ticket", ticket)).content.decode()


def test_nobody_is_asked_who_may_not_decide(browser, mara, cobalt):
    lonely = open_ticket(
        actor=cast.actor(mara), client=cobalt.client, engagement=cobalt.engagement, subject="x", body="y", source="workspace"
    )
    refused = browser(mara).post(url("approval_request", lonely), {"approval-minutes": "2h", "approval-body": "Why."})
    assert refused.status_code == 422
    assert "Nobody at this client may approve yet." in refused.content.decode()


def test_the_ticket_says_what_the_client_has_left_once_it_is_done(browser, ines, acorn, ticket):
    browser(ines).post(url("edit_ticket", ticket), edit_form(estimate_minutes="2h"))
    cast.log(ines, acorn, minutes=30, ticket=ticket)
    page = browser(ines).get(url("ticket", ticket)).content.decode().replace(SPACE, " ")
    assert "Covered" in page
    assert "of the 2 h estimate" in page
    assert "Acorn Mills has 9.5 h left of 10 h" in page
    assert "8 h left once this is done" in page


def edit_form(**changes):
    return {
        "subject": "Lead times",
        "kind": "incident",
        "service_area": "reporting",
        "priority": "1",
        "system": "",
        "estimate_minutes": "",
    } | changes


def test_editing_changes_what_it_is_called_and_refuses_anothers_system(browser, ines, cobalt, ticket):
    assert browser(ines).post(url("edit_ticket", ticket), edit_form()).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.subject, ticket.priority, ticket.service_area) == ("Lead times", 1, "reporting")
    assert browser(ines).post(url("edit_ticket", ticket), edit_form(system=str(cobalt.system.pk))).status_code == 422


def test_time_is_logged_on_the_ticket_by_a_duration_alone(browser, ines, ticket):
    signed_in = browser(ines)
    read = signed_in.get(url("ticket_time", ticket), {"line": "45m ran the cases"}, headers=HTMX).content.decode()
    assert f"0.75{SPACE}h" in read
    assert "covered" in read
    assert signed_in.post(url("ticket_time", ticket), {"line": "45m ran the cases"})["Location"] == url("ticket", ticket)
    entry = TimeEntry.objects.get()
    assert (entry.ticket, entry.billed_minutes, entry.note) == (ticket, 45, "ran the cases")
    wrong = signed_in.post(url("ticket_time", ticket), {"line": "a while"}, headers=HTMX)
    assert wrong.status_code == 422
    assert "No time can be read" in wrong.content.decode()


def test_a_line_that_names_another_ticket_goes_there(browser, ines, acorn, priya, ticket):
    other = cast.ask(priya, acorn, subject="Another")
    browser(ines).post(url("ticket_time", ticket), {"line": f"45m {other.reference} this one"})
    assert TimeEntry.objects.get().ticket == other


def test_files_come_along_and_are_only_ever_downloaded(browser, ines, tomas, ticket):
    signed_in = browser(ines)
    signed_in.post(url("reply", ticket), {"reply-body": "See.", "reply-files": SimpleUploadedFile("cases.csv", b"a,b\n1,2\n")})
    signed_in.post(url("note", ticket), {"note-body": "See.", "note-files": SimpleUploadedFile("raw.txt", b"only ours")})
    for found, name in ((MessageAttachment.objects.get(), "attachment"), (NoteAttachment.objects.get(), "note_attachment")):
        answer = signed_in.get(reverse(f"workspace:{name}", args=[found.pk]))
        assert answer["Content-Disposition"] == f'attachment; filename="{found.name}"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"].startswith("sandbox")
        assert b"".join(answer.streaming_content)
        assert browser(tomas).get(reverse(f"workspace:{name}", args=[found.pk])).status_code == 404


def test_a_file_of_a_kind_nobody_should_be_sent_is_refused_in_a_sentence(browser, ines, ticket):
    form = {"reply-body": "See.", "reply-files": SimpleUploadedFile("x.html", b"<html><script>1</script></html>")}
    refused = browser(ines).post(url("reply", ticket), form)
    assert refused.status_code == 422
    assert "of a kind we do not take" in refused.content.decode()


STEPS = (
    "reply",
    "note",
    "acceptance",
    "assignment",
    "schedule",
    "approval_request",
    "resolution",
    "reopening",
    "ticket_time",
    "edit_ticket",
)


@pytest.mark.parametrize("step", STEPS)
def test_no_step_of_an_unseen_ticket_exists(browser, tomas, ticket, step):
    assert browser(tomas).post(url(step, ticket), {"reply-body": "x", "line": "1h"}).status_code == 404


@pytest.mark.parametrize("step", ["reply", "note", "acceptance", "assignment", "schedule", "approval_request", "resolution", "reopening"])
def test_a_step_is_only_ever_posted(browser, ines, ticket, step):
    assert browser(ines).get(url(step, ticket)).status_code == 405


def test_only_what_would_be_accepted_has_a_button(browser, ines, ticket):
    fresh = browser(ines).get(url("ticket", ticket)).content.decode()
    assert "Take it" in fresh
    assert "Reopen" not in fresh
    browser(ines).post(url("resolution", ticket), {"resolve-reason": "done", "resolve-summary": "Done."})
    solved = browser(ines).get(url("ticket", ticket)).content.decode()
    assert "Reopen" in solved
    assert 'id="resolve"' not in solved
    assert 'id="schedule"' not in solved


def test_the_firm_opens_a_ticket_for_a_client(browser, ines, acorn, cobalt):
    form = {
        "client": str(acorn.client.pk),
        "subject": "Prompt review",
        "body": "As every week.",
        "kind": "task",
        "service_area": "prompt_optimisation",
        "priority": "3",
        "estimate_minutes": "1h30",
        "assignee": str(ines.pk),
    }
    answer = browser(ines).post(reverse("workspace:new_ticket"), form)
    opened = Ticket.objects.get()
    assert answer["Location"] == url("ticket", opened)
    assert (opened.engagement, opened.estimate_minutes, opened.assignee, opened.source) == (acorn.engagement, 90, ines, "workspace")
    assert browser(ines).post(reverse("workspace:new_ticket"), form | {"client": str(cobalt.client.pk)}).status_code == 422


def listed(signed_in, **query):
    page = signed_in.get(reverse("workspace:tickets"), query, headers=HTMX).content.decode()
    return {reference for reference in Ticket.objects.values_list("reference", flat=True) if f">{reference} " in page}


def test_a_list_is_what_its_address_says(browser, mara, ines, acorn, cobalt, priya, nadia):
    mine, theirs, solved = cast.ask(priya, acorn, subject="Mine"), cast.ask(nadia, cobalt, subject="Theirs"), cast.ask(priya, acorn)
    signed_in = browser(mara)
    signed_in.post(url("acceptance", mine))
    signed_in.post(url("reply", theirs), {"reply-body": "Which?", "reply-ask": "on"})
    signed_in.post(url("resolution", solved), {"resolve-reason": "done", "resolve-summary": "Done."})
    assert listed(signed_in) == {mine.reference, theirs.reference}
    assert listed(signed_in, assignee="me", turn="us") == {mine.reference}
    assert listed(signed_in, turn="client") == {theirs.reference}
    assert listed(signed_in, state="resolved") == {solved.reference}
    assert listed(signed_in, client=str(cobalt.client.pk)) == {theirs.reference}
    assert listed(signed_in, q="mine") == {mine.reference}
    assert listed(signed_in, assignee="nonsense") == set()
    assert listed(signed_in, client="nonsense") == set()
    assert listed(browser(ines)) == {mine.reference}


def test_long_lists_turn_pages_and_keep_their_filters(browser, mara, acorn, priya):
    for _ in range(51):
        cast.ask(priya, acorn)
    first = browser(mara).get(reverse("workspace:tickets"), {"client": str(acorn.client.pk)}).content.decode()
    assert f"?client={acorn.client.pk}&amp;page=2" in first
    second = browser(mara).get(reverse("workspace:tickets"), {"client": str(acorn.client.pk), "page": "2"}).content.decode()
    assert second.count('class="row-head item-title"') == 1
    assert browser(mara).get(reverse("workspace:tickets"), {"page": "x"}).status_code == 200


def test_a_clients_word_that_waits_long_comes_first_and_says_how_long(browser, ines, acorn, priya):
    fresh, waiting = cast.ask(priya, acorn, subject="Fresh"), cast.ask(priya, acorn, subject="Waiting")
    Ticket.objects.filter(pk=waiting.pk).update(unanswered_since=timezone.now() - dt.timedelta(hours=5))
    page = browser(ines).get(reverse("workspace:today")).content.decode()
    assert page.index("Waiting") < page.index(fresh.subject)
    assert f"asked 5{SPACE}h ago" in page


def test_what_somebody_wrote_is_never_run(browser, ines, acorn, priya):
    wild = cast.ask(priya, acorn, subject="<script>alert(1)</script>", body="<img src=x onerror=alert(1)>")
    page = browser(ines).get(url("ticket", wild)).content.decode()
    assert "<script>alert" not in page
    assert "<img" not in page
