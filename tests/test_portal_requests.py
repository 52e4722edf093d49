"""A request from the client's side: filed, answered, approved, solved, reopened; with JavaScript and without."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.cast import actor, ask, log
from tests.test_portal_pages import HTMX, words
from tickets.actions import ask_approval, reply, resolve_ticket, write_note
from tickets.models import Message, MessageAttachment, Ticket
from tickets.rules import State

ASKED = {"subject": "Order inbox files orders twice", "body": "Since Tuesday, two of them."}


def url(name, request):
    return reverse(f"portal:{name}", args=[request.pk])


def text_file(name="orders.csv", content=b"order;copies\n17;2\n"):
    return SimpleUploadedFile(name, content, content_type="text/csv")


def test_a_request_is_filed_about_a_system_with_files_and_a_wish_for_urgency(browser, rob, acorn):
    visitor = browser(rob)
    sent = visitor.post(
        reverse("portal:new_ticket"),
        ASKED | {"system": acorn.system.pk, "urgent": "on", "files": [text_file(), text_file("more.csv", b"order;copies\n18;2\n")]},
    )
    filed = Ticket.objects.get(client=acorn.client)
    assert sent["Location"] == url("ticket", filed)
    assert (filed.subject, filed.system, filed.engagement, filed.source) == (ASKED["subject"], acorn.system, acorn.engagement, "portal")
    assert filed.is_urgent_to_client
    assert filed.requester == rob
    page = visitor.get(sent["Location"])
    assert "Sent. ACM-1 is with us." in page.content.decode()
    assert "Since Tuesday, two of them." in words(page)
    assert {a.name for a in MessageAttachment.objects.filter(message__ticket=filed)} == {"orders.csv", "more.csv"}


@pytest.mark.parametrize(("missing", "sentence"), [("subject", "what it is about"), ("body", "what happens")])
def test_an_incomplete_request_comes_back_with_what_was_typed(browser, rob, acorn, missing, sentence):
    back = browser(rob).post(reverse("portal:new_ticket"), ASKED | {missing: " "})
    assert back.status_code == 422
    assert sentence in words(back)
    kept = ({*ASKED} - {missing}).pop()
    assert ASKED[kept] in back.content.decode()
    assert not Ticket.objects.exists()


def test_a_system_of_another_client_cannot_be_named(browser, rob, acorn, cobalt):
    assert browser(rob).post(reverse("portal:new_ticket"), ASKED | {"system": cobalt.system.pk}).status_code == 422


def test_a_file_that_a_browser_would_run_is_refused_at_its_field(browser, rob, acorn):
    page = text_file("page.html", b"<html><script>alert(1)</script></html>")
    back = browser(rob).post(reverse("portal:new_ticket"), ASKED | {"files": [page]})
    assert back.status_code == 422
    assert "page.html is of a kind we do not take" in words(back)


def test_the_form_says_how_many_hours_are_left(browser, rob, ines, acorn):
    log(ines, acorn, minutes=210)
    assert "6.5 h left" in words(browser(rob).get(reverse("portal:new_ticket")))


def test_a_reply_without_javascript_leads_back_to_the_request(browser, priya, ines, acorn):
    request = ask(priya, acorn)
    reply(actor=actor(ines), ticket=request, body="Which item?", ask=True)
    sent = browser(priya).post(url("reply", request), {"body": "The slowest."})
    assert sent["Location"] == url("ticket", request)
    request.refresh_from_db()
    assert request.state == State.OPEN


def test_a_reply_with_htmx_answers_with_the_request_only(browser, priya, acorn):
    request = ask(priya, acorn)
    part = browser(priya).post(url("reply", request), {"body": "One more thing.", "files": [text_file()]}, headers=HTMX)
    said = part.content.decode()
    assert part.status_code == 200
    assert "<html" not in said
    assert 'id="ticket"' in said
    assert "One more thing." in said
    assert "orders.csv" in said
    assert "Sent." in said


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_empty_reply_is_not_sent(browser, priya, acorn, headers):
    request = ask(priya, acorn)
    back = browser(priya).post(url("reply", request), {"body": "  "}, headers=headers)
    assert back.status_code == 422
    assert "Write a few words first." in back.content.decode()
    assert Message.objects.filter(ticket=request).count() == 1


def test_a_refused_file_keeps_the_words_beside_it(browser, priya, acorn):
    request = ask(priya, acorn)
    back = browser(priya).post(
        url("reply", request), {"body": "See this page.", "files": [text_file("x.html", b"<html></html>")]}, headers=HTMX
    )
    assert back.status_code == 422
    assert "See this page." in back.content.decode()


def test_a_reply_to_a_closed_request_leads_to_the_one_that_follows_it_up(browser, priya, ines, acorn):
    request = ask(priya, acorn)
    resolve_ticket(actor=actor(ines), ticket=request, summary="Done.")
    visitor = browser(priya)
    visitor.post(url("closure", request))
    sent = visitor.post(url("reply", request), {"body": "It is back."}, headers=HTMX)
    follow_up = Ticket.objects.exclude(pk=request.pk).get()
    assert sent["HX-Redirect"] == url("ticket", follow_up)


@pytest.mark.parametrize(("answer", "sentence"), [("approve", "Priya approved 3 h"), ("decline", "Priya declined 3 h")])
def test_an_estimate_is_decided(browser, priya, ines, acorn, answer, sentence):
    request = ask(priya, acorn)
    ask_approval(actor=actor(ines), ticket=request, minutes=180, body="Three hours, I think.")
    part = browser(priya).post(url("decision", request), {"answer": answer}, headers=HTMX)
    assert sentence in words_of(part)
    request.refresh_from_db()
    assert request.state == State.OPEN


def words_of(part):
    """What an answer says, a whole page or a fragment."""
    return part.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_a_decision_on_the_front_page_takes_the_ask_away(browser, priya, ines, acorn):
    request = ask(priya, acorn)
    ask_approval(actor=actor(ines), ticket=request, minutes=180, body="Three hours, I think.")
    part = browser(priya).post(url("decision", request), {"answer": "approve", "at": "home"}, headers=HTMX)
    assert "Nothing waits for you." in words_of(part)
    assert "<html" not in words_of(part)


def front_of(page):
    """All below the greeting, without what is said once and what is made anew for each answer."""
    shown = words_of(page).partition('id="front">')[2].partition("<div hx-swap-oob")[0].partition("</main>")[0]
    return re.sub(r'value="[\w-]{20,}"|\s+|(</div>\s*)+$', "", shown)


@pytest.mark.parametrize("answer", ["approve", "decline"])
def test_what_is_answered_in_place_agrees_with_the_hours_and_the_work_beside_it(browser, priya, ines, acorn, answer):
    request, other = ask(priya, acorn), ask(priya, acorn)
    for each in (request, other):
        ask_approval(actor=actor(ines), ticket=each, minutes=180, body="Three hours, I think.")
    visitor = browser(priya)
    before = front_of(visitor.get(reverse("portal:home")))
    part = visitor.post(url("decision", request), {"answer": answer, "at": "home"}, headers=HTMX)
    assert ("3hspokenfor" in front_of(part)) == (answer == "approve")
    assert before != front_of(part) == front_of(visitor.get(reverse("portal:home")))


@pytest.mark.parametrize("role", ["rob", "bill"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_requesters_and_book_keepers_cannot_approve(request, browser, priya, ines, acorn, role, headers):
    person = request.getfixturevalue(role)
    wish = ask(priya, acorn)
    ask_approval(actor=actor(ines), ticket=wish, minutes=180, body="Three hours, I think.")
    refused = browser(person).post(url("decision", wish), {"answer": "approve"}, headers=headers)
    assert refused.status_code == 422
    assert "decided by those who approve" in words_of(refused)
    wish.refresh_from_db()
    assert wish.state == State.AWAITING_APPROVAL


def test_a_decision_taken_twice_is_told_and_changes_nothing(browser, priya, abe, ines, acorn):
    request = ask(priya, acorn)
    ask_approval(actor=actor(ines), ticket=request, minutes=180, body="Three hours, I think.")
    browser(abe).post(url("decision", request), {"answer": "approve"})
    late = browser(priya).post(url("decision", request), {"answer": "decline", "at": "home"}, headers=HTMX)
    assert late.status_code == 422
    assert "Nothing waits for a decision on ACM-1" in words_of(late)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_request_is_solved_and_reopened_by_who_asked(browser, priya, acorn, headers):
    request, visitor = ask(priya, acorn), browser(priya)
    for step, state in (
        ("resolution", State.RESOLVED),
        ("reopening", State.OPEN),
        ("resolution", State.RESOLVED),
        ("closure", State.CLOSED),
    ):
        answer = visitor.post(url(step, request), headers=headers)
        assert answer.status_code == (200 if headers else 302)
        request.refresh_from_db()
        assert request.state == state


def test_what_cannot_be_done_any_more_says_so(browser, priya, acorn):
    request = ask(priya, acorn)
    back = browser(priya).post(url("reopening", request))
    assert back.status_code == 422
    assert "ACM-1 is not solved yet." in words_of(back)


def test_steps_are_never_taken_by_a_link(browser, priya, acorn):
    request = ask(priya, acorn)
    for step in ("reply", "decision", "resolution", "reopening", "closure"):
        assert browser(priya).get(url(step, request)).status_code == 405


def test_internal_notes_never_reach_the_client(browser, priya, ines, acorn):
    request = ask(priya, acorn)
    write_note(actor=actor(ines), ticket=request, body="Canary in the note")
    assert "Canary" not in browser(priya).get(url("ticket", request)).content.decode()


def test_the_time_on_a_request_opens_its_entries(browser, priya, ines, acorn):
    request = ask(priya, acorn)
    entry = log(ines, acorn, minutes=90, ticket=request, note="Index rebuilt")
    page = browser(priya).get(url("ticket", request))
    assert "Time 1.5 h" in words(page)
    assert f"{reverse('portal:period', args=[acorn.period.pk])}#e-{entry.pk}" in page.content.decode()


def test_a_file_is_saved_and_never_opened_by_the_browser(browser, priya, rob, nadia, acorn, cobalt):
    request = ask(priya, acorn)
    browser(priya).post(url("reply", request), {"body": "The list.", "files": [text_file()]})
    kept = MessageAttachment.objects.get()
    there = browser(rob).get(reverse("portal:attachment", args=[kept.pk]))
    assert b"".join(there.streaming_content) == b"order;copies\n17;2\n"
    assert there["Content-Disposition"] == 'attachment; filename="orders.csv"'
    assert there["X-Content-Type-Options"] == "nosniff"
    assert browser(nadia).get(reverse("portal:attachment", args=[kept.pk])).status_code == 404


def test_what_people_write_is_shown_and_never_run(browser, priya, ines, acorn):
    request = ask(priya, acorn, subject="<script>alert(1)</script>", body='<img src=x onerror="alert(1)"> [a](javascript:alert(1))')
    reply(actor=actor(ines), ticket=request, body="<b>Which?</b>", ask=True)
    for address in (url("ticket", request), reverse("portal:home"), reverse("portal:tickets")):
        page = browser(priya).get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="javascript' not in page
