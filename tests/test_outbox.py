"""The outbox: every notice leaves once, whatever the mail server, the broker and the workers do meanwhile."""

import datetime as dt
import signal
import socket
import threading
import time
from itertools import pairwise

import pytest
import redis
from celery import Celery
from django.db import connection
from django.utils import timezone

from accounts.actors import StaffRole
from accounts.errors import Conflict, NotAllowed
from config.celery import app
from config.settings import _mailer
from deploy.embedded import Valkey
from events.actions import Telling, delivering, tell, telling
from events.actions.delivering import ATTEMPTS, drain, send_again, wait_after
from events.actions.recording import record
from events.actions.telling import ring
from events.models import Delivery, Event, Notice
from events.tasks import drain_outbox
from tests.cast import ARRANGING, actor, log, make_company, make_staff
from tests.mail_sink import listening


@pytest.fixture
def sink(settings):
    with listening() as server:
        settings.MAILERS = {"default": _mailer(server.url)}
        yield server


@pytest.fixture
def nobody_listens(settings):
    """A mail server that is down: nothing answers on its port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings.MAILERS = {"default": _mailer(f"smtp://127.0.0.1:{port}")}
    return port


@pytest.fixture
def alert(acorn, ines, mara):
    """One alert for Mara: Acorn has used 80 % of its hours."""
    log(ines, acorn, minutes=480)
    return Delivery.objects.get()


def some_news(company, people, subject="News"):
    event = record("test.news", actor=ARRANGING, about=company.engagement)
    tell(event, people, about=company.engagement, compose=lambda _person: Telling(subject=subject, sentences=("Something happened.",)))


def let_it_be_due(*deliveries):
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries]).update(due_at=timezone.now())


def test_an_alert_arrives_once_and_reads_well(alert, sink, mara):
    assert drain() == 1
    assert drain() == 0
    (mail,) = sink.received
    assert mail["Subject"] == "Acorn Mills has used 80 % of its hours"
    assert mail["To"] == mara.user.email
    assert mail["Message-ID"] == alert.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    for part in (text, html):
        assert "Hello Mara" in part.get_content()
        assert "8\N{NO-BREAK SPACE}h of 10" in part.get_content()
        assert "http://localhost:8000/" in part.get_content()
    alert.refresh_from_db()
    assert alert.sent_at is not None
    assert (alert.attempts, alert.is_waiting, alert.leased_until) == (1, False, None)


def test_a_mail_server_that_is_down_is_asked_ever_more_rarely_and_given_up_after_ten_times(alert, nobody_listens):
    waits = []
    for attempt in range(1, ATTEMPTS + 1):
        let_it_be_due(alert)
        before = timezone.now()
        assert drain() == 1
        alert.refresh_from_db()
        assert alert.attempts == attempt
        assert "ConnectionRefusedError" in alert.last_error
        waits.append(alert.due_at - before)
    *waited, _ = waits
    assert all(longer > shorter for shorter, longer in pairwise(waited[:7]))
    assert sum(waited, dt.timedelta()) > dt.timedelta(hours=24), "a mail server may be away for a day"
    assert list(Delivery.objects.given_up()) == [alert]
    let_it_be_due(alert)
    assert drain() == 0


def test_a_wait_never_exceeds_six_hours():
    assert [wait_after(attempts).total_seconds() for attempts in (1, 2, 3, 9)] == [20, 80, 320, 6 * 3600]


def test_what_was_given_up_goes_out_again_under_its_old_name(alert, nobody_listens, settings, ada):
    Delivery.objects.filter(pk=alert.pk).update(attempts=ATTEMPTS - 1)
    drain()
    assert Delivery.objects.given_up().exists()
    with listening() as sink:
        settings.MAILERS = {"default": _mailer(sink.url)}
        send_again(actor=actor(ada), delivery=alert)
        assert drain() == 1
        assert sink.ids == [alert.message_id]
    alert.refresh_from_db()
    assert (alert.attempts, alert.given_up_at, alert.last_error) == (1, None, "")
    assert Event.objects.get(kind="delivery.sent_again").person == ada


def test_what_waits_or_was_sent_is_not_sent_again_by_asking(alert, sink, ada, mara):
    drain()
    with pytest.raises(Conflict):
        send_again(actor=actor(ada), delivery=alert)
    with pytest.raises(NotAllowed):
        send_again(actor=actor(mara), delivery=alert)
    assert drain() == 0
    assert len(sink.received) == 1


def test_a_refused_recipient_never_holds_up_the_next(acorn, mara, ada, sink):
    sink.refused.add(mara.user.email)
    some_news(acorn, [mara, ada])
    assert drain() == 2
    assert [mail["To"] for mail in sink.received] == [ada.user.email]
    refused = Delivery.objects.get(notice__person=mara)
    assert refused.is_waiting
    assert refused.due_at > timezone.now()
    assert "no such person" in refused.last_error


def test_somebody_who_left_is_nobodys_obstacle(acorn, mara, ada, sink):
    some_news(acorn, [mara, ada])
    mara.user.is_active = False
    mara.user.save()
    assert drain() == 2
    assert [mail["To"] for mail in sink.received] == [ada.user.email]
    assert "no address" in Delivery.objects.get(notice__person=mara).last_error


def test_while_the_mail_server_is_down_one_row_asks_for_all(acorn, mara, ada, nobody_listens):
    some_news(acorn, [mara, ada])
    some_news(acorn, [mara, ada])
    assert drain() == 1
    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 0, 1]
    with listening(nobody_listens) as sink:
        assert drain() == 3
        let_it_be_due(*Delivery.objects.all())
        assert drain() == 1
    assert len(set(sink.ids)) == 4


@pytest.mark.django_db(transaction=True)
def test_drains_that_race_send_each_row_once(acorn, mara, ada, sink):
    for number in range(10):
        some_news(acorn, [mara, ada], subject=f"News {number}")
    together = threading.Barrier(4)

    def work() -> None:
        together.wait()
        drain_outbox()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(sink.ids) == sorted(Delivery.objects.values_list("message_id", flat=True))
    assert len(sink.ids) == 20
    assert not Delivery.objects.filter(is_waiting=True).exists()


class DiedError(BaseException):
    """The worker is gone: nothing below it is caught or noted."""


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_before_noting_what_it_sent_leaves_a_copy_with_the_same_name(alert, sink, monkeypatch):
    send = delivering._send_mail

    def send_and_die(delivery):
        send(delivery)
        raise DiedError

    with monkeypatch.context() as dying:
        dying.setattr(delivering, "_send_mail", send_and_die)
        with pytest.raises(DiedError):
            drain()
    assert drain() == 0, "the row is still leased to the dead"
    Delivery.objects.update(leased_until=timezone.now())
    assert drain() == 1
    assert sink.ids == [alert.message_id] * 2
    assert Delivery.objects.get().attempts == 2
    assert Notice.objects.count() == 1


def test_a_row_that_kills_every_worker_is_given_up(alert, sink):
    Delivery.objects.update(attempts=ATTEMPTS)
    assert drain() == 1
    assert sink.received == []
    assert "died" in Delivery.objects.given_up().get().last_error


def test_who_outlived_their_lease_notes_no_failure_on_a_row_in_other_hands(alert, nobody_listens):
    late = delivering._claim()
    Delivery.objects.update(leased_until=timezone.now())
    now = delivering._claim()
    assert late is not None
    assert now is not None
    delivering._note_failure(late, OSError("late"))
    alert.refresh_from_db()
    assert alert.leased_until == now.leased_until
    assert alert.last_error == ""


def test_the_lease_is_a_setting(alert, settings):
    settings.OUTBOX_LEASE_SECONDS = 5
    delivering._claim()
    alert.refresh_from_db()
    assert alert.leased_until < timezone.now() + dt.timedelta(seconds=6)


@pytest.mark.parametrize(
    "name", ["Acorn\nBcc: everybody@elsewhere.example", "Acorn\r\n\r\nHello", "Acorn\u2028Bcc: x@elsewhere.example\x85"]
)
def test_no_name_becomes_a_header(mara, firm, sink, name):
    company = make_company(name, "INJ", lead=mara)
    worker = make_staff("Wim Worker", StaffRole.LEAD)
    log(worker, company, minutes=480)
    assert drain() == 1
    (mail,) = sink.received
    assert set(mail.keys()) == {
        "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "MIME-Version",
    }  # fmt: skip
    assert mail["Subject"].startswith("Acorn")


@pytest.fixture
def own_broker(tmp_path, settings, monkeypatch):
    """A broker of this test's own to kill, and a Celery application that knows no other."""
    valkey = Valkey(tmp_path / "valkey")
    valkey.start()
    settings.CELERY_BROKER_URL = valkey.broker_url()
    elsewhere = Celery("elsewhere", set_as_current=False)
    elsewhere.config_from_object("django.conf:settings", namespace="CELERY")
    elsewhere.set_current()
    monkeypatch.setattr(telling, "bell", telling.Bell())
    ring()  # what is loaded with the first message is no matter of the broker
    yield valkey
    app.set_current()
    elsewhere.close()
    if valkey.process is not None:
        valkey.process.send_signal(signal.SIGCONT)
        valkey.stop()


def seconds_of(deed):
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


def messages_at(valkey):
    return redis.Redis.from_url(valkey.cache_url(0)).llen("celery")


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_neither_fails_nor_stalls_the_write_and_the_sweep_delivers(acorn, ines, sink, own_broker):
    own_broker.process.kill()
    own_broker.process.wait()
    assert seconds_of(lambda: log(ines, acorn, minutes=480)) < 1
    assert sink.received == []
    drain_outbox()
    assert sink.ids == [Delivery.objects.get().message_id]


def test_a_broker_that_refuses_is_given_up_at_once(own_broker):
    own_broker.process.kill()
    own_broker.process.wait()
    telling.bell.quiet_until = 0
    assert seconds_of(ring) < 0.25


def test_a_silent_broker_costs_one_wait_and_is_then_left_alone(own_broker):
    own_broker.process.send_signal(signal.SIGSTOP)
    assert seconds_of(ring) < 4
    assert seconds_of(ring) < 0.01


def test_a_broker_that_came_back_hears_the_next_ring(own_broker):
    assert messages_at(own_broker) == 1
    own_broker.process.kill()
    own_broker.process.wait()
    own_broker.start()
    rings = messages_at(own_broker)
    assert telling.bell.ring()
    assert messages_at(own_broker) == rings + 1
