"""The firm's pages: who comes in, what each shows, and that long lists cost what short ones cost."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiKey, Assignment, Client, Firm, Membership, Person
from engagements.models import Component, Engagement
from tests import cast
from tests.cast import Company
from tickets.models import TicketCounter

PLACES = (
    "today",
    "inbox",
    "tickets",
    "new_ticket",
    "week",
    "team",
    "entries",
    "periods",
    "retainers",
    "clients",
    "systems",
    "new_system",
    "people",
    "keys",
    "views",
    "links",
    "settings",
    "notices",
    "search",
)
MOST_QUERIES = 25


@pytest.fixture
def told(acorn: Company, cobalt: Company, mara: Person, ines: Person, priya: Person, nadia: Person) -> None:
    """A few days of work at two clients."""
    ticket = cast.ask(priya, acorn)
    cast.ask(nadia, cobalt, subject="Tracking mails stopped")
    cast.log(ines, acorn, minutes=90, ticket=ticket, note="Found when it began")
    cast.log(mara, cobalt, minutes=21 * 60 - 30, note="Rebuilt the index")


def pages_of(company):
    ticket = company.client.tickets.first()
    entry = company.engagement.entries.first()
    named = [
        ("client", company.client),
        ("period", company.period),
        ("system", company.system),
        ("ticket", ticket),
        ("edit_ticket", ticket),
        ("entry", entry),
    ]
    return [reverse(f"workspace:{name}", args=[thing.pk]) for name, thing in named]


@pytest.mark.parametrize("place", PLACES)
def test_every_place_opens_within_its_queries(browser: Callable[[Person], Browser], mara: Person, told: None, place: str) -> None:
    signed_in = browser(mara)
    signed_in.get(reverse("workspace:today"))
    with CaptureQueriesContext(connection) as asked:
        answer = signed_in.get(reverse(f"workspace:{place}"))
    assert answer.status_code == 200
    assert len(asked) <= MOST_QUERIES, [query["sql"][:200] for query in asked]


def test_every_page_of_a_thing_opens_within_its_queries(browser, mara, told, acorn, cobalt):
    signed_in = browser(mara)
    for url in [
        *pages_of(acorn),
        *pages_of(cobalt),
        reverse("workspace:new_terms", args=[acorn.engagement.pk]),
        reverse("workspace:new_client"),
    ]:
        with CaptureQueriesContext(connection) as asked:
            answer = signed_in.get(url)
        assert answer.status_code == 200, url
        assert len(asked) <= MOST_QUERIES, (url, [query["sql"][:160] for query in asked])


def test_a_consultant_finds_nothing_of_a_client_they_are_not_assigned_to(browser, ines, told, cobalt):
    for url in pages_of(cobalt):
        assert browser(ines).get(url).status_code == 404, url


def test_a_consultant_reads_their_own_clients_and_nothing_of_the_others(browser, ines, told, acorn, cobalt):
    for url in pages_of(acorn):
        assert browser(ines).get(url).status_code == 200, url
    for place in ("today", "inbox", "tickets", "retainers", "clients", "systems", "search"):
        page = browser(ines).get(reverse(f"workspace:{place}"), {"q": "a"} if place == "search" else None).content.decode()
        assert "Cobalt" not in page, place
        assert "Tracking mails" not in page, place


@pytest.mark.parametrize("place", PLACES)
def test_a_clients_people_find_no_workspace(browser, priya, place):
    assert browser(priya).get(reverse(f"workspace:{place}")).status_code == 404


def test_whoever_is_not_signed_in_is_sent_to_the_door(db, firm):
    answer = Browser().get(reverse("workspace:tickets"), {"turn": "us"})
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('account_login')}?next=/workspace/tickets/%3Fturn%3Dus"


def test_htmx_of_whoever_is_not_signed_in_leads_the_whole_page_to_the_door(db, firm):
    answer = Browser().get(reverse("workspace:today"), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith(reverse("account_login"))


def test_only_leads_find_the_forms_that_promise(browser, ines, acorn):
    assert browser(ines).get(reverse("workspace:new_client")).status_code == 404
    assert browser(ines).get(reverse("workspace:new_terms", args=[acorn.engagement.pk])).status_code == 404
    assert browser(ines).post(reverse("workspace:invite_staff")).status_code == 404
    assert "Bring in a colleague" not in browser(ines).get(reverse("workspace:people")).content.decode()


def test_a_lead_takes_a_client_into_care_with_its_hours(browser, mara, firm):
    answer = browser(mara).post(reverse("workspace:new_client"), new_client_form())
    taken = Client.objects.get(code="ELM")
    assert answer["Location"] == reverse("workspace:client", args=[taken.pk])
    engagement = Engagement.objects.get(client=taken)
    terms = engagement.terms.get()
    assert (terms.included_minutes, terms.thresholds, engagement.lead) == (30 * 60, [50, 80, 100], mara)
    assert "30" in browser(mara).get(answer["Location"]).content.decode()


def test_a_code_that_is_taken_leaves_no_half_of_a_client(browser, mara, acorn):
    answer = browser(mara).post(reverse("workspace:new_client"), new_client_form(code="ACM"))
    assert answer.status_code == 422
    assert "The code ACM is taken." in answer.content.decode()
    assert not Client.objects.filter(name="Elmstead Clinics").exists()


def new_client_form(**changes):
    today = timezone.localdate()
    return {
        "name": "Elmstead Clinics",
        "code": "ELM",
        "time_zone": "Europe/London",
        "engagement_name": "AI care",
        "currency": "USD",
        "lead": str(Person.objects.get(name="Mara Lead").pk),
        "starts_on": today.replace(day=1).isoformat(),
        "included_minutes": "30h",
        "fee": "4800",
        "period_unit": "month",
        "overage": "authorise",
        "overage_rate": "",
        "carry_periods": "1",
        "carry_cap_percent": "50",
        "thresholds": "50, 80 100",
    } | changes


def test_new_terms_begin_on_their_day_and_end_those_before(browser, mara, acorn):
    begins = (acorn.period.ends_on).isoformat()
    form = new_client_form(starts_on=begins, included_minutes="20h")
    assert browser(mara).post(reverse("workspace:new_terms", args=[acorn.engagement.pk]), form).status_code == 302
    assert [(terms.included_minutes, terms.ends_on is None) for terms in acorn.engagement.terms.order_by("starts_on")] == [
        (600, False),
        (1200, True),
    ]


def test_a_contact_is_invited_in_roles_and_their_membership_ends(browser, mara, acorn):
    form = {
        "contact-name": "Sam New",
        "contact-email": "sam@acorn.example",
        "contact-time_zone": "UTC",
        "contact-client": str(acorn.client.pk),
        "contact-roles": ["approver", "billing"],
    }
    assert browser(mara).post(reverse("workspace:invite_contact"), form).status_code == 302
    membership = Membership.objects.get(person__name="Sam New")
    assert membership.roles == ["approver", "billing"]
    browser(mara).post(reverse("workspace:end_membership", args=[membership.pk]))
    membership.refresh_from_db()
    assert membership.ended_at is not None


@pytest.mark.parametrize(("chosen", "zone"), [("", "America/New_York"), ("Asia/Tokyo", "Asia/Tokyo")])
def test_a_contact_is_where_the_client_is_unless_said_otherwise(browser, mara, acorn, chosen, zone):
    Firm.objects.update(time_zone="Europe/Berlin")
    Client.objects.filter(pk=acorn.client.pk).update(time_zone="America/New_York")
    desk = browser(mara)
    page = desk.get(reverse("workspace:people"), {"client": acorn.client.pk}).content.decode()
    contact = page.partition('id="contact"')[2].partition("</form>")[0]
    assert '<option value="" selected>where the client is</option>' in contact
    assert 'value="Europe/Berlin" selected' not in contact
    form = {"contact-name": "Sam New", "contact-email": "sam@acorn.example", "contact-time_zone": chosen}
    form |= {"contact-client": str(acorn.client.pk), "contact-roles": ["requester"]}
    assert desk.post(reverse("workspace:invite_contact"), form).status_code == 302
    assert Person.objects.get(name="Sam New").time_zone == zone


def test_an_address_that_signs_somebody_in_is_refused_in_a_sentence(browser, mara, ines):
    form = {"staff-name": "Ines Again", "staff-email": "ines@northfold.example", "staff-time_zone": "UTC", "staff-staff_role": "lead"}
    answer = browser(mara).post(reverse("workspace:invite_staff"), form)
    assert answer.status_code == 422
    assert "already signs somebody in" in answer.content.decode()


def test_a_consultant_sees_a_client_from_the_moment_they_are_assigned(browser, mara, ines, cobalt):
    url = reverse("workspace:client", args=[cobalt.client.pk])
    assert browser(ines).get(url).status_code == 404
    browser(mara).post(reverse("workspace:assign_person"), {"assign-person": str(ines.pk), "assign-client": str(cobalt.client.pk)})
    assert browser(ines).get(url).status_code == 200
    browser(mara).post(reverse("workspace:unassign_person", args=[Assignment.objects.get(person=ines, client=cobalt.client).pk]))
    assert browser(ines).get(url).status_code == 404


def test_the_secret_of_a_key_is_shown_once(browser, mara):
    signed_in = browser(mara)
    made = signed_in.post(reverse("workspace:keys"), {"name": "nightly", "scopes": ["tickets:read"]}).content.decode()
    key = ApiKey.objects.get(name="nightly")
    assert f'<code class="secret">{key.prefix}' in made
    again = signed_in.get(reverse("workspace:keys"))
    assert 'class="secret"' not in again.content.decode()
    assert "no-store" in again["Cache-Control"]
    signed_in.post(reverse("workspace:revoke_key", args=[key.pk]))
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_nobody_revokes_a_key_they_cannot_see(browser, mara, ines):
    browser(mara).post(reverse("workspace:keys"), {"name": "nightly", "scopes": ["tickets:read"]})
    key = ApiKey.objects.get(name="nightly")
    assert browser(ines).post(reverse("workspace:revoke_key", args=[key.pk])).status_code == 404


def test_admins_change_the_firm_and_others_only_read_it(browser, ada, mara):
    form = {"name": "Southfold", "hue": "25", "time_zone": "Europe/Berlin", "currency": "EUR"}
    assert browser(mara).post(reverse("workspace:settings"), form).status_code == 404
    assert browser(ada).post(reverse("workspace:settings"), form).status_code == 302
    firm = Firm.objects.get()
    assert (firm.name, firm.hue, firm.currency) == ("Southfold", 25, "EUR")
    assert browser(ada).post(reverse("workspace:settings"), form | {"hue": "500"}).status_code == 422


def test_a_system_is_taken_into_care_and_gets_its_parts(browser, ines, acorn):
    form = {"engagement": str(acorn.engagement.pk), "name": "Order inbox", "kind": "automation", "purpose": "", "since": "2026-01-05"}
    answer = browser(ines).post(reverse("workspace:new_system"), form)
    page = browser(ines)
    assert page.post(answer["Location"], {"name": "router prompt", "kind": "prompt", "version": "v15"}).status_code == 302
    assert Component.objects.get(name="router prompt").system.name == "Order inbox"
    twice = page.post(answer["Location"], {"name": "router prompt", "kind": "prompt", "version": "v16"})
    assert twice.status_code == 422
    assert "already has a part of that name" in twice.content.decode()


def test_a_system_is_not_taken_into_the_care_of_a_client_one_does_not_see(browser, ines, cobalt):
    form = {"engagement": str(cobalt.engagement.pk), "name": "Order inbox", "kind": "automation", "since": "2026-01-05"}
    assert browser(ines).post(reverse("workspace:new_system"), form).status_code == 422


@pytest.mark.parametrize("who", ["ada", "mara", "ines"])
def test_the_palette_leads_wherever_its_reader_may_go_and_nowhere_else(browser, request, who):
    visitor = browser(request.getfixturevalue(who))
    page = visitor.get(reverse("workspace:today")).content.decode()
    palette = page.partition('id="palette-list"')[2].partition("</dialog>")[0]
    places = {place.partition("#")[0] for place in re.findall(r'data-href="([^"]+)"', palette)}
    assert {place for place in places if visitor.get(place).status_code != 200} == set()
    for name in ("webhooks", "calendars", "new_client", "imports", "margin", "deliveries"):
        assert (reverse(f"workspace:{name}") in places) == (visitor.get(reverse(f"workspace:{name}")).status_code == 200)
    assert re.search(rf'href="{reverse("workspace:approvals")}" data-go="a"', page)
    assert re.search(rf'href="{reverse("workspace:expenses")}" data-go="x"', page)


def test_a_reference_leads_straight_to_its_ticket_and_words_to_what_they_name(browser, mara, told, acorn):
    ticket = acorn.client.tickets.get()
    search = reverse("workspace:search")
    assert browser(mara).get(search, {"q": ticket.reference.lower()})["Location"] == reverse("workspace:ticket", args=[ticket.pk])
    assert browser(mara).get(search, {"q": "two words", "in": "tickets"})["Location"] == reverse("workspace:tickets") + "?q=two+words"
    found = browser(mara).get(search, {"q": "acorn"}, headers={"HX-Request": "true"}).content.decode()
    assert f'data-href="{reverse("workspace:client", args=[acorn.client.pk])}"' in found
    assert "<html" not in found


def test_notices_are_read_all_at_once(browser, mara, ines, told):
    reading = browser(mara)
    assert "you have not read" in reading.get(reverse("workspace:notices")).content.decode()
    reading.post(reverse("workspace:notices"))
    assert "Mark all as read" not in reading.get(reverse("workspace:notices")).content.decode()


def test_the_board_names_who_is_over_and_sorts_the_worst_first(browser, mara, told):
    page = browser(mara).get(reverse("workspace:retainers")).content.decode()
    assert "Needs a decision" in page
    assert "0.5\N{NO-BREAK SPACE}h over" in page
    table = page.partition("<table")[2]
    assert table.index("Cobalt Freight") < table.index("Acorn Mills")
    by_client = browser(mara).get(reverse("workspace:retainers"), {"sort": "client"}).content.decode().partition("<table")[2]
    assert by_client.index("Acorn Mills") < by_client.index("Cobalt Freight")


def test_a_period_says_what_covered_each_entry(browser, mara, told, cobalt):
    page = browser(mara).get(reverse("workspace:period", args=[cobalt.period.pk])).content.decode()
    assert f"{cobalt.period.starts_on:%B} hours" in page
    assert "over, billed" in page
    assert "Rebuilt the index" in page
    assert "100\N{NO-BREAK SPACE}% reached" in page


@pytest.mark.parametrize(
    "name", ["client", "period", "system", "ticket", "entry", "new_terms", "what_if", "edit_ticket", "attachment", "note_attachment"]
)
def test_what_is_not_there_is_not_found(browser, mara, name):
    assert browser(mara).get(reverse(f"workspace:{name}", args=[uuid4()])).status_code == 404


@pytest.mark.parametrize("place", ["today", "inbox", "tickets"])
def test_a_list_of_tickets_costs_the_same_at_two_and_at_two_hundred(browser, mara, acorn, priya, place):
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert signed_in.get(reverse(f"workspace:{place}")).status_code == 200
        return len(asked)

    signed_in = browser(mara)
    grow_tickets(acorn, priya, 2)
    signed_in.get(reverse("workspace:today"))
    few = cost()
    grow_tickets(acorn, priya, 198)
    assert cost() == few


def grow_tickets(company: Company, by: Person, count: int) -> None:
    first = cast.ask(by, company)
    number = first.number
    rows = []
    for n in range(1, count):
        row = type(first).objects.get(pk=first.pk)
        row.pk, row.number, row.reference = uuid4(), number + n, f"ACM-{number + n}"
        row._state.adding = True
        rows.append(row)
    type(first).objects.bulk_create(rows)
    counter = company.client.pk
    TicketCounter.objects.filter(client_id=counter).update(last_number=number + count - 1)


@pytest.mark.parametrize("place", ["retainers", "clients", "today", "systems"])
def test_the_boards_cost_the_same_for_two_and_for_thirty_clients(browser, mara, acorn, cobalt, place):
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert signed_in.get(reverse(f"workspace:{place}")).status_code == 200
        return len(asked)

    signed_in = browser(mara)
    signed_in.get(reverse("workspace:today"))
    few = cost()
    for n in range(28):
        company = cast.make_company(f"Client {n}", f"CL{n}", hours=10, lead=mara)
        cast.log(mara, company, minutes=30 * n + 1)
    assert cost() == few


def test_a_page_of_time_costs_the_same_at_two_and_at_a_hundred_entries(browser, mara, ines, acorn, priya):
    ticket = cast.ask(priya, acorn)
    urls = [
        reverse("workspace:week"),
        reverse("workspace:period", args=[acorn.period.pk]),
        reverse("workspace:ticket", args=[ticket.pk]),
        reverse("workspace:client", args=[acorn.client.pk]),
    ]

    def costs() -> list[int]:
        found = []
        for url in urls:
            with CaptureQueriesContext(connection) as asked:
                assert signed_in.get(url).status_code == 200
            found.append(len(asked))
        return found

    signed_in = browser(ines)
    for person in (ines, mara):
        cast.log(person, acorn, minutes=10, ticket=ticket)
    costs()
    few = costs()
    for n in range(49):
        cast.log(ines, acorn, minutes=n + 1, ticket=ticket)
    assert costs() == few
