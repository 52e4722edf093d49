"""What somebody takes away that is gone already: by a second press, or by a colleague a moment ago."""

from uuid import UUID

from django.contrib import messages
from django.db import models
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext

from events.models import Event
from look.visits import Visit


def gone_already(request: Visit, model: type[models.Model], pk: UUID, *, told_as: str, to: str) -> HttpResponseRedirect:
    """To the page that a removal leads to, as what was asked for is done. Raises Http404 for what was never there for the reader.

    An event that the reader sees tells the one from the other, so nobody learns of what is another client's.
    """
    events = Event.objects.visible_to(request.actor).filter(kind=told_as, about_type=model._meta.label_lower, about_id=pk)
    if not events.exists():
        raise Http404
    messages.info(request, gettext("It was removed already."))
    return redirect(to)
