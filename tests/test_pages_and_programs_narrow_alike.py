"""What narrows a list means the same on its page, in its file and over the API."""

import csv
import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone

from engagements.actions import describe_system, take_into_care
from tests import cast
from tests.api_cast import Program, refused, results
from tests.cast import actor
from tests.test_expenses import spend


@pytest.fixture
def desks(acorn, cobalt, mara):
    """Three systems of Acorn and one of Cobalt: the one that is found by its purpose alone, and one in care no more."""
    today, by = timezone.localdate(), actor(mara)
    since = today - dt.timedelta(days=9)
    take_into_care(actor=by, engagement=acorn.engagement, name="Sorter", kind="classifier", purpose="Reads each Quote", since=since)
    gone = take_into_care(actor=by, engagement=acorn.engagement, name="Old quote reader", kind="assistant", since=since)
    describe_system(actor=by, system=gone, retired_on=today)


def names_on_the_page(person, place, **query):
    answer = cast.browser(person).get(reverse(f"workspace:{place}"), query | {"format": "csv"})
    return sorted(next(iter(row.values())) for row in csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def names_of_programs(person, place, **query):
    return sorted(row["name"] for row in results(Program(cast.key(person)).get(place, **query)))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "quote"}, ["Sorter"]),
        ({"q": "SORT"}, ["Sorter"]),
        ({"q": "quote", "kind": "assistant"}, []),
        ({"kind": "assistant"}, ["Acorn assistant", "Cobalt assistant"]),
        ({"in_care": "false"}, ["Old quote reader"]),
    ],
)
def test_systems_are_found_by_the_same_words(asked, found, desks, mara):
    assert names_on_the_page(mara, "systems", **asked) == found
    assert names_of_programs(mara, "systems", **{"in_care": "true"} | asked) == found


def test_systems_are_found_by_their_client_and_a_client_finds_its_own_alone(desks, mara, nadia, acorn, cobalt):
    for company, found in ((acorn, ["Acorn assistant", "Sorter"]), (cobalt, ["Cobalt assistant"])):
        assert names_on_the_page(mara, "systems", client=company.client.pk) == found
        assert names_of_programs(mara, "systems", client=company.client.pk, in_care="true") == found
    assert results(Program(cast.key(nadia)).get("systems", q="quote")) == []


@pytest.mark.parametrize("word", ["aco", "co", "acorn", "nothing like it"])
def test_a_client_is_found_by_part_of_its_name_and_by_how_its_code_begins(word, acorn, cobalt, mara):
    on_the_page = names_on_the_page(mara, "clients", q=word)
    assert on_the_page == names_of_programs(mara, "clients", q=word, in_care="true")
    assert (acorn.client.name in on_the_page) == (word != "nothing like it")


def test_the_first_letters_of_a_code_name_a_client(acorn, mara):
    zebra = cast.make_company("Quarry", "ZEB", lead=mara)
    assert names_on_the_page(mara, "clients", q="ze") == names_of_programs(mara, "clients", q="ze") == [zebra.client.name]
    assert names_on_the_page(mara, "clients", q="eb") == names_of_programs(mara, "clients", q="eb") == []


@pytest.mark.parametrize(("place", "asked"), [("expenses", "state"), ("systems", "kind"), ("systems", "client")])
def test_what_no_list_can_mean_is_said_and_never_taken_for_everything(place, asked, acorn, ines, mara):
    spend(ines, acorn)
    refused(Program(cast.key(mara)).get(place, **{asked: "gone-fishing"}), 400, "invalid-parameter")
    page = cast.browser(mara).get(reverse(f"workspace:{place}"), {asked: "gone-fishing"}).text
    assert f"cannot be narrowed by: {asked}" in page
    assert "A train" not in page
    assert 'class="row-head item-title"' not in page


def test_expenses_are_narrowed_on_the_page_by_all_that_programs_narrow_them_by(acorn, cobalt, ines, mara):
    spend(ines, acorn)
    spend(mara, cobalt, note="A licence")
    page = cast.browser(mara).get(reverse("workspace:expenses"), {"client": acorn.client.pk, "state": "submitted"}).text
    assert ("A train" in page, "A licence" in page) == (True, False)
    assert len(results(Program(cast.key(mara)).get("expenses", client=acorn.client.pk, state="submitted"))) == 1
    assert "No expense is like that." in cast.browser(mara).get(reverse("workspace:expenses"), {"state": "approved"}).text
