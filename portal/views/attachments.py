"""Files beside messages. Permission is asked each time; they are saved, never opened, by the browser."""

from uuid import UUID

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from look.downloads import stored
from portal.access import ClientRequest, for_clients
from tickets.models import Message, MessageAttachment


@require_safe
@for_clients
def attachment(request: ClientRequest, pk: UUID) -> HttpResponseBase:
    """The file of a message that the reader may read."""
    readable = Message.objects.visible_to(request.actor)
    return stored(get_object_or_404(MessageAttachment.objects.visible_to(request.actor).filter(message__in=readable), pk=pk))
