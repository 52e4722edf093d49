"""The file of an exit kit, handed out alike behind both page doors."""

from uuid import UUID

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404

from accounts.actors import Actor
from leaving.actions import fetch_exit_kit
from leaving.actions.asking import KitGone
from leaving.models import ExitKit
from look.downloads import ZIP, as_download


def kit_file(actor: Actor, pk: UUID) -> FileResponse:
    """The zip, to be saved. Raises Http404 for a kit the actor does not see, and for a file that is kept no longer."""
    kit = get_object_or_404(ExitKit.objects.visible_to(actor).select_related("client"), pk=pk)
    try:
        opened = fetch_exit_kit(actor=actor, kit=kit)
    except KitGone as error:
        raise Http404(error.sentence) from error
    return as_download(opened, name=kit.file_name, content_type=ZIP)
