"""What an endpoint hears is what the person it acts for may see: nothing of another client, and for a client nothing internal."""

import datetime as dt
import re
from pathlib import Path

import orjson
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import scope
from accounts.actions.colleagues import let_go
from accounts.actions.people import assign, change_roles, join_client, leave_client
from accounts.actors import MemberRole
from accounts.errors import Conflict, NotAllowed
from accounts.models import Assignment, Membership
from accounts.policies import RESOURCES
from billing.actions import Work, give_lot, log_time
from engagements.actions import agree_terms, pause_engagement, resume_engagement
from engagements.rules import Terms
from events.actions.posting import drain_webhooks
from events.actions.webhooks import MOST, KindsNotOffered, Wanted, add_webhook, change_webhook, enable_webhook
from events.models import Event, Webhook, WebhookAttempt, WebhookMessage
from events.policies import kinds_offered
from events.published import published_kinds
from tests import cast
from tests.api_cast import Program
from tests.canaries import fill
from tests.cast import actor, ask, log
from tickets.actions import write_note

URL = "https://hooks.example.com/tend"


def listens(person, company=None, *kinds):
    """An endpoint of a person for all there is to hear, bound to a client or not."""
    who = actor(person, company) if not person.is_staff else actor(person)
    wanted = Wanted(url=URL, kinds=kinds or kinds_offered(who).keys())
    return add_webhook(actor=who, wanted=wanted, client=company.client if company else None)[0]


def told(webhook):
    return set(webhook.messages.values_list("kind", flat=True))


def test_a_clients_endpoint_hears_of_its_client_only(acorn, cobalt, priya, rob, nadia, ines, tomas):
    ours, theirs = listens(priya, acorn), listens(nadia, cobalt)
    mine = ask(rob, acorn)
    ask(nadia, cobalt)
    log(ines, acorn, minutes=60, ticket=mine)
    assert told(ours) == {"ticket.opened", "time.logged"}
    assert told(theirs) == {"ticket.opened"}
    assert not [message for message in ours.messages.all() if "CBF" in message.body or str(cobalt.client.pk) in message.body]
    assert not [message for message in theirs.messages.all() if "ACM" in message.body or str(acorn.client.pk) in message.body]


def test_nothing_that_is_internal_reaches_a_clients_endpoint(acorn, priya, rob, ines, mara):
    of_the_client, of_the_firm = listens(priya, acorn), listens(ines)
    of_the_firm_for_the_client = listens(mara, acorn)
    ticket = ask(rob, acorn)
    write_note(actor=actor(ines), ticket=ticket, body="Between ourselves")
    own = Work(service_area="reporting", raw_seconds=2400, work_date=timezone.localdate(), kind="internal", note="Ours")
    log_time(actor=actor(ines), engagement=acorn.engagement, work=own)
    assert told(of_the_client) == told(of_the_firm_for_the_client) == {"ticket.opened"}
    assert told(of_the_firm) == {"ticket.opened", "note.written", "time.logged"}


def test_a_client_is_offered_nothing_that_it_is_never_told(acorn, cobalt, priya, nadia, ines, tomas):
    internal = {kind for kind, published in published_kinds().items() if published.is_internal}
    assert {"note.written", "time.submitted", "time.withdrawn", "time.approved", "time.rejected", "client.added"} == internal
    assert set(kinds_offered(actor(priya))) == set(published_kinds()) - internal
    assert set(kinds_offered(actor(ines))) == set(published_kinds())
    fill(acorn, contact=priya, worker=ines, secret="quillon", internal="zephyrine")
    told_of = Event.objects.filter(kind__in=internal - {"client.added"})
    assert told_of.exists()
    assert not told_of.filter(is_public=True).exists()
    with pytest.raises(KindsNotOffered, match=r"ticket\.opened"):
        listens(priya, acorn, "ticket.opened", "note.written")


def test_no_word_that_anybody_wrote_and_no_word_of_another_client_leaves(acorn, cobalt, priya, nadia, ines, tomas):
    ours = listens(priya, acorn)
    fill(acorn, contact=priya, worker=ines, secret="quillon", internal="zephyrine")
    fill(cobalt, contact=nadia, worker=tomas, secret="marmalux", internal="obsidiary")
    bodies = " ".join(ours.messages.values_list("body", flat=True)).lower()
    assert ours.messages.count() > 20
    assert not [word for word in ("quillon", "zephyrine", "marmalux", "obsidiary", "cobalt", "nadia") if word in bodies]
    assert not re.search(r"\bcbf-", bodies)  # a UUID may have the same letters within


def test_a_consultants_endpoint_hears_of_the_clients_they_work_for(acorn, cobalt, ines, rob, nadia):
    webhook = listens(ines)
    ask(rob, acorn)
    ask(nadia, cobalt)
    assert webhook.messages.count() == 1
    assign(actor=cast.ARRANGING, person=ines, client=cobalt.client)
    ask(nadia, cobalt)
    assert webhook.messages.count() == 2
    Assignment.objects.filter(person=ines).delete()
    ask(rob, acorn)
    assert webhook.messages.count() == 2


def test_what_waits_is_not_sent_to_who_may_not_see_it_any_more(acorn, ines, rob):
    webhook = listens(ines)
    ask(rob, acorn)
    Assignment.objects.filter(person=ines).delete()
    assert drain_webhooks() == 1
    message = webhook.messages.get()
    assert message.given_up_at is not None
    assert "may not see this any more" in message.last_error


@pytest.mark.parametrize("end", ["membership", "role", "log-in"])
def test_an_endpoint_ends_with_the_person_it_acts_for(acorn, priya, rob, end):
    webhook = listens(priya, acorn)
    ask(rob, acorn)
    if end == "membership":
        Membership.objects.filter(person=priya).update(ended_at=timezone.now())
    elif end == "role":
        Membership.objects.filter(person=priya).update(roles=["requester"])
    else:
        type(priya.user).objects.filter(pk=priya.user.pk).update(is_active=False)
    ask(rob, acorn)
    assert webhook.messages.count() == 1, "nothing new is written down for it"
    drain_webhooks()
    webhook.refresh_from_db()
    assert webhook.disabled_reason == "left"
    assert webhook.messages.get().given_up_at is not None
    with pytest.raises(Conflict):
        enable_webhook(actor=cast.ARRANGING, webhook=webhook)


@pytest.mark.parametrize("end", ["membership", "role", "joined anew", "work for the firm"])
def test_the_page_of_an_endpoint_says_at_once_that_its_person_is_here_no_more(acorn, cobalt, priya, ines, mara, ada, end):
    join_client(actor=actor(mara), person=priya, client=cobalt.client, roles=[MemberRole.OWNER])
    webhook, elsewhere = listens(priya, acorn), listens(priya, cobalt)
    of_ines = listens(ines)
    standing = Membership.objects.get(person=priya, client=acorn.client)
    if end == "membership":
        leave_client(actor=actor(mara), membership=standing)
    elif end == "role":
        change_roles(actor=actor(mara), membership=standing, roles=[MemberRole.APPROVER])
    elif end == "joined anew":
        join_client(actor=actor(mara), person=priya, client=acorn.client, roles=[MemberRole.APPROVER])
    else:
        let_go(actor=actor(ada), person=ines)
    ended = {of_ines} if end == "work for the firm" else {webhook}
    assert set(Webhook.objects.filter(disabled_reason="left")) == ended
    assert set(Webhook.objects.filter(disabled_at=None)) == {webhook, elsewhere, of_ines} - ended
    assert Event.objects.filter(kind="webhook.disabled").count() == 1


def test_an_endpoint_is_told_of_an_event_once(acorn, mara, rob):
    webhook = listens(mara)
    ask(rob, acorn)
    message = webhook.messages.get()
    with pytest.raises(IntegrityError, match="an_endpoint_is_told_of_an_event_once"), transaction.atomic():
        WebhookMessage.objects.create(webhook=webhook, event=message.event, kind="x", about_id=message.about_id, body="{}")


def test_what_did_not_happen_is_not_told(acorn, mara, rob):
    webhook = listens(mara)
    with transaction.atomic():
        ask(rob, acorn)
        transaction.set_rollback(True)
    assert not webhook.messages.exists()


def test_what_is_published_is_written_by_somebody_and_read_by_a_scope_there_is():
    """A key asks for the scope of what a kind is about, so that scope must exist; and a kind nobody writes would never be told."""
    rooms = ("accounts", "engagements", "tickets", "billing", "proposals")
    places = [path for room in rooms for part in ("actions*/**/*.py", "models/*.py") for path in Path(room).glob(part)]
    written = " ".join(path.read_text() for path in places)
    assert {published.resource for published in published_kinds().values()} <= set(RESOURCES)
    assert [kind for kind in published_kinds() if f'"{kind}"' not in written] == []
    facts = {fact for published in published_kinds().values() for fact in published.facts}
    assert not facts & {"event", "client", "about", "person", "note", "cost", "body"}


def test_nobody_keeps_so_many_that_every_event_waits_for_them(acorn, mara):
    for _ in range(MOST):
        listens(mara)
    with pytest.raises(Conflict):
        listens(mara)


def test_only_owners_keep_a_clients_endpoints_and_only_of_their_client(acorn, cobalt, priya, rob, abe, bill, nadia):
    wanted = Wanted(url=URL, kinds=["ticket.opened"])
    for person in (rob, abe, bill):
        with pytest.raises(NotAllowed):
            add_webhook(actor=actor(person), wanted=wanted, client=acorn.client)
    for client in (None, cobalt.client):
        with pytest.raises(NotAllowed):
            add_webhook(actor=actor(priya), wanted=wanted, client=client)
    theirs = listens(nadia, cobalt)
    with pytest.raises(NotAllowed):
        change_webhook(actor=actor(priya), webhook=theirs, wanted=wanted)


def test_either_wall_hides_another_clients_and_the_firms_endpoints(acorn, cobalt, priya, rob, nadia, mara, ines, tomas, ada):
    ours, theirs, firms, about_us = listens(priya, acorn), listens(nadia, cobalt), listens(mara), listens(mara, acorn)
    ask(rob, acorn)
    ask(nadia, cobalt)
    drain_webhooks(resolve=lambda *_: ["127.0.0.1"])
    with scope.portal(acorn.client.pk, actor(priya)):
        assert set(Webhook.objects.all()) == {ours}
        assert set(WebhookMessage.objects.values_list("webhook_id", flat=True)) == {ours.pk}
        assert set(WebhookAttempt.objects.values_list("webhook_id", flat=True)) == {ours.pk}
    seen = {person: set(Webhook.objects.visible_to(actor(person))) for person in (priya, rob, nadia, mara, ines, ada)}
    assert seen == {priya: {ours}, rob: set(), nadia: {theirs}, mara: {firms, about_us}, ines: set(), ada: {ours, theirs, firms, about_us}}
    assert set(WebhookMessage.objects.visible_to(actor(nadia)).values_list("webhook_id", flat=True)) == {theirs.pk}
    assert set(WebhookAttempt.objects.visible_to(actor(nadia)).values_list("webhook_id", flat=True)) == {theirs.pk}


@pytest.fixture
def promises_changed(acorn, mara):
    """What an endpoint of Mara's heard of new terms, given hours, a pause and its end."""
    webhook = listens(mara)
    first = acorn.period.ends_on
    lived = {"usable_from": acorn.period.starts_on, "usable_until": first, "reason": "For the outage."}
    give_lot(actor=actor(mara), engagement=acorn.engagement, kind="goodwill", minutes=60, **lived)
    agree_terms(actor=actor(mara), engagement=acorn.engagement, terms=Terms(starts_on=first, included_minutes=900, overage="absorb"))
    days = {"starts_on": first, "ends_on": first + dt.timedelta(days=14)}
    pause = pause_engagement(actor=actor(mara), engagement=acorn.engagement, reason="Stocktaking", **days)
    resume_engagement(actor=actor(mara), pause=pause, on=first + dt.timedelta(days=7))
    return {message.kind: orjson.loads(message.body)["data"]["about"] for message in webhook.messages.all()}


@pytest.mark.parametrize("kind", ["hours.given", "terms.agreed", "engagement.paused", "engagement.resumed"])
def test_what_changed_of_a_promise_is_read_where_the_message_says(promises_changed, mara, kind):
    about = promises_changed[kind]
    address = about["url"].partition("/api/v1/")[2]
    answer = Program(cast.key(mara)).get(address)
    assert answer.status_code == 200, answer.content
    assert about["id"] in answer.content.decode()
