from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from api.base import ActorViewSet
from api.rows import Row
from look.downloads import stored
from tickets.models import Message, MessageAttachment, Note, NoteAttachment, Ticket


class AttachmentRow(Row):
    """A file beside a public message. Its type was told by its content."""

    id = serializers.UUIDField()
    message = serializers.UUIDField(source="message_id")
    name = serializers.CharField()
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class NoteAttachmentRow(Row):
    """A file beside an internal note."""

    id = serializers.UUIDField()
    note = serializers.UUIDField(source="note_id")
    name = serializers.CharField()
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class AttachmentViewSet(ActorViewSet):
    """The files of the public conversation; they are sent with a message."""

    resource = "tickets"
    queryset = MessageAttachment.objects.none()
    row_class = AttachmentRow

    def get_queryset(self) -> QuerySet[Any]:
        readable = Message.objects.visible_to(self.actor)
        if "ticket_id" in self.kwargs:
            ticket = Ticket.objects.visible_to(self.actor).filter(pk=self.kwargs["ticket_id"]).first()
            if ticket is None:
                raise Http404
            readable = readable.filter(ticket=ticket)
        return MessageAttachment.objects.visible_to(self.actor).filter(message__in=readable)

    @extend_schema(operation_id="attachments_content", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def content(self, request: Request, pk: UUID) -> FileResponse:
        """The bytes of a file, to be saved and never opened by a browser."""
        return stored(self.thing(pk))


class NoteAttachmentViewSet(ActorViewSet):
    """The files beside the firm's own notes. For clients there is no such thing."""

    resource = "tickets"
    queryset = NoteAttachment.objects.none()
    row_class = NoteAttachmentRow

    def get_queryset(self) -> QuerySet[Any]:
        if not self.actor.is_staff:
            raise Http404
        return NoteAttachment.objects.visible_to(self.actor).filter(note__in=Note.objects.visible_to(self.actor))

    @extend_schema(operation_id="note_attachments_content", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def content(self, request: Request, pk: UUID) -> FileResponse:
        """The bytes of a file of the firm, to be saved and never opened by a browser."""
        return stored(self.thing(pk))
