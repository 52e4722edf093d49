"""The files of exit kits, listed and handed out alike behind both page doors."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from accounts.actors import Actor
from leaving.actions import fetch_exit_kit
from leaving.actions.asking import KitGone
from leaving.models import ExitKit
from look.downloads import ZIP, as_download
from look.visits import Visit

SHOWN = 10


def kits_shown(found: QuerySet[ExitKit], *, ask_url: str, file_name: str) -> dict[str, Any]:
    """What `look/parts/exit_kits.html` takes: the newest kits, and whether one of them is still being made."""
    newest = list(found.order_by("-pk")[:SHOWN])
    return {
        "kits": [(kit, reverse(file_name, args=[kit.pk])) for kit in newest],
        "in_making": any(not kit.has_ended for kit in newest),
        "ask_url": ask_url,
        "may_ask": True,
    }


def kit_list(request: Visit, shown: dict[str, Any]) -> HttpResponse:
    """The list alone, for the page that asks again by itself."""
    return render(request, "look/parts/kit_list.html", shown)


def kit_file(actor: Actor, pk: UUID) -> FileResponse:
    """The zip, to be saved. Raises Http404 for a kit the actor does not see, and for a file that is kept no longer."""
    kit = get_object_or_404(ExitKit.objects.visible_to(actor).select_related("client"), pk=pk)
    try:
        opened = fetch_exit_kit(actor=actor, kit=kit)
    except KitGone as error:
        raise Http404(error.sentence) from error
    return as_download(opened, name=kit.file_name, content_type=ZIP)
