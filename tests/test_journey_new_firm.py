"""A new firm, from the token on the console to the first alert in the mail, only reading the pages; with and without JavaScript.

The steps are counted, because ten minutes is a promise about how little is asked.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.message import EmailMessage
from time import monotonic

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Request, expect

from accounts.actions.founding import founding_token
from billing.models import BurnAlert, Period
from tests.journey_cast import PostOffice, post_office, worker
from tests.visiting import Visitor, chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEN_MINUTES_IN_SECONDS = 600
MOST_FORMS = 14
SUBJECT = "Answers quote last year's prices"
NBSP = "\N{NO-BREAK SPACE}"

type Arrive = Callable[[], Visitor]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as open_one:
        yield open_one


@pytest.fixture
def forms() -> list[str]:
    """Every form that was sent by anybody, by its address."""
    return []


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def arrive(request, live_server, settings, forms) -> Iterator[Arrive]:
    """A browser of somebody's own, at an installation that nobody has founded yet."""
    settings.PUBLIC_URL = live_server.url
    with ExitStack() as at_the_end:
        browser = at_the_end.enter_context(chromium())

        def someone() -> Visitor:
            visitor = Visitor(browser, live_server.url, java_script_enabled=request.param)
            visitor.page.on("request", lambda asked: note_form(asked, forms))
            return visitor

        yield someone


def note_form(asked: Request, forms: list[str]) -> None:
    if asked.method == "POST":
        forms.append(asked.url)


def found(ada: Visitor) -> None:
    """The token, then the five questions."""
    page = ada.page
    page.goto("/")
    ada.look_closely()
    page.get_by_label("Token").fill(founding_token())
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What is your firm called")
    ada.look_closely()
    page.get_by_label("Name of the firm").fill("Northfold")
    page.get_by_label("Your name").fill("Ada Okafor")
    page.get_by_label("Your e-mail").fill("ada@northfold.example")
    page.get_by_label("Password").fill("seven green herons")
    page.get_by_role("button", name="Found the firm").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Where does Northfold work")
    ada.look_closely()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("first client")
    ada.look_closely()
    page.get_by_label("Name", exact=True).fill("Acorn Mills")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What is Acorn Mills promised?")
    ada.look_closely()
    page.get_by_label("Hours a month").fill("10")
    page.get_by_label("Fee a month").fill("2000")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Who works with you?")
    ada.look_closely()
    page.get_by_label("Name", exact=True).fill("Ines Moser")
    page.get_by_label("E-mail").fill("ines@northfold.example")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("main")).to_contain_text("Nothing is yours to move.")
    ada.look_closely()


def invite_petra(ada: Visitor) -> None:
    page = ada.page
    page.get_by_role("link", name="Clients").click()
    ada.look_closely()
    page.get_by_role("link", name="Acorn Mills").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Acorn Mills")
    ada.look_closely()
    page.get_by_role("link", name="Invite somebody").click()
    form = page.locator("#contact")
    form.get_by_label("Name").fill("Petra Lang")
    form.get_by_label("E-mail").fill("petra@acorn.example")
    form.get_by_role("button", name="Invite the contact").click()
    expect(page.locator("body")).to_contain_text("Petra Lang is invited by mail")


def come_in_by_mail(visitor: Visitor, invitation: EmailMessage) -> None:
    """Follow the link of the invitation, ask for a code, type the code that the mail holds."""
    address = str(invitation["To"])
    body = invitation.get_body(("plain",))
    assert body is not None
    link = re.search(r"http://\S+/accounts/\S+", body.get_content())
    assert link is not None
    page = visitor.page
    page.goto(link[0])
    visitor.look_closely()
    page.get_by_label("Email").fill(address)
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_label("Code")).to_be_visible()
    [letter] = [letter for letter in mail.outbox if letter.to == [address]]
    code = re.search(r"^\s*([0-9A-Z][0-9A-Z-]{4,12})\s*$", str(letter.body), re.MULTILINE)
    assert code is not None
    page.get_by_label("Code").fill(code[1])
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.locator("body")).to_contain_text("Signed in as")


def ask_for_help(petra: Visitor) -> None:
    page = petra.page
    petra.look_closely()
    page.get_by_role("link", name="New request").first.click()
    page.get_by_label("What is it about?").fill(SUBJECT)
    page.get_by_label("What should we know?").fill("Since Monday, in every third answer.")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(SUBJECT)


def work_past_half(ines: Visitor) -> None:
    """Take the request from the inbox, and log a little more than half of the hours on it."""
    page = ines.page
    page.get_by_role("link", name="Inbox").click()
    ines.look_closely()
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_role("main")).to_contain_text("The inbox is empty.")
    page.get_by_role("link", name="Today").click()
    minutes = Period.objects.covering(timezone.localdate()).get().capacity_minutes * 6 // 10
    page.locator("#quick input[name=line]").fill(f"{minutes}m ACO-1 put the new price list first")
    page.locator("#quick").get_by_role("button", name="Log", exact=True).click()
    expect(page.locator("body")).to_contain_text("Logged")


def is_alert(letter: EmailMessage) -> bool:
    return f"used 50{NBSP}%" in str(letter["Subject"]) or "used 50 %" in str(letter["Subject"])


def test_a_new_firm_has_its_first_alert_in_ten_minutes(arrive, office, forms, tmp_path):
    began, ada, ines, petra = monotonic(), arrive(), arrive(), arrive()
    with worker(office, tmp_path / "worker.log"):
        found(ada)
        invite_petra(ada)
        letters = [office.wait_for(lambda letter: "Northfold" in str(letter["Subject"])) for _both in range(2)]
        invitations = {str(letter["To"]): letter for letter in letters}
        come_in_by_mail(ines, invitations["ines@northfold.example"])
        come_in_by_mail(petra, invitations["petra@acorn.example"])
        ask_for_help(petra)
        work_past_half(ines)
        alert = office.wait_for(is_alert)
    assert str(alert["To"]) == "ada@northfold.example"
    ada.page.get_by_role("link", name="Notices").click()
    expect(ada.page.get_by_role("main")).to_contain_text("Acorn Mills has used 50")
    ada.look_closely()
    assert BurnAlert.objects.get().percent == 50
    assert len(forms) <= MOST_FORMS, "\n".join(forms)
    assert monotonic() - began < TEN_MINUTES_IN_SECONDS
    for visitor in (ada, ines, petra):
        visitor.leaves_satisfied()
