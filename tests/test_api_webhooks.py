"""Programs keep their webhooks through the API: the secret is seen once, the log says what was tried, and it is sent again by asking."""

import datetime as dt
from ipaddress import ip_network

import pytest
from django.utils import timezone

from accounts.policies import SCOPES
from events.actions.posting import drain_webhooks
from events.models import Delivery, IdempotentRequest, Webhook, WebhookMessage
from tests.api_cast import Program, Seated, refused, results
from tests.cast import actor, ask, log
from tests.cast import key as key_of
from tests.webhook_receiver import receiving, status
from tickets.actions import write_note

URL = "https://hooks.example.com/tend"


@pytest.fixture
def desk(browser, mara):
    return Seated(browser(mara))


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)
    with receiving() as found:
        yield found


def made(program, **more):
    answer = program.post("webhooks", {"url": URL, "kinds": ["ticket.opened"]} | more)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_from_the_first_call_to_a_verified_message(desk, receiver, acorn, rob):
    webhook = made(desk, url=receiver.url, description="Desk")
    assert webhook["secret"].startswith("whsec_")
    shown = desk.get(f"webhooks/{webhook['id']}").json()
    assert shown == {name: value for name, value in webhook.items() if name != "secret"}
    ask(rob, acorn)
    drain_webhooks()
    assert receiver.taken[0].verified_with(webhook["secret"])["data"]["about"]["reference"] == "ACM-1"
    (message,) = results(desk.get(f"webhooks/{webhook['id']}/messages"))
    assert (message["state"], message["webhook_id"], message["kind"]) == ("delivered", receiver.taken[0].id, "ticket.opened")
    assert message["payload"] == receiver.taken[0].told
    assert desk.get(f"webhook-messages/{message['id']}").json() == message
    (attempt,) = results(desk.get(f"webhook-messages/{message['id']}/attempts"))
    assert (attempt["status"], attempt["error"]) == (204, "")


def test_a_repeated_request_makes_no_second_webhook_and_does_not_tell_the_secret_again(desk):
    body = {"url": URL, "kinds": ["ticket.opened"]}
    secret = desk.post("webhooks", body, Idempotency_Key="one").json()["secret"]
    refused(desk.post("webhooks", body, Idempotency_Key="one"), 409, "secret-already-shown")
    assert Webhook.objects.count() == 1
    assert secret.encode() not in bytes(IdempotentRequest.objects.get().body)


def test_what_is_changed_is_changed_over_the_state_that_was_read(desk):
    webhook = made(desk)
    read = desk.get(f"webhooks/{webhook['id']}")
    changed = desk.patch(f"webhooks/{webhook['id']}", {"kinds": ["time.logged"]}, If_Match=read["ETag"])
    assert changed.json()["kinds"] == ["time.logged"]
    refused(desk.patch(f"webhooks/{webhook['id']}", {"description": "Late"}, If_Match=read["ETag"]), 412, "changed-meanwhile")
    assert desk.delete(f"webhooks/{webhook['id']}", If_Match=changed["ETag"]).status_code == 204
    refused(desk.get(f"webhooks/{webhook['id']}"), 404, "not-found")


def test_an_owner_changes_over_the_state_that_was_read_too(browser, priya):
    owner = Seated(browser(priya))
    webhook = made(owner)
    assert webhook["client"]["code"] == "ACM"
    tag = owner.get(f"webhooks/{webhook['id']}")["ETag"]
    assert owner.patch(f"webhooks/{webhook['id']}", {"description": "Ours"}, If_Match=tag).json()["description"] == "Ours"
    refused(owner.patch(f"webhooks/{webhook['id']}", {"description": "Late"}, If_Match=tag), 412, "changed-meanwhile")
    assert owner.delete(f"webhooks/{webhook['id']}").status_code == 204


@pytest.mark.parametrize(
    "url", ["http://hooks.example.com/", "https://127.0.0.1/", "https://[::1]/", "hooks", "https://a:b@hooks.example.com/"]
)
def test_an_unusable_address_is_refused_at_its_field(desk, url):
    told = refused(desk.post("webhooks", {"url": url, "kinds": ["ticket.opened"]}), 422, "unusable-address")
    assert [error["pointer"] for error in told["errors"]] == ["/url"]
    webhook = made(desk)
    refused(desk.patch(f"webhooks/{webhook['id']}", {"url": url}), 422, "unusable-address")


def test_kinds_nobody_knows_are_refused(desk):
    refused(desk.post("webhooks", {"url": URL, "kinds": ["ticket.eaten"]}), 422, "invalid-body")
    refused(desk.post("webhooks", {"url": URL, "kinds": []}), 422, "invalid-body")


def test_two_secrets_are_live_and_a_third_waits_its_turn(desk):
    webhook = made(desk)
    new = desk.post(f"webhooks/{webhook['id']}/rotation").json()
    assert new["secret"] != webhook["secret"]
    until = dt.datetime.fromisoformat(new["former_secret_until"]) - timezone.now()
    assert dt.timedelta(hours=23) < until <= dt.timedelta(hours=24)
    refused(desk.post(f"webhooks/{webhook['id']}/rotation"), 409, "conflict")
    newest = desk.post(f"webhooks/{webhook['id']}/rotation", {"at_once": True}).json()
    assert newest["former_secret_until"] is None


def test_a_disabled_webhook_is_told_nothing_until_it_is_enabled(desk, acorn, rob, receiver):
    webhook = made(desk, url=receiver.url)
    path = f"webhooks/{webhook['id']}"
    ask(rob, acorn)
    disabled = desk.http.delete(f"/api/v1/{path}/activation").json()
    assert disabled["disabled_reason"] == "by_hand"
    refused(desk.post(f"{path}/ping"), 409, "conflict")
    ask(rob, acorn)
    assert drain_webhooks() == 0
    assert desk.post(f"{path}/activation").json()["disabled_at"] is None
    for never in ("9999-12-31T23:59:59", "9999-12-31T23:59:59-12:00"):
        assert desk.post(f"{path}/redelivery", {"since": never}).status_code in {409, 422}
    since = (timezone.now() - dt.timedelta(hours=1)).isoformat()
    assert desk.post(f"{path}/redelivery", {"since": since}).json() == {"messages": 1}
    drain_webhooks()
    assert receiver.told == ["ticket.opened"], "what happened while it was disabled was not written down"


def test_a_ping_and_a_message_sent_again(desk, receiver):
    webhook = made(desk, url=receiver.url)
    receiver.reactions = [status(500, b"not yet")]
    ping = desk.post(f"webhooks/{webhook['id']}/ping")
    assert ping.status_code == 201
    refused(desk.post(f"webhooks/{webhook['id']}/ping"), 409, "conflict")
    refused(desk.post(f"webhook-messages/{ping.json()['id']}/redelivery"), 409, "conflict")
    drain_webhooks()
    assert results(desk.get(f"webhooks/{webhook['id']}/messages", waiting="true"))[0]["last_error"] == "The receiver answered 500."
    WebhookMessage.objects.update(due_at=timezone.now())
    drain_webhooks()
    assert desk.post(f"webhook-messages/{ping.json()['id']}/redelivery").json()["state"] == "waiting"
    drain_webhooks()
    assert [taken.id for taken in receiver.taken] == [ping.json()["webhook_id"]] * 3
    tried = results(desk.get(f"webhook-messages/{ping.json()['id']}/attempts"))
    assert [attempt["status"] for attempt in tried] == [204, 204, 500]
    assert tried[2]["excerpt"] == "not yet"


def test_a_key_hears_nothing_by_a_webhook_that_it_could_not_read(mara, desk, acorn, rob):
    only_webhooks = Program(key_of(mara, "webhooks:write"))
    refused(only_webhooks.post("webhooks", {"url": URL, "kinds": ["ticket.opened"]}), 403, "not-allowed")
    theirs = made(desk, kinds=["ticket.opened"])
    for deed in (
        lambda: only_webhooks.patch(f"webhooks/{theirs['id']}", {"url": "https://elsewhere.example.com/"}),
        lambda: only_webhooks.post(f"webhooks/{theirs['id']}/rotation"),
        lambda: only_webhooks.delete(f"webhooks/{theirs['id']}"),
    ):
        refused(deed(), 403, "not-allowed")
    able = Program(key_of(mara, "webhooks:write", "tickets:read"))
    assert made(able)["kinds"] == ["ticket.opened"]
    refused(able.patch(f"webhooks/{theirs['id']}", {"kinds": ["time.logged"]}), 403, "not-allowed")
    refused(Program(key_of(mara, "webhooks:read")).post(f"webhooks/{theirs['id']}/ping"), 403, "scope-missing")


def test_a_key_reads_no_log_of_what_it_could_not_read(mara, desk, acorn, rob):
    webhook = made(desk)
    ask(rob, acorn)
    reader = Program(key_of(mara, "webhooks:read"))
    assert results(reader.get(f"webhooks/{webhook['id']}/messages")) == []
    able = Program(key_of(mara, "webhooks:read", "tickets:read"))
    (message,) = results(able.get(f"webhooks/{webhook['id']}/messages"))
    refused(reader.get(f"webhook-messages/{message['id']}"), 404, "not-found")
    refused(reader.get(f"webhook-messages/{message['id']}/attempts"), 404, "not-found")


def test_a_key_held_to_one_client_keeps_webhooks_of_that_client_only(mara, acorn, cobalt, rob, ines):
    program = Program(key_of(mara, company=acorn))
    webhook = made(program, kinds=["ticket.opened", "note.written"])
    assert webhook["client"]["code"] == "ACM"
    refused(program.post("webhooks", {"url": URL, "kinds": ["ticket.opened"], "client": str(cobalt.client.pk)}), 422, "invalid-body")
    write_note(actor=actor(ines), ticket=ask(rob, acorn), body="Between ourselves")
    assert [message["kind"] for message in results(program.get(f"webhooks/{webhook['id']}/messages"))] == ["ticket.opened"]


def test_a_client_chooses_only_what_it_may_be_told_and_keeps_what_it_held(browser, priya, acorn):
    owner = Seated(browser(priya))
    body = {"url": URL, "kinds": ["ticket.opened", "note.written"]}
    problem = refused(owner.post("webhooks", body), 422, "kinds-not-offered")
    assert "ticket.opened" in problem["detail"]
    assert "note.written" not in problem["detail"]
    webhook = made(owner)
    refused(owner.patch(f"webhooks/{webhook['id']}", {"kinds": ["time.approved"]}), 422, "kinds-not-offered")
    Webhook.objects.update(kinds=["note.written", "ticket.opened"])
    again = owner.patch(f"webhooks/{webhook['id']}", {"kinds": ["message.posted", "note.written", "ticket.opened"]})
    assert again.json()["kinds"] == ["message.posted", "note.written", "ticket.opened"]
    assert owner.patch(f"webhooks/{webhook['id']}", {"kinds": ["message.posted"]}).json()["kinds"] == ["message.posted"]


def test_nobody_meets_somebody_elses_webhook(desk, browser, ines, ada, priya, rob, nadia, acorn):
    theirs = made(desk, client=str(acorn.client.pk))
    for person in (ines, priya, rob, nadia):
        program = Seated(browser(person))
        refused(program.get(f"webhooks/{theirs['id']}"), 404, "not-found")
        refused(program.get(f"webhooks/{theirs['id']}/messages"), 404, "not-found")
        refused(program.post(f"webhooks/{theirs['id']}/ping"), 404, "not-found")
        assert results(program.get("webhooks")) == []
    assert [row["id"] for row in results(Seated(browser(ada)).get("webhooks", kind="ticket.opened", disabled="false"))] == [theirs["id"]]
    refused(Seated(browser(rob)).post("webhooks", {"url": URL, "kinds": ["ticket.opened"]}), 403, "not-allowed")


def test_lists_cost_the_same_at_two_and_at_twenty(desk, acorn, rob, django_assert_max_num_queries):
    def rows(number):
        webhooks = [made(desk, description=str(each)) for each in range(number)]
        for _ in range(number):
            ask(rob, acorn)
        return webhooks[0]["id"]

    first = rows(2)
    with django_assert_max_num_queries(20) as few:
        assert len(results(desk.get("webhooks"))) == 2
        assert len(results(desk.get(f"webhooks/{first}/messages"))) == 2
    cost = len(few)
    rows(18)
    with django_assert_max_num_queries(cost):
        assert len(results(desk.get("webhooks"))) == 20
        assert len(results(desk.get(f"webhooks/{first}/messages"))) == 20


def test_an_admin_sees_mail_that_did_not_arrive_and_sends_it_again(browser, ada, mara, acorn, ines):
    log(ines, acorn, minutes=480)
    lost = Delivery.objects.filter(notice__person=mara).get()
    Delivery.objects.filter(pk=lost.pk).update(is_waiting=False, given_up_at=timezone.now(), last_error="550 no such person")
    desk = Seated(browser(ada))
    (row,) = results(desk.get("deliveries", given_up="true"))
    assert (row["person"]["name"], row["last_error"], row["message_id"]) == ("Mara Lead", "550 no such person", lost.message_id)
    assert desk.post(f"deliveries/{lost.pk}/resending").json()["given_up_at"] is None
    refused(desk.post(f"deliveries/{lost.pk}/resending"), 409, "conflict")
    assert results(Seated(browser(mara)).get("deliveries")) == []
    refused(Seated(browser(mara)).post(f"deliveries/{lost.pk}/resending"), 404, "not-found")
    refused(Program(key_of(ada, *SCOPES)).get("deliveries"), 403, "scope-missing")
