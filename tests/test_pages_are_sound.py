"""Every page of both doors, as the demo story fills them, in a real browser: at three widths, by day and by night.

axe-core finds nothing, the policy forbids nothing, the console stays silent, and nothing scrolls sideways.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.urls import resolve, reverse
from django.utils import timezone
from playwright.sync_api import Browser

from accounts.actions.links import share_balance
from accounts.actions.people import actor_of_person
from accounts.models import BusinessCalendar, Membership, Person
from billing.models import Expense, Period, Statement, TimeEntry
from config.story import Cast, tell_story
from engagements.models import AISystem
from events.actions.webhooks import Wanted, add_webhook, ping_webhook, rotate_secret
from events.models import Delivery, Webhook
from proposals.models import Proposal
from tests import cast
from tests.asking import ROWS
from tests.visiting import ALL_RULES, RULES_OF_COLOUR, Visitor, chromium
from tickets.models import Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (320, 390, 1440)
SCHEMES = {"light": ALL_RULES, "dark": RULES_OF_COLOUR}  # by night only colours differ
NO_PAGES = {
    "portal:attachment",
    "workspace:contract_file",
    "workspace:receipt",
    "workspace:attachment",
    "workspace:note_attachment",
    "portal:exit_kit_file",
    "workspace:exit_kit_file",
    "workspace:reading",
    "workspace:statement_pdf",
    "portal:statement_pdf",
    "workspace:ticket_time",
    "workspace:import",  # the story imports nothing, so there is no run to look at
    "workspace:import_report",
}


@pytest.fixture
def story(db: None) -> Cast:
    """The demo story, and beside it what went wrong on the way out: a webhook that failed, and a mail that was given up."""
    told = tell_story()
    wanted = Wanted(url="https://hooks.example.com/tend", description="The warehouse", kinds=["ticket.opened", "time.logged"])
    for who, client in ((told.actor("Ada"), None), (told.actor("Priya"), told.retainers["ACM"].client)):
        webhook, _secret = add_webhook(actor=who, wanted=wanted, client=client)
        rotate_secret(actor=who, webhook=webhook)
        message = ping_webhook(actor=who, webhook=webhook)
        tried = {"webhook": webhook, "client": client}
        message.tries.create(**tried, duration_ms=431, status=500, excerpt="<html>Internal Server Error</html>")
        message.tries.create(**tried, duration_ms=15000, error="No answer within 15 seconds.")
    lost = Delivery.objects.order_by("pk")[:1].values("pk")
    Delivery.objects.filter(pk__in=lost).update(is_waiting=False, sent_at=None, given_up_at=timezone.now(), last_error="550 no such person")
    return told


@pytest.fixture
def browser_of_the_machine() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def pages_of_the_portal(story: Cast) -> list[str]:
    client = story.retainers["ACM"].client
    asked = Ticket.objects.filter(client=client).order_by("number")
    periods = Period.objects.filter(client=client).order_by("starts_on")
    places = (
        "home",
        "tickets",
        "new_ticket",
        "hours",
        "systems",
        "proposals",
        "notices",
        "notice_choices",
        "keys",
        "people",
        "webhooks",
        "clients",
        "links",
    )
    return [
        *(reverse(f"portal:{name}") for name in (*places, "exit_kits")),
        reverse("portal:tickets") + "?show=all",
        reverse("portal:tickets") + "?q=nothing+is+called+so",
        *(reverse("portal:ticket", args=[ticket.pk]) for ticket in asked),
        *(reverse("portal:period", args=[period.pk]) for period in periods),
        *(reverse("portal:proposal", args=[sent.pk]) for sent in Proposal.objects.undecided().filter(client=client)),
        *(reverse("portal:webhook", args=[webhook.pk]) for webhook in Webhook.objects.filter(client=client)),
        reverse("portal:system", args=[AISystem.objects.filter(client=client)[0].pk]),
        reverse("account_change_password"),
        reverse("account_logout"),
    ]


def pages_of_the_workspace(story: Cast) -> list[str]:
    places = (
        "today",
        "approvals",
        "expenses",
        "new_expense",
        "margin",
        "first_steps",
        "inbox",
        "tickets",
        "new_ticket",
        "week",
        "team",
        "entries",
        "periods",
        "retainers",
        "clients",
        "new_client",
        "systems",
        "new_system",
        "proposals",
        "new_proposal",
        "imports",
        "import_mappings",
    )
    firm = ("notice_choices", "calendars", "new_calendar", "people", "keys", "webhooks", "deliveries", "settings")
    own = ("notices", "views", "links")
    retainer = story.retainers["ACM"]
    seen: dict[str, Iterable[Any]] = {
        "ticket": Ticket.objects.filter(reference__in=["ACM-1", "CBF-1", "DVJ-1"]),
        "edit_ticket": Ticket.objects.filter(reference="ACM-1"),
        "period": Period.objects.all(),
        "period_closure": Period.objects.open().filter(ends_on__lte=timezone.localdate(), is_history=False),
        "edit_client": [retainer.client],
        "client_people": [retainer.client],
        "new_retainer": [retainer.client],
        "entry": TimeEntry.objects.filter(client=retainer.client)[:1],
        "client": [each.client for each in story.retainers.values()],
        "exit_kits": [retainer.client],
        "system": AISystem.objects.filter(client=retainer.client)[:1],
        "colleague": Person.objects.of_the_firm().filter(staff_role="consultant")[:1],
        "membership": Membership.objects.filter(client=retainer.client)[:1],
        "calendar": BusinessCalendar.objects.all(),
        "balance_links": [retainer.client],
        "engagement": [retainer],
        "expense": Expense.objects.all(),
        "new_terms": [retainer],
        "new_lot": [retainer],
        "statement_sending": Statement.objects.filter(sent_at=None, superseded_at=None),
        "what_if": [retainer],
        "new_plan": [retainer],
        "proposal": Proposal.objects.all(),
        "webhook": Webhook.objects.all(),
    }
    return [
        *(reverse(f"workspace:{name}") for name in (*places, *firm, *own)),
        reverse("workspace:search") + "?q=lead",
        reverse("workspace:retainers") + "?sort=client",
        reverse("workspace:tickets") + "?q=nothing+is+called+so",
        *(reverse(f"workspace:{name}", args=[thing.pk]) for name, things in seen.items() for thing in things),
    ]


def at_the_door(story: Cast) -> list[str]:
    owner = actor_of_person(story.contacts["Priya"], client_id=story.retainers["ACM"].client_id)
    assert owner is not None
    _link, secret = share_balance(actor=owner, client=story.retainers["ACM"].client, name="The board")
    return [
        reverse("balance_page", args=[secret]),
        *(reverse(name) for name in ("account_login", "account_request_login_code", "account_reset_password")),
        reverse("problem", args=["not-found"]),
    ]


DOORS = {
    "portal, owner": (pages_of_the_portal, "Priya"),
    "workspace, admin": (pages_of_the_workspace, "Ada"),
    "the door": (at_the_door, ""),
}


def look_through(browser: Browser, address: str, pages: list[str], person: Person | None, scheme: str) -> list[str]:
    visitor = Visitor(browser, address, color_scheme=scheme, reduced_motion="reduce")
    if person is not None:
        visitor.holds_session_of(cast.browser(person).cookies["session"].value)
    for path in pages:
        for width in WIDTHS:
            visitor.page.set_viewport_size({"width": width, "height": 900})
            if width == WIDTHS[0]:
                visitor.page.goto(path)
            visitor.look_closely(rules=() if width == WIDTHS[1] else SCHEMES[scheme])
    visitor.context.close()
    return visitor.complaints


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("door", DOORS)
def test_every_page_is_sound(door, scheme, story, live_server, browser_of_the_machine):
    pages, name = DOORS[door]
    person = (story.staff | story.contacts)[name] if name else None
    complaints = look_through(browser_of_the_machine, live_server.url, pages(story), person, scheme)
    assert not complaints, "\n" + "\n".join(dict.fromkeys(complaints))


def test_no_page_is_left_out(story):
    """Every address of both doors that is read by GET is among the pages; a page that is added belongs there too."""
    looked_at = {resolve(path.partition("?")[0]).view_name for pages, _ in DOORS.values() for path in pages(story)}
    doors = {row.route for row in ROWS if row.method == "GET" and row.route.startswith(("portal:", "workspace:"))}
    assert doors - looked_at == NO_PAGES
