"""A form that is sent twice does its work once: by a double click, at the same moment, with htmx, or on the way back."""

import datetime as dt
import re
import threading

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from billing.models import Expense, Lot, TimeEntry
from events.models import IdempotentRequest
from events.tasks import forget_answered_requests
from tests import cast
from tests.visiting import Visitor, chromium
from tickets.actions import close_ticket, resolve_ticket
from tickets.models import Message, Note, Ticket

SENT_TWICE = "This was sent twice, and is done once."


def tokens(page):
    return re.findall(r'name="once" value="([^"]+)"', page)


def token_in(browser, address):
    found = tokens(browser.get(address).content.decode())
    assert found, f"no form of {address} has a token"
    return found[0]


def work_today(company, minutes=60):
    return {"line": f"{minutes}m {company.client.code} Read the logs"}


@pytest.fixture
def at_ines(browser, ines):
    return browser(ines)


def test_a_line_sent_twice_logs_once_and_says_so(at_ines, acorn):
    sent = work_today(acorn) | {"once": token_in(at_ines, reverse("workspace:today"))}
    first = at_ines.post(reverse("workspace:log"), sent)
    second = at_ines.post(reverse("workspace:log"), sent)
    assert (first.status_code, second.status_code, second["Location"]) == (302, 302, first["Location"])
    assert [str(message) for message in get_messages(second.wsgi_request)][-1] == SENT_TWICE
    assert TimeEntry.objects.count() == 1
    assert "Logged 1" in at_ines.get(reverse("workspace:today")).content.decode(), "what the first did can still be taken back"


def test_other_words_under_the_same_token_are_another_act(at_ines, acorn):
    token = {"once": token_in(at_ines, reverse("workspace:today"))}
    at_ines.post(reverse("workspace:log"), work_today(acorn) | token)
    at_ines.post(reverse("workspace:log"), work_today(acorn, 30) | token)
    assert sorted(TimeEntry.objects.values_list("raw_seconds", flat=True)) == [1800, 3600]


def test_every_page_has_a_token_of_its_own_so_that_the_same_work_can_be_logged_again(at_ines, acorn):
    for _ in range(2):
        at_ines.post(reverse("workspace:log"), work_today(acorn) | {"once": token_in(at_ines, reverse("workspace:today"))})
    assert TimeEntry.objects.count() == 2


def test_what_was_refused_is_mended_and_sent_under_the_same_token(at_ines, acorn):
    token = {"once": token_in(at_ines, reverse("workspace:today"))}
    for _ in range(2):
        assert at_ines.post(reverse("workspace:log"), {"line": "lots of work"} | token).status_code == 422
    assert not IdempotentRequest.objects.exists()
    assert at_ines.post(reverse("workspace:log"), work_today(acorn) | token).status_code == 302


def test_the_token_of_somebody_else_holds_nobody_up(at_ines, browser, mara, acorn):
    sent = work_today(acorn) | {"once": token_in(at_ines, reverse("workspace:today"))}
    at_ines.post(reverse("workspace:log"), sent)
    browser(mara).post(reverse("workspace:log"), sent)
    assert TimeEntry.objects.count() == 2


def test_a_day_later_nothing_of_it_is_kept(at_ines, acorn):
    at_ines.post(reverse("workspace:log"), work_today(acorn) | {"once": token_in(at_ines, reverse("workspace:today"))})
    IdempotentRequest.objects.update(created_at=timezone.now() - dt.timedelta(hours=25))
    forget_answered_requests()
    assert not IdempotentRequest.objects.exists()


def test_htmx_is_led_to_the_page_as_it_is_now(at_ines, acorn):
    sent = work_today(acorn) | {"once": token_in(at_ines, reverse("workspace:today"))}
    page = {"HX-Request": "true", "HX-Current-URL": "http://testserver/workspace/"}
    assert at_ines.post(reverse("workspace:log"), sent, headers=page).status_code == 200
    assert at_ines.post(reverse("workspace:log"), sent, headers=page)["HX-Redirect"] == "/workspace/"
    assert TimeEntry.objects.count() == 1


def test_time_on_a_ticket_is_logged_once(at_ines, acorn, priya):
    ticket = cast.ask(priya, acorn)
    address = reverse("workspace:ticket_time", args=[ticket.pk])
    found = tokens(at_ines.get(reverse("workspace:ticket", args=[ticket.pk])).content.decode())
    for _ in range(2):
        assert at_ines.post(address, {"line": "45m read", "once": found[-1]}).status_code == 302
    assert TimeEntry.objects.count() == 1


def test_a_week_is_saved_once(at_ines, acorn):
    cast.log(at_ines_person(at_ines), acorn, minutes=60)
    page = at_ines.get(reverse("workspace:week")).content.decode()
    token = tokens(page)[0]
    row, was = (re.findall(rf'name="{name}-0" value="([^"]*)"', page)[0] for name in ("row", "was"))
    day = timezone.localdate().weekday()
    cells = {f"cell-0-{place}": "" for place in range(7)} | {f"cell-0-{day}": "2"}
    sent = {"row-0": row, "was-0": was, "once": token} | cells
    assert [at_ines.post(reverse("workspace:week"), sent).status_code for _ in range(2)] == [302, 302]
    assert sum(TimeEntry.objects.values_list("raw_seconds", flat=True)) == 7200


def at_ines_person(browser):
    return browser.get(reverse("workspace:today")).wsgi_request.user.person


def test_a_ticket_is_opened_once_behind_both_doors(browser, mara, priya, acorn):
    inside, outside = reverse("workspace:new_ticket"), reverse("portal:new_ticket")
    asked = {"client": str(acorn.client.pk), "kind": "request", "service_area": "reporting", "priority": "3"}
    for person, address, words in ((mara, inside, asked), (priya, outside, {})):
        at = browser(person)
        sent = {"subject": "Slow", "body": "Very.", "once": token_in(at, address)} | words
        first, second = at.post(address, sent), at.post(address, sent)
        assert (first.status_code, second["Location"]) == (302, first["Location"])
    assert Ticket.objects.count() == 2


def test_words_are_sent_once_and_what_follows_up_a_closed_request_is_one_request(browser, ines, priya, acorn):
    ticket = cast.ask(priya, acorn)
    reply, note, answer = (reverse(name, args=[ticket.pk]) for name in ("workspace:reply", "workspace:note", "portal:reply"))
    at, page = browser(ines), reverse("workspace:ticket", args=[ticket.pk])
    for address, words in ((reply, {"reply-body": "Soon."}), (note, {"note-body": "Look at the index."})):
        sent = words | {"once": token_in(at, page)}
        assert [at.post(address, sent).status_code for _ in range(2)] == [302, 302]
    resolve_ticket(actor=cast.actor(ines), ticket=ticket, reason="done", summary="It works.")
    close_ticket(actor=cast.actor(priya, acorn), ticket=ticket)
    theirs = browser(priya)
    sent = {"body": "It is back.", "once": token_in(theirs, reverse("portal:ticket", args=[ticket.pk]))}
    first, second = theirs.post(answer, sent), theirs.post(answer, sent)
    assert (first.status_code, second["Location"]) == (302, first["Location"])
    assert Ticket.objects.count() == 2
    assert list(Message.objects.order_by("pk").values_list("body", flat=True)).count("Soon.") == 1
    assert Note.objects.count() == 1


def test_hours_are_given_once_and_money_is_spent_once(browser, mara, acorn):
    at, today = browser(mara), timezone.localdate()
    lots, expenses = reverse("workspace:new_lot", args=[acorn.engagement.pk]), reverse("workspace:new_expense")
    life = {"usable_from": today.isoformat(), "last_day": (today + dt.timedelta(days=40)).isoformat()}
    bought = {"kind": "top_up", "minutes": "5", "reason": "Bought by mail"} | life | {"once": token_in(at, lots)}
    spent = {"engagement": str(acorn.engagement.pk), "spent_on": today.isoformat(), "amount": "12.00", "tax": "0", "currency": "USD"}
    spent |= {"category": "travel", "note": "Seats", "once": token_in(at, expenses)}
    for _ in range(2):
        assert at.post(lots, bought).status_code == 302
        assert at.post(expenses, spent).status_code == 302
    assert Lot.objects.exclude(kind=Lot.Kind.GRANT).count() == 1
    assert Expense.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_one_logs_and_the_others_come_after(ines, acorn):
    at, together, answers = cast.browser(ines), threading.Barrier(6), []
    sent = work_today(acorn) | {"once": token_in(at, reverse("workspace:today"))}

    def send():
        mine = Browser()
        mine.cookies = at.cookies
        together.wait()
        answers.append(mine.post(reverse("workspace:log"), sent).status_code)
        connection.close()

    senders = [threading.Thread(target=send) for _ in range(6)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert answers == [302] * 6
    assert TimeEntry.objects.count() == 1


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scripts", [True, False])
def test_a_double_click_on_log_is_one_entry(live_server, settings, ines, acorn, scripts):
    settings.PUBLIC_URL = live_server.url
    session = cast.browser(ines).cookies[settings.SESSION_COOKIE_NAME].value
    with chromium() as browser:
        visitor = Visitor(browser, live_server.url, java_script_enabled=scripts)
        visitor.holds_session_of(session)
        visitor.page.goto("/workspace/")
        visitor.page.locator("#log").fill("1h ACM Read the logs")
        visitor.page.get_by_role("button", name="Log", exact=True).dblclick()
        expect(visitor.page.get_by_role("link", name="Acorn Mills Read the logs")).to_be_visible()
        visitor.leaves_satisfied()
    assert TimeEntry.objects.count() == 1
