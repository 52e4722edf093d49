"""What a client does not read on its pages it reads nowhere: in no kit, no event, no balance, no money, no log."""

import datetime as dt
import io
import json
import logging
from zipfile import ZipFile

import pytest
from django.core.files.storage import default_storage
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.actions.clients import describe_client
from accounts.actions.links import share_balance
from accounts.actors import MemberRole
from accounts.models import Client, Membership, Visibility
from billing.actions.approving import reject_time
from billing.models import Statement
from billing.rules.visibility import LEVELS
from config.logs import formatter
from events.actions.posting import drain_webhooks
from events.actions.webhooks import Wanted, add_webhook
from events.models import Event, WebhookMessage
from leaving.actions import ask_exit_kit, make_exit_kits
from leaving.models import ExitKit
from tests import cast
from tests.api_cast import Program, refused
from tests.cast import ARRANGING, Company, actor, browser, key, make_contact
from tests.closing_cast import keep


@pytest.fixture
def kept(mara):
    """January: 700 of 600 used, so that 100 are over at 250.00 an hour."""
    kept = keep(mara)
    kept.use(1, 700, note="Rewrote the refund prompt")
    kept.close(1)
    kept.use(2, 500)
    return kept


def member(kept, role):
    company = Company(kept.client, kept.engagement, kept.month(1), None)  # type: ignore[arg-type]  # no system is asked for
    return make_contact("Petra Payer", company, role)


def kit_of(kept, owner, settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    }
    ask_exit_kit(actor=actor(owner), client=kept.client)
    assert make_exit_kits() == 1
    with default_storage.open(ExitKit.objects.get().place) as file:
        archive = ZipFile(io.BytesIO(file.read()))
    nouns = [name for name in archive.namelist() if name.startswith("data/") and name.endswith(".json")]
    return {name.removeprefix("data/").removesuffix(".json"): json.loads(archive.read(name)) for name in nouns}


@pytest.mark.parametrize("level", LEVELS)
def test_an_exit_kit_shows_no_more_than_the_level_does(kept, settings, tmp_path, level):
    owner = member(kept, MemberRole.OWNER)
    Client.objects.filter(pk=kept.client.pk).update(visibility=level)
    kit = kit_of(kept, owner, settings, tmp_path)
    sees_entries, sees_people = level in {"entries", "people"}, level == "people"
    (statement,) = kit["statements"]
    assert statement["document"]["used"] == 700
    assert bool(statement["document"]["entries"]) == bool(kit["time-entries"]) == sees_entries
    assert bool(statement["document"]["by_person"]) == sees_people
    assert bool(statement["document"]["by_ticket"]) == (level != "balance")
    assert any(posting["entry_id"] for posting in kit["postings"]) == sees_entries
    assert any(posting["lot_id"] for posting in kit["postings"])
    of_time = [event for event in kit["events"] if event["about_type"] == "billing.timeentry"]
    assert bool(of_time) == sees_entries
    hours = [kit[name] for name in ("time-entries", "statements", "postings", "corrections", "alerts")]
    assert (kept.worker.name in json.dumps([hours, of_time])) == sees_people
    assert (str(kept.worker.pk) in json.dumps([hours, kit["events"]])) == sees_people


def test_who_reads_no_money_reads_none_in_a_statement(kept):
    reader = member(kept, MemberRole.REQUESTER)
    statement = Statement.objects.get(period=kept.month(1))
    told = json.dumps(Program(key(reader)).get(f"statements/{statement.pk}/document").json())
    page = browser(reader).get(reverse("portal:period", args=[kept.month(1).pk])).text
    for seen in (told, page):
        assert "250.00" not in seen
        assert "416.67" not in seen
    Membership.objects.filter(person=reader).update(roles=[MemberRole.BILLING])
    assert "416.67" in json.dumps(Program(key(reader)).get(f"statements/{statement.pk}/document").json())
    assert "416.67" in browser(reader).get(reverse("portal:period", args=[kept.month(1).pk])).text


def test_why_the_firm_closed_without_a_yes_is_its_own(kept, mara):
    owner = member(kept, MemberRole.OWNER)
    (listed,) = Program(key(owner)).get("statements").json()["results"]
    assert "override_reason" not in listed
    (whole,) = Program(key(mara)).get("statements").json()["results"]
    assert whole["override_reason"] == ""


def test_a_balance_tells_no_sums_where_only_the_balance_is_read(acorn, priya, ines):
    cast.log(ines, acorn, minutes=90)
    _link, secret = share_balance(actor=actor(priya), client=acorn.client, name="The board")
    (before,) = Browser().get(reverse("balance_json", args=[secret])).json()["engagements"]
    assert before["by_service_area"]
    Client.objects.filter(pk=acorn.client.pk).update(visibility=Visibility.BALANCE)
    for told in (
        Browser().get(reverse("balance_json", args=[secret])).json(),
        Program(key(priya)).get(f"clients/{acorn.client.pk}/balance").json(),
    ):
        assert [each["by_service_area"] for each in told["engagements"]] == [[]]
    assert Program(key(ines)).get(f"clients/{acorn.client.pk}/balance").json()["engagements"][0]["by_service_area"]


def test_a_key_shares_no_balance_that_it_may_not_read(acorn, ines):
    body = {"client": str(acorn.client.pk), "name": "The board"}
    refused(Program(key(ines, "balance-links:write")).post("balance-links", body), 403, "not-allowed")
    assert Program(key(ines, "balance-links:write", "periods:read")).post("balance-links", body).status_code == 201


def test_the_log_of_a_clients_webhook_no_longer_tells_of_entries_once_its_level_hides_them(acorn, cobalt, priya, nadia, ines, tomas, mara):
    wanted = Wanted(url="https://hooks.example.com/tend", kinds=["time.logged", "ticket.opened"])
    ours, _secret = add_webhook(actor=actor(priya), wanted=wanted, client=acorn.client)
    theirs, _secret = add_webhook(actor=actor(nadia), wanted=wanted, client=cobalt.client)
    firms, _secret = add_webhook(actor=actor(mara), wanted=wanted)
    cast.ask(priya, acorn)
    cast.log(ines, acorn, minutes=90)
    cast.log(tomas, cobalt, minutes=90)
    drain_webhooks(resolve=lambda *_: ["127.0.0.1"])
    cast.log(ines, acorn, minutes=30)
    describe_client(actor=actor(mara), client=acorn.client, visibility="people")
    assert not WebhookMessage.objects.filter(body="").exists()
    describe_client(actor=actor(mara), client=acorn.client, visibility="entries")
    assert not WebhookMessage.objects.filter(body="").exists()
    describe_client(actor=actor(mara), client=acorn.client, visibility="tickets")
    assert {message.kind for message in ours.messages.filter(body="")} == {"time.logged"}
    assert not ours.messages.filter(kind="time.logged").exclude(body="", is_waiting=False).exists()
    assert ours.messages.exclude(body="").get().kind == "ticket.opened"
    assert not WebhookMessage.objects.filter(webhook__in=[theirs, firms], body="").exists()


def test_what_was_taken_out_is_said_in_the_log_and_not_sent_again(acorn, priya, ines, mara):
    wanted = Wanted(url="https://hooks.example.com/tend", kinds=["time.logged"])
    webhook, _secret = add_webhook(actor=actor(priya), wanted=wanted, client=acorn.client)
    cast.log(ines, acorn, minutes=90)
    describe_client(actor=actor(mara), client=acorn.client, visibility="balance")
    (message,) = webhook.messages.all()
    page = browser(priya).get(f"/portal/webhooks/{webhook.pk}/").content.decode()
    assert "what it told was taken out" in page
    assert "Send again" not in page
    program = Program(key(priya))
    assert program.get(f"webhook-messages/{message.pk}").json()["payload"] == {}
    refused(program.post(f"webhook-messages/{message.pk}/redelivery"), 409, "conflict")
    since = {"since": (timezone.now() - dt.timedelta(days=1)).isoformat()}
    assert program.post(f"webhooks/{webhook.pk}/redelivery", since).json() == {"messages": 0}


def test_a_webhook_of_a_client_hears_that_time_is_gone_and_never_that_it_was_sent_back(acorn, priya, ines):
    entry = cast.log(ines, acorn, minutes=90)
    wanted = Wanted(url="https://hooks.example.com/tend", kinds=["time.logged", "time.changed", "time.deleted"])
    webhook, _secret = add_webhook(actor=actor(priya), wanted=wanted, client=acorn.client)
    reject_time(actor=ARRANGING, entries=[entry], reason="This was internal")
    (gone,) = webhook.messages.all()
    assert gone.kind == "time.deleted"
    assert "internal" not in gone.body
    assert "reject" not in gone.body
    program = Program(key(ines))
    assert program.delete(f"time-entries/{entry.pk}").status_code == 204
    assert webhook.messages.count() == 1
    assert not Event.objects.filter(kind="time.deleted", is_public=True).exists()


def test_a_log_line_holds_no_address_that_a_secret_opens():
    for path in ("/balance/s3cr3t/", "/balance/s3cr3t/json", "/calendar/s3cr3t.ics"):
        record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%s: %s", ("Too Many Requests", path), None)
        assert "s3cr3t" not in formatter().format(record)
