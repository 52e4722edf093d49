"""Everybody chooses what reaches them, and how far; what is urgent or waits for them goes by mail whatever they chose."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actors import MemberRole
from events.actions.choosing import chosen_by
from events.models import Delivery, Event, Notice, NoticeChoice
from events.rules.topics import TOPICS, Level, Topic, level_of
from tests import cast
from tests.cast import actor, ask, log
from tickets.actions import reply
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

ALL_BY_MAIL = {"talk": "mail", "steps": "mail", "decisions": "mail"}


def choose(browser, person, **changes):
    door = "workspace" if person.is_staff else "portal"
    answer = browser(person).post(f"/{door}/notices/choices/", ALL_BY_MAIL | changes)
    assert answer.status_code == 302, answer.content.decode()


def reached(person, kind):
    """How many notices of a kind somebody has, and how many of them go out by mail."""
    return (
        Notice.objects.filter(person=person, kind=kind).count(),
        Delivery.objects.filter(notice__person=person, notice__kind=kind).count(),
    )


def test_who_chose_nothing_is_told_here_and_by_mail(acorn, rob, mara):
    ask(rob, acorn)
    assert reached(mara, "ticket.opened") == (1, 1)


def test_what_is_kept_here_goes_out_by_no_mail(browser, acorn, rob, mara):
    choose(browser, mara, talk="here")
    ask(rob, acorn)
    assert reached(mara, "ticket.opened") == (1, 0)


def test_what_is_silenced_reaches_nobody_and_still_happened(browser, acorn, rob, mara):
    choose(browser, rob, talk="never")
    ticket = ask(rob, acorn)
    reply(actor=actor(mara), ticket=ticket, body="We look into it.")
    assert reached(rob, "message.posted") == (0, 0)
    assert Event.objects.filter(kind="message.posted", about_id=ticket.pk).exists()


def test_a_request_of_priority_one_passes_what_was_silenced(browser, acorn, rob, mara):
    choose(browser, mara, talk="never")
    ticket = ask(rob, acorn)
    Ticket.objects.filter(pk=ticket.pk).update(priority=1)
    ticket.refresh_from_db()
    reply(actor=actor(rob, acorn), ticket=ticket, body="All of them stand still.")
    assert reached(mara, "message.posted") == (1, 1)


def test_the_firm_is_told_of_hours_that_run_out_whatever_it_chose(browser, acorn, mara, ines):
    choose(browser, mara, talk="never", steps="never", decisions="never")
    assert "hours" not in browser(mara).get("/workspace/notices/choices/").context["form"].fields
    log(ines, acorn, minutes=300 * acorn.period.capacity_minutes // 600)
    assert reached(mara, "alert.raised") == (1, 1)


def test_a_clients_owner_is_told_of_hours_that_run_out_by_choice_only(browser, acorn, cobalt, priya, nadia, ines):
    assert chosen_by(actor(priya, acorn))[Topic.HOURS] is Level.NEVER
    log(ines, acorn, minutes=acorn.period.capacity_minutes * 5 // 10)
    assert reached(priya, "alert.raised") == (0, 0)
    choose(browser, priya, hours="mail")
    choose(browser, nadia, hours="mail")
    log(ines, acorn, minutes=acorn.period.capacity_minutes * 3 // 10)
    assert reached(priya, "alert.raised") == (1, 1)
    assert reached(nadia, "alert.raised") == (0, 0)


def test_only_an_owner_may_choose_about_hours(browser, acorn, rob):
    page = browser(rob).get("/portal/notices/choices/").content.decode()
    assert "Hours that run out" not in page
    choose(browser, rob, hours="mail")
    assert set(NoticeChoice.objects.filter(person=rob).values_list("topic", flat=True)) == {"talk", "steps", "decisions"}


def test_what_waits_for_a_decision_is_no_topic_that_could_be_silenced():
    for kind in ("estimate.asked", "proposal.sent", "person.invited"):
        silenced = dict.fromkeys(Topic, Level.NEVER)
        assert level_of(kind, silenced, is_staff=False, is_urgent=False) is Level.MAIL
    assert level_of("alert.raised", dict.fromkeys(Topic, Level.NEVER), is_staff=True, is_urgent=False) is Level.MAIL
    assert set(TOPICS.values()) == set(Topic)


def test_a_choice_is_read_by_whoever_made_it_and_by_nobody_else(browser, acorn, rob, priya, mara):
    choose(browser, rob, talk="never")
    assert chosen_by(actor(rob, acorn))[Topic.TALK] is Level.NEVER
    assert chosen_by(actor(priya, acorn))[Topic.TALK] is Level.MAIL
    assert browser(rob).get("/portal/notices/choices/").context["form"].fields["talk"].initial == "never"


def test_a_level_nobody_offers_is_refused(browser, mara):
    answer = browser(mara).post("/workspace/notices/choices/", ALL_BY_MAIL | {"talk": "by pigeon"})
    assert answer.status_code == 422
    assert not NoticeChoice.objects.exists()


def test_telling_many_people_asks_for_their_choices_once(acorn, mara):
    for number in range(6):
        cast.make_contact(f"Owner{number} Person", acorn, MemberRole.OWNER)
    with CaptureQueriesContext(connection) as asked:
        log(mara, acorn, minutes=acorn.period.capacity_minutes // 2)
    assert sum('FROM "events_noticechoice"' in query["sql"] for query in asked.captured_queries) == 1
