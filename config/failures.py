"""What goes wrong before any view, or around it: a page for people, a problem for programs."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views import defaults

from api.problems import Problem, answer


def server_error(request: HttpRequest) -> HttpResponse:
    """Something that nobody foresaw, for example a database that is away when the key is looked up."""
    if not request.path.startswith("/api/"):
        return defaults.server_error(request)
    sentence = _("Something went wrong on our side. Nothing was changed; give us the request_id.")
    return answer(Problem(500, "internal-error", sentence), request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A host that is not ours, or a request line or header that cannot be read."""
    if not request.path.startswith("/api/"):
        return defaults.bad_request(request, exception)
    return answer(Problem(400, "bad-request", _("The host or a header of the request is none that is taken here.")), request)
