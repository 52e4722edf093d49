"""Files are sent with a message, listed beside it, and had back byte for byte by whoever may read it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests import cast
from tests.api_cast import Program, refused, results

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture
def program(ines, acorn, key):
    return Program(key(ines))


def said(program, ticket, *files, **more):
    return program.http.post(f"/api/v1/tickets/{ticket.pk}/messages", {"body": "See here.", "files": list(files)} | more)


def test_a_file_is_sent_listed_and_had_back(program, acorn, rob, key):
    ticket = cast.ask(rob, acorn)
    sent = said(program, ticket, SimpleUploadedFile("screen.png", PNG), SimpleUploadedFile("notes.txt", b"Three days."), ask="true")
    assert sent.status_code == 201, sent.content
    assert sent.json()["is_question"] is True
    client = Program(key(rob))
    files = results(client.get(f"tickets/{ticket.pk}/attachments", ordering="id"))
    assert [(file["name"], file["content_type"]) for file in files] == [("screen.png", "image/png"), ("notes.txt", "text/plain")]
    assert results(client.get(f"tickets/{ticket.pk}/messages"))[0]["attachments"] == files == sent.json()["attachments"]
    assert client.get(f"attachments/{files[0]['id']}").json() == files[0]
    answer = client.get(f"attachments/{files[0]['id']}/content")
    assert b"".join(answer.streaming_content) == PNG
    assert answer["Content-Disposition"].startswith("attachment;")


def test_another_clients_file_is_not_there(program, acorn, rob, nadia, key):
    ticket = cast.ask(rob, acorn)
    sent = said(program, ticket, SimpleUploadedFile("notes.txt", b"Three days.")).json()["attachments"][0]["id"]
    other = Program(key(nadia))
    for path in (f"attachments/{sent}", f"attachments/{sent}/content", f"tickets/{ticket.pk}/attachments"):
        refused(other.get(path), 404, "not-found")


def test_a_file_nobody_should_be_sent_is_refused_with_the_message(program, acorn, rob):
    ticket = cast.ask(rob, acorn)
    problem = refused(said(program, ticket, SimpleUploadedFile("run.exe", b"MZ\0\0" * 40)), 422, "file-refused")
    assert problem["errors"][0]["pointer"] == "/files"
    assert len(results(program.get(f"tickets/{ticket.pk}/messages"))) == 1


def form(boundary, *files, body="See."):
    """A form as a program writes it: each sending draws a boundary of its own."""
    parts = [b'Content-Disposition: form-data; name="body"\r\n\r\n' + body.encode()]
    parts += [
        b'Content-Disposition: form-data; name="files"; filename="%s"\r\n\r\n%s' % (name.encode(), content) for name, content in files
    ]
    line = b"--" + boundary.encode()
    return line + b"\r\n" + (b"\r\n" + line + b"\r\n").join(parts) + b"\r\n" + line + b"--\r\n"


def sent_once(http, ticket, boundary, *files, **said):
    kind = f"multipart/form-data; boundary={boundary}"
    body = form(boundary, *files, **said)
    return http.generic("POST", f"/api/v1/tickets/{ticket.pk}/messages", body, kind, headers={"Idempotency-Key": "once"})


@pytest.mark.parametrize("seated", [False, True])
def test_the_same_files_sent_twice_are_kept_once_whatever_stands_between_them(program, acorn, rob, ines, seated):
    ticket = cast.ask(rob, acorn)
    http = cast.browser(ines) if seated else program.http
    large = b"Three days. " * 600_000  # more than a body of JSON may have
    answers = [sent_once(http, ticket, boundary, ("a.txt", large)) for boundary in ("x", "y")]
    assert [answer.status_code for answer in answers] == [201, 201], answers[1].content
    assert answers[0].content == answers[1].content
    (file,) = results(program.get(f"tickets/{ticket.pk}/attachments"))
    assert file["size_bytes"] == len(large)


def test_other_files_or_words_under_the_same_key_are_another_request(program, acorn, rob):
    ticket = cast.ask(rob, acorn)
    assert sent_once(program.http, ticket, "x", ("a.txt", b"Three days.")).status_code == 201
    for files, said in (
        ([("a.txt", b"Four days.")], {}),
        ([("b.txt", b"Three days.")], {}),
        ([("a.txt", b"Three days.")] * 2, {}),
        ([("a.txt", b"Three days.")], {"body": "Look."}),
    ):
        refused(sent_once(program.http, ticket, "x", *files, **said), 422, "idempotency-key-reused")


@pytest.mark.parametrize("wished", ["application/octet-stream", "text/plain", "image/*", "application/json"])
def test_bytes_are_had_whatever_type_is_wished_for(program, acorn, rob, wished):
    ticket = cast.ask(rob, acorn)
    file = said(program, ticket, SimpleUploadedFile("notes.txt", b"Three days.")).json()["attachments"][0]["id"]
    answer = program.http.get(f"/api/v1/attachments/{file}/content", headers={"Accept": wished})
    assert b"".join(answer.streaming_content) == b"Three days."
    refused(program.http.get(f"/api/v1/attachments/{ticket.pk}/content", headers={"Accept": wished}), 404, "not-found")


def test_a_ticket_is_filed_with_files_beside_its_first_message(acorn, rob, key):
    client = Program(key(rob))
    filed = client.http.post("/api/v1/tickets", {"subject": "Wrong", "body": "See here.", "files": [SimpleUploadedFile("screen.png", PNG)]})
    assert filed.status_code == 201, filed.content
    (first,) = results(client.get(f"tickets/{filed.json()['id']}/messages"))
    assert [file["name"] for file in first["attachments"]] == ["screen.png"]


def test_a_note_has_files_that_only_the_firm_has_back(program, acorn, rob, key):
    path = f"tickets/{cast.ask(rob, acorn).pk}/notes"
    note = program.http.post(f"/api/v1/{path}", {"body": "Between us.", "files": [SimpleUploadedFile("why.txt", b"Their key leaked.")]})
    assert note.status_code == 201, note.content
    assert results(program.get(path)) == [note.json()]
    (file,) = note.json()["attachments"]
    content = program.get(f"note-attachments/{file['id']}/content")
    assert b"".join(content.streaming_content) == b"Their key leaked."
    refused(Program(key(rob)).get(f"note-attachments/{file['id']}/content"), 404, "not-found")
