"""A form that is sent twice does its work once: a double click, a reload, or the way back to a page that was sent."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import Concatenate, NamedTuple

from django.contrib import messages
from django.contrib.messages.storage.base import BaseStorage
from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

from events.models import IdempotentRequest
from events.models.idempotency import turn_number
from look.visits import Visit

FIELD = "once"
LONGEST_TOKEN = 64
LONGEST_ADDRESS = 500


class Told(NamedTuple):
    """What somebody reads whose form came a second time."""

    level: int
    sentence: str | Promise


DONE_ONCE = Told(messages.INFO, _("This was sent twice, and is done once."))
SHOWN_ONCE = Told(
    messages.WARNING,
    _(
        "This was sent twice, and is done once. The secret was in the first answer and is never shown again: if you did not see it, "
        "revoke it and make another."
    ),
)


def once[R: Visit, **P](
    view: Callable[Concatenate[R, P], HttpResponseBase], *, told: Told = DONE_ONCE
) -> Callable[Concatenate[R, P], HttpResponseBase]:
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
            return _shown_again(request, kept.location, told)
        response = view(request, *args, **kwargs)
        if _is_done(request, response):
            led_to = response.get("Location", request.path)[:LONGEST_ADDRESS]
            IdempotentRequest.objects.remember(client_id, holder=holder, key=key, digest=_digest(request), location=led_to)
        return response

    return guarded


def once_with_secret[R: Visit, **P](
    view: Callable[Concatenate[R, P], HttpResponseBase],
) -> Callable[Concatenate[R, P], HttpResponseBase]:
    """As `once`, around a view whose answer shows a secret that nothing shows again, by 201.

    The second of two is led to the `Location` of that answer, or to the page it was, and told that the secret was in the first.
    """
    return once(view, told=SHOWN_ONCE)


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
    """Whether the act was carried out: a page leads on then or shows what it made, and htmx is given what there is now."""
    if response.status_code == HttpResponseRedirect.status_code:
        return not _was_refused(request)
    return response.status_code == HTTPStatus.CREATED or (response.status_code == HTTPStatus.OK and bool(request.htmx))


def _was_refused(request: Visit) -> bool:
    """Whether the page that it leads to says what is wrong: nothing was done then."""
    said, refused = messages.get_messages(request), False
    for message in said:
        message.message = str(message.message)  # what was looked at is kept as it is, and no lazy text can be
        refused = refused or message.level >= messages.ERROR
    if isinstance(said, BaseStorage):
        said.used = False  # they are still to be shown
    return refused


def _shown_again(request: Visit, led_to: str, told: Told) -> HttpResponse:
    messages.add_message(request, told.level, str(told.sentence))
    if request.htmx:
        return HttpResponseClientRedirect("/" + (request.htmx.current_url_abs_path or "").lstrip("/"))
    return HttpResponseRedirect(led_to or "/")
