"""A client says yes to hours over: on the front page, on the page of a period, within limits, and takes it back."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actors import MemberRole
from accounts.errors import Conflict
from accounts.models import Membership
from billing.actions import authorise_overage
from billing.models import Authorisation, Charge
from events.models import Notice
from tests.cast import Company, actor, browser, make_contact, text
from tests.closing_cast import Kept, keep
from tests.racing import race

pytestmark = pytest.mark.django_db

HX = {"HX-Request": "true"}


@pytest.fixture
def approver(over):
    """Approves 400.00 at once; the two hours over cost 500.00."""
    person = make_contact("Abel Approver", over, MemberRole.APPROVER)
    Membership.objects.filter(person=person).update(approval_limit=Decimal(400))
    return person


def home(person) -> str:
    return text(browser(person).get(reverse("portal:home")))


def at(period) -> str:
    return reverse("portal:authorisation", args=[period.pk])


def test_hours_over_wait_on_the_front_page_of_who_may_say_yes_and_are_answered_there(over, owner, mara):
    shown = home(owner)
    assert "2 h beyond your hours are not authorised." in shown
    assert "They would cost USD 500.00." in shown
    answered = browser(owner).post(at(over.period), {"at": "home", "minutes_cap": "120 min"})
    assert (answered.status_code, answered.url) == (302, reverse("portal:home"))
    again = browser(owner).post(at(over.period), {"at": "home", "minutes_cap": "120 min"})
    assert (again.status_code, Authorisation.objects.count()) == (302, 1)
    over.period.refresh_from_db()
    assert (over.period.overage_minutes, over.period.unauthorised_minutes) == (120, 0)
    assert "not authorised" not in home(owner)
    assert Notice.objects.get(person=mara, kind="overage.authorised").facts == [["At most", "2\xa0h"]]


def test_hours_over_beyond_what_the_front_page_shows_are_counted_and_lead_to_the_periods(over, owner, monkeypatch):
    monkeypatch.setattr("portal.overs.MOST_SHOWN", 0)
    shown = home(owner)
    assert 'Your turn <span class="faint">1</span>' in shown
    assert "and hours over of 1 more period" in shown


def test_the_front_page_answers_in_place_with_a_script(over, owner):
    answered = browser(owner).post(at(over.period), {"at": "home", "minutes_cap": "120 min"}, headers=HX)
    assert answered.status_code == 200
    assert "Nothing waits for you." in text(answered)
    assert "<html" not in text(answered)


def test_somebody_with_too_low_a_limit_reads_who_can(over, approver):
    shown = home(approver)
    assert "above your limit of USD 400" in shown
    assert "Authorise 2 h" not in shown
    refused = browser(approver).post(at(over.period), {"minutes_cap": "2", "note": "For the migration"})
    assert refused.status_code == 422
    assert "more than you may approve at once" in text(refused)
    assert "For the migration" in text(refused)
    assert browser(approver).post(at(over.period), {"minutes_cap": "1h30"}).status_code == 302
    assert Authorisation.objects.get().minutes_cap == 90


def test_who_does_not_approve_reads_the_minutes_and_nothing_of_money(over, owner):
    rob = make_contact("Rhea Requester", over, MemberRole.REQUESTER)
    with_yes = browser(owner).post(at(over.period), {"money_cap": "100", "note": "A secret"})
    assert with_yes.status_code == 302
    assert "not authorised" not in home(rob)
    page = text(browser(rob).get(reverse("portal:hours")))
    assert "1.6 h" in page
    assert "Waits for somebody of your company who approves." in page
    assert "USD" not in page
    assert "A secret" not in page
    assert browser(rob).post(at(over.period), {"minutes_cap": "1"}).status_code == 422


def test_a_yes_is_shown_with_what_is_used_of_it_and_what_is_unused_is_taken_back(over, owner):
    browser(owner).post(at(over.period), {"minutes_cap": "3", "last_day": "2999-12-30", "note": "Year end"})
    page = text(browser(owner).get(reverse("portal:hours")))
    for words in ("Up to 3 h", "2 h used, USD 500.00", "work before 31 Dec 2999", "Olga Owner", "Year end", "Take back what is unused"):
        assert words in page
    given = Authorisation.objects.get()
    done = browser(owner).post(reverse("portal:authorisation_revocation", args=[given.pk]), {"period": over.period.pk}, follow=True)
    assert "taken back by Olga Owner" in text(done)
    given.refresh_from_db()
    assert given.kept_minutes == 120
    assert "Take back what is unused" not in text(done)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Say how many minutes, how much money, or both."),
        ({"minutes_cap": "a lot"}, "Write hours like 2, 1.5, 1h30 or 90 min."),
        ({"minutes_cap": "0"}, "A limit is above zero."),
        ({"money_cap": "-3"}, "A limit is above zero."),
    ],
)
def test_a_yes_without_a_sound_limit_is_told_what_is_missing(over, owner, typed, sentence):
    refused = browser(owner).post(at(over.period), typed | {"note": "Keep these words"})
    assert refused.status_code == 422
    assert sentence in text(refused)
    assert "Keep these words" in text(refused)
    assert not Authorisation.objects.exists()


def test_hours_over_of_a_closed_period_are_authorised_later_and_charged_with_the_open_one(mara):
    kept: Kept = keep(mara, overage="authorise", carry_periods=0)
    kept.use(1, 700)
    kept.close(1)
    closed, company = kept.month(1), Company(kept.client, kept.engagement, kept.month(1), None)  # type: ignore[arg-type]
    owner = make_contact("Otto Owner", company, MemberRole.OWNER)
    page = text(browser(owner).get(reverse("portal:period", args=[closed.pk])))
    assert "USD 416.67 if you say yes" in page
    assert "Statement as PDF" in page
    done = browser(owner).post(at(closed), {"minutes": "1h"}, follow=True)
    assert "It is charged with the open period." in text(done)
    assert Charge.objects.get().minutes == 60
    assert "40 min" in text(done)
    too_many = browser(owner).post(at(closed), {"minutes": "2h"})
    assert (too_many.status_code, "40 minutes of this period" in text(too_many)) == (422, True)
    history = text(browser(owner).get(reverse("portal:period", args=[kept.month(2).pk])))
    assert "Statement 1 as PDF" in history


def test_another_clients_hours_over_do_not_exist(over, owner, cobalt, nadia):
    given = authorise_overage(actor=actor(owner, over), engagement=over.engagement, minutes_cap=10)
    assert browser(nadia).post(at(over.period), {"minutes_cap": "1"}).status_code == 404
    assert browser(nadia).post(reverse("portal:authorisation_revocation", args=[given.pk])).status_code == 404


def test_the_page_of_a_period_costs_the_same_however_often_was_said_yes(over, owner):
    visitor = browser(owner)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert visitor.get(reverse("portal:period", args=[over.period.pk])).status_code == 200
        return len(asked)

    authorise_overage(actor=actor(owner, over), engagement=over.engagement, minutes_cap=1)
    queries()
    at_one = queries()
    for _ in range(5):
        authorise_overage(actor=actor(owner, over), engagement=over.engagement, minutes_cap=1)
    assert Authorisation.objects.count() == 6
    assert queries() == at_one <= 25


@pytest.mark.django_db(transaction=True)
def test_four_presses_of_one_yes_at_the_same_moment_say_it_once(over, owner):
    yes = partial(authorise_overage, actor=actor(owner, over), engagement=over.engagement, minutes_cap=120, waiting_in=over.period)
    outcomes: list[Any] = race([(actor(owner, over), yes)] * 4)
    assert Authorisation.objects.count() == 1
    refused = [each.sentence for each in outcomes if isinstance(each, Conflict)]
    assert refused == ["Nothing waits for a yes any more: it was given already."] * 3


def test_a_yes_on_the_page_of_a_period_is_said_once_however_often_it_is_sent(over, owner):
    visitor = browser(owner)
    page = text(visitor.get(reverse("portal:period", args=[over.period.pk])))
    typed = {"minutes_cap": "30 min", "once": page.partition('name="once" value="')[2].partition('"')[0]}
    for _press in range(2):
        assert visitor.post(at(over.period), typed).status_code == 302
    assert Authorisation.objects.get().minutes_cap == 30
