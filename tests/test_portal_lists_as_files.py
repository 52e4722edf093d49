"""Every list of the portal is a file of exactly the rows its reader sees on the page, and of nobody else's."""

import csv
import datetime as dt
import io
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Client
from engagements.actions import describe_system, take_into_care
from events.models import Event, Notice
from proposals.actions import decline_proposal
from tests import cast
from tests.cast import actor
from tests.proposal_cast import drafted, sent

PERIODS = {"list": "periods"}
LISTS = [("tickets", {}), ("hours", {}), ("hours", PERIODS), ("proposals", {}), ("systems", {}), ("notices", {})]


def told(person, company, subject):
    """A notice about the latest event of the client that this person was not told of yet."""
    event = Event.objects.filter(client=company.client).exclude(notices__person=person).latest("pk")
    Notice.objects.create(
        client=company.client,
        event=event,
        person=person,
        kind=event.kind,
        subject=subject,
        sentences=["One.", "Two."],
        about_type="engagements.aisystem",
        about_id=company.system.pk,
    )


def content_of(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def lines_of(signed_in, place, **query):
    answer = signed_in.get(reverse(f"portal:{place}"), {"format": "csv"} | query)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert answer["Content-Disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(content_of(answer).decode())))


@pytest.mark.parametrize(("place", "query"), LISTS)
def test_each_list_is_a_file_in_both_formats_and_in_no_other(place, query, browser, priya, acorn):
    signed_in, url = browser(priya), reverse(f"portal:{place}")
    assert signed_in.get(url, query).status_code == 200
    assert content_of(signed_in.get(url, query | {"format": "csv"}))
    assert zipfile.is_zipfile(io.BytesIO(content_of(signed_in.get(url, query | {"format": "xlsx"}))))
    assert signed_in.get(url, query | {"format": "pdf"}).status_code == 404


def test_proposals_tell_what_their_page_tells(browser, priya, acorn, ines):
    declined = sent(acorn, ines, title="=1+1")
    decline_proposal(actor=actor(priya), proposal=declined)
    waiting = sent(acorn, ines)
    drafted(acorn, ines, title="Not shown to them")
    signed_in = browser(priya)
    assert "?format=csv" in signed_in.get(reverse("portal:proposals")).text
    rows = lines_of(signed_in, "proposals")
    assert [(row["Reference"], row["State"]) for row in rows] == [(waiting.reference, "Your decision"), (declined.reference, "Declined")]
    assert [(row["Net a month"], row["Cap"], row["Currency"], row["Title"]) for row in rows[1:]] == [("483.33", "2400.00", "USD", "'=1+1")]


def test_who_reads_no_proposal_gets_none_as_a_file(browser, priya, rob, acorn, ines):
    sent(acorn, ines)
    assert len(lines_of(browser(priya), "proposals")) == 1
    assert lines_of(browser(rob), "proposals") == []


def test_systems_in_care_come_first_and_those_no_longer_in_care_at_the_end(browser, priya, acorn, mara):
    today = timezone.localdate()
    gone = take_into_care(
        actor=actor(mara), engagement=acorn.engagement, name="A sorter", kind="classifier", since=today - dt.timedelta(days=9)
    )
    describe_system(actor=actor(mara), system=gone, retired_on=today)
    cast.ask(priya, acorn)
    signed_in = browser(priya)
    page = signed_in.get(reverse("portal:systems")).text
    assert "?format=csv" in page
    assert page.index(acorn.system.name) < page.index("A sorter")
    rows = lines_of(signed_in, "systems")
    assert [(row["System"], row["In care no more since"]) for row in rows] == [(acorn.system.name, ""), ("A sorter", today.isoformat())]


def test_notices_are_those_of_their_reader(browser, priya, rob, acorn):
    for person, subject in ((priya, "For Priya"), (rob, "For Rob")):
        told(person, acorn, subject)
    signed_in = browser(priya)
    assert "?format=csv" in signed_in.get(reverse("portal:notices")).text
    mine = [row for row in lines_of(signed_in, "notices") if row["Subject"].startswith("For ")]
    assert [(row["Subject"], row["Text"], row["Read"]) for row in mine] == [("For Priya", "One. Two.", "")]


def test_the_periods_are_one_file_whatever_the_level_of_the_client(browser, priya, acorn, ines):
    cast.log(ines, acorn, minutes=90, note="Called back")
    signed_in = browser(priya)
    for level in ("people", "balance"):
        Client.objects.filter(pk=acorn.client.pk).update(visibility=level)
        rows = lines_of(signed_in, "hours", **PERIODS)
        now = next(row for row in rows if row["Starts on"] == acorn.period.starts_on.isoformat())
        assert (now["Retainer"], now["State"], now["Used minutes"], now["Over minutes"]) == ("AI care", "open", "90", "0")
        assert "Called back" not in str(rows)


def test_no_file_holds_a_row_of_another_client(browser, nadia, acorn, cobalt, ines, priya):
    sent(acorn, ines, title="Of Acorn alone")
    cast.ask(priya, acorn, subject="Of Acorn alone")
    told(priya, acorn, "Of Acorn alone")
    signed_in = browser(nadia)
    for place, query in LISTS:
        body = content_of(signed_in.get(reverse(f"portal:{place}"), query | {"format": "csv"})).decode()
        assert "Acorn" not in body, place


@pytest.mark.parametrize(("place", "query"), LISTS[2:])
def test_a_file_costs_the_same_however_long(place, query, browser, priya, acorn, ines):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            lines_of(signed_in, place, **query)
        return len(seen)

    signed_in = browser(priya)
    lines_of(signed_in, place, **query)
    few = queries()
    for number in range(4):
        sent(acorn, ines, title=f"Piece {number}")
        told(priya, acorn, f"Piece {number}")
        take_into_care(actor=actor(ines), engagement=acorn.engagement, name=f"Bot {number}", kind="assistant", since=timezone.localdate())
    assert queries() <= few
