"""Files sent along: told by their content, kept once, named safely, and refused with a sentence that says what is welcome."""

from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts import scope
from accounts.errors import NotAllowed
from tests.cast import actor
from tests.ticket_cast import does
from tickets.actions import FileRefused, Incomplete, open_ticket, reply, write_note
from tickets.actions.attachments import LONGEST_NAME, clean_name, receive
from tickets.models import Message, MessageAttachment, NoteAttachment

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
OFFICE = "application/vnd.openxmlformats-officedocument"


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    """Files of a test go where they are thrown away."""
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    }
    return default_storage


@pytest.fixture
def asked(rob, acorn):
    return does(rob, acorn, open_ticket, client=acorn.client, subject="Quotes are late", body="Since Monday.", source="portal")


def upload(content, name="file"):
    return SimpleUploadedFile(name, content, content_type="application/x-anything")


def zipped(*names):
    data = BytesIO()
    with ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return data.getvalue()


def stored(storage):
    return [path for path in Path(storage.location).rglob("*") if path.is_file()]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "name", "content_type", "kept_as"),
    [
        (PNG, "shot.png", "image/png", "shot.png"),
        (PNG, "shot.PNG", "image/png", "shot.png"),
        (PNG, "invoice.pdf", "image/png", "invoice.pdf.png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(50), "me.jpeg", "image/jpeg", "me.jpeg"),
        (b"GIF89a" + bytes(30), "a.gif", "image/gif", "a.gif"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(30), "a.webp", "image/webp", "a.webp"),
        (b"%PDF-1.7\n" + bytes(30), "offer.pdf", "application/pdf", "offer.pdf"),
        (b"day,quotes\n1,20\n", "quotes.csv", "text/csv", "quotes.csv"),
        ("Größe: 3 Tage\n".encode(), "notes.md", "text/markdown", "notes.md"),
        ("Größe: 3 Tage\n".encode("latin-1"), "notes.txt", "text/plain", "notes.txt"),
        (b'{"quotes": 20}', "quotes.json", "application/json", "quotes.json"),
        (b"alert(1)", "run.js", "text/plain", "run.js.txt"),
        (b"Error at line 3\n", "trace", "text/plain", "trace.txt"),
        (b"From: rob@acorn.example\nSubject: Late\n\nSince Monday.\n", "mail.eml", "message/rfc822", "mail.eml"),
        (zipped("[Content_Types].xml", "word/document.xml"), "a.docx", f"{OFFICE}.wordprocessingml.document", "a.docx"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "a.xlsx", f"{OFFICE}.spreadsheetml.sheet", "a.xlsx"),
        (zipped("[Content_Types].xml", "ppt/presentation.xml"), "a.pptx", f"{OFFICE}.presentationml.presentation", "a.pptx"),
        (zipped("a.csv"), "all.zip", "application/zip", "all.zip"),
        (zipped("a.csv"), "all.docx", "application/zip", "all.docx.zip"),
    ],
)
def test_a_file_is_told_by_its_content_and_named_as_what_it_is(acorn, rob, asked, content, name, content_type, kept_as):
    message = does(rob, acorn, reply, ticket=asked, body="See this.", files=[upload(content, name)])
    kept = message.attachments.get()
    assert (kept.content_type, kept.name, kept.size_bytes) == (content_type, kept_as, len(content))
    assert kept.digest == sha256(content).hexdigest()
    with kept.file.open() as file:
        assert file.read() == content


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"MZ" + bytes(200), "setup.exe"),
        (b"MZ" + bytes(200), "harmless.png"),
        (b"\x7fELF" + bytes(200), "tool"),
        (b"<html><script>alert(1)</script></html>", "page.html"),
        (b"  <!DOCTYPE html><p>", "page.txt"),
        (b"\xef\xbb\xbf<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "logo.svg"),
        (b"<?xml version='1.0'?><svg/>", "logo.png"),
        (zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "macros.docm"),
        (b"PK\x03\x04 but no zip", "broken.zip"),
        (b"words" + bytes(3) + b"and more", "words.txt"),
        (b"words " * 20_000 + b"\x00", "long.txt"),
        (b"", "empty.txt"),
    ],
)
def test_what_nobody_should_be_sent_is_refused_and_leaves_nothing(acorn, rob, asked, storage, content, name):
    with pytest.raises(FileRefused) as refused:
        does(rob, acorn, reply, ticket=asked, body="See this.", files=[upload(PNG, "a.png"), upload(content, name)])
    assert refused.value.field == "files"
    assert ("PDF" in refused.value.sentence) == bool(content)
    assert Message.objects.filter(ticket=asked).count() == 1
    assert stored(storage) == []


@pytest.mark.django_db
def test_a_file_may_be_as_large_as_the_limit_and_no_larger(acorn, rob, asked, settings):
    settings.ATTACHMENT_MAX_BYTES = 1024**2
    does(rob, acorn, reply, ticket=asked, body="See this.", files=[upload(b"a" * 1024**2, "a.txt")])
    with pytest.raises(FileRefused, match="larger than 1 MB"):
        does(rob, acorn, reply, ticket=asked, body="See this.", files=[upload(b"a" * (1024**2 + 1), "a.txt")])


@pytest.mark.django_db
def test_at_most_ten_files_travel_at_once(acorn, rob, asked):
    with pytest.raises(FileRefused, match="at most 10"):
        does(rob, acorn, reply, ticket=asked, body="See these.", files=[upload(PNG)] * 11)


@pytest.mark.django_db
def test_the_same_bytes_are_kept_once_a_client(acorn, cobalt, rob, nadia, asked, storage):
    does(rob, acorn, reply, ticket=asked, body="See this.", files=[upload(PNG, "a.png")])
    does(rob, acorn, reply, ticket=asked, body="Again.", files=[upload(PNG, "b.png")])
    assert len(stored(storage)) == 1
    does(nadia, cobalt, open_ticket, client=cobalt.client, subject="Late", body="See this.", source="portal", files=[upload(PNG, "c.png")])
    assert len(stored(storage)) == 2
    assert {str(kept.file.name).split("/")[0] for kept in MessageAttachment.objects.all()} == {str(acorn.client.pk), str(cobalt.client.pk)}


@pytest.mark.django_db
def test_half_a_file_of_a_crash_is_not_taken_for_the_whole(acorn, rob, asked, storage):
    digest = sha256(PNG).hexdigest()
    storage.save(f"{acorn.client.pk}/{digest[:2]}/{digest}", ContentFile(PNG[:10]))
    message = does(rob, acorn, reply, ticket=asked, body="See this.", files=[upload(PNG, "a.png")])
    with message.attachments.get().file.open() as file:
        assert file.read() == PNG


@pytest.mark.django_db
def test_an_aborted_reply_leaves_no_row(acorn, rob, asked):
    with pytest.raises(Incomplete):
        does(rob, acorn, reply, ticket=asked, body=" ", files=[upload(PNG)])
    assert not MessageAttachment.objects.exists()


@pytest.mark.django_db
def test_who_may_not_write_stores_no_bytes(nadia, cobalt, asked, storage):
    with pytest.raises(NotAllowed):
        does(nadia, cobalt, reply, ticket=asked, body="Hello.", files=[upload(PNG)])
    assert stored(storage) == []


@pytest.mark.django_db
def test_the_file_of_a_note_is_out_of_the_portals_reach(acorn, ines, rob, asked):
    does(ines, acorn, write_note, ticket=asked, body="Look.", files=[upload(PNG)])
    assert NoteAttachment.objects.get().content_type == "image/png"
    assert not MessageAttachment.objects.exists()
    with scope.of(actor(rob)), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        NoteAttachment.objects.count()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\rob\\offer.pdf", "offer.pdf"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
        ("fdp\u202egnp.exe", "fdpgnp.exe"),
        (".htaccess", "htaccess"),
        ("  two   words .txt", "two words .txt"),
        ("Gro\u0308ße.pdf", "Größe.pdf"),
        ("", "file"),
        ("..", "file"),
        ("\x00", "file"),
    ],
)
def test_a_name_is_cleaned(name, kept):
    assert clean_name(name) == kept


@given(st.text())
def test_no_name_has_a_path_a_control_character_or_nothing(name):
    kept = clean_name(name)
    assert kept
    assert not kept.startswith(".")
    assert not any(mark in kept for mark in "/\\\x00\r\n\u202e")
    assert clean_name(kept) == kept


@pytest.mark.django_db
def test_a_long_name_keeps_its_ending(acorn):
    (received,) = receive([upload(PNG, "n" * 400 + ".png")], client_id=acorn.client.pk)
    assert received.name == "n" * LONGEST_NAME + ".png"
