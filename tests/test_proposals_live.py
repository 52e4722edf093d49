"""The numbers of a proposal follow the typing, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from tests import cast
from tests.proposal_cast import drafted
from tests.visiting import Visitor, chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser_of_the_machine() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_the_estimate_follows_what_is_typed(acorn, ines, live_server, browser_of_the_machine):
    proposal = drafted(acorn, ines)
    visitor = Visitor(browser_of_the_machine, live_server.url)
    visitor.holds_session_of(cast.browser(ines).cookies["session"].value)
    visitor.page.goto(reverse("workspace:proposal", args=[proposal.pk]))
    numbers = visitor.page.locator("#numbers")
    expect(numbers).to_contain_text(re.compile(r"USD\s483\.33"))
    visitor.page.get_by_label("Tasks a week, likely").fill("240")
    visitor.page.get_by_label("Tasks a week, low").fill("")
    visitor.page.get_by_label("Tasks a week, high").fill("")
    expect(numbers).to_contain_text(re.compile(r"USD\s1,176\.67"))
    visitor.page.get_by_label("Tasks a week, low").fill("300")
    expect(numbers).to_contain_text("The low figure is above the likely one.")
    visitor.leaves_satisfied()
