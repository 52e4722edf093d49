"""What the API says about itself: its schema, a page to try it, and an explanation of every refusal."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.csp import CSP
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView

from accounts.errors import DomainError
from api.problems import Problem, answer, not_found

BY_REFERENCE = re.compile(r"/api/v1/tickets/(?P<reference>[A-Za-z][A-Za-z0-9]{1,7}-[1-9][0-9]{0,8})(/|$)", re.ASCII)
READ_BY = ("GET", "HEAD")
COMMITTED = Path(__file__).with_name("openapi.json")

EXPLAINED = {
    "unknown-parameter": _("The query string has a parameter that nobody reads. The problem names it and those that are read."),
    "invalid-parameter": _("A query parameter has a value it cannot take. The problem names it and, where there are few, what is allowed."),
    "bad-request": _("The host is none of ALLOWED_HOSTS; or a header, or the parts of the body, cannot be read or are too many."),
    "invalid-json": _("The body is not JSON in UTF-8."),
    "not-authenticated": _("Send an API key as Authorization: Bearer, or sign in."),
    "key-not-valid": _("The key is unknown, has expired or was revoked, or whom it acted for is gone. Which of them, nobody is told."),
    "csrf-failed": _("A write of a session carries its CSRF token in X-CSRFToken; keys need none."),
    "scope-missing": _("The key was made without the scope that this needs."),
    "not-found": _("It never existed, or it is not yours to see: the answer is the same. An address of no resource names the one meant."),
    "method-not-allowed": _("This address does not know the method; Allow says which ones it does."),
    "not-acceptable": _("Everything is answered as application/json."),
    "unsupported-media-type": _("Bodies are application/json; those with files are multipart/form-data."),
    "too-large": _("The body is larger than is taken."),
    "invalid-body": _("Fields are missing, unknown or cannot be taken; errors points at each."),
    "rule-broken": _("The database keeps a rule that this would break; `rule` names it."),
    "changed-meanwhile": _("If-Match named an older state. Read the object again and decide anew."),
    "precondition-required": _("What others may have changed is changed with If-Match: the ETag you read, or * for any state."),
    "invalid-idempotency-key": _("An Idempotency-Key has 1 to 255 printable characters."),
    "idempotency-key-reused": _("The key belongs to a request with another body. Every act has a key of its own."),
    "request-in-flight": _("The first request with this key has not been answered yet."),
    "too-many-requests": _("What a minute allows is used up. RateLimit says what is left, Retry-After when to go on; a 304 costs nothing."),
    "secret-already-shown": _("The first request with this Idempotency-Key made it. Rotate or revoke it if the secret was lost."),
    "try-again": _("Two writes met. Nothing was changed; the same request may be sent again."),
    "internal-error": _("Something went wrong on our side. Nothing was changed; request_id finds it in the log."),
}


@csrf_exempt
def openapi(request: HttpRequest) -> HttpResponse:
    """The committed document; a test holds it to the code."""
    if request.method not in READ_BY:
        told = gettext("The document is only read.")
        return answer(Problem(405, "method-not-allowed", told, headers={"Allow": ", ".join(READ_BY)}), request)
    return HttpResponse(COMMITTED.read_bytes(), content_type="application/vnd.oai.openapi+json;version=3.1")


@csrf_exempt
def nowhere(request: HttpRequest) -> HttpResponse:
    """Every other address under /api/: refused, with the address that was meant as far as its shape tells."""
    return answer(not_found(_meant(request.path)), request)


def _meant(path: str) -> str:
    """Read from the address alone, so that it tells of no thing whether it is there."""
    for nearly, told in (
        (path.rstrip("/"), gettext("Addresses have no slash at the end: ask %(address)s.")),
        (path.replace("/api/", "/api/v1/", 1), gettext("The version belongs to the address: ask %(address)s.")),
    ):
        if _is_known(nearly):
            return told % {"address": nearly}
    if called := BY_REFERENCE.match(path):
        told = gettext("The address of a ticket has its id: /api/v1/tickets?q=%(reference)s finds it.")
        return told % {"reference": called["reference"].upper()}
    return gettext("No resource has this address. They are listed at /api/docs.")


def _is_known(path: str) -> bool:
    try:
        return resolve(path).view_name != "api:nowhere"
    except Resolver404:
        return False


def styled_by_itself(policy: dict[str, Any]) -> dict[str, Any]:
    """Swagger's page writes its own style attributes; nothing else of the policy is loosened."""
    return policy | {"style-src": [CSP.SELF, CSP.UNSAFE_INLINE]}


@method_decorator(csp_override(styled_by_itself(settings.SECURE_CSP)), name="dispatch")
class DocsView(SpectacularSwaggerSplitView):
    """The API, to read and to try, with a key of your own."""

    http_method_names = ["get", "head"]
    url_name = "api:openapi"


def codes() -> dict[str, str]:
    """Every code a refusal can have, with what it means."""
    ruled = {error.code.replace("_", "-"): " ".join((error.__doc__ or "").split()) for error in _errors(DomainError)}
    return ruled | {code: str(text) for code, text in EXPLAINED.items()}


def _errors(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _errors(narrower)


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """What a `type` of a problem resolves to: a page for the person who writes the program."""
    found = codes().get(code)
    if found is None:
        raise Http404
    title = code.replace("-", " ").capitalize()
    return render(request, "api/problem.html", {"title": title, "code": code, "explanation": re.sub(r"`", "", found)})
