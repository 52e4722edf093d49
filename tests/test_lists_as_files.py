"""Every list of the pages is an address, and the same address with a format is a file of exactly what it shows."""

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.template.loader import get_template
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actions.calendars import open_calendar
from accounts.actors import StaffRole
from accounts.models import Firm
from accounts.rules import Window
from billing.actions.costing import set_cost_rate
from billing.actions.expenses import approve_expense
from billing.models import ImportRun, Period, TimeEntry
from billing.models.margin import margins
from events.actions.webhooks import Wanted, add_webhook
from events.models import Delivery, Notice
from tests import cast, proposal_cast
from tests.cast import actor
from tests.test_expenses import spend
from tickets.models import Ticket
from workspace.views import lists

LISTS = ("tickets", "inbox", "week", "entries", "retainers", "periods", "clients", "people", "proposals", "systems")
PAGES = sorted(path.stem for path in (Path(apps.get_app_config("workspace").path) / "templates/workspace").glob("*.html"))
FILES, NARROWS, PAGER = "look/parts/files.html", "workspace/parts/narrow.html", "look/parts/pager.html"
INCLUDED = re.compile(r'{% include "([^"]+)"([^%]*)%}')
WITHOUT_A_FILE = {
    "search": "the first few finds of each kind; the list of that kind has the file of all",
    "what_if": "a comparison of one retainer with itself under other terms; its hours are those of the period's file",
    "webhook": "the log of one endpoint, which the API gives with the body of each message",
}


def parts_of(template: str) -> Iterator[tuple[str, str]]:
    """What a template includes, at whatever depth, and with what."""
    for part, told in INCLUDED.findall(get_template(template).template.source):
        yield part, told
        yield from parts_of(part)


def is_list(page: str) -> bool:
    """Whether a page of the workspace pages its rows or narrows them."""
    template = f"workspace/{page}.html"
    source = get_template(template).template.source
    return 'role="search"' in source or 'method="get"' in source or any(part in {NARROWS, PAGER} for part, _told in parts_of(template))


def files_of(page: str) -> set[str]:
    """The lists of a page that have files: the word of each, empty for the first."""
    told = [told for part, told in parts_of(f"workspace/{page}.html") if part == FILES]
    return {found[1] if (found := re.search(r'which="(\w+)"', each)) else "" for each in told}


SHEETS = [(page, which) for page in PAGES for which in sorted(files_of(page))]


def test_every_page_that_pages_or_narrows_its_rows_has_a_file_or_a_reason():
    assert {page for page in PAGES if is_list(page) and not files_of(page)} == set(WITHOUT_A_FILE)
    assert set(LISTS) <= {page for page, _which in SHEETS}


@pytest.fixture
def told(acorn, cobalt, mara, ines, priya, nadia):
    ticket = cast.ask(priya, acorn)
    cast.ask(nadia, cobalt, subject="=HYPERLINK(1)")
    cast.log(ines, acorn, minutes=90, ticket=ticket, note="+49 30 called back")
    cast.log(mara, cobalt, minutes=30, note="Rebuilt the index")


@pytest.fixture
def filled(told, acorn, mara, ines, ada, priya):
    """A row for every list of the workspace, as an admin sees them."""
    acorn.engagement.needs_approval = True
    acorn.engagement.save()
    for person in (ines, ada):
        cast.log(person, acorn, minutes=20, note="Looked at the logs")
    proposal_cast.drafted(acorn, mara)
    more_of_everything(acorn, ada, ines)
    cast.ask(priya, acorn, subject="It answers twice")
    first, second = Notice.objects.filter(client=acorn.client).exclude(person=ada).order_by("pk")[:2]
    Notice.objects.filter(pk=first.pk).update(person=ada)
    give_up(second)


def give_up(notice):
    mail = Delivery.objects.filter(notice=notice)
    assert mail.update(is_waiting=False, sent_at=None, given_up_at=timezone.now(), last_error="550 no such person")


def more_of_everything(company, admin, worker, number=0):
    """One row more of what the lists of money, of people and of the settings hold. Answers what is secret of it."""
    spend(worker, company, note=f"Train {number}")
    day = dt.date(2026, 1, 1) + dt.timedelta(days=number)
    set_cost_rate(actor=actor(admin), person=worker, rate=Decimal(50 + number), starts_on=day)
    monday = Window(0, 9 * 60, 17 * 60)
    open_calendar(actor=actor(admin), name=f"Office {number}", zone="UTC", windows=[monday])
    wanted = Wanted(url=f"https://hooks.example.com/{number}", description=f"Warehouse {number}", kinds=["ticket.opened"])
    _webhook, secret = add_webhook(actor=actor(admin), wanted=wanted, client=None)
    run = ImportRun.objects.create(mapping_name="toggl", zone="UTC", is_dry=True, state="done", ended_at=timezone.now())
    run.files.create(name=f"report-{number}.csv", size_bytes=1, place=f"imports/{number}")
    return secret, cast.key(admin)


def address_of(page, which, company):
    period = Period.objects.filter(client=company.client, engagement=company.engagement).order_by("-starts_on")[0]
    base = reverse(f"workspace:{page}", args=[period.pk] if page == "period" else [])
    return base, {"list": which} if which else {}


def content_of(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def lines_of(answer):
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    return list(csv.DictReader(io.StringIO(content_of(answer).decode())))


def test_every_list_of_the_workspace_is_a_file_in_both_formats(browser, ada, acorn, filled):
    signed_in = browser(ada)
    for page, which in SHEETS:
        url, query = address_of(page, which, acorn)
        assert f"?format=csv{f'&amp;list={which}' if which else ''}" in signed_in.get(url).text, (page, which)
        assert lines_of(signed_in.get(url, query | {"format": "csv"})), (page, which)
        book = signed_in.get(url, query | {"format": "xlsx"})
        assert zipfile.is_zipfile(io.BytesIO(content_of(book))), (page, which)
        assert signed_in.get(url, query | {"format": "pdf"}).status_code == 404, (page, which)


def test_no_file_costs_more_queries_for_more_rows(browser, ada, acorn, ines, filled):
    signed_in = browser(ada)

    def asked():
        found = {}
        for page, which in SHEETS:
            url, query = address_of(page, which, acorn)
            with CaptureQueriesContext(connection) as seen:
                rows = lines_of(signed_in.get(url, query | {"format": "csv"}))
            found[page, which] = (len(rows), len(seen))
        return found

    asked()
    few = asked()
    for number in range(1, 7):
        more_of_everything(acorn, ada, ines, number)
        cast.make_staff(f"Colleague{number} Consultant", StaffRole.CONSULTANT)
        cast.log(ines, acorn, minutes=5, note=f"Piece {number}")
        cast.log(ada, acorn, minutes=5, note=f"Piece {number}")
        cast.ask(acorn.people["priya"], acorn, subject=f"Ask {number}")
    for notice in Notice.objects.filter(client=acorn.client, deliveries__is_waiting=True)[:4]:
        give_up(notice)
    many = asked()
    grown = {sheet for sheet in few if many[sheet][0] > few[sheet][0]}
    assert {("expenses", ""), ("period", ""), ("imports", ""), ("keys", ""), ("people", "colleagues"), ("margin", "costs")} <= grown
    assert {sheet: (few[sheet], many[sheet]) for sheet in few if many[sheet][1] > few[sheet][1]} == {}


def test_the_file_of_keys_and_that_of_webhooks_hold_nothing_secret(browser, ada, acorn, ines, firm):
    secrets = more_of_everything(acorn, ada, ines)
    for page in ("keys", "webhooks"):
        body = content_of(browser(ada).get(reverse(f"workspace:{page}"), {"format": "csv"})).decode()
        assert body.count("\n") == 2
        assert not [secret for secret in secrets if secret in body]


def test_what_is_sent_is_answered_by_its_page_whatever_format_its_address_names(browser, ada):
    made = browser(ada).post(f"{reverse('workspace:keys')}?format=csv", {"name": "Warehouse", "scopes": ["tickets:read"]})
    assert (made.status_code, made["Content-Type"]) == (201, "text/html; charset=utf-8")


def test_the_file_of_expenses_is_narrowed_as_its_page_is_and_names_each_currency(browser, mara, ines, acorn, cobalt):
    approve_expense(actor=actor(mara), expense=spend(ines, acorn, note="Seats", amount=Decimal("42.50")))
    spend(ines, acorn, note="A train", amount=Decimal(30), currency="EUR")
    spend(mara, cobalt, note="A book")
    url, signed_in = reverse("workspace:expenses"), browser(mara)
    rows = lines_of(signed_in.get(url, {"client": acorn.client.pk, "format": "csv"}))
    told = [(row["What for"], Decimal(row["Paid"]), row["Paid in currency"], row["Charged"], row["Charged in currency"]) for row in rows]
    assert told == [("A train", 30, "EUR", "", "USD"), ("Seats", Decimal("42.5"), "USD", "42.50", "USD")]
    waiting = lines_of(signed_in.get(url, {"client": acorn.client.pk, "state": "submitted", "format": "csv"}))
    assert [row["What for"] for row in waiting] == ["A train"]
    page = signed_in.get(url, {"client": acorn.client.pk, "state": "submitted"}).text
    assert ("A train" in page, "Seats" in page, "A book" in page) == (True, False, False)
    assert "cannot be narrowed by: spent_after" in signed_in.get(url, {"spent_after": "soon"}).text


def test_the_file_of_the_margin_says_what_its_page_does(browser, ada, acorn, ines, firm):
    set_cost_rate(actor=actor(ada), person=ines, rate=Decimal(50), starts_on=dt.date(2026, 1, 1))
    cast.log(ines, acorn, minutes=60)
    (row,) = lines_of(browser(ada).get(reverse("workspace:margin"), {"format": "csv"}))
    period = Period.objects.of_the_promise().get(client=acorn.client, starts_on=row["Starts on"])
    (counted,) = margins([period], Firm.objects.the().currency)
    assert (Decimal(row["Fee"]), Decimal(row["People"])) == (counted.margin.fee, counted.margin.labour)
    assert (row["Currency"], row["Currency of people"]) == (acorn.engagement.currency, Firm.objects.the().currency)


def test_a_file_holds_what_the_filters_show_and_nothing_else(browser, mara, told, acorn):
    url = reverse("workspace:entries")
    rows = lines_of(browser(mara).get(url, {"client": acorn.client.pk, "format": "csv"}))
    assert [(row["Client"], row["Worked in hours"], row["Counted minutes"]) for row in rows] == [(acorn.client.name, "1.50", "90")]
    assert rows[0]["Note for the client"] == "'+49 30 called back"


def test_what_would_be_a_formula_is_text_in_a_file(browser, mara, told):
    rows = lines_of(browser(mara).get(reverse("workspace:tickets"), {"format": "csv"}))
    assert "'=HYPERLINK(1)" in {row["Subject"] for row in rows}


def test_a_consultant_gets_no_other_clients_rows_in_any_file(browser, tomas, filled, acorn):
    signed_in = browser(tomas)
    refused = set()
    for page, which in SHEETS:
        url, query = address_of(page, which, acorn)
        answer = signed_in.get(url, query | {"format": "csv"})
        assert acorn.client.name.encode() not in content_of(answer), (page, which)
        refused |= {page} if answer.status_code == 404 else set()
    assert refused == {"deliveries", "imports", "margin", "period"}


def test_the_lists_of_the_portal_are_files_too(browser, priya, told, acorn):
    signed_in = browser(priya)
    requests = lines_of(signed_in.get(reverse("portal:tickets"), {"format": "csv"}))
    assert [row["Reference"] for row in requests] == [Ticket.objects.get(client=acorn.client).reference]
    hours = lines_of(signed_in.get(reverse("portal:hours"), {"format": "csv"}))
    assert [(row["Worked minutes"], row["Covered by"]) for row in hours] != []
    assert hours[0]["Counted minutes"] == "90"


def test_the_time_of_everybody_is_narrowed_and_added_up(browser, mara, ines, told):
    url = reverse("workspace:entries")
    signed_in = browser(mara)
    assert "2 entries, 2\xa0h worked" in signed_in.get(url).text
    mine = signed_in.get(url, {"person": "me"}).text
    assert "Rebuilt the index" in mine
    assert "called back" not in mine
    wrong = signed_in.get(url, {"work_date_after": "soon"}).text
    assert "cannot be narrowed by: work_date_after" in wrong


def test_an_address_that_narrows_nothing_shows_the_time_of_this_month_and_says_so(browser, mara, firm):
    first = timezone.localdate().replace(day=1)
    before = (first - dt.timedelta(days=1)).replace(day=1)
    elm = cast.make_company("Elm Works", "ELM", lead=mara, starts_on=before)
    cast.log(mara, elm, minutes=60, on=before, note="Long ago")
    cast.log(mara, elm, minutes=30, on=first, note="Just now")
    url, signed_in = reverse("workspace:entries"), browser(mara)
    page = signed_in.get(url).text
    assert ("Just now" in page, "Long ago" in page, "One entry, 0.5\xa0h worked" in page) == (True, False, True)
    assert f'value="{first.isoformat()}"' in page
    assert '<a href="?work_date_after=">All time</a>' in page
    assert len(lines_of(signed_in.get(url, {"format": "csv"}))) == 1
    for asked in ({"work_date_after": ""}, {"client": elm.client.pk}):
        page = signed_in.get(url, asked).text
        assert ("Just now" in page, "Long ago" in page, "2 entries, 1.5\xa0h worked" in page) == (True, True, True)
        assert "This month." not in page


def test_more_entries_than_a_page_waits_for_are_listed_and_not_added_up(browser, mara, acorn, told, monkeypatch):
    monkeypatch.setattr(lists, "MOST_SUMMED", 1)
    page = browser(mara).get(reverse("workspace:entries"), {"work_date_after": ""}).text
    assert "Too many entries to add up here." in page
    assert "Rebuilt the index" in page


@pytest.mark.parametrize("place", ["entries", "periods", "systems", "inbox", "tickets"])
@pytest.mark.parametrize("form", ["", "csv"])
def test_a_list_and_its_file_cost_the_same_however_long(place, form, browser, mara, ines, acorn, told):
    signed_in, url = browser(mara), reverse(f"workspace:{place}")
    query = {"format": form} if form else {}
    content_of(signed_in.get(url, query))
    with CaptureQueriesContext(connection) as few:
        content_of(signed_in.get(url, query))
    for number in range(12):
        cast.log(ines, acorn, minutes=5, note=f"Piece {number}")
        cast.ask(acorn.people["priya"], acorn, subject=f"Ask {number}")
    assert TimeEntry.objects.visible_to(actor(mara)).count() > 12
    with CaptureQueriesContext(connection) as many:
        content_of(signed_in.get(url, query))
    assert len(many) <= len(few)
