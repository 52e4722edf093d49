"""What somebody who runs Tend is told: the state of the outbox among the metrics, and the doctor's findings."""

import datetime as dt
import socket
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from accounts import scope
from config import beat, health
from config.management.commands import doctor
from config.settings import _mailer
from events.actions.webhooks import Wanted, add_webhook
from events.models import Delivery, WebhookMessage
from tests.cast import actor, ask, log
from tests.mail_sink import listening


@pytest.fixture(autouse=True)
def ticking():
    beat.keep(beat.TICKED, timezone.now())


def metric(name):
    lines = Browser().get("/metrics").content.decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def says():
    """Whether the doctor was content, and what it prints, by check."""
    out, status = StringIO(), 0
    try:
        call_command("doctor", stdout=out)
    except CommandError as error:
        status = error.returncode
    lines = (line.split(maxsplit=2) for line in out.getvalue().splitlines())
    return status == 0, {name: (verdict, sentence) for verdict, name, sentence in lines}


def finding(name):
    healthy, findings = says()
    assert not healthy
    wrong = {check for check, (verdict, _) in findings.items() if verdict == "WRONG"}
    assert wrong == {name}
    return findings[name][1]


@pytest.mark.django_db
def test_an_empty_outbox_has_no_age(firm):
    assert [metric(f"tend_outbox_{name}") for name in ("waiting", "oldest_seconds", "given_up")] == [0, 0, 0]


def test_the_age_of_the_oldest_unsent_row_and_the_rows_given_up_are_counted(acorn, ines, ada, mara):
    log(ines, acorn, minutes=480)
    waiting, given_up = Delivery.objects.order_by("pk")
    Delivery.objects.filter(pk=waiting.pk).update(created_at=timezone.now() - dt.timedelta(minutes=7))
    Delivery.objects.filter(pk=given_up.pk).update(is_waiting=False, given_up_at=timezone.now())
    with scope.nobody():
        assert metric("tend_outbox_waiting") == 1
        assert metric("tend_outbox_oldest_seconds") == pytest.approx(420, abs=30)
        assert metric("tend_outbox_given_up") == 1


def test_messages_to_programs_are_overdue_only_where_nobody_carries_them_out(acorn, rob, mara):
    add_webhook(actor=actor(mara), wanted=Wanted(url="https://hooks.example.com/tend", kinds=["ticket.opened", "message.posted"]))
    ask(rob, acorn)
    waiting = WebhookMessage.objects.all()
    waiting.update(due_at=timezone.now() + dt.timedelta(hours=2), attempts=4)
    assert (metric("tend_webhooks_waiting"), metric("tend_webhooks_overdue_seconds")) == (1, 0)
    waiting.update(due_at=timezone.now() - dt.timedelta(hours=2))
    assert metric("tend_webhooks_overdue_seconds") == pytest.approx(7200, abs=30)
    assert "worker and beat" in finding("webhooks")
    waiting.update(is_waiting=False, given_up_at=timezone.now())
    assert [metric(f"tend_webhooks_{name}") for name in ("waiting", "overdue_seconds", "given_up")] == [0, 0, 1]


def test_a_healthy_installation_is_called_so_in_a_line_each(firm, settings):
    with listening() as sink:
        settings.MAILERS = {"default": _mailer(sink.url)}
        healthy, findings = says()
    assert healthy, findings
    assert list(findings) == [
        "database",
        "roles",
        "migrations",
        "columns",
        "wall",
        "broker",
        "schedule",
        "clock",
        "mail",
        "storage",
        "outbox",
        "webhooks",
    ]
    assert findings["mail"] == ("ok", f"127.0.0.1:{sink.port} takes mail.")


def test_a_mail_server_that_is_down_is_found(firm, settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings.MAILERS = {"default": _mailer(f"smtp://127.0.0.1:{port}")}
    assert "Correct EMAIL_URL" in finding("mail")


def test_a_folder_of_mail_that_cannot_be_made_is_found(firm, settings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings.MAILERS = {"default": _mailer((tmp_path / "file" / "mail").as_uri())}
    assert "cannot be written" in finding("mail")


def test_a_broker_that_is_down_is_found(firm, settings):
    settings.CACHE_URL = "redis://127.0.0.1:1/1"
    assert "correct BROKER_URL and CACHE_URL" in finding("broker")


def test_storage_that_cannot_be_written_is_found(firm, settings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "file" / "files")}}
    }
    assert "STATE_DIR" in finding("storage")


def test_clocks_that_disagree_are_found(firm, monkeypatch):
    monkeypatch.setattr(doctor, "MOST_SKEW", dt.timedelta(0))
    assert "time server" in finding("clock")


@pytest.mark.parametrize(("ticked", "told"), [(dt.timedelta(minutes=12), "has not ticked for 12 minutes"), (None, "never ticked")])
def test_a_schedule_that_stands_still_is_named_by_doctor_probe_and_metrics_and_turns_nobody_away(firm, ticked, told):
    assert Browser().get("/readyz").json()["schedule"] == "ok"
    assert metric("tend_schedule_still_seconds") < beat.STILL_SECONDS
    beat.keep(beat.TICKED, ticked and timezone.now() - ticked)
    assert told in finding("schedule")
    assert told in Browser().get("/readyz").json()["schedule"]
    assert metric("tend_schedule_still_seconds") >= 720
    assert Browser().get("/readyz").status_code == 200


def test_a_row_that_waits_for_minutes_is_found(acorn, ines):
    log(ines, acorn, minutes=480)
    Delivery.objects.update(created_at=timezone.now() - dt.timedelta(minutes=6))
    assert "worker and beat" in finding("outbox")


@pytest.mark.django_db(transaction=True)
def test_a_hole_in_the_wall_and_a_migration_left_out_are_found(firm):
    with scope.owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tickets_ticket NO FORCE ROW LEVEL SECURITY")
        newest = "SELECT max(name) FROM django_migrations WHERE app = 'billing'"
        cursor.execute(f"DELETE FROM django_migrations WHERE app = 'billing' AND name = ({newest}) RETURNING name")
        left_out = cursor.fetchone()[0]
    try:
        healthy, findings = says()
    finally:
        with scope.owner(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE tickets_ticket FORCE ROW LEVEL SECURITY")
            cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('billing', %s, now())", [left_out])
    assert not healthy
    assert "tickets_ticket" in findings["wall"][1]
    assert f"billing.{left_out}" in findings["migrations"][1]


@pytest.mark.django_db
def test_the_counters_are_not_for_whoever_comes_through_a_proxy(settings):
    assert Browser().get("/metrics").status_code == 200
    assert Browser().get("/metrics", headers={"x-forwarded-for": "203.0.113.9"}).status_code == 404
    settings.METRICS_TOKEN = "counted"
    assert Browser().get("/metrics").status_code == 404
    bearer = {"x-forwarded-for": "203.0.113.9", "authorization": "Bearer counted"}
    assert Browser().get("/metrics", headers=bearer).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("spoil", "mend", "told"),
    [
        (
            "ALTER TABLE billing_timer RENAME COLUMN note TO remark",
            "ALTER TABLE billing_timer RENAME COLUMN remark TO note",
            "billing_timer lacks the column note",
        ),
        (
            "ALTER TABLE accounts_client ALTER COLUMN code TYPE text",
            "ALTER TABLE accounts_client ALTER COLUMN code TYPE varchar(8)",
            "accounts_client code is text, not varchar(8)",
        ),
        (
            "ALTER TABLE accounts_client ALTER COLUMN name DROP NOT NULL",
            "ALTER TABLE accounts_client ALTER COLUMN name SET NOT NULL",
            "accounts_client name takes NULL",
        ),
        (
            "ALTER TABLE accounts_client ADD COLUMN motto text NOT NULL",
            "ALTER TABLE accounts_client DROP COLUMN motto",
            "accounts_client has the column motto, which no model fills",
        ),
        ("ALTER TABLE billing_timer RENAME TO gone", "ALTER TABLE gone RENAME TO billing_timer", "billing_timer is missing"),
    ],
)
def test_tables_that_differ_from_the_models_are_found_by_doctor_and_probe(monkeypatch, spoil, mend, told):
    monkeypatch.setattr(health, "shapes", health.Shapes())
    with scope.owner(), connection.cursor() as cursor:
        cursor.execute(spoil)
    try:
        _, findings = says()
        ready = Browser().get("/readyz")
    finally:
        with scope.owner(), connection.cursor() as cursor:
            cursor.execute(mend)
    assert findings["columns"][0] == "WRONG"
    assert told in findings["columns"][1]
    assert ready.status_code == 503
    assert "doctor" in ready.json()["database"]
    monkeypatch.setattr(health, "shapes", health.Shapes())
    assert Browser().get("/readyz").status_code == 200


@pytest.mark.django_db
def test_a_probe_does_not_look_at_every_column_again(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(health, "shapes", health.Shapes())
    assert Browser().get("/readyz").status_code == 200
    with django_assert_num_queries(1):
        assert Browser().get("/readyz").status_code == 200
