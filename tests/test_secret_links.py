"""Two secret addresses: a balance that whoever holds it may read, and a calendar. Shown once, kept as a digest, revoked at once."""

import datetime as dt
from urllib.parse import urlsplit

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.actions.links import open_feed, share_balance
from accounts.actions.people import change_roles, leave_client, unassign
from accounts.actors import MemberRole
from accounts.models import BalanceLink, CalendarFeed, Person
from config.middleware import told_path
from engagements.actions import Plan, add_plan
from engagements.models import Engagement
from events.models import Event
from tests import cast
from tests.api_cast import Program
from tests.cast import actor
from tickets.actions import schedule_ticket


@pytest.fixture
def program(key):
    return lambda person, *scopes: Program(key(person, *scopes))


@pytest.fixture
def stranger(db):
    return Browser()


def shared(person, company, name="The board"):
    return share_balance(actor=actor(person), client=company.client, name=name)


def test_an_owner_makes_a_balance_link_that_anybody_may_read(browser, stranger, priya, acorn, ines):
    cast.log(ines, acorn, minutes=90)
    made = browser(priya).post(reverse("portal:links"), {"what": "balance", "name": "The board"})
    link = BalanceLink.objects.get()
    address = made.context["url"]
    assert made["Cache-Control"].startswith("max-age=0")
    assert made.text.count(address) == 1
    page = stranger.get(urlsplit(address).path)
    assert page.status_code == 200
    assert acorn.client.name in page.text
    assert "8.5" in page.text
    assert page["Cache-Control"] == "no-store"
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert page["Referrer-Policy"] == "no-referrer"
    link.refresh_from_db()
    assert link.last_used_at is not None
    assert bytes(link.digest) not in address.encode()


def test_the_link_answers_as_json_what_the_balance_of_the_api_says(program, stranger, priya, acorn, ines):
    cast.log(ines, acorn, minutes=90)
    _link, secret = shared(ines, acorn)
    told = stranger.get(reverse("balance_json", args=[secret])).json()
    assert told == program(priya).get(f"clients/{acorn.client.pk}/balance").json()
    assert told["engagements"][0]["left_minutes"] == 510


def test_a_balance_link_opens_one_client_and_no_other_page(stranger, ines, priya, acorn, cobalt):
    cast.ask(priya, acorn, subject="Nobody's business")
    _link, secret = shared(ines, acorn)
    page = stranger.get(reverse("balance_page", args=[secret])).text
    assert cobalt.client.name not in page
    assert "Nobody" not in page
    assert stranger.get(reverse("portal:home")).status_code == 302
    assert stranger.get(f"/api/v1/clients/{acorn.client.pk}").status_code == 401


def test_a_revoked_link_opens_nothing_from_then_on(browser, stranger, ines, acorn):
    link, secret = shared(ines, acorn)
    browser(ines).post(reverse("workspace:revoke_balance_link", args=[link.pk]))
    assert stranger.get(reverse("balance_page", args=[secret])).status_code == 404
    assert stranger.get(reverse("balance_json", args=[secret])).status_code == 404
    assert stranger.get(reverse("balance_page", args=["never-made"])).status_code == 404


def test_a_requester_neither_sees_nor_makes_balance_links(browser, rob, ines, acorn):
    shared(ines, acorn, name="For the auditors")
    signed_in = browser(rob)
    assert "For the auditors" not in signed_in.get(reverse("portal:links")).text
    assert signed_in.post(reverse("portal:links"), {"what": "balance", "name": "Mine"}).status_code == 404
    assert BalanceLink.objects.count() == 1


def test_a_secret_is_kept_out_of_the_log():
    assert told_path("/balance/abc/json") == "/balance/…"
    assert told_path("/calendar/abc.ics") == "/calendar/…"
    assert told_path("/workspace/") == "/workspace/"


def test_whoever_asks_too_often_is_told_to_wait(stranger, ines, acorn, settings):
    settings.SECRET_LINK_REQUESTS_PER_MINUTE = 2
    _link, secret = shared(ines, acorn)
    answers = [stranger.get(reverse("balance_json", args=[secret]), REMOTE_ADDR="192.0.2.7").status_code for _ in range(3)]
    assert answers in ([200, 200, 429], [200, 200, 200])  # without Valkey everybody passes
    if answers[-1] == 429:
        assert stranger.get(reverse("balance_json", args=[secret]), REMOTE_ADDR="192.0.2.7")["Retry-After"]


@pytest.fixture
def planned(acorn, ines, priya, mara):
    """A ticket planned for next week and a review every week."""
    today = timezone.localdate()
    day = today + dt.timedelta(days=7)
    ticket = cast.ask(priya, acorn, subject="Move to the new model")
    schedule_ticket(actor=actor(ines), ticket=ticket, planned_for=day, body="Then")
    plan = Plan(
        what="Prompt review",
        service_area="prompt_optimisation",
        cadence="weekly",
        day=1,
        estimate_minutes=60,
        starts_on=timezone.localdate(),
    )
    add_plan(actor=actor(mara), engagement=acorn.engagement, plan=plan)
    ticket.refresh_from_db()
    return ticket


def feed_of(person: Person, company=None) -> str:
    _feed, secret = open_feed(actor=actor(person, company))
    return reverse("calendar_feed", args=[secret])


def events(answer):
    assert answer.status_code == 200, answer.content
    return {str(each["uid"]): each for each in Calendar.from_ical(answer.content).walk("VEVENT")}


def test_a_calendar_shows_what_is_planned_and_when_the_hours_reset(stranger, planned, ines, acorn):
    found = events(stranger.get(feed_of(ines)))
    ticket = found[f"ticket-{planned.pk}@tend"]
    assert ticket["summary"] == f"{planned.reference} Move to the new model"
    assert ticket.decoded("dtstart") == planned.planned_for
    assert found[f"reset-{acorn.period.pk}@tend"].decoded("dtstart") == acorn.period.ends_on
    assert any(uid.startswith("plan-") for uid in found)


def test_a_calendar_is_the_same_bytes_until_something_changes(stranger, planned, ines):
    url = feed_of(ines)
    first = stranger.get(url)
    assert stranger.get(url).content == first.content
    assert stranger.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    before = events(first)[f"ticket-{planned.pk}@tend"]["sequence"]
    planned.planned_for += dt.timedelta(days=1)
    planned.updated_at = timezone.now() + dt.timedelta(seconds=5)
    planned.save(update_fields=["planned_for", "updated_at"])
    second = stranger.get(url)
    assert second["ETag"] != first["ETag"]
    assert events(second)[f"ticket-{planned.pk}@tend"]["sequence"] > before


def test_a_calendar_keeps_to_the_wall(stranger, planned, tomas, nadia, priya, cobalt, acorn):
    for url in (feed_of(tomas), feed_of(nadia, cobalt)):
        assert str(planned.pk) not in stranger.get(url).text
    assert f"ticket-{planned.pk}@tend" in events(stranger.get(feed_of(priya, acorn)))


def test_a_calendar_ends_with_its_person_and_when_it_is_revoked(browser, stranger, planned, ines, mara):
    theirs, url = feed_of(ines), feed_of(mara)
    Person.objects.filter(pk=ines.pk).update(left_at=timezone.now())
    assert stranger.get(theirs).status_code == 404
    feed = CalendarFeed.objects.get(person=mara)
    browser(mara).post(reverse("workspace:revoke_feed", args=[feed.pk]))
    assert stranger.get(url).status_code == 404


def test_programs_make_list_and_revoke_both(program, stranger, priya, acorn):
    api = program(priya)
    made = api.post("balance-links", {"client": str(acorn.client.pk), "name": "The board"})
    assert made.status_code == 201, made.json()
    assert stranger.get(urlsplit(made.json()["url"]).path).status_code == 200
    assert "url" not in api.get("balance-links").json()["results"][0]
    assert api.delete(f"balance-links/{made.json()['id']}").status_code == 204
    assert stranger.get(urlsplit(made.json()["url"]).path).status_code == 404
    feed = api.post("calendar-feeds", {})
    assert feed.status_code == 201, feed.json()
    assert stranger.get(urlsplit(feed.json()["url"]).path).status_code == 200
    assert api.delete(f"calendar-feeds/{feed.json()['id']}").status_code == 204


def test_a_key_that_may_not_read_all_of_a_calendar_makes_none(program, ines):
    answer = program(ines, "calendar-feeds:write").post("calendar-feeds", {})
    assert answer.status_code == 403


def test_a_calendar_shows_when_a_retainer_renews_and_nothing_of_it_once_it_ends(stranger, acorn, ines, priya, nadia):
    turns_on = timezone.localdate() + dt.timedelta(days=45)
    retainer, ours = Engagement.objects.filter(pk=acorn.engagement.pk), f"renewal-{acorn.engagement.pk}"

    def told(person, company=None):
        found = events(stranger.get(feed_of(person, company)))
        return {str(each["summary"]): each.decoded("dtstart") for uid, each in found.items() if uid.startswith(ours)}

    retainer.update(committed_until=turns_on, renewal_months=12)
    assert told(ines) == told(priya, acorn) == {f"{acorn.engagement.name} of Acorn Mills renews": turns_on}
    assert told(nadia) == {}
    retainer.update(renewal_months=None)
    assert told(ines) == {f"The commitment of Acorn Mills to {acorn.engagement.name} ends": turns_on}
    retainer.update(ends_on=turns_on)
    assert told(ines) == {}


def test_a_calendar_costs_the_same_however_full_it_is(stranger, planned, ines, priya, acorn, django_assert_max_num_queries):
    url = feed_of(ines)
    stranger.get(url)
    for number in range(10):
        ticket = cast.ask(priya, acorn, subject=f"Planned {number}")
        schedule_ticket(actor=actor(ines), ticket=ticket, planned_for=planned.planned_for, body="Then")
    with django_assert_max_num_queries(20):
        assert len(events(stranger.get(url))) > 10


@pytest.mark.parametrize("ending", ["leaves", "is no owner any more", "is deactivated", "left"])
def test_a_balance_link_ends_with_what_let_its_maker_make_it(stranger, acorn, ending):
    maker = cast.make_contact("Olga Owner", acorn, MemberRole.OWNER)
    link, secret = shared(maker, acorn)
    path = reverse("balance_page", args=[secret])
    assert stranger.get(path).status_code == 200
    membership = maker.memberships.get()
    if ending == "leaves":
        leave_client(actor=cast.ARRANGING, membership=membership)
    elif ending == "is no owner any more":
        change_roles(actor=cast.ARRANGING, membership=membership, roles=[MemberRole.REQUESTER])
    elif ending == "is deactivated":
        type(maker.user).objects.filter(pk=maker.user.pk).update(is_active=False)
    else:
        Person.objects.filter(pk=maker.pk).update(left_at=timezone.now())
    assert stranger.get(path).status_code == 404
    assert stranger.get(reverse("balance_json", args=[secret])).status_code == 404
    if ending in {"leaves", "is no owner any more"}:
        link.refresh_from_db()
        assert link.revoked_at is not None, "the list of links says so"
        assert Event.objects.about(link).filter(kind="balance.unshared").count() == 1


def test_a_consultants_balance_links_end_with_the_assignment_and_a_leads_do_not(stranger, acorn, ines, mara):
    (_gone, of_ines), (_kept, of_mara) = shared(ines, acorn), shared(mara, acorn, name="The bank")
    unassign(actor=cast.ARRANGING, assignment=ines.assignments.get())
    assert stranger.get(reverse("balance_page", args=[of_ines])).status_code == 404
    assert stranger.get(reverse("balance_page", args=[of_mara])).status_code == 200
