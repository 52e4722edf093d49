"""The week of a consultant without a mouse: every step is a key, from signing in to taking the last one back."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Person
from billing.models import TimeEntry, Timer
from tests import cast
from tests.cast import Company
from tests.visiting import Visitor, chromium
from tickets.models import Message, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a long way from here"


@pytest.fixture
def asked(acorn: Company, priya: Person, ines: Person) -> Ticket:
    """A request of Priya's that Ines has, and an hour that Ines logged a week ago."""
    ticket = cast.ask(priya, acorn, subject="Quotes promise three days")
    cast.ask(priya, acorn, subject="Tracking mails stopped")
    Ticket.objects.filter(pk=ticket.pk).update(assignee=ines)
    return ticket


@pytest.fixture
def visitor(live_server, settings, ines: Person) -> Iterator[Visitor]:
    settings.PUBLIC_URL = live_server.url
    ines.user.set_password(PASSWORD)
    ines.user.save()
    with chromium() as browser:
        found = Visitor(browser, live_server.url)
        yield found
        found.leaves_satisfied()


def typed(page: Page, *keys: str) -> None:
    """Press one key after the other; a word of several letters that is no key is typed."""
    for key in keys:
        page.keyboard.press(key)


def focus_on(page: Page, selector: str) -> None:
    expect(page.locator(selector)).to_be_focused()


def jump(page: Page, letter: str, heading: str) -> None:
    typed(page, "g", letter)
    expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()


def sign_in(page: Page, email: str) -> None:
    page.goto("/")
    page.get_by_label("Email", exact=True).focus()  # where a reader of the page begins
    page.keyboard.type(email)
    typed(page, "Tab")
    page.keyboard.type(PASSWORD)
    typed(page, "Enter")
    expect(page.get_by_role("link", name="Today")).to_be_visible()


def test_a_consultants_week_needs_no_mouse(visitor, asked, ines, acorn):
    page = visitor.page
    sign_in(page, ines.user.email)
    finds_a_ticket_in_the_palette(page, asked)
    logs_time(page, acorn)
    runs_a_timer(page, asked)
    writes_into_the_week(page, ines)
    walks_the_list_and_marks(page, ines)
    answers_and_solves(page, asked)
    reads_all_keys(page)


def finds_a_ticket_in_the_palette(page: Page, ticket: Ticket) -> None:
    typed(page, "Control+k")
    focus_on(page, "#palette-text")
    recent = page.locator("#palette-found [role=option]", has_text=ticket.reference)
    expect(recent).to_be_visible()
    page.keyboard.type("promise three")
    found = page.locator("#palette-found [role=option][aria-selected=true]", has_text=ticket.reference)
    for _ in range(6):
        if found.count():
            break
        typed(page, "ArrowDown")
        page.locator("#palette-found [role=option]").first.wait_for()
    expect(found).to_be_visible()
    typed(page, "Enter")
    expect(page.get_by_role("heading", level=1, name=ticket.subject)).to_be_visible()


def logs_time(page: Page, company: Company) -> None:
    typed(page, "g", "t")
    expect(page.locator("#log")).to_be_visible()
    typed(page, "l")
    focus_on(page, "#log")
    page.keyboard.type(f"1h30 {company.client.code}-1 found when it began")
    expect(page.locator("#reading")).to_contain_text("covered")
    typed(page, "Enter")
    expect(page.locator(".toast").first).to_contain_text("Logged 1.5")
    focus_on(page, "#log")  # given back only once the page has settled
    assert TimeEntry.objects.get().raw_seconds == 5400


def runs_a_timer(page: Page, ticket: Ticket) -> None:
    typed(page, "Escape")
    jump(page, "k", "Tickets")
    typed(page, "j")
    while ticket.subject not in page.evaluate("document.activeElement.textContent"):
        typed(page, "j")
    typed(page, "o")
    expect(page.get_by_role("heading", level=1, name=ticket.subject)).to_be_visible()
    typed(page, "t")
    expect(page.locator("#timer")).to_be_visible()
    typed(page, "t")
    expect(page.locator("#timer")).to_have_count(0)
    assert Timer.objects.running().count() == 0


def writes_into_the_week(page: Page, ines: Person) -> None:
    monday = timezone.localdate() - dt.timedelta(days=timezone.localdate().weekday())
    jump(page, "w", "")
    typed(page, "Tab")
    cell = page.locator("#cell-0-0")
    while not cell.evaluate("cell => cell === document.activeElement"):
        typed(page, "Tab")
    typed(page, "ArrowDown", "ArrowUp", "Control+a")
    page.keyboard.type("2")
    typed(page, "Enter")
    expect(page.locator(".toast").first).to_contain_text("saved")
    assert sum(TimeEntry.objects.filter(person=ines, work_date=monday).values_list("raw_seconds", flat=True)) == 7200
    typed(page, "y")
    expect(page.locator(".toast").first).to_contain_text("nothing to copy")


def walks_the_list_and_marks(page: Page, ines: Person) -> None:
    jump(page, "k", "Tickets")
    typed(page, "j", "x", "j", "x", "k")
    expect(page.locator("input[name=ticket]:checked")).to_have_count(2)
    typed(page, "w")
    expect(page.locator(".toast").first).to_contain_text("given over")
    assert Ticket.objects.filter(assignee=ines).count() == 2


def answers_and_solves(page: Page, ticket: Ticket) -> None:
    typed(page, "Control+k")
    page.keyboard.type(ticket.reference)
    found = page.locator("#palette-found [role=option]", has_text=ticket.subject)
    expect(found).to_be_visible()
    while found.get_attribute("aria-selected") != "true":
        typed(page, "ArrowDown")
    typed(page, "Enter")
    expect(page.get_by_role("heading", level=1, name=ticket.subject)).to_be_visible()
    typed(page, "m")
    page.keyboard.type("It says five days now.")
    typed(page, "Control+Enter")
    expect(page.get_by_text("It says five days now.")).to_be_visible()
    assert Message.objects.filter(ticket=ticket, body="It says five days now.").exists()
    typed(page, "Escape", "r")
    page.keyboard.type("The prompt reads the price list.")
    typed(page, "Control+Enter")
    expect(page.get_by_text("Solved").first).to_be_visible()
    ticket.refresh_from_db()
    assert ticket.is_settled


def reads_all_keys(page: Page) -> None:
    typed(page, "Escape")
    jump(page, "t", "")
    typed(page, "?")
    keys = page.locator("#keys")
    expect(keys).to_be_visible()
    expect(keys.locator("[data-page-keys]")).to_contain_text("Log time")
    typed(page, "Escape")
    expect(keys).to_be_hidden()


def test_the_last_thing_done_to_ones_time_is_taken_back_by_a_key(visitor, asked, ines, acorn):
    page = visitor.page
    sign_in(page, ines.user.email)
    logs_time(page, acorn)
    typed(page, "Escape", "u")
    expect(page.locator(".toast").first).to_contain_text("Taken back")
    assert not TimeEntry.objects.exists()


def test_a_timer_is_started_by_its_key_a_reference_and_enter(visitor, asked, ines):
    page = visitor.page
    sign_in(page, ines.user.email)
    jump(page, "k", "Tickets")
    typed(page, "t")
    focus_on(page, "#log")
    page.keyboard.type(f"{asked.reference} looking into it")
    typed(page, "Enter")
    expect(page.locator("#timer")).to_contain_text(asked.reference)
    assert Timer.objects.running().get().note == "looking into it"


def test_single_keys_can_be_turned_off_and_on_again(visitor, asked, ines):
    page = visitor.page
    sign_in(page, ines.user.email)
    typed(page, "?")
    box = page.get_by_role("checkbox", name="Single keys are on")
    while not box.evaluate("box => box === document.activeElement"):
        typed(page, "Tab")
    typed(page, "Space", "Escape", "g", "k")
    expect(page.get_by_role("heading", level=1, name="Tickets")).to_have_count(0)
    typed(page, "Control+k")
    focus_on(page, "#palette-text")
    typed(page, "Escape")
    page.reload()
    page.locator("summary.person").click()
    page.get_by_role("button", name="Keys of the keyboard").click()
    expect(box).not_to_be_checked()
    box.focus()
    typed(page, "Space", "Escape")
    expect(page.locator("#keys")).to_be_hidden()
    jump(page, "k", "Tickets")


def test_the_palette_puts_what_answers_before_searching_and_keeps_the_choice(visitor, asked, ines, acorn, priya):
    page = visitor.page
    for number in range(10):  # ...-10 begins like ...-1, and is newer
        cast.ask(priya, acorn, subject=f"Another {number}")
    sign_in(page, ines.user.email)
    chosen = page.locator("#palette [role=option][aria-selected=true]")
    typed(page, "Control+k")
    with page.expect_response(lambda answer: "q=week" in answer.url):
        page.keyboard.type("week")
    expect(chosen).to_contain_text("Week")
    typed(page, "Enter")
    page.wait_for_url("**/workspace/week/**")
    typed(page, "Control+k")
    page.keyboard.type(asked.reference.lower())
    expect(chosen).to_contain_text(asked.subject)
    typed(page, "ArrowUp")
    expect(chosen).to_contain_text("Search the tickets")
    typed(page, "Enter")
    expect(page.get_by_role("heading", level=1, name=asked.subject)).to_be_visible()
