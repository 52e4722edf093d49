"""What one client is shown does not depend on another client's being there at all: the same bytes before and after.

Each text field of the other client carries a word of its own; none of them is ever read, in pages, answers, files or mail.
"""

import re
from email.message import EmailMessage

import pytest
from django.core import mail

from accounts.actions.people import assign
from accounts.actors import StaffRole
from accounts.models import Person
from events.actions.delivering import drain
from tests import cast
from tests.asking import ROWS, Persona, ask, body_of, signed_in
from tests.canaries import Filled, fill
from tests.routes import Row

OURS = {"secret": "quillon", "internal": "zephyrine"}
THEIRS = {"secret": "marmalux", "internal": "obsidiary"}
OF_THE_CLIENT = [row for row in ROWS if row.method == "GET" and row.route.startswith(("portal:", "api:"))]
CHANGING = (
    re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"'),
    re.compile(rb'name="once" value="[^"]+"'),
    re.compile(rb'"X-CSRFToken": "[^"]+"'),
    re.compile(rb'nonce="[^"]*"'),
    re.compile(rb'"request_id":"[0-9a-f]+"'),
    re.compile(rb"\b(just now|(\d+|a|an|one)\W*(second|minute|min)s?( ago)?)\b"),
)


@pytest.fixture
def ours(acorn, priya, rob, abe, bill, ines) -> Filled:
    return fill(acorn, contact=priya, worker=ines, **OURS)


def personas(people: list[Person]) -> list[Persona]:
    return [*(signed_in(person, "") for person in people), *(Persona("", bearer=cast.key(person)) for person in people[:2])]


def read(persona: Persona, row: Row, of: Filled, words: str) -> bytes:
    """An answer without what differs from one request to the next."""
    answer = ask(persona, row, of, words=words)
    body = body_of(answer)
    for changing in CHANGING:
        body = changing.sub(b"", body)
    return b"%d " % answer.status_code + body


def everything(people: list[Persona], of: Filled) -> dict[tuple[int, str, str], bytes]:
    return {
        (number, str(row), words): read(persona, row, of, words)
        for number, persona in enumerate(people)
        for row in OF_THE_CLIENT
        for words in ("", *THEIRS.values())
        if not words or row.route in {"portal:tickets", "api:tickets", "api:clients"}
    }


def test_another_client_changes_no_byte(ours, priya, rob, abe, bill, request):
    people = personas([priya, rob, abe, bill])
    hired = cast.make_staff("Willa Worker", StaffRole.CONSULTANT)  # the firm's people are no secret to any client
    before = everything(people, ours)
    cobalt, nadia = (request.getfixturevalue(name) for name in ("cobalt", "nadia"))
    assign(actor=cast.ARRANGING, person=hired, client=cobalt.client)
    fill(cobalt, contact=nadia, worker=hired, **THEIRS)
    after = everything(people, ours)
    assert len(before) > 200
    assert [where for where, bytes_ in before.items() if after[where] != bytes_] == []
    # Their words are read only where the reader wrote them: the query is repeated in its own field.
    told = [where for where, body in after.items() if not where[2] and any(word.encode() in body.lower() for word in THEIRS.values())]
    assert told == []


def test_what_the_firm_says_to_itself_is_never_shown(ours, priya, rob, abe, bill):
    shown = everything(personas([priya, rob, abe, bill]), ours)
    assert [where for where, body in shown.items() if OURS["internal"].encode() in body.lower()] == []
    assert sum(OURS["secret"].encode() in body.lower() for body in shown.values()) > 40


def _text(letter: EmailMessage) -> str:
    parts = [part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*(f"{name}: {value}" for name, value in letter.items()), *parts]).lower()


def test_mail_tells_each_client_of_itself_only(ours, cobalt, nadia, tomas):
    fill(cobalt, contact=nadia, worker=tomas, **THEIRS)
    mail.outbox.clear()
    drain()
    letters = [(letter.to[0], _text(letter.message())) for letter in mail.outbox]
    told: dict[str, list[str]] = {"acorn.example": [], "cobalt.example": []}
    for address, text in letters:
        told.get(address.partition("@")[2], []).append(text)
    assert all(told.values())
    assert not [text for text in told["acorn.example"] if any(word in text for word in (*THEIRS.values(), OURS["internal"], "cobalt"))]
    assert not [text for text in told["cobalt.example"] if any(word in text for word in (*OURS.values(), THEIRS["internal"], "acorn"))]
    assert not [address for address, text in letters if "ines@" in address and any(word in text for word in THEIRS.values())]
    assert not [address for address, text in letters if "tomas@" in address and any(word in text for word in OURS.values())]
