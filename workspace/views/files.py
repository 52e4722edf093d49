"""Files sent along: asked for anew each time, and only ever downloaded."""

from uuid import UUID

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from tickets.models import MessageAttachment, NoteAttachment
from tickets.models.attachment import Attachment
from workspace.access import StaffRequest, for_staff


@for_staff
@require_safe
def attachment(request: StaffRequest, pk: UUID) -> FileResponse:
    return as_download(get_object_or_404(MessageAttachment.objects.visible_to(request.actor), pk=pk))


@for_staff
@require_safe
def note_attachment(request: StaffRequest, pk: UUID) -> FileResponse:
    return as_download(get_object_or_404(NoteAttachment.objects.visible_to(request.actor), pk=pk))


def as_download(found: Attachment) -> FileResponse:
    """Never shown in the page's own origin: saved, under its name, as the type its content told."""
    try:
        opened = found.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(opened, as_attachment=True, filename=found.name, content_type=found.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
