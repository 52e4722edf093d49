"""What waits on the front page is answered in place, one after the other, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from accounts.actors import MemberRole
from billing.models import Authorisation
from tests import cast
from tests.visiting import Visitor, chromium
from tickets.actions import ask_approval

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser_of_the_machine() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_each_answer_is_seen_in_the_hours_beside_it_and_a_stale_no_says_what_waits_now(firm, mara, live_server, browser_of_the_machine):
    company = cast.make_company("Dovetail Joinery", "DVT", overage="authorise", lead=mara)
    olga = cast.make_contact("Olga Owner", company, MemberRole.OWNER)
    wish = cast.ask(olga, company)
    ask_approval(actor=cast.actor(mara), ticket=wish, minutes=180, body="Three hours, I think.")
    cast.log(mara, company, minutes=720)
    visitor = Visitor(browser_of_the_machine, live_server.url)
    visitor.holds_session_of(cast.browser(olga).cookies["session"].value)
    visitor.page.goto(reverse("portal:home"))
    front = visitor.page.locator("#front")
    expect(front).not_to_contain_text("spoken for")
    visitor.page.get_by_role("button", name="Approve 3 h").click()
    expect(front).to_contain_text(re.compile(r"3\sh spoken for"))
    cast.log(mara, company, minutes=30)
    visitor.page.get_by_role("button", name=re.compile(r"Decline 2\sh")).click()
    expect(visitor.page.locator("#toasts")).to_contain_text(re.compile(r"2\.5\sh wait for a yes now, not the 2\sh"))
    visitor.page.get_by_role("button", name=re.compile(r"Authorise 2\.5\sh")).click()
    expect(front).to_contain_text("Nothing waits for you.")
    assert Authorisation.objects.get().minutes_cap == 150
    visitor.context.close()
    assert [said for said in visitor.complaints if not re.search(r"^422 for|status of 422", said)] == []
