"""The one journey, told in a real browser, with and without JavaScript: ask, answer, log, alert, see it in both doors.

A worker in a process of its own carries the mail to an SMTP server on loopback; nothing between them is imitated.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from accounts.actions.people import assign
from accounts.actors import MemberRole, StaffRole
from accounts.models import Person
from billing.models import BurnAlert, TimeEntry
from events.models import Delivery, Notice
from tests import cast
from tests.cast import ARRANGING, Company, log
from tests.journey_cast import PostOffice, in_mid_period, is_alert, post_office, worker
from tests.visiting import Visitor, chromium
from tickets.models import Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a long way from here"
SUBJECT = "Quotes promise three days"
NBSP = "\N{NO-BREAK SPACE}"

type ComeIn = Callable[[Person], Visitor]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as open_one:
        yield open_one


@pytest.fixture
def mill(firm, mara, ada, ines_of_the_firm) -> Company:
    """Ten hours a period, of which seven and a half are used: ninety minutes more cross 80 % and nothing else."""
    company = in_mid_period("Acorn Mills", "ACM", hours=10, lead=mara)
    assign(actor=ARRANGING, person=ines_of_the_firm, client=company.client)
    log(ines_of_the_firm, company, minutes=450)
    return company


@pytest.fixture
def ines_of_the_firm(firm) -> Person:
    return cast.make_staff("Ines Consultant", StaffRole.CONSULTANT)


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def come_in(request, live_server, settings) -> Iterator[ComeIn]:
    """Sign in at the door, in a browser of one's own; at the end nobody may have anything to complain of."""
    settings.PUBLIC_URL = live_server.url
    with ExitStack() as at_the_end:
        browser = at_the_end.enter_context(chromium())

        def enter(person: Person) -> Visitor:
            person.user.set_password(PASSWORD)
            person.user.save(update_fields=["password"])
            visitor = Visitor(browser, live_server.url, java_script_enabled=request.param)
            visitor.sign_in(person.user.email, PASSWORD)
            return visitor

        yield enter


def ask_for_help(priya: Visitor) -> None:
    page = priya.page
    expect(page.get_by_role("main")).to_contain_text(f"2.5 h left of 10{NBSP}h")
    priya.look_closely()
    page.get_by_role("link", name="New request").first.click()
    priya.look_closely()
    page.get_by_label("What is it about?").fill(SUBJECT)
    page.get_by_label("What should we know?").fill("The mill needs **eight**. Since Monday.")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(SUBJECT)
    priya.look_closely()


def answer_and_log(ines: Visitor) -> None:
    page = ines.page
    ines.look_closely()
    page.goto("/workspace/inbox/")
    ines.look_closely()
    page.get_by_role("link", name=SUBJECT).click()
    ines.look_closely()
    page.locator("#reply textarea").fill("Found it: last year's price list is ranked first.")
    page.get_by_role("button", name="Send to Priya").click()
    expect(page.locator("#ticket, main").first).to_contain_text("price list is ranked first")
    page.goto("/workspace/")
    page.locator("#quick input[name=line]").fill("1h30 ACM-1 pinned the lead-time table")
    page.locator("#quick").get_by_role("button", name="Log", exact=True).click()
    expect(page.locator("body")).to_contain_text(re.compile(rf"Logged 1\.5{NBSP}h on ACM-1"))
    ines.look_closely()


def read_the_one_notice(mara: Visitor) -> None:
    mara.page.goto("/workspace/notices/")
    expect(mara.page.get_by_role("link", name="Acorn Mills has used 80")).to_have_count(1)
    mara.look_closely()
    mara.page.get_by_role("link", name="Acorn Mills has used 80").click()
    expect(mara.page.get_by_role("main")).to_contain_text("pinned the lead-time table")
    mara.look_closely()


def see_hours_fallen(priya: Visitor) -> None:
    page = priya.page
    page.goto("/portal/")
    expect(page.get_by_role("main")).to_contain_text(f"1 h left of 10{NBSP}h")
    page.get_by_role("link", name="How they add up").first.click()
    expect(page.get_by_role("main")).to_contain_text("pinned the lead-time table")
    priya.look_closely()
    page.goto("/portal/tickets/")
    priya.look_closely()
    page.get_by_role("link", name=SUBJECT).first.click()
    expect(page.get_by_role("main")).to_contain_text("price list is ranked first")
    expect(page.get_by_role("main")).to_contain_text(f"1.5{NBSP}h")
    priya.look_closely()


def see_danger(ada: Visitor) -> None:
    ada.page.goto("/workspace/retainers/")
    in_danger = ada.page.locator("tbody").filter(has_text="Needs a decision")
    expect(in_danger).to_contain_text("Acorn Mills")
    ada.look_closely()


def find_nothing(nadia: Visitor, visited: set[str]) -> None:
    """Another client's contact types every address the others were at: her own front pages, and otherwise nothing."""
    answers = {path: nadia.page.goto(path) for path in sorted(visited) if re.search(r"[0-9a-f]{8}-", path) or path.startswith("/workspace")}
    assert len(answers) >= 8
    assert {path: answer.status for path, answer in answers.items() if answer and answer.status != 404} == {}
    for path in ("/portal/", "/portal/tickets/?show=all", "/portal/hours/", "/portal/notices/", "/portal/tickets/?q=Quotes"):
        nadia.page.goto(path)
        assert "Acorn" not in nadia.page.content()
        assert "three days" not in nadia.page.content()


def test_ask_answer_log_alert_and_see(come_in, office, mill, mara, ada, ines_of_the_firm, cobalt, nadia, tmp_path):
    priya = cast.make_contact("Priya Owner", mill, MemberRole.OWNER)
    with worker(office, tmp_path / "worker.log"):
        asking = come_in(priya)
        ask_for_help(asking)
        working = come_in(ines_of_the_firm)
        answer_and_log(working)
        alert = office.wait_for(is_alert)
        told = {str(alert["To"]), str(office.wait_for(is_alert)["To"])}
    assert told == {mara.user.email, ada.user.email}
    leading, owning, prying = come_in(mara), come_in(ada), come_in(nadia)
    read_the_one_notice(leading)
    see_hours_fallen(asking)
    see_danger(owning)
    find_nothing(prying, asking.visited | working.visited | leading.visited | owning.visited)

    ticket, alerted = Ticket.objects.get(client=mill.client), BurnAlert.objects.get(client=mill.client)
    assert (alerted.percent, alerted.used_minutes) == (80, 540)
    assert TimeEntry.objects.get(ticket=ticket).raw_seconds == 5400
    assert Notice.objects.filter(person=mara, kind="alert.raised").count() == 1
    assert Delivery.objects.filter(notice__person=mara, notice__kind="alert.raised", sent_at__isnull=False).count() == 1
    assert [str(letter["To"]) for letter in office.letters if is_alert(letter)].count(mara.user.email) == 1
    for visitor in (asking, working, leading, owning):
        visitor.leaves_satisfied()
