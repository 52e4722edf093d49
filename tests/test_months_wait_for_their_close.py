"""A period whose days are over says so where the firm looks, until somebody closes it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Period
from tests.api_cast import Program
from tests.cast import key
from tests.closing_cast import keep

pytestmark = pytest.mark.django_db
PLACES = ("today", "retainers")


@pytest.fixture
def kept(mara):
    kept = keep(mara)
    kept.use(1, 200)
    kept.use(2, 100)
    kept.close(1)
    return kept


def shown(browser, person, name, **asked):
    return browser(person).get(reverse(f"workspace:{name}"), asked).content.decode().replace("\xa0", " ")


def test_what_waits_is_named_first_with_the_way_to_its_close(browser, kept, ada, ines):
    february = reverse("workspace:period_closure", args=[kept.month(2).pk])
    waiting = Period.objects.to_close(timezone.localdate()).count()
    assert waiting > 8, "the rest is on the list"
    for place in PLACES:
        page = shown(browser, ada, place)
        assert february in page
        assert f'To close <span class="count">{waiting}</span>' in page
        assert "To close" not in shown(browser, ines, place), "a consultant closes nothing"
    assert "ended, to be closed" in shown(browser, ada, "retainers")


def test_the_list_and_the_programs_are_narrowed_to_what_waits(browser, kept, ada):
    page = shown(browser, ada, "periods", to_close="true", client=kept.client.pk)
    assert "1 to 28 Feb" in page
    assert "1 to 31 Jan" not in page
    rows = Program(key(ada)).get(f"periods?to_close=true&client={kept.client.pk}").json()["results"]
    others = Program(key(ada)).get(f"periods?to_close=false&client={kept.client.pk}").json()["results"]
    assert {row["starts_on"] for row in rows} & {row["starts_on"] for row in others} == set()
    assert "2026-02-01" in {row["starts_on"] for row in rows}
    assert "2026-01-01" in {row["starts_on"] for row in others}


def test_it_is_found_by_the_word_and_by_its_client(browser, kept, ada, ines):
    def found(person, wanted):
        return browser(person).get(reverse("workspace:search"), {"q": wanted}, headers={"HX-Request": "true"}).content.decode()

    closure = reverse("workspace:period_closure", args=[kept.month(2).pk])
    assert closure in found(ada, "close")
    assert closure in found(ada, kept.client.name[:4])
    assert closure not in found(ines, "close")


def test_the_periods_own_page_says_that_it_ended(browser, kept, ada):
    page = browser(ada).get(reverse("workspace:period", args=[kept.month(2).pk])).content.decode()
    assert "ended, to be closed" in page
