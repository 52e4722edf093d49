"""The client's pages: what stands on them, for whom they exist, and that a long list costs what a short one costs."""

import datetime as dt
import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import scope
from accounts.actions.clients import add_client
from accounts.actions.people import add_person, join_client
from accounts.actors import MemberRole
from billing.actions import Work, log_time, open_due_periods
from billing.models import Period
from events.models import Notice
from tests.cast import ARRANGING, actor, ask, log, make_contact
from tickets.actions import ask_approval, reply, resolve_ticket
from tickets.models import Ticket

HTMX = {"HX-Request": "true"}
PLACES = ("home", "tickets", "new_ticket", "hours", "systems", "notices", "clients")


def words(response) -> str:
    """What a page says, without its markup."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


@pytest.mark.parametrize("name", PLACES)
def test_every_page_asks_strangers_to_sign_in(client, db, name):
    answer = client.get(reverse(f"portal:{name}"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["hours", "systems", "notices", "proposals"])
def test_a_request_is_one_key_away_on_every_page(browser, priya, acorn, name):
    page = browser(priya).get(reverse(f"portal:{name}")).content.decode()
    assert f'data-else-key="c" data-href="{reverse("portal:new_ticket")}"' in page


@pytest.mark.parametrize("name", PLACES)
def test_the_firms_people_find_no_portal(browser, mara, name):
    assert browser(mara).get(reverse(f"portal:{name}")).status_code == 404


def test_a_fragment_never_becomes_the_sign_in_page(client, db):
    answer = client.get(reverse("portal:home"), headers=HTMX)
    assert answer["HX-Redirect"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", PLACES)
def test_a_client_who_has_nothing_yet_still_finds_every_page(browser, firm, name):
    bare = add_client(actor=ARRANGING, name="Bare Oak", code="OAK")
    nell = add_person(actor=ARRANGING, name="Nell New", email="nell@bareoak.example")
    join_client(actor=ARRANGING, person=nell, client=bare, roles=[MemberRole.OWNER])
    assert browser(nell).get(reverse(f"portal:{name}")).status_code == 200


def test_what_belongs_to_another_client_is_not_there(browser, priya, nadia, ines, tomas, acorn, cobalt):
    theirs = ask(nadia, cobalt, "A secret of Cobalt")
    log(tomas, cobalt, minutes=60, ticket=theirs)
    visitor = browser(priya)
    others = [("ticket", theirs.pk), ("period", cobalt.period.pk), ("system", cobalt.system.pk)]
    for name, pk in [*others, *[(name, uuid.uuid4()) for name, _ in others], ("attachment", uuid.uuid4())]:
        assert visitor.get(reverse(f"portal:{name}", args=[pk])).status_code == 404
    for name in ("reply", "decision", "resolution", "reopening", "closure"):
        assert visitor.post(reverse(f"portal:{name}", args=[theirs.pk]), {"body": "Hello", "answer": "approve"}).status_code == 404
    for name in PLACES:
        page = visitor.get(reverse(f"portal:{name}")).content.decode()
        assert "Cobalt" not in page
        assert "CBF" not in page


def test_the_front_page_says_what_is_left_and_every_figure_opens_its_entries(browser, priya, ines, acorn):
    log(ines, acorn, minutes=90)
    page = browser(priya).get(reverse("portal:home"))
    assert "8.5 h left of 10 h" in words(page)
    assert f"{reverse('portal:period', args=[acorn.period.pk])}#entries" in page.content.decode()


def test_hours_beyond_the_promise_are_over_and_never_negative(browser, priya, ines, acorn):
    log(ines, acorn, minutes=672)
    for name in ("home", "hours"):
        said = words(browser(priya).get(reverse(f"portal:{name}")))
        assert "1.2 h over the 10 h" in said
        assert "-1.2" not in said


def test_a_question_is_answered_on_the_front_page(browser, priya, ines, acorn):
    request = ask(priya, acorn)
    reply(actor=actor(ines), ticket=request, body="Slowest item, or **order date**?", ask=True)
    visitor = browser(priya)
    assert "Slowest item, or order date?" in words(visitor.get(reverse("portal:home")))
    answer = visitor.post(reverse("portal:reply", args=[request.pk]), {"body": "The slowest.", "at": "home"})
    assert answer["Location"] == reverse("portal:home")
    assert "Nothing waits for you." in words(visitor.get(reverse("portal:home")))


def test_only_who_may_approve_is_asked_to(browser, priya, rob, abe, ines, acorn):
    request = ask(rob, acorn)
    ask_approval(actor=actor(ines), ticket=request, minutes=180, body="Three hours, I think.")
    for person, is_asked in ((priya, True), (abe, True), (rob, False)):
        front = words(browser(person).get(reverse("portal:home")))
        assert ("Approve 3 h" in front) is is_asked
        assert ("Approve 3 h" in words(browser(person).get(reverse("portal:ticket", args=[request.pk])))) is is_asked


def test_what_is_solved_crowds_out_no_question(browser, priya, ines, acorn):
    for number in range(13):
        solved = ask(priya, acorn, subject=f"Solved {number}")
        resolve_ticket(actor=actor(ines), ticket=solved, summary="A line was wrong.")
    asked = ask(priya, acorn, subject="The newest of all")
    reply(actor=actor(ines), ticket=asked, body="Which of the two lists is right?", ask=True)
    page = browser(priya).get(reverse("portal:home"))
    assert "Which of the two lists is right?" in words(page)
    assert page.content.decode().index("Which of the two") < page.content.decode().index("Solved 0")
    assert "Your turn 14" in words(page)
    assert f'href="{reverse("portal:tickets")}?state=resolved">and 1 more solved request<' in page.content.decode()


def test_a_solved_request_asks_to_be_confirmed(browser, priya, ines, acorn):
    request = ask(priya, acorn)
    resolve_ticket(actor=actor(ines), ticket=request, summary="Rye is right again.")
    assert "Solved, reopen?" in words(browser(priya).get(reverse("portal:home")))


def test_the_second_visit_says_what_came_since_the_first(browser, priya, ines, acorn):
    request = ask(priya, acorn)
    visitor = browser(priya)
    visitor.get(reverse("portal:home"))
    session = visitor.session
    session["looked"] = {"at": (timezone.now() - dt.timedelta(hours=5)).isoformat(), "since": ""}
    with scope.door():
        session.save()
    reply(actor=actor(ines), ticket=request, body="We look into it.")
    log(ines, acorn, minutes=45, ticket=request)
    assert "1 reply, 0.75 h worked" in words(visitor.get(reverse("portal:home")))


def test_the_hours_page_tells_what_covered_each_entry_and_why(browser, priya, ines, acorn):
    log(ines, acorn, minutes=555, note="Prompts reviewed")
    log(ines, acorn, minutes=120, note="Index rebuilt")
    said = words(browser(priya).get(reverse("portal:hours")))
    assert f"Left on {timezone.localdate():%-d %B} 0 h" in said
    assert f"8 h {timezone.localdate():%B} hours, 1.25 h over, billed" in said
    assert f"Together in {timezone.localdate():%B} 11.25 h 11.25 h" in said


def test_internal_time_is_not_on_the_hours_page(browser, priya, ines, acorn):
    work = Work(service_area="reporting", raw_seconds=1800, work_date=timezone.localdate(), kind="internal", note="Canary")
    log_time(actor=actor(ines), engagement=acorn.engagement, work=work)
    page = browser(priya).get(reverse("portal:hours"))
    assert "Canary" not in page.content.decode()
    assert "No time was logged in this period." in words(page)


def test_a_period_to_come_is_shown_without_a_balance(browser, priya, acorn):
    open_due_periods(actor=ARRANGING, today=acorn.period.ends_on)
    later = Period.objects.get(engagement=acorn.engagement, starts_on=acorn.period.ends_on)
    assert "still to come" in words(browser(priya).get(reverse("portal:period", args=[later.pk])))


def test_every_period_is_in_the_list_however_many_there_are(browser, priya, acorn, monkeypatch):
    monkeypatch.setattr("portal.views.hours.MOST_PERIODS", 2)
    with scope.system("periods of long ago"):
        first = acorn.period.starts_on
        Period.objects.bulk_create(
            Period(
                client=acorn.client,
                engagement=acorn.engagement,
                starts_on=first - dt.timedelta(days=7 * (weeks + 1)),
                ends_on=first - dt.timedelta(days=7 * weeks),
                is_history=True,
            )
            for weeks in range(5)
        )
        expected = {str(pk) for pk in Period.objects.filter(client=acorn.client).exclude(pk=acorn.period.pk).values_list("pk", flat=True)}
    visitor, address, found = browser(priya), reverse("portal:period", args=[acorn.period.pk]), set()
    page = visitor.get(address).content.decode()
    for _ in range(len(expected)):
        others = page.partition('<h2 id="periods">')[2]
        found |= set(re.findall(r'class="item-title" href="[^"]*/([0-9a-f-]{36})/"', others))
        older = re.search(r'rel="next" href="([^"]+)#periods"', others)
        if older is None:
            break
        page = visitor.get(address + older[1].replace("&amp;", "&")).content.decode()
    assert found == expected
    assert 'rel="prev" href="?periods=' in page
    assert visitor.get(address, {"periods": "-1"}).status_code == visitor.get(address, {"periods": "9999"}).status_code == 200


def test_requests_are_found_by_their_words_and_by_whose_turn_it_is(browser, priya, ines, acorn):
    asked = ask(priya, acorn, "Lead times are wrong")
    ask(priya, acorn, "Stock export needs a field")
    reply(actor=actor(ines), ticket=asked, body="Which items?", ask=True)
    visitor = browser(priya)
    by_words = words(visitor.get(reverse("portal:tickets"), {"q": "export"}))
    assert "Stock export" in by_words
    assert "Lead times" not in by_words
    by_turn = words(visitor.get(reverse("portal:tickets"), {"turn": "client"}))
    assert "Lead times" in by_turn
    assert "Stock export" not in by_turn
    assert visitor.get(reverse("portal:tickets"), {"turn": "nobody", "system": "x", "before": "x"}).status_code == 200


def test_a_long_list_is_turned_page_by_page_and_back(browser, priya, acorn):
    for number in range(60):
        ask(priya, acorn, f"Wish {number:02d}")
    visitor = browser(priya)
    first = visitor.get(reverse("portal:tickets"))
    assert len(first.context["tickets"]) == 50
    second = visitor.get(reverse("portal:tickets") + first.context["sheet"].next)
    assert [each.ticket.subject for each in second.context["tickets"]] == [f"Wish {number:02d}" for number in range(9, -1, -1)]
    back = visitor.get(reverse("portal:tickets") + second.context["sheet"].previous)
    assert [each.ticket.pk for each in back.context["tickets"]] == [each.ticket.pk for each in first.context["tickets"]]


def test_a_system_shows_its_parts_and_what_was_asked_about_it(browser, priya, acorn):
    acorn.system.components.create(client=acorn.client, name="Retrieval index", kind="data", version="2026-11")
    request = ask(priya, acorn)
    Ticket.objects.filter(pk=request.pk).update(system=acorn.system)
    said = words(browser(priya).get(reverse("portal:system", args=[acorn.system.pk])))
    assert "Retrieval index" in said
    assert request.reference in said


def test_notices_are_marked_as_read_one_by_one_and_together(browser, priya, ines, acorn):
    for body in ("First", "Second", "Third"):
        reply(actor=actor(ines), ticket=ask(priya, acorn), body=body)
    unread = Notice.objects.filter(person=priya, read_at=None)
    assert unread.count() == 3
    visitor = browser(priya)
    assert visitor.post(reverse("portal:notices"), {"notice": unread.earliest("pk").pk})["Location"] == reverse("portal:notices")
    assert unread.count() == 2
    part = visitor.post(reverse("portal:notices"), headers=HTMX)
    assert part.status_code == 200
    assert "<html" not in part.content.decode()
    assert not unread.exists()


def test_nobody_reads_the_notices_of_a_colleague(browser, priya, rob, ines, acorn):
    reply(actor=actor(ines), ticket=ask(priya, acorn), body="For Priya")
    told = Notice.objects.get(person=priya)
    browser(rob).post(reverse("portal:notices"), {"notice": told.pk})
    told.refresh_from_db()
    assert told.read_at is None


def test_a_person_of_two_clients_speaks_for_one_at_a_time(browser, priya, acorn, cobalt):
    join_client(actor=ARRANGING, person=priya, client=cobalt.client, roles=[MemberRole.REQUESTER])
    visitor = browser(priya)
    assert "Cobalt Freight" in words(visitor.get(reverse("portal:clients")))
    assert visitor.get(reverse("portal:system", args=[cobalt.system.pk])).status_code == 404
    visitor.post(reverse("portal:clients"), {"client": cobalt.client.pk})
    assert visitor.get(reverse("portal:system", args=[cobalt.system.pk])).status_code == 200
    assert visitor.get(reverse("portal:system", args=[acorn.system.pk])).status_code == 404


@pytest.mark.parametrize("chosen", ["0198f2c6-0000-7000-8000-00000000cafe", "nonsense", ""])
def test_nobody_chooses_a_client_they_do_not_speak_for(browser, priya, cobalt, chosen):
    assert browser(priya).post(reverse("portal:clients"), {"client": chosen or cobalt.client.pk}).status_code == 404


def _cost(visitor, url):
    visitor.get(url)
    with CaptureQueriesContext(connection) as caught:
        assert visitor.get(url).status_code == 200
    return len(caught)


def test_pages_cost_the_same_at_2_rows_and_at_200(browser, priya, mara, ines, acorn):
    """Each list grows a hundredfold; no page asks more often for it, and none more than 25 times."""

    def grow(count):
        for number in range(count):
            request = ask(priya, acorn, f"Wish {number}")
            Ticket.objects.filter(pk=request.pk).update(system=acorn.system)
            reply(actor=actor(ines), ticket=request, body="Which one?", ask=number % 2 == 0)
            log(ines, acorn, minutes=1, ticket=request, note=f"Work {number}")

    grow(2)
    colleague = make_contact("Pat Partner", acorn, MemberRole.OWNER)
    request = Ticket.objects.filter(client=acorn.client).earliest("pk")
    urls = [reverse(f"portal:{name}") for name in PLACES]
    urls += [
        reverse("portal:tickets") + "?show=all",
        reverse("portal:ticket", args=[request.pk]),
        reverse("portal:system", args=[acorn.system.pk]),
    ]
    visitors = [browser(priya), browser(colleague)]
    small = {(n, url): _cost(visitor, url) for n, visitor in enumerate(visitors) for url in urls}
    grow(198)
    for number in range(20):
        reply(actor=actor(priya, acorn), ticket=request, body=f"And {number}")
        log(ines, acorn, minutes=1, ticket=request)
    large = {(n, url): _cost(visitor, url) for n, visitor in enumerate(visitors) for url in urls}
    assert large == small
    assert max(large.values()) <= 25, large
