"""Webhooks in the workspace without JavaScript: made, seen, tried, changed, switched off; and mail that did not arrive."""

import re
from ipaddress import ip_network

import pytest
from django.utils import timezone

from events.actions.delivering import drain
from events.actions.posting import drain_webhooks
from events.models import Delivery, Event, Webhook, WebhookMessage
from tests.cast import ask, log
from tests.webhook_receiver import receiving, status

URL = "https://hooks.example.com/tend"


@pytest.fixture
def desk(browser, mara):
    return browser(mara)


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)
    with receiving() as found:
        yield found


def made(desk, **more):
    """The endpoint a form made, and the secret its answer showed."""
    answer = desk.post("/workspace/webhooks/", {"url": URL, "description": "Desk", "kinds": ["ticket.opened"]} | more)
    assert answer.status_code == 201, answer.content.decode()
    return Webhook.objects.latest("pk"), secret_on(answer)


def secret_on(answer):
    assert "no-store" in answer["Cache-Control"]
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", answer.content.decode())
    return found[0] if found else ""


def page(desk, webhook):
    return desk.get(f"/workspace/webhooks/{webhook.pk}/").content.decode()


def test_a_webhook_is_made_and_its_secret_shown_once(desk, receiver, acorn, rob):
    webhook, secret = made(desk, url=receiver.url)
    ask(rob, acorn)
    drain_webhooks()
    receiver.taken[0].verified_with(secret)
    for path in ("/workspace/webhooks/", f"/workspace/webhooks/{webhook.pk}/"):
        assert secret_on(desk.get(path)) == ""
    assert "A request was opened" in page(desk, webhook)
    assert "ACM-1" in page(desk, webhook)
    assert "Arrived" in page(desk, webhook)


def test_nothing_typed_is_lost_and_the_sentence_says_what_to_do(desk):
    answer = desk.post("/workspace/webhooks/", {"url": "http://hooks.example.com/", "description": "Desk", "kinds": ["ticket.opened"]})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Begin the address with https://" in text
    assert 'value="http://hooks.example.com/"' in text
    assert 'value="Desk"' in text
    assert not Webhook.objects.exists()


def test_what_failed_says_why_and_goes_out_again(desk, receiver, acorn, rob):
    webhook, _ = made(desk, url=receiver.url)
    receiver.reactions = [status(500, b"<b>warehouse closed</b>"), status(410)]
    ask(rob, acorn)
    drain_webhooks()
    text = page(desk, webhook)
    assert "The receiver answered 500." in text
    assert "&lt;b&gt;warehouse closed&lt;/b&gt;" in text
    WebhookMessage.objects.update(due_at=timezone.now())
    drain_webhooks()
    assert "the receiver answered 410 Gone" in page(desk, webhook)
    desk.post(f"/workspace/webhooks/{webhook.pk}/activation/", {"answer": "enable"})
    desk.post(f"/workspace/webhook-messages/{WebhookMessage.objects.get().pk}/redelivery/")
    drain_webhooks()
    assert len({taken.id for taken in receiver.taken}) == 1
    assert WebhookMessage.objects.get().delivered_at is not None


def test_all_that_was_given_up_since_a_day_goes_out_again(desk, receiver, acorn, rob):
    webhook, _ = made(desk, url=receiver.url)
    path = f"/workspace/webhooks/{webhook.pk}"
    ask(rob, acorn)
    desk.post(f"{path}/activation/", {"answer": "disable"})
    assert "Enable" in page(desk, webhook)
    desk.post(f"{path}/activation/", {"answer": "enable"})
    answer = desk.post(f"{path}/redelivery/", {"since": timezone.localdate().isoformat()}, follow=True)
    assert "Messages sent again: 1." in answer.content.decode()
    assert desk.post(f"{path}/redelivery/", {"since": "yesterday"}).status_code == 422
    drain_webhooks()
    assert receiver.told == ["ticket.opened"]


def test_a_secret_is_changed_with_two_signing_or_at_once(desk, receiver):
    webhook, old = made(desk, url=receiver.url)
    path = f"/workspace/webhooks/{webhook.pk}"
    new = secret_on(desk.post(f"{path}/rotation/", {"answer": "later"}))
    desk.post(f"{path}/ping/")
    drain_webhooks()
    receiver.taken[0].verified_with(old)
    receiver.taken[0].verified_with(new)
    assert "Two secrets sign" in page(desk, webhook)
    assert "Two secrets sign already" in desk.post(f"{path}/rotation/", {"answer": "later"}, follow=True).content.decode()
    newest = secret_on(desk.post(f"{path}/rotation/", {"answer": "at_once"}))
    desk.post(f"{path}/ping/")
    drain_webhooks()
    receiver.taken[1].verified_with(newest)


def test_settings_are_changed_and_a_webhook_is_removed(desk):
    webhook, _ = made(desk)
    path = f"/workspace/webhooks/{webhook.pk}"
    desk.post(f"{path}/", {"url": URL + "/2", "description": "Other", "kinds": ["time.logged", "note.written"]})
    webhook.refresh_from_db()
    assert (webhook.url, webhook.description, webhook.kinds) == (URL + "/2", "Other", ["note.written", "time.logged"])
    wrong = desk.post(f"{path}/", {"url": "gopher://x", "description": "Lost", "kinds": ["time.logged"]})
    assert (wrong.status_code, "gopher://x" in wrong.content.decode()) == (422, True)
    desk.post(f"{path}/removal/")
    assert not Webhook.objects.exists()
    told = list(Event.objects.filter(kind__startswith="webhook.").order_by("pk").values_list("kind", flat=True))
    assert told == ["webhook.added", "webhook.changed", "webhook.removed"]


def test_a_clients_form_offers_nothing_of_the_firm_alone_and_takes_nothing_away_that_it_does_not_show(browser, priya, acorn):
    owner = browser(priya)
    assert 'value="note.written"' not in owner.get("/portal/webhooks/").content.decode()
    assert owner.post("/portal/webhooks/", {"url": URL, "kinds": ["ticket.opened", "note.written"]}).status_code == 422
    owner.post("/portal/webhooks/", {"url": URL, "kinds": ["ticket.opened"]})
    webhook = Webhook.objects.get()
    path = f"/portal/webhooks/{webhook.pk}/"
    assert "concern the firm alone" not in owner.get(path).content.decode()
    Webhook.objects.update(kinds=["note.written", "ticket.opened"])
    text = owner.get(path).content.decode()
    assert "concern the firm alone, and is never told of them: A note was written." in text
    assert 'value="note.written"' not in text
    assert owner.post(path, {"url": URL, "description": "", "kinds": ["ticket.opened", "message.posted"]}).status_code == 302
    assert owner.post(path, {"url": URL, "description": "", "kinds": []}).status_code == 302
    webhook.refresh_from_db()
    assert webhook.kinds == ["note.written"]


def test_pages_cost_the_same_at_two_and_at_twenty(desk, acorn, rob, django_assert_max_num_queries):
    webhook, _ = made(desk)
    made(desk)
    ask(rob, acorn)
    ask(rob, acorn)
    with django_assert_max_num_queries(40) as few:
        desk.get("/workspace/webhooks/")
        page(desk, webhook)
    cost = len(few)
    for _ in range(18):
        made(desk)
        ask(rob, acorn)
    with django_assert_max_num_queries(cost):
        desk.get("/workspace/webhooks/")
        page(desk, webhook)


@pytest.fixture
def lost(acorn, ines, mara, ada):
    """Two mails that no server took."""
    log(ines, acorn, minutes=480)
    Delivery.objects.update(is_waiting=False, given_up_at=timezone.now(), last_error="550 no such person")
    return list(Delivery.objects.all())


def test_an_admin_sees_what_did_not_arrive_and_why_and_sends_it_again(browser, ada, mara, lost, mailoutbox):
    desk = browser(ada)
    text = desk.get("/workspace/deliveries/").content.decode()
    assert "550 no such person" in text
    assert "to Mara Lead" in text
    one = desk.post(f"/workspace/deliveries/{lost[0].pk}/resending/", follow=True)
    assert "It is on its way again." in one.content.decode()
    twice = desk.post(f"/workspace/deliveries/{lost[0].pk}/resending/", follow=True)
    assert "This was put on its way meanwhile." in twice.content.decode()
    rest = desk.post("/workspace/deliveries/", follow=True)
    assert "Mails on their way again: 1." in rest.content.decode()
    assert "Everything arrived." in rest.content.decode()
    drain()
    assert sorted(mail.extra_headers["Message-ID"] for mail in mailoutbox) == sorted(each.message_id for each in lost)
    assert [event.person for event in Event.objects.filter(kind="delivery.sent_again")] == [ada, ada]
    assert browser(mara).get("/workspace/deliveries/").status_code == 404


def test_the_list_of_lost_mail_costs_the_same_however_long(browser, ada, lost, acorn, ines, django_assert_max_num_queries):
    desk = browser(ada)
    with django_assert_max_num_queries(20) as few:
        desk.get("/workspace/deliveries/")
    cost = len(few)
    log(ines, acorn, minutes=200)
    Delivery.objects.filter(is_waiting=True).update(is_waiting=False, given_up_at=timezone.now(), last_error="550")
    assert Delivery.objects.count() > 2
    with django_assert_max_num_queries(cost):
        desk.get("/workspace/deliveries/")


def test_a_clients_owner_keeps_its_webhooks_in_the_portal(browser, receiver, acorn, priya, rob, abe):
    owner = browser(priya)
    made_one = owner.post("/portal/webhooks/", {"url": receiver.url, "description": "Stock", "kinds": ["ticket.opened"]})
    webhook, secret = Webhook.objects.get(), secret_on(made_one)
    assert (webhook.client_id, webhook.person_id) == (acorn.client.pk, priya.pk)
    path = f"/portal/webhooks/{webhook.pk}/"
    assert [secret_on(owner.get(each)) for each in ("/portal/webhooks/", path)] == ["", ""]
    ask(rob, acorn)
    owner.post(f"{path}ping/")
    receiver.reactions = [status(500)]
    drain_webhooks()
    text = owner.get(path).content.decode()
    assert "The receiver answered 500." in text
    receiver.reactions = []
    owner.post(f"/portal/webhook-messages/{WebhookMessage.objects.exclude(last_error='').get().pk}/redelivery/")
    drain_webhooks()
    receiver.taken[-1].verified_with(secret)
    assert "Test" in owner.get(path).content.decode()
    changed = secret_on(owner.post(f"{path}rotation/", {"answer": "later"}))
    assert changed not in {"", secret}
    owner.post(f"{path}activation/", {"answer": "disable"})
    assert "Disabled" in owner.get(path).content.decode()
    assert browser(abe).get("/portal/webhooks/").status_code == 404
    assert browser(abe).get("/portal/").content.decode().count("/portal/webhooks/") == 0
    owner.post(f"{path}removal/")
    assert not Webhook.objects.exists()


def test_nothing_typed_is_lost_in_the_portal(browser, acorn, priya):
    answer = browser(priya).post(
        "/portal/webhooks/", {"url": "http://hooks.example.com/", "description": "Desk", "kinds": ["ticket.opened"]}
    )
    assert answer.status_code == 422
    assert "Begin the address with https://" in answer.content.decode()
    assert 'value="http://hooks.example.com/"' in answer.content.decode()
