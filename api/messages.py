from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request, is_form_media_type
from rest_framework.response import Response

from api.attachments import AttachmentRow, NoteAttachmentRow
from api.base import ActorViewSet, StrictSerializer
from api.files import sent_files
from api.people import PersonViewSet
from api.rendering import OrjsonParser
from api.rows import PersonNamed, Row, Shaped
from tickets.actions import reply, write_note
from tickets.models import Message, MessageAttachment, Note, NoteAttachment, Ticket


class MessageRow(Row):
    """Something said in public on a ticket, in Markdown."""

    added = frozenset({"attachments"})

    id = serializers.UUIDField()
    ticket = serializers.UUIDField(source="ticket_id")
    author = PersonNamed(allow_null=True)
    body = serializers.CharField()
    by_client = serializers.BooleanField()
    is_question = serializers.BooleanField(help_text="The firm asks, and it is the client's turn.")
    created_at = serializers.DateTimeField()
    attachments = AttachmentRow(many=True)

    @classmethod
    def complete(cls, rows: list[Shaped]) -> list[Shaped]:
        files = AttachmentRow.by("message_id", MessageAttachment.objects.filter(message__in=[row["id"] for row in rows]))
        return [row | {"attachments": files[row["id"]]} for row in rows]


class MessageSerializer(StrictSerializer):
    body = serializers.CharField(max_length=50_000, help_text="Markdown; read by the client and by the firm.")
    ask = serializers.BooleanField(default=False, help_text="For the firm: make it the client's turn.")


class MessageWithFilesSerializer(MessageSerializer):
    """A message with files, as multipart/form-data."""

    files = sent_files()


class NoteRow(Row):
    """Something the firm says to itself about a ticket."""

    added = frozenset({"attachments"})

    id = serializers.UUIDField()
    ticket = serializers.UUIDField(source="ticket_id")
    author = PersonNamed(allow_null=True)
    body = serializers.CharField()
    created_at = serializers.DateTimeField()
    attachments = NoteAttachmentRow(many=True)

    @classmethod
    def complete(cls, rows: list[Shaped]) -> list[Shaped]:
        files = NoteAttachmentRow.by("note_id", NoteAttachment.objects.filter(note__in=[row["id"] for row in rows]))
        return [row | {"attachments": files[row["id"]]} for row in rows]


class NoteSerializer(StrictSerializer):
    body = serializers.CharField(max_length=50_000, help_text="Markdown; never shown to the client.")


class NoteWithFilesSerializer(NoteSerializer):
    """A note with files, as multipart/form-data."""

    files = sent_files()


class SaidOnTicket(ActorViewSet):
    """What is said on one ticket; on a ticket the caller does not see nothing is, and nothing can be."""

    resource = "tickets"
    orderings = ("-id", "id")
    expandable = {"author": PersonViewSet}

    @property
    def ticket(self) -> Ticket:
        found = Ticket.objects.visible_to(self.actor).filter(pk=self.kwargs["ticket_id"]).first()
        if found is None:
            raise Http404
        return found


class MessageViewSet(SaidOnTicket):
    """The public conversation of a ticket."""

    queryset = Message.objects.none()
    row_class = MessageRow
    serializer_class = MessageSerializer
    parser_classes = [OrjsonParser, MultiPartParser]

    def get_queryset(self) -> QuerySet[Any]:
        return Message.objects.visible_to(self.actor).filter(ticket=self.ticket)

    @extend_schema(
        request={"application/json": MessageSerializer, "multipart/form-data": MessageWithFilesSerializer}, responses={201: MessageRow}
    )
    def create(self, request: Request, ticket_id: UUID) -> Response:
        """Say something in public. On a closed ticket a client's words open a follow-up: `ticket` is then that one."""
        ticket = self.ticket
        taken = MessageWithFilesSerializer if is_form_media_type(request.content_type) else MessageSerializer
        message = reply(actor=self.actor, ticket=ticket, **self.body(taken))
        return self.created(message, f"tickets/{message.ticket_id}/messages")


class NoteViewSet(SaidOnTicket):
    """The firm's own notes on a ticket. For clients there is no such thing."""

    queryset = Note.objects.none()
    row_class = NoteRow
    serializer_class = NoteSerializer
    parser_classes = [OrjsonParser, MultiPartParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not self.actor.is_staff:
            raise Http404

    def get_queryset(self) -> QuerySet[Any]:
        return Note.objects.visible_to(self.actor).filter(ticket=self.ticket)

    @extend_schema(request={"application/json": NoteSerializer, "multipart/form-data": NoteWithFilesSerializer}, responses={201: NoteRow})
    def create(self, request: Request, ticket_id: UUID) -> Response:
        """Write a note that the client never sees, with files if need be."""
        ticket = self.ticket
        taken = NoteWithFilesSerializer if is_form_media_type(request.content_type) else NoteSerializer
        note = write_note(actor=self.actor, ticket=ticket, **self.body(taken))
        return self.created(note, f"tickets/{ticket_id}/notes")
