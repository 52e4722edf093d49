"""Looking at pages in a real Chromium that complains: about scripts and styles that the policy forbids, errors on the console,
faults of the server, hosts that are not ours, and whatever axe-core finds.
"""

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

WITHOUT_CHROMIUM = "These stories are told in a real browser, and there is no `chromium` on PATH: apt-get install chromium."
PATIENCE_MS = 30_000
ALL_RULES = None
RULES_OF_COLOUR = ("color-contrast", "link-in-text-block")


def path_of_chromium() -> str:
    """The browser of the machine. Without one a developer skips these tests; continuous integration must have it."""
    found = shutil.which("chromium")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(WITHOUT_CHROMIUM)
        pytest.skip(WITHOUT_CHROMIUM)
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for one test. Playwright keeps an event loop in this thread, so Django is told that it may be asked beside it."""
    path, before = path_of_chromium(), os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
            yield browser
            browser.close()
            connections.close_all()  # beside a running loop Django keeps connections of their own, which nobody else would close
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Visitor:
    """Somebody with a browser of their own, and everything in it that should not have been."""

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.address = address
        self.scripts = options.get("java_script_enabled", True)
        self.context: BrowserContext = browser.new_context(base_url=address, locale="en-GB", **options)
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.visited: set[str] = set()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _asked(self, request: Request) -> None:
        if request.url.startswith(("http:", "https:")) and not request.url.startswith(self.address):
            self.complaints.append(f"{self.page.url} asks {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status} for {response.url}")
        elif response.request.method == "GET" and response.request.resource_type in {"document", "xhr", "fetch"}:
            parts = urlsplit(response.url)
            self.visited.add(parts.path + (f"?{parts.query}" if parts.query else ""))

    def holds_session_of(self, cookie: str) -> None:
        """Come in with a session made elsewhere: the form of the door is a story of its own."""
        self.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": self.address}])

    def sign_in(self, email: str, password: str) -> None:
        self.page.goto("/")
        self.page.get_by_label("Email", exact=True).fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_load_state()

    def look_closely(self, *, rules: Collection[str] | None = ALL_RULES) -> None:
        """Let axe-core read the page as it stands, and see that it is no wider than the window. Without scripts neither can be told."""
        if not self.scripts:
            return
        if rules is ALL_RULES or rules:
            for violation in self._violations(rules):
                nodes = "; ".join(" ".join(node["html"].split())[:140] for node in violation["nodes"][:3])
                self.complaints.append(f"{self.page.url}: axe {violation['id']}: {nodes}")
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            self.complaints.append(f"{self.page.url}: {wide} px too wide at {self.page.viewport_size}")

    def _violations(self, rules: Collection[str] | None) -> list[dict[str, Any]]:
        options: dict[str, Any] = {"resultTypes": ["violations"]}
        if rules is not ALL_RULES:
            options["runOnly"] = {"type": "rule", "values": list(rules)}
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        found: list[dict[str, Any]] = self.page.evaluate("options => axe.run(options).then(found => found.violations)", options)
        return found

    def leaves_satisfied(self) -> None:
        """Nothing was wrong anywhere this visitor went."""
        self.context.close()
        assert not self.complaints, "\n" + "\n".join(dict.fromkeys(self.complaints))
