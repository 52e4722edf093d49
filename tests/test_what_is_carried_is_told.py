"""What goes on into the next period is told before it does: how much at most, to which day; and that an opening can still change."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actors import MemberRole
from billing.models.statement import document_today
from engagements.rules import Terms
from look.statements import carry_of
from tests import cast
from tests.api_cast import Program, results
from tests.cast import Company, browser, make_contact, text
from tests.closing_cast import day, keep, promise

pytestmark = pytest.mark.django_db


def told(kept, month: int, **changes) -> str:
    terms: list[Terms] = [promise(**changes)]
    ends = changes.pop("ends", None)
    return carry_of(document_today(kept.month(month)), terms, is_open=True, retainer_ends_on=ends).replace("\xa0", " ")


@pytest.fixture
def kept(mara):
    """A retainer of ten hours of which at most four are carried on, for one period."""
    return keep(mara, carry_cap_minutes=240, carry_periods=1)


@pytest.fixture
def petra(kept):
    return make_contact("Petra Payer", Company(kept.client, kept.engagement, kept.month(1), None), MemberRole.BILLING)  # type: ignore[arg-type]


def test_both_pages_say_how_much_is_carried_at_most_and_to_which_day(kept, petra, mara):
    kept.use(1, 480)
    sentence = "At most 4 h of the hours granted are carried on, to be used by 28 February"
    for who, door in ((petra, "portal"), (mara, "workspace")):
        page = text(browser(who).get(reverse(f"{door}:period", args=[kept.month(1).pk])))
        assert sentence in page.replace("29 February", "28 February")
        assert "As it stands, 2 h go on." in page


def test_what_terms_do_not_carry_is_said_to_expire(mara):
    none = keep(mara, "NON", carry_periods=0)
    assert told(none, 1, carry_periods=0) == "Nothing of the hours granted is carried on: what is left when the period ends expires."
    whole = keep(mara, "ALL", carry_periods=1)
    assert told(whole, 1).startswith("What is left of the hours granted is carried on, to be used by")


def test_the_last_period_of_a_retainer_carries_nothing(kept):
    document = document_today(kept.month(1))
    last = carry_of(document, [promise()], is_open=True, retainer_ends_on=day(2))
    assert last == "The retainer ends with this period: what is left then expires."


def test_an_opening_is_provisional_wherever_the_period_before_is_open(kept, petra, mara):
    shown = "The opening is provisional until January"
    for who, door in ((petra, "portal"), (mara, "workspace")):
        assert shown in text(browser(who).get(reverse(f"{door}:period", args=[kept.month(2).pk])))
        assert "provisional" not in text(browser(who).get(reverse(f"{door}:period", args=[kept.month(1).pk]))).partition('id="periods"')[0]
    assert "opening provisional" in text(browser(mara).get(reverse("workspace:periods")))
    assert "its opening is provisional" in text(browser(petra).get(reverse("portal:period", args=[kept.month(1).pk])))
    kept.close(1)
    for who, door in ((petra, "portal"), (mara, "workspace")):
        assert shown not in text(browser(who).get(reverse(f"{door}:period", args=[kept.month(2).pk])))


def test_a_program_reads_of_each_period_whether_its_opening_is_provisional(kept, mara):
    program, names = Program(cast.key(mara)), ("opening_is_provisional", "waits_for_period_from")

    def told():
        return {
            row["starts_on"]: tuple(row[name] for name in names) for row in results(program.get("periods", engagement=kept.engagement.pk))
        }

    january, february = day(1).isoformat(), day(2).isoformat()
    assert (told()[january], told()[february]) == ((False, None), (True, january))
    with CaptureQueriesContext(connection) as asked:
        told()
    assert len([query["sql"] for query in asked if 'FROM "billing_period"' in query["sql"]]) == 1
    kept.close(1)
    one = program.get(f"periods/{kept.month(2).pk}").json()
    assert tuple(one[name] for name in names) == told()[february] == (False, None)
    assert program.get("periods", fields="opening_is_provisional", engagement=kept.engagement.pk).status_code == 200
