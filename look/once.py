"""A form that is sent twice does its work once: a double click, a reload, or the way back to a page that was sent."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Concatenate

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django_htmx.http import HttpResponseClientRedirect

from events.models import IdempotentRequest
from events.models.idempotency import turn_number
from look.visits import Visit

FIELD = "once"
LONGEST_TOKEN = 64
LONGEST_ADDRESS = 500


def once[R: Visit, **P](view: Callable[Concatenate[R, P], HttpResponseBase]) -> Callable[Concatenate[R, P], HttpResponseBase]:
    """Around a view whose form carries `{% once %}`: the same content under the same token is carried out once a person and day.

    The second of two simultaneous requests waits for the first, and is shown where that one led. What was refused keeps nothing, so
    it is mended and sent again; other content under the same token is another act.
    """

    @wraps(view)
    def guarded(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        key, holder, client_id = _key_of(request), request.actor.person_id, request.actor.client_id
        if key is None or holder is None:
            return view(request, *args, **kwargs)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [turn_number(holder=holder, client_id=client_id, key=key)])
        kept = IdempotentRequest.objects.within(client_id).filter(holder=holder, key=key).first()
        if kept is not None:
            return _shown_again(request, kept.location)
        response = view(request, *args, **kwargs)
        if _is_done(request, response):
            led_to = response.get("Location", "")[:LONGEST_ADDRESS]
            IdempotentRequest.objects.remember(client_id, holder=holder, key=key, digest=_digest(request), location=led_to)
        return response

    return guarded


def _key_of(request: Visit) -> str | None:
    """Token and content; None where there is nothing to guard."""
    token = request.POST.get(FIELD, "") if request.method == "POST" else ""
    return f"form {token} {_digest(request).hex()}" if token.isprintable() and 0 < len(token) <= LONGEST_TOKEN else None


def _digest(request: Visit) -> bytes:
    """Of address and content."""
    typed = sorted((name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken")
    files = sorted((name, [(each.name, _digest_of(each)) for each in found]) for name, found in request.FILES.lists())
    return sha256(repr((request.path, typed, files)).encode()).digest()


def _digest_of(file: "UploadedFile[bytes]") -> bytes:
    read = sha256()
    for chunk in file.chunks():
        read.update(chunk)
    file.seek(0)
    return read.digest()


def _is_done(request: Visit, response: HttpResponseBase) -> bool:
    """Whether the act was carried out: a page leads on then, and htmx is given what there is now."""
    done = {HttpResponseRedirect.status_code} | ({HttpResponse.status_code} if request.htmx else set())
    return response.status_code in done


def _shown_again(request: Visit, led_to: str) -> HttpResponse:
    messages.info(request, gettext("This was sent twice, and is done once."))
    if request.htmx:
        return HttpResponseClientRedirect("/" + (request.htmx.current_url_abs_path or "").lstrip("/"))
    return HttpResponseRedirect(led_to or "/")
