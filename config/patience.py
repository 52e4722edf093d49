"""A request waits a few seconds for what somebody else holds and no longer: meanwhile its process serves nobody."""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from accounts import scope
from api.problems import answer, passes, problem_of

AGAIN_SECONDS = "5"
log = structlog.get_logger(__name__)


class Patience:
    """Bounds the waiting of each request, and says in a sentence that it was in vain. Nothing of it was written."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with scope.waiting_at_most(settings.WEB_LOCK_SECONDS):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, OperationalError) or not passes(exception):
            return None
        log.warning("a request waited in vain for what somebody else holds", error=str(exception.__cause__))
        if request.path.startswith("/api/"):
            return answer(problem_of(exception), request)
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": AGAIN_SECONDS})
