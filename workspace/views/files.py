"""Files sent along: asked for anew each time, and only ever downloaded."""

from uuid import UUID

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from look.downloads import stored
from tickets.models import MessageAttachment, NoteAttachment
from workspace.access import StaffRequest, for_staff


@for_staff
@require_safe
def attachment(request: StaffRequest, pk: UUID) -> FileResponse:
    return stored(get_object_or_404(MessageAttachment.objects.visible_to(request.actor), pk=pk))


@for_staff
@require_safe
def note_attachment(request: StaffRequest, pk: UUID) -> FileResponse:
    return stored(get_object_or_404(NoteAttachment.objects.visible_to(request.actor), pk=pk))
