"""A client says no to hours over: on the front page, on the page of the period, by API; the firm reads it and may ask again."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actors import MemberRole
from accounts.errors import Conflict, NotAllowed
from billing.actions import ask_overage, decline_overage
from billing.actions.asking import ASKS_AGAIN_AFTER
from billing.models import Authorisation
from events.models import Event, Notice
from tests import cast
from tests.api_cast import Program, refused
from tests.cast import actor, browser, log, make_contact, text

pytestmark = pytest.mark.django_db


def no(over) -> str:
    return reverse("portal:authorisation_refusal", args=[over.period.pk])


def to(minutes: int, **more: str) -> dict[str, str]:
    """What the form of a page that showed so many minutes says."""
    return {"minutes": str(minutes), **more}


def test_hours_over_are_declined_on_the_front_page_and_leave_it(over, owner, mara):
    visitor = browser(owner)
    assert "Decline 2 h" in text(visitor.get(reverse("portal:home")))
    declined = visitor.post(no(over), to(120, at="home"), follow=True)
    assert "Declined. 2 h stay without a yes and are not billed." in text(declined)
    assert "are not authorised" not in text(declined)
    told = Notice.objects.get(person=mara, kind="overage.declined")
    assert told.subject.replace("\xa0", " ") == "Dovetail Joinery declined 2 h over"
    event = Event.objects.get(kind="overage.declined")
    assert (event.person, event.about_id, event.payload, event.is_public) == (owner, over.period.pk, {"minutes": 120}, True)


def test_it_is_declined_in_place_with_a_script(over, owner):
    answered = browser(owner).post(no(over), to(120, at="home"), headers={"HX-Request": "true"})
    assert (answered.status_code, "Nothing waits for you." in text(answered), "<html" in text(answered)) == (200, True, False)


def test_both_sides_read_on_the_page_of_the_period_who_declined_and_a_yes_is_still_possible(over, owner, mara):
    browser(owner).post(no(over), to(120))
    for page in (
        browser(owner).get(reverse("portal:period", args=[over.period.pk])),
        browser(mara).get(reverse("workspace:period", args=[over.period.pk])),
    ):
        assert "Olga Owner" in text(page)
        assert "declined" in text(page)
    assert browser(owner).post(reverse("portal:authorisation", args=[over.period.pk]), {"minutes_cap": "2"}).status_code == 302
    assert Authorisation.objects.count() == 1


def test_a_no_is_said_once_and_stands_until_more_waits(over, owner, mara):
    visitor = browser(owner)
    visitor.post(no(over), to(120))
    again = visitor.post(no(over), to(120))
    assert (again.status_code, "It was declined already." in text(again)) == (422, True)
    log(mara, over, minutes=30)
    assert "Decline 2.5 h" in text(visitor.get(reverse("portal:home")))
    assert visitor.post(no(over), to(150)).status_code == 302


def shown_in(page: str) -> str:
    """The minutes that the form of a page declines."""
    return page.partition("/refusal/")[2].partition('name="minutes" value="')[2].partition('"')[0]


@pytest.mark.parametrize("at_home", [True, False])
def test_a_no_from_a_stale_page_declines_nothing_and_says_what_waits_now(over, owner, mara, at_home):
    visitor = browser(owner)
    page = reverse("portal:home") if at_home else reverse("portal:period", args=[over.period.pk])
    stale = to(int(shown_in(text(visitor.get(page)))), **{"at": "home"} if at_home else {})
    assert stale["minutes"] == "120"
    log(mara, over, minutes=30)
    answered = visitor.post(no(over), stale, follow=True, headers={"HX-Request": "true"} if at_home else {})
    assert answered.status_code == 422
    assert "2.5 h wait for a yes now, not the 2 h that you read." in text(answered)
    assert shown_in(text(answered)) == "150"
    assert not Event.objects.filter(kind="overage.declined").exists()
    assert visitor.post(no(over), stale | {"minutes": "150"}).status_code == 302
    assert Event.objects.get(kind="overage.declined").payload == {"minutes": 150}


@pytest.mark.parametrize("minutes", ["", "0", "-3", "all", "9" * 40])
def test_a_no_that_does_not_say_to_what_declines_nothing(over, owner, minutes):
    assert browser(owner).post(no(over), {"minutes": minutes}).status_code == 422
    assert not Event.objects.filter(kind="overage.declined").exists()


def test_the_firm_asks_again_a_day_after_a_no_and_it_waits_anew(over, owner, mara, monkeypatch):
    decline_overage(actor=actor(owner, over), period=over.period)
    with pytest.raises(Conflict, match="They said no within a day"):
        ask_overage(actor=actor(mara), period=over.period)
    tomorrow = timezone.now() + ASKS_AGAIN_AFTER + dt.timedelta(minutes=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    ask_overage(actor=actor(mara), period=over.period)
    monkeypatch.undo()
    assert "Decline 2 h" in text(browser(owner).get(reverse("portal:home")))


def test_only_who_may_say_yes_says_no_and_only_to_what_waits(over, owner, mara):
    rhea = make_contact("Rhea Requester", over, MemberRole.REQUESTER)
    for person in (rhea, mara):
        with pytest.raises(NotAllowed):
            decline_overage(actor=actor(person), period=over.period)
    assert browser(rhea).post(no(over), to(120)).status_code == 422
    browser(owner).post(reverse("portal:authorisation", args=[over.period.pk]), {"minutes_cap": "2"})
    refused_now = browser(owner).post(no(over), to(120))
    assert (refused_now.status_code, "Nothing of this period waits for a yes." in text(refused_now)) == (422, True)


def test_who_may_not_approve_so_much_may_still_decline(over):
    abel = make_contact("Abel Approver", over, MemberRole.APPROVER)
    abel.memberships.update(approval_limit=1)
    assert "Decline 2 h" in text(browser(abel).get(reverse("portal:home")))
    assert browser(abel).post(no(over), to(120)).status_code == 302


def test_another_clients_hours_over_cannot_be_declined(over, cobalt, nadia):
    assert browser(nadia).post(no(over), to(120)).status_code == 404


def test_a_program_declines_and_reads_that_it_did(over, owner, mara):
    program, address = Program(cast.key(owner, company=over)), f"periods/{over.period.pk}/authorisation-refusal"
    assert program.get(f"periods/{over.period.pk}/authorisation").json()["declined_at"] is None
    declined = program.post(address)
    assert (declined.status_code, declined.json()["minutes"], declined.json()["declined_at"] is None) == (200, 120, False)
    refused(program.post(address), 409, "conflict")
    refused(Program(cast.key(mara)).post(address), 403, "not-allowed")
    log(mara, over, minutes=30)
    assert program.get(f"periods/{over.period.pk}/authorisation").json()["declined_at"] is None
    stale = refused(program.post(address, {"minutes": 120}), 409, "conflict")
    assert stale["errors"][0]["pointer"] == "/minutes"
    assert program.post(address, {"minutes": 150}).json()["minutes"] == 150
