"""All that a client has leaves in one file, on its owner's own click: complete, checkable, and nothing that is not theirs."""

import csv
import datetime as dt
import io
import json
import os
import tracemalloc
from hashlib import sha256
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import scope
from accounts.actions.clients import describe_client
from accounts.actions.people import leave_client
from accounts.actors import Actor, MemberRole
from accounts.models import Client, ClientOwned, Membership
from accounts.wall import rights_of
from billing.models import TimeEntry
from events.models import Event
from leaving.actions import ask_exit_kit, forget_exit_kits, make_exit_kits
from leaving.actions.packing import pack
from leaving.models import ExitKit
from leaving.models.nouns import LEFT_OUT, NOUNS
from tests import cast
from tests.api_cast import Program, refused, results
from tests.canaries import fill
from tickets.models import Message, MessageAttachment

ROWS = 100_000 if os.environ.get("PROVE") else 8_000


@pytest.fixture
def kept(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    }
    return tmp_path


@pytest.fixture
def two(kept, acorn, cobalt, priya, nadia, ines, tomas):
    """Both clients full of words of their own; the kits that came with them are taken away again."""
    filled = (
        fill(acorn, contact=priya, worker=ines, secret="quillon", internal="zephyrine"),
        fill(cobalt, contact=nadia, worker=tomas, secret="marmalux", internal="obsidiary"),
    )
    ExitKit.objects.all().delete()
    return filled


def made(person, company):
    ask_exit_kit(actor=cast.actor(person, company), client=company.client)
    assert make_exit_kits() == 1
    kit = ExitKit.objects.filter(client=company.client).latest("pk")
    assert kit.state == ExitKit.State.DONE, kit.failure
    return kit


def whole(kit):
    with default_storage.open(kit.place) as file:
        return file.read()


def opened(kit):
    return ZipFile(io.BytesIO(whole(kit)))


def test_every_noun_has_as_many_rows_as_the_database_and_twice_the_same(two, acorn, priya):
    kit = made(priya, acorn)
    archive = opened(kit)
    owner = Actor(name="owner", client_id=acorn.client.pk, member_roles=frozenset({MemberRole.OWNER}))
    for noun in NOUNS:
        rows = json.loads(archive.read(f"data/{noun.name}.json"))
        table = list(csv.DictReader(io.StringIO(archive.read(f"data/{noun.name}.csv").decode())))
        if noun.name != "events":  # asking is an event too
            assert len(rows) == noun.seen_by(owner).filter(**_of(noun, acorn)).count(), noun.name
        assert len(rows) == len(table) == kit.counts[noun.name], noun.name
        assert [row["id"] for row in rows] == [row["id"] for row in table]
        assert all(set(row) == set(noun.columns) for row in [*rows, *table])
    full = {"tickets", "messages", "files", "time-entries", "periods", "proposals", "events", "alerts", "terms", "hours-given"}
    assert all(kit.counts[name] for name in full)
    assert kit.counts["time-entries"] == TimeEntry.objects.filter(client=acorn.client, kind="included", state="approved").count()


def _of(noun, company):
    return {"pk": company.client.pk} if noun.model is Client else {"client": company.client}


def test_everything_is_listed_with_its_digest_and_files_come_as_they_were_sent(two, acorn, priya):
    kit = made(priya, acorn)
    archive = opened(kit)
    assert archive.testzip() is None
    manifest = json.loads(archive.read("manifest.json"))
    listed = {each["path"]: each for each in manifest["files"]}
    assert set(archive.namelist()) == {*listed, "manifest.json", "SHA256SUMS"}
    for path, each in listed.items():
        content = archive.read(path)
        assert (len(content), sha256(content).hexdigest()) == (each["bytes"], each["sha256"])
    sums = dict(reversed(line.split("  ", 1)) for line in archive.read("SHA256SUMS").decode().splitlines())
    assert sums == {path: each["sha256"] for path, each in listed.items()} | {
        "manifest.json": sha256(archive.read("manifest.json")).hexdigest()
    }
    (sent,) = MessageAttachment.objects.filter(client=acorn.client)
    assert archive.read(f"files/{sent.pk}/{sent.name}") == b"Quillon in a file\n"
    assert "Acorn Mills" in archive.read("README.txt").decode()
    assert (kit.size_bytes, kit.digest) == (len(whole(kit)), sha256(whole(kit)).hexdigest())


def test_what_the_firm_says_to_itself_and_what_is_others_stays_at_home(two, acorn, priya, mara):
    mine, theirs = two
    for asker in (cast.actor(priya, acorn), cast.actor(mara)):
        ask_exit_kit(actor=asker, client=acorn.client)
        make_exit_kits()
        archive = opened(ExitKit.objects.latest("pk"))
        everything = b"".join(archive.read(name) for name in archive.namelist()).decode(errors="replace").casefold()
        assert mine.secret in everything
        for word in (mine.internal, *theirs.words, "cobalt", "nadia", str(theirs.company.client.pk)):
            assert word.casefold() not in everything, word


def test_a_file_that_is_gone_is_said_to_be(two, acorn, priya):
    (sent,) = MessageAttachment.objects.filter(client=acorn.client)
    sent.file.delete(save=False)
    archive = opened(made(priya, acorn))
    missing = json.loads(archive.read("manifest.json"))["missing"]
    assert missing == [f"files/{sent.pk}/{sent.name}"]
    assert missing[0] in archive.read("README.txt").decode()


def test_a_formula_reaches_no_spreadsheet_and_json_has_it_as_written(kept, acorn, priya):
    cast.ask(priya, acorn, subject="=HYPERLINK(1)")
    archive = opened(made(priya, acorn))
    assert ",'=HYPERLINK(1)," in archive.read("data/tickets.csv").decode()
    assert json.loads(archive.read("data/tickets.json"))[0]["subject"] == "=HYPERLINK(1)"


@pytest.mark.parametrize("door", ["portal", "workspace"])
def test_the_page_goes_on_by_itself_until_the_file_is_there(kept, acorn, priya, mara, browser, door):
    at = browser(priya if door == "portal" else mara)
    address = reverse(f"{door}:exit_kits", args=[acorn.client.pk] if door == "workspace" else [])
    assert "every 2s" not in at.get(address).content.decode(), "nothing is on its way"
    at.post(address)
    waiting = at.get(address).content.decode()
    assert f'hx-get="{address}" hx-trigger="every 2s"' in waiting
    assert f'<a href="{address}">Look again</a>' in waiting, "the way without a script"
    part = at.get(address, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<ul class="rows" id="kit-list"')
    make_exit_kits()
    done = at.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "every 2s" not in done
    assert reverse(f"{door}:exit_kit_file", args=[ExitKit.objects.latest("pk").pk]) in done


def test_an_owner_asks_on_a_page_and_fetches_the_file(kept, acorn, priya, browser):
    owner = browser(priya)
    assert "Your data" in owner.get(reverse("portal:home")).content.decode()
    assert owner.post(reverse("portal:exit_kits")).status_code == 302
    assert "Being made" in owner.get(reverse("portal:exit_kits")).content.decode()
    kit = ExitKit.objects.get()
    assert owner.get(reverse("portal:exit_kit_file", args=[kit.pk])).status_code == 404
    make_exit_kits()
    assert reverse("portal:exit_kit_file", args=[kit.pk]) in owner.get(reverse("portal:exit_kits")).content.decode()
    answer = owner.get(reverse("portal:exit_kit_file", args=[kit.pk]))
    assert answer["Content-Disposition"] == f'attachment; filename="ACM-{kit.created_at:%Y-%m-%d}.zip"'
    assert ZipFile(io.BytesIO(b"".join(answer.streaming_content))).testzip() is None
    assert list(Event.objects.about(kit).order_by("pk").values_list("kind", flat=True)) == ["kit.asked", "kit.made", "kit.fetched"]


def test_a_program_asks_polls_and_fetches(kept, acorn, priya, key):
    program, path = Program(key(priya, "exit-kits:write")), f"clients/{acorn.client.pk}/exit-kits"
    asked = program.post(path)
    assert asked.status_code == 202, asked.content
    at = asked["Location"]
    assert program.post(path).json()["id"] == asked.json()["id"]
    assert program.get(at).json()["state"] == "waiting"
    refused(program.get(f"{at}/content"), 409, "kit-gone")
    make_exit_kits()
    ready = program.get(at).json()
    assert (ready["state"], ready["is_there"], ready["nouns_done"]) == ("done", True, len(NOUNS))
    content = b"".join(program.get(f"{at}/content").streaming_content)
    assert sha256(content).hexdigest() == ready["sha256"]
    assert [kit["id"] for kit in results(program.get(path))] == [ready["id"]]


@pytest.mark.parametrize("who", ["rob", "abe", "bill", "nadia", "ines", "tomas"])
def test_nobody_else_takes_it(who, request, kept, acorn, cobalt, priya, key, browser):
    person, kit = request.getfixturevalue(who), made(priya, acorn)
    program, signed_in = Program(key(person)), browser(person)
    assert program.post(f"clients/{acorn.client.pk}/exit-kits").status_code in {403, 404}
    refused(program.get(f"exit-kits/{kit.pk}"), 404, "not-found")
    refused(program.get(f"exit-kits/{kit.pk}/content"), 404, "not-found")
    for door in ("portal", "workspace"):
        assert signed_in.get(reverse(f"{door}:exit_kit_file", args=[kit.pk])).status_code == 404
    assert ExitKit.objects.count() == 1


def test_a_key_without_the_scope_takes_nothing(kept, acorn, priya, key):
    program, kit = Program(key(priya, "tickets:write", "exit-kits:read")), made(priya, acorn)
    refused(program.post(f"clients/{acorn.client.pk}/exit-kits"), 403, "scope-missing")
    assert b"".join(program.get(f"exit-kits/{kit.pk}/content").streaming_content) == whole(kit)


def test_who_lost_the_right_meanwhile_gets_nothing(kept, acorn, priya):
    ask_exit_kit(actor=cast.actor(priya, acorn), client=acorn.client)
    leave_client(actor=cast.ARRANGING, membership=Membership.objects.get(person=priya))
    make_exit_kits()
    kit = ExitKit.objects.get()
    assert (kit.state, kit.place) == (ExitKit.State.FAILED, "")


def test_a_kit_that_broke_off_is_begun_anew_by_somebody_else(kept, acorn, priya, monkeypatch):
    ask_exit_kit(actor=cast.actor(priya, acorn), client=acorn.client)
    with monkeypatch.context() as broken:
        broken.setattr("leaving.actions.packing._pack_words", None)
        make_exit_kits()
    kit = ExitKit.objects.get()
    assert (kit.state, kit.attempts) == (ExitKit.State.RUNNING, 1)
    assert make_exit_kits() == 0  # whoever took it may still be at it
    ExitKit.objects.update(leased_until=timezone.now())
    assert make_exit_kits() == 1
    kit.refresh_from_db()
    assert (kit.state, kit.attempts, len(kit.counts)) == (ExitKit.State.DONE, 2, len(NOUNS))


def test_the_file_is_kept_for_seven_days(kept, acorn, priya, key):
    kit = made(priya, acorn)
    assert forget_exit_kits() == 0
    ExitKit.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert forget_exit_kits() == 1
    assert not default_storage.exists(kit.place)
    assert [event.process for event in Event.objects.about(kit).filter(kind="kit.forgotten")] == ["exit kit"]
    assert forget_exit_kits() == 0, "forgotten once"
    program = Program(key(priya))
    assert program.get(f"exit-kits/{kit.pk}").json()["is_there"] is False
    refused(program.get(f"exit-kits/{kit.pk}/content"), 409, "kit-gone")


def test_a_client_that_comes_to_read_less_fetches_no_file_of_before_and_more_ends_none(kept, acorn, cobalt, mara, priya, nadia, ines, key):
    cast.log(ines, acorn, minutes=45, note="quillon")
    kit, others = made(priya, acorn), made(nadia, cobalt)
    describe_client(actor=cast.actor(mara), client=acorn.client, visibility="people", name="Acorn Mills Ltd")
    program = Program(key(priya))
    assert b"".join(program.get(f"exit-kits/{kit.pk}/content").streaming_content).startswith(b"PK")
    describe_client(actor=cast.actor(mara), client=acorn.client, visibility="tickets")
    refused(program.get(f"exit-kits/{kit.pk}/content"), 409, "kit-gone")
    assert program.get(f"exit-kits/{kit.pk}").json()["is_there"] is False
    assert forget_exit_kits() == 1
    assert not default_storage.exists(kit.place)
    assert default_storage.exists(others.place)
    again = made(priya, acorn)
    with default_storage.open(again.place) as file, ZipFile(file) as archive:
        assert b"quillon" not in b"".join(archive.read(name) for name in archive.namelist())


def test_a_kit_that_is_being_made_while_the_level_falls_is_begun_anew(kept, acorn, mara, priya, monkeypatch):
    ask_exit_kit(actor=cast.actor(priya, acorn), client=acorn.client)

    def packed_while_the_level_falls(file, **given):
        if Client.objects.get(pk=acorn.client.pk).visibility != "balance":
            with scope.staff():
                describe_client(actor=cast.actor(mara), client=acorn.client, visibility="balance")
        return pack(file, **given)

    monkeypatch.setattr("leaving.actions.making.pack", packed_while_the_level_falls)
    assert make_exit_kits() == 2
    kit = ExitKit.objects.get()
    assert (kit.state, kit.attempts, kit.is_there) == (ExitKit.State.DONE, 2, True)


def test_every_table_that_a_client_reads_is_taken_along_or_says_why_not():
    readable = {
        f"{model._meta.app_label}.{model.__name__}"
        for model in apps.get_models()
        if issubclass(model, ClientOwned) and "select" in rights_of(model).portal
    }
    named = {f"{noun.model._meta.app_label}.{noun.model.__name__}" for noun in NOUNS}
    missing = sorted(readable - named - LEFT_OUT.keys())
    assert not missing, f"Name the columns of {', '.join(missing)} in leaving/models/nouns.py, or say in LEFT_OUT why it stays."


def test_a_kit_costs_the_same_number_of_queries_however_much_there_is(kept, acorn, priya):

    def cost():
        ask_exit_kit(actor=cast.actor(priya, acorn), client=acorn.client)
        with CaptureQueriesContext(connection) as queries:
            make_exit_kits()
        return len(queries)

    few = cost()
    for _time in range(5):
        cast.ask(priya, acorn)
    assert cost() == few


@pytest.mark.prove
def test_memory_does_not_grow_with_what_is_taken_along(kept, acorn, priya, ines, rob):
    """Peaks of what Python holds, over 3,000 rows and over ROWS more of a kilobyte each."""

    def peak():
        ask_exit_kit(actor=cast.actor(priya, acorn), client=acorn.client)
        tracemalloc.start()
        make_exit_kits()
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    ticket = cast.ask(rob, acorn)

    def talk(rows):
        said = (Message(client=acorn.client, ticket=ticket, author=rob, body="x" * 1000, by_client=True) for _row in range(rows))
        Message.objects.bulk_create(said, batch_size=1000)

    talk(3000)
    few = peak()
    talk(ROWS)
    assert peak() < few + 2_000_000
    assert ExitKit.objects.latest("pk").counts["messages"] > ROWS
