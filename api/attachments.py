from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers

from api.base import ActorViewSet
from api.files import FileRow, Files
from tickets.models import Message, MessageAttachment, Note, NoteAttachment, Ticket


class AttachmentRow(FileRow):
    """A file beside a public message. Its type was told by its content."""

    message = serializers.UUIDField(source="message_id")


class NoteAttachmentRow(FileRow):
    """A file beside an internal note."""

    note = serializers.UUIDField(source="note_id")


class AttachmentViewSet(Files, ActorViewSet):
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


class NoteAttachmentViewSet(Files, ActorViewSet):
    """The files beside the firm's own notes. For clients there is no such thing."""

    resource = "tickets"
    queryset = NoteAttachment.objects.none()
    row_class = NoteAttachmentRow

    def get_queryset(self) -> QuerySet[Any]:
        if not self.actor.is_staff:
            raise Http404
        return NoteAttachment.objects.visible_to(self.actor).filter(note__in=Note.objects.visible_to(self.actor))
