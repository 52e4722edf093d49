"""What the reader was told."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from events.actions import read_notices
from events.actions.choosing import choose_notices
from events.links import path_to
from events.models import Notice
from look.notice_form import NoticeChoiceForm
from look.sheets import as_file
from portal.access import ClientRequest, for_clients
from portal.columns import NOTICES
from portal.pages import page, sheet_of


@dataclass(frozen=True, slots=True)
class Told:
    """A notice, and the page of the portal that it is about."""

    notice: Notice
    url: str


@require_http_methods(["GET", "HEAD", "POST"])
@for_clients
def notices(request: ClientRequest) -> HttpResponseBase:
    """The reader's notices, newest first; a POST marks one (`notice`) or all of them as read."""
    if request.method == "POST":
        read_notices(actor=request.actor, ids=_named(request))
        if not request.htmx:
            return redirect("portal:notices")
    found = Notice.objects.visible_to(request.actor)
    if request.method != "POST" and (file := as_file(request, gettext("notices"), NOTICES, found.order_by("-pk"))):
        return file
    sheet = sheet_of(request, found)
    told = [Told(notice, path_to(notice.about_type, notice.about_id, door="portal")) for notice in sheet.rows]
    return page(request, "notices", {"told": told, "sheet": sheet}, part="list")


def _named(request: ClientRequest) -> list[UUID] | None:
    try:
        return [UUID(request.POST["notice"])]
    except KeyError:
        return None
    except ValueError:
        return []


@require_http_methods(["GET", "HEAD", "POST"])
@for_clients
def notice_choices(request: ClientRequest) -> HttpResponse:
    """What reaches the reader, and how far."""
    form = NoticeChoiceForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        choose_notices(actor=request.actor, choices=form.choices())
        messages.success(request, gettext("Saved."))
        return redirect("portal:notice_choices")
    return page(request, "notice_choices", {"form": form}, status=422 if form.errors else 200)
