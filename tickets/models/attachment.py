from uuid import UUID

from django.db import models
from django.db.models.functions import Now

from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from tickets.models.message import Message, Note


def place_of(client_id: UUID, digest: str) -> str:
    """Where bytes lie: by client and content, never by a name somebody chose."""
    return f"{client_id}/{digest[:2]}/{digest}"


def place(attachment: "Attachment", _name: str) -> str:
    return place_of(attachment.client_id, attachment.digest)


class Attachment(ClientOwned):
    """A file somebody sent along. Its type was told by its content, and it is only ever served as a download."""

    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size_bytes = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256 in hexadecimal.")
    file = models.FileField(upload_to=place, max_length=200)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class MessageAttachment(Attachment):
    """A file beside a public message."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="attachments", db_constraint=False)

    objects = ClientOwnedQuerySet["MessageAttachment"].as_manager()

    rights = Rights(portal="select, insert", staff="select, insert", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [SameClient("message", name="an_attachment_belongs_to_its_messages_client")]


class NoteAttachment(Attachment):
    """A file beside an internal note, out of the portal's reach."""

    note = models.ForeignKey(Note, models.PROTECT, related_name="attachments", db_constraint=False)

    objects = ClientOwnedQuerySet["NoteAttachment"].as_manager()

    rights = Rights(staff="select, insert", system=ALL)

    class Meta:
        constraints = [SameClient("note", name="an_attachment_belongs_to_its_notes_client")]
