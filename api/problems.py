"""Every refusal as an RFC 9457 problem: what was wrong, in a sentence and in a code, and where in the request."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import DatabaseError, DataError, IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.errors import Conflict, DomainError, NotAllowed
from api.rendering import to_json

CONTENT_TYPE = "application/problem+json"
CLASHES = {"23505", "23P01", "23503"}  # unique, exclusion and foreign keys: sound by itself, but not beside what is there
STATES_OF_OTHERS = {  # checks of triggers, about the rows as they are
    "a_ticket_moves_only_as_agreed",
    "a_closed_period_never_changes",
    "time_of_a_closed_period_never_changes",
    "no_time_enters_a_closed_period",
}
PASSING = {"40001", "40P01", "55P03"}  # serialisation, deadlock, lock timeout
SERVER_ERROR = 500
UNAVAILABLE = 503
RAISED = "P0001"  # what pgtrigger.Protect raises
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal. `errors` name the places: a JSON pointer into the body, or a query parameter."""

    status: int
    code: str
    detail: str
    errors: tuple[Mapping[str, object], ...] = ()
    more: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self, request: HttpRequest | Request) -> dict[str, object]:
        told: dict[str, object] = {
            "type": type_of(self.code),
            "title": self.code.replace("-", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": getattr(request, "id", ""),
        }
        if self.errors:
            told["errors"] = list(self.errors)
        return told | dict(self.more)


def type_of(code: str) -> str:
    """The address at which the code is explained."""
    return f"{settings.PUBLIC_URL}/problems/{code}"


class BadParameters(exceptions.APIException):
    """Query parameters that the list does not know, or values it cannot take."""

    status_code = 400
    default_code = "invalid-parameter"

    def __init__(self, errors: list[dict[str, object]], *, code: str = "invalid-parameter") -> None:
        super().__init__(_("The list cannot be asked that way: see errors."), code=code)
        self.errors = tuple(errors)


class Refused(exceptions.APIException):
    """A refusal of the door itself, which no rule of the rooms knows."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail, code=code)
        self.status_code = status


def as_problem(exc: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: whatever went wrong undoes the transaction and becomes a problem."""
    set_rollback()
    request = context["request"]
    problem = told(exc, request)
    headers = dict(problem.headers)
    if isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        headers["WWW-Authenticate"] = getattr(exc, "auth_header", "Bearer")
    return Response(problem.body(request), status=problem.status, headers=headers, content_type=CONTENT_TYPE)


def told(exc: Exception, request: HttpRequest | Request) -> Problem:
    """The problem an exception is; what is ours to mend is logged with its trace."""
    problem = problem_of(exc)
    if problem.status == UNAVAILABLE:
        log.warning("a request may be tried again", error=str(exc.__cause__ or exc))
    elif problem.status >= SERVER_ERROR:
        log.error("a request failed", error=type(exc).__name__, exc_info=exc)
        got_request_exception.send(sender=None, request=request)
    return problem


def answer(problem: Problem, request: HttpRequest) -> HttpResponse:
    """The problem as a plain response, for what goes wrong outside a view: at COMMIT, or before any view is found."""
    response = HttpResponse(to_json(problem.body(request)), status=problem.status, content_type=CONTENT_TYPE)
    for name, value in problem.headers.items():
        response[name] = value
    return response


def not_found(instead: str = "") -> Problem:
    """One body for what never existed and for what is another client's; `instead` is for addresses that no resource has."""
    return Problem(404, "not-found", instead or _("There is nothing here that you may see."))


@singledispatch
def problem_of(exc: Exception) -> Problem:
    """The problem an exception is. What nobody foresaw is an internal error that tells nothing of itself."""
    _unforeseen = exc
    return Problem(500, "internal-error", _("Something went wrong on our side. Nothing was changed; give us the request_id."))


@problem_of.register
def of_rule(exc: DomainError) -> Problem:
    status = 403 if isinstance(exc, NotAllowed) else 409 if isinstance(exc, Conflict) else 422
    errors = ({"pointer": f"/{exc.field}", "code": exc.code, "detail": exc.sentence},) if exc.field else ()
    facts = {name: value if isinstance(value, int) else str(value) for name, value in exc.facts.items()}
    return Problem(status, exc.code.replace("_", "-"), exc.sentence, errors, {"facts": facts} if facts else {})


@problem_of.register(Http404)
@problem_of.register(exceptions.NotFound)
def of_missing(exc: Exception) -> Problem:
    code = exc.get_codes() if isinstance(exc, exceptions.NotFound) else "not_found"
    return not_found() if code == "not_found" else Problem(404, str(code), str(exc))


@problem_of.register
def of_django_refusal(_exc: PermissionDenied) -> Problem:
    return Problem(403, "not-allowed", _("You may not do this."))


@problem_of.register
def of_size(_exc: RequestDataTooBig) -> Problem:
    return Problem(413, "too-large", _("The body is larger than is taken."))


@problem_of.register
def of_number(_exc: SuspiciousOperation) -> Problem:
    return Problem(400, "bad-request", _("The request has too many parameters, fields or files, or one that cannot be read. Send fewer."))


@problem_of.register
def of_unread(exc: exceptions.ParseError) -> Problem:
    """What a parser says in a code of ours; what it breaks at otherwise is the parts of a form."""
    if exc.get_codes() != exceptions.ParseError.default_code:
        return of_door(exc)
    return Problem(400, "bad-request", _("The parts of the body cannot be read: send multipart/form-data with the boundary it names."))


@problem_of.register
def of_body(exc: exceptions.ValidationError) -> Problem:
    return Problem(422, "invalid-body", _("The body cannot be taken as it is: see errors."), tuple(_flat(exc.get_full_details(), "")))


@problem_of.register
def of_parameters(exc: BadParameters) -> Problem:
    return Problem(400, str(exc.get_codes()), str(exc.detail), exc.errors)


@problem_of.register
def of_door(exc: exceptions.APIException) -> Problem:
    headers = {"Retry-After": "1"} if exc.status_code in {429, 503} else {}
    return Problem(exc.status_code, str(exc.get_codes()).replace("_", "-"), str(exc.detail), headers=headers)


@problem_of.register
def of_stranger(_exc: exceptions.NotAuthenticated) -> Problem:
    return Problem(401, "not-authenticated", _("Send your key with each request, as the header Authorization: Bearer and the key."))


@problem_of.register
def of_media(exc: exceptions.UnsupportedMediaType) -> Problem:
    return Problem(415, str(exc.get_codes()).replace("_", "-"), _("Send the body as JSON, with the header Content-Type: application/json."))


@problem_of.register
def of_constraint(exc: IntegrityError) -> Problem:
    """A broken constraint is told by its name, which is the sentence of the rule it keeps."""
    diagnosis = getattr(exc.__cause__, "diag", None)
    rule = str(getattr(diagnosis, "constraint_name", None) or "")
    state = str(getattr(exc.__cause__, "sqlstate", None) or "")
    clashes = state in CLASHES or rule in STATES_OF_OTHERS
    sentence = f"{rule.replace('_', ' ').capitalize()}." if rule else _("A rule of the database was broken.")
    return Problem(409 if clashes else 422, "rule-broken", sentence, more={"rule": rule})


@problem_of.register
def of_value(_exc: DataError) -> Problem:
    return Problem(422, "invalid-body", _("A value is too large or of the wrong kind to be kept."))


@problem_of.register
def of_contention(exc: OperationalError) -> Problem:
    if not passes(exc):
        return Problem(500, "internal-error", _("Something went wrong on our side. Nothing was changed; give us the request_id."))
    sentence = _("Somebody else was at it in the same moment. Nothing was changed: try again.")
    return Problem(503, "try-again", sentence, headers={"Retry-After": "1"})


def passes(exc: OperationalError) -> bool:
    """Whether the same request may well be taken in a moment: somebody else held what it needed."""
    return getattr(exc.__cause__, "sqlstate", None) in PASSING


@problem_of.register
def of_trigger(exc: DatabaseError) -> Problem:
    if getattr(exc.__cause__, "sqlstate", None) == RAISED:
        return Problem(409, "rule-broken", _("This may no longer be changed."))
    return Problem(500, "internal-error", _("Something went wrong on our side. Nothing was changed; give us the request_id."))


def _flat(detail: Any, pointer: str) -> Iterator[Mapping[str, object]]:
    if isinstance(detail, dict) and set(detail) == {"message", "code"} and isinstance(detail["message"], str):
        yield {"pointer": pointer, "code": str(detail["code"]).replace("_", "-"), "detail": str(detail["message"])}
    elif isinstance(detail, dict):
        for name, inner in detail.items():
            step = str(name).replace("~", "~0").replace("/", "~1")
            yield from _flat(inner, pointer if name == "non_field_errors" else f"{pointer}/{step}")
    elif all(set(inner) == {"message", "code"} for inner in detail):
        for inner in detail:
            yield from _flat(inner, pointer)
    else:
        for index, inner in enumerate(detail):
            yield from _flat(inner, f"{pointer}/{index}")
