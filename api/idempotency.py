"""Idempotency-Key: an act is carried out once however often its request arrives, and answered the same each time."""

from dataclasses import dataclass
from hashlib import sha256
from typing import cast
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.http import QueryDict
from django.utils import timezone
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actors import Actor
from api.problems import Refused
from api.rendering import to_json
from events.models import IdempotentRequest
from events.models.idempotency import KEPT_FOR, turn_number

HEADER = "Idempotency-Key"
LONGEST = 255


class AlreadyAnswered(Exception):
    def __init__(self, kept: IdempotentRequest) -> None:
        super().__init__(kept.key)
        self.kept = kept


@dataclass(slots=True)
class Once:
    """One request under its key, within the transaction that carries it out.

    A transaction-wide advisory lock on holder and key makes the second of two simultaneous requests see that the first is
    in flight; it is released with the commit that shows the kept answer. What failed is rolled back, so nothing is kept of it.
    """

    holder: UUID
    client_id: UUID | None
    key: str
    digest: bytes
    stale: IdempotentRequest | None = None

    @classmethod
    def begin(cls, request: Request, actor: Actor) -> "Once | None":
        """None for a request without a key. Raises AlreadyAnswered, and Refused with 400, 409 (in flight) or 422 (other body)."""
        key = request.headers.get(HEADER)
        holder = actor.key_id or actor.person_id
        if key is None or holder is None:
            return None
        if not key.isprintable() or not 0 < len(key) <= LONGEST:
            raise Refused(400, "invalid-idempotency-key", _("An Idempotency-Key has 1 to 255 printable characters."))
        digest = sha256(b"\n".join([str(request.method).encode(), request.get_full_path().encode(), _said(request)]))
        once = cls(holder, actor.client_id, key, digest.digest())
        once._take_turn()
        once._look_up()
        return once

    def _take_turn(self) -> None:
        number = turn_number(holder=self.holder, client_id=self.client_id, key=self.key)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
            taken = cursor.fetchone()
        if not taken or not taken[0]:
            raise Refused(409, "request-in-flight", _("A request with this key is being carried out. Ask again in a moment."))

    def _look_up(self) -> None:
        kept = IdempotentRequest.objects.within(self.client_id).filter(holder=self.holder, key=self.key).first()
        if kept is None:
            return
        if kept.created_at <= timezone.now() - KEPT_FOR:
            self.stale = kept
        elif bytes(kept.digest) != self.digest:
            raise Refused(422, "idempotency-key-reused", _("This key belongs to another request. Make a new key for this one."))
        else:
            raise AlreadyAnswered(kept)

    def keep(self, response: Response, *, without_body: bool = False) -> None:
        """Keep a rendered answer for whoever asks again within 24 hours."""
        row = self.stale or IdempotentRequest(client_id=self.client_id, holder=self.holder, key=self.key)
        row.digest, row.status, row.body = self.digest, response.status_code, b"" if without_body else response.content
        row.location = response.get("Location", "")
        row.created_at = timezone.now()
        row.save(force_insert=self.stale is None)


def _said(request: Request) -> bytes:
    """What makes a body the same when it is sent again. That of a form with files is its parts: each sending draws another boundary
    between them, and all its bytes at once are more than is held in memory.
    """
    if parse_header_parameters(str(request.content_type))[0] != "multipart/form-data":
        body: bytes = request.body
        return body
    parts = cast("QueryDict", request.data)
    return to_json([[name, [_part(value) for value in values]] for name, values in sorted(parts.lists())])


def _part(value: str | UploadedFile) -> object:
    if isinstance(value, str):
        return value
    content = sha256()
    for chunk in value.chunks():
        content.update(chunk)
    value.seek(0)
    return {"name": value.name, "sha256": content.hexdigest()}
