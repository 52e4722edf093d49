"""A button that is clicked twice in a moment is pressed once, in a real browser: what it shows a single time is seen."""

import pytest
from django.urls import reverse
from playwright.sync_api import Route, expect

from accounts.models import ApiKey
from tests import cast
from tests.visiting import Visitor, chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_double_click_makes_one_key_and_shows_its_secret(ada, live_server):
    with chromium() as browser:
        visitor = Visitor(browser, live_server.url)
        visitor.holds_session_of(cast.browser(ada).cookies["session"].value)
        visitor.page.goto(reverse("workspace:keys"))
        visitor.page.get_by_role("textbox", name="Name").fill("Nightly export")
        visitor.page.get_by_role("checkbox").first.check()
        held: list[Route] = []  # the answer comes after the second click
        visitor.page.route(lambda _url: True, lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
        button = visitor.page.get_by_role("button", name="Make the key")
        twice = "button.click(); setTimeout(() => { button.click(); setTimeout(done, 50); }, 50);"
        button.evaluate(f"button => new Promise(done => {{ {twice} }})")
        (route,) = held
        route.continue_()
        expect(visitor.page.locator("code.secret")).to_be_visible()
        secret = visitor.page.locator("code.secret").inner_text()
        assert secret.startswith(ApiKey.objects.get().prefix)
        visitor.context.close()
        assert visitor.complaints == []
