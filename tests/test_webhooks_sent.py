"""Webhooks on their way: signed as the standard says, at least once, in order per object, patient but not for ever."""

import datetime as dt
from ipaddress import ip_network
from itertools import pairwise
from typing import cast

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import WebhookVerificationError

from accounts.actors import system
from events.actions import posting
from events.actions.posting import drain_webhooks
from events.actions.webhooks import (
    Wanted,
    add_webhook,
    disable_webhook,
    enable_webhook,
    ping_webhook,
    redeliver,
    redeliver_since,
    rotate_secret,
)
from events.models import Event, Webhook, WebhookAttempt, WebhookMessage
from events.rules.retrying import ATTEMPTS, WAITS, wait_after
from tests.cast import actor, ask
from tests.racing import race
from tests.webhook_receiver import receiving, status
from tickets.actions import reply

KINDS = ("ticket.opened", "message.posted", "ticket.moved")


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)
    settings.WEBHOOK_TIMEOUT_SECONDS = 1
    with receiving() as found:
        yield found


@pytest.fixture
def hook(receiver, acorn, mara):
    """Mara's endpoint for everything that happens to requests, with its secret."""
    return add_webhook(actor=actor(mara), wanted=Wanted(url=receiver.url, description="Desk", kinds=KINDS))


def let_it_be_due():
    WebhookMessage.objects.filter(is_waiting=True).update(due_at=timezone.now(), leased_until=None)
    Webhook.objects.update(resting_until=None)


def test_an_event_arrives_signed_and_thin(receiver, hook, acorn, rob):
    ticket = ask(rob, acorn, subject="The secret subject", body="The secret words")
    assert drain_webhooks() == 1
    assert drain_webhooks() == 0
    (taken,) = receiver.taken
    webhook, secret = hook
    message = webhook.messages.get()
    told = taken.verified_with(secret)
    event = Event.objects.get(kind="ticket.opened")
    assert told == {
        "type": "ticket.opened",
        "timestamp": event.at.isoformat().replace("+00:00", "Z"),
        "data": {
            "event": str(event.pk),
            "client": {"id": str(acorn.client.pk), "code": "ACM"},
            "about": {
                "type": "ticket",
                "id": str(ticket.pk),
                "reference": "ACM-1",
                "url": f"http://localhost:8000/api/v1/tickets/{ticket.pk}",
            },
            "number": 1,
            "source": "portal",
        },
    }
    assert b"secret" not in taken.body
    assert taken.path == "/hooks?for=tend"
    assert taken.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert taken.headers["content-type"] == "application/json"
    assert taken.id == message.message_id
    assert abs(int(taken.headers["webhook-timestamp"]) - timezone.now().timestamp()) < 10
    assert message.delivered_at is not None
    assert [(attempt.status, attempt.error) for attempt in message.tries.all()] == [(204, "")]
    with pytest.raises(WebhookVerificationError):
        taken.verified_with("whsec_" + "A" * 44)


def test_ten_attempts_take_three_days_and_then_it_is_given_up(receiver, hook, acorn, rob):
    ask(rob, acorn)
    receiver.reactions = [status(500, b"come back later")] * ATTEMPTS
    waits, message = [], WebhookMessage.objects.get()
    for attempt in range(1, ATTEMPTS + 1):
        let_it_be_due()
        before = timezone.now()
        assert drain_webhooks() == 1
        message.refresh_from_db()
        assert (message.attempts, message.last_error) == (attempt, "The receiver answered 500.")
        waits.append(message.due_at - before)
    *waited, _ = waits
    for waited_for, wait in zip(waited, WAITS, strict=True):
        assert wait * 0.9 <= waited_for <= wait * 1.1 + dt.timedelta(seconds=2)
    assert dt.timedelta(days=3) < sum(WAITS, dt.timedelta()) < dt.timedelta(days=3.5)
    assert message.given_up_at is not None
    assert {taken.id for taken in receiver.taken} == {message.message_id}
    assert WebhookAttempt.objects.filter(status=500, excerpt="come back later").count() == ATTEMPTS
    let_it_be_due()
    assert drain_webhooks() == 0


def test_waits_are_spread_by_ten_percent():
    spread = [wait_after(4, share=share) for share in (0, 0.5, 1)]
    assert spread == [dt.timedelta(minutes=108), dt.timedelta(hours=2), dt.timedelta(minutes=132)]
    assert all(longer > shorter for shorter, longer in pairwise(WAITS))


def test_a_redirect_is_a_failure_and_not_followed(receiver, hook, acorn, rob):
    ask(rob, acorn)
    receiver.reactions = [status(302, Location=receiver.url)]
    drain_webhooks()
    assert len(receiver.taken) == 1
    assert "Redirects are not followed" in WebhookMessage.objects.get().last_error


def test_a_receiver_that_is_gone_is_told_nothing_more(receiver, hook, acorn, rob):
    ask(rob, acorn)
    ask(rob, acorn)
    receiver.reactions = [status(410)]
    assert drain_webhooks() == 1
    webhook, _ = hook
    webhook.refresh_from_db()
    assert (webhook.disabled_reason, webhook.disabled_at is not None) == ("gone", True)
    assert not WebhookMessage.objects.filter(is_waiting=True).exists()
    assert Event.objects.get(kind="webhook.disabled").process == "webhooks"
    ask(rob, acorn)
    assert WebhookMessage.objects.count() == 2
    assert drain_webhooks() == 0


@pytest.mark.parametrize("manner", ["hangs", "drips"])
def test_a_receiver_that_never_ends_costs_its_time_and_no_more(receiver, hook, acorn, rob, manner):
    ask(rob, acorn)
    receiver.reactions = [getattr(receiver, manner)]
    drain_webhooks()
    attempt = WebhookAttempt.objects.get()
    assert attempt.error == "No answer within 1 seconds."
    assert 900 <= attempt.duration_ms < 5000


def test_a_huge_answer_is_read_to_its_first_lines(receiver, hook, acorn, rob):
    ask(rob, acorn)
    receiver.reactions = [status(200, b"much " * 10_000_000)]
    drain_webhooks()
    attempt = WebhookAttempt.objects.get()
    assert attempt.status == 200
    assert len(attempt.excerpt) == 1000
    assert WebhookMessage.objects.get().delivered_at is not None


def test_a_silent_receiver_is_left_alone_by_what_it_was_not_asked_before(receiver, hook, acorn, rob, mara):
    with receiving() as other:
        add_webhook(actor=actor(mara), wanted=Wanted(url=other.url, kinds=KINDS))
        Webhook.objects.filter(pk=hook[0].pk).update(url="http://127.0.0.1:1/")
        for _ in range(5):
            ask(rob, acorn)
        assert drain_webhooks() == 6, "one asks for all at the silent one"
        assert other.told == ["ticket.opened"] * 5
        assert sorted(hook[0].messages.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]


def test_what_concerns_one_object_goes_out_in_order(receiver, hook, acorn, rob, ines):
    ticket, other = ask(rob, acorn), ask(rob, acorn)
    reply(actor=actor(ines), ticket=ticket, body="First")
    reply(actor=actor(rob), ticket=ticket, body="Second")
    receiver.reactions = [status(503)]
    drain_webhooks()
    told = [(taken.told["data"]["about"]["reference"], taken.told["type"]) for taken in receiver.taken]
    assert told == [("ACM-1", "ticket.opened"), ("ACM-2", "ticket.opened")], "the other request does not wait"
    let_it_be_due()
    drain_webhooks()
    of_the_first = [taken for taken in receiver.taken if taken.told["data"]["about"]["id"] == str(ticket.pk)]
    assert [taken.told["type"] for taken in of_the_first][:3] == ["ticket.opened", "ticket.opened", "message.posted"]
    events = [taken.told["data"]["event"] for taken in of_the_first]
    assert events == sorted(events)
    assert len(set(events)) == hook[0].messages.filter(about_id=ticket.pk).count() == 4
    assert hook[0].messages.filter(about_id=other.pk).count() == 1


class DiedError(BaseException):
    """The worker is gone: nothing below it is caught or noted."""


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_before_noting_what_it_sent_leaves_a_copy_with_the_same_id(receiver, hook, acorn, rob, monkeypatch):
    send = posting.send

    def send_and_die(message, resolve):
        send(message, resolve)
        raise DiedError

    ask(rob, acorn)
    with monkeypatch.context() as dying:
        dying.setattr(posting, "send", send_and_die)
        with pytest.raises(DiedError):
            drain_webhooks()
    assert drain_webhooks() == 0, "the row is still leased to the dead"
    WebhookMessage.objects.update(leased_until=timezone.now())
    assert drain_webhooks() == 1
    message = WebhookMessage.objects.get()
    assert [taken.id for taken in receiver.taken] == [message.message_id] * 2
    assert receiver.taken[0].body == receiver.taken[1].body
    assert message.attempts == 2


@pytest.mark.django_db(transaction=True)
def test_drains_that_race_send_each_message_once_and_in_order(receiver, hook, acorn, rob, ines):
    tickets = [ask(rob, acorn) for _ in range(4)]
    for words in ("First", "Second", "Third"):
        for ticket in tickets:
            reply(actor=actor(ines), ticket=ticket, body=words)
    tried = cast("list[int]", race([(system("a worker"), drain_webhooks)] * 4))
    assert sum(tried) == WebhookMessage.objects.count() == len(receiver.taken) > 16
    assert not WebhookMessage.objects.filter(is_waiting=True).exists()
    for ticket in tickets:
        told = [taken.told["data"] for taken in receiver.taken]
        events = [data["event"] for data in told if data["about"]["id"] == str(ticket.pk)]
        assert events == sorted(set(events))


def test_two_secrets_sign_while_a_receiver_changes_over(receiver, hook, acorn, rob, mara):
    webhook, old = hook
    _, new = rotate_secret(actor=actor(mara), webhook=webhook)
    ask(rob, acorn)
    drain_webhooks()
    assert old != new
    for secret in (old, new):
        receiver.taken[0].verified_with(secret)
    Webhook.objects.update(former_until=timezone.now())
    ask(rob, acorn)
    drain_webhooks()
    receiver.taken[1].verified_with(new)
    with pytest.raises(WebhookVerificationError):
        receiver.taken[1].verified_with(old)


def test_a_leaked_secret_ends_at_once(receiver, hook, acorn, rob, mara):
    webhook, old = hook
    _, new = rotate_secret(actor=actor(mara), webhook=webhook, at_once=True)
    ask(rob, acorn)
    drain_webhooks()
    receiver.taken[0].verified_with(new)
    with pytest.raises(WebhookVerificationError):
        receiver.taken[0].verified_with(old)


def test_the_database_alone_signs_nothing(receiver, hook, acorn, rob, settings):
    """What is kept is a seed: under the key of another installation it makes another secret."""
    settings.SECRET_KEY = "another key of another installation"
    ask(rob, acorn)
    drain_webhooks()
    with pytest.raises(WebhookVerificationError):
        receiver.taken[0].verified_with(hook[1])


def test_one_message_goes_out_again_under_its_old_id(receiver, hook, acorn, rob, mara):
    ask(rob, acorn)
    drain_webhooks()
    redeliver(actor=actor(mara), message=WebhookMessage.objects.get())
    assert drain_webhooks() == 1
    assert receiver.taken[0].id == receiver.taken[1].id
    assert receiver.taken[0].body == receiver.taken[1].body
    assert WebhookMessage.objects.get().tries.count() == 2


def test_all_that_was_given_up_since_a_moment_goes_out_again_in_order(receiver, hook, acorn, rob, mara):
    ask(rob, acorn)
    disable_webhook(actor=actor(mara), webhook=hook[0])
    early = timezone.now()
    webhook = enable_webhook(actor=actor(mara), webhook=hook[0])
    first, second = ask(rob, acorn), ask(rob, acorn)
    disable_webhook(actor=actor(mara), webhook=webhook)
    webhook = enable_webhook(actor=actor(mara), webhook=webhook)
    assert drain_webhooks() == 0
    assert redeliver_since(actor=actor(mara), webhook=webhook, since=early) == 2
    drain_webhooks()
    assert [taken.told["data"]["about"]["id"] for taken in receiver.taken] == [str(first.pk), str(second.pk)]


def test_a_ping_shows_whether_anything_arrives(receiver, hook, mara):
    webhook, secret = hook
    ping_webhook(actor=actor(mara), webhook=webhook)
    drain_webhooks()
    assert receiver.taken[0].verified_with(secret)["type"] == "webhook.ping"


def test_a_message_that_kills_every_worker_is_given_up(receiver, hook, acorn, rob):
    ask(rob, acorn)
    WebhookMessage.objects.update(attempts=ATTEMPTS)
    assert drain_webhooks() == 1
    assert receiver.taken == []
    assert "died" in WebhookMessage.objects.given_up().get().last_error


def test_the_log_is_kept_for_a_month(receiver, hook, acorn, rob):
    ask(rob, acorn)
    ask(rob, acorn)
    drain_webhooks()
    old = WebhookMessage.objects.first()
    WebhookMessage.objects.filter(pk=old.pk).update(created_at=timezone.now() - dt.timedelta(days=31))
    posting.forget_old_messages()
    assert not WebhookMessage.objects.filter(pk=old.pk).exists()
    assert WebhookMessage.objects.count() == WebhookAttempt.objects.count() == 1
