"""Every list of the pages is an address, and the same address with a format is a file of exactly what it shows."""

import csv
import datetime as dt
import io
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from billing.models import TimeEntry
from tests import cast
from tests.cast import actor
from tickets.models import Ticket
from workspace.views import lists

LISTS = ("tickets", "inbox", "week", "entries", "retainers", "periods", "clients", "people", "proposals", "systems")


@pytest.fixture
def told(acorn, cobalt, mara, ines, priya, nadia):
    ticket = cast.ask(priya, acorn)
    cast.ask(nadia, cobalt, subject="=HYPERLINK(1)")
    cast.log(ines, acorn, minutes=90, ticket=ticket, note="+49 30 called back")
    cast.log(mara, cobalt, minutes=30, note="Rebuilt the index")


def content_of(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def lines_of(answer):
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Cache-Control"] == "no-store"
    return list(csv.DictReader(io.StringIO(content_of(answer).decode())))


@pytest.mark.parametrize("place", LISTS)
def test_every_list_of_the_workspace_is_a_file_in_both_formats(place, browser, mara, told):
    signed_in, url = browser(mara), reverse(f"workspace:{place}")
    assert "?format=csv" in signed_in.get(url).text or place == "proposals"
    assert isinstance(lines_of(signed_in.get(url, {"format": "csv"})), list)
    book = signed_in.get(url, {"format": "xlsx"})
    assert zipfile.is_zipfile(io.BytesIO(content_of(book)))
    assert signed_in.get(url, {"format": "pdf"}).status_code == 404


def test_a_file_holds_what_the_filters_show_and_nothing_else(browser, mara, told, acorn):
    url = reverse("workspace:entries")
    rows = lines_of(browser(mara).get(url, {"client": acorn.client.pk, "format": "csv"}))
    assert [(row["Client"], row["Worked in hours"], row["Counted minutes"]) for row in rows] == [(acorn.client.name, "1.50", "90")]
    assert rows[0]["Note for the client"] == "'+49 30 called back"


def test_what_would_be_a_formula_is_text_in_a_file(browser, mara, told):
    rows = lines_of(browser(mara).get(reverse("workspace:tickets"), {"format": "csv"}))
    assert "'=HYPERLINK(1)" in {row["Subject"] for row in rows}


def test_a_consultant_gets_no_other_clients_rows_in_any_file(browser, tomas, told, acorn):
    signed_in = browser(tomas)
    for place in LISTS:
        body = content_of(signed_in.get(reverse(f"workspace:{place}"), {"format": "csv"}))
        assert acorn.client.name.encode() not in body, place


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
