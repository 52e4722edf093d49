"""Every list of the pages is an address, and the same address with a format is a file of exactly what it shows."""

import csv
import io
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.models import TimeEntry
from tests import cast
from tests.cast import actor
from tickets.models import Ticket

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
