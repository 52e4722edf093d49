"""What both page doors are served beside their pages: the firm's colour, and the pages of refusal."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from accounts.models import Logo
from look.context import the_firm


@require_safe
@cache_control(public=True, max_age=300)
@conditional_page
def brand_css(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 (every view takes the request)
    """The firm's accent as a stylesheet of one line; asked again after five minutes, answered 304 while it is the same."""
    return HttpResponse(f":root {{ --hue: {the_firm().hue}; }}\n", content_type="text/css; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=31536000, immutable=True)
def logo(request: HttpRequest, pk: UUID) -> HttpResponse:  # noqa: ARG001 (every view takes the request)
    """The firm's logo; a new one has a new address, so that this one is kept for ever."""
    return HttpResponse(bytes(get_object_or_404(Logo, pk=pk).content), content_type="image/png")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 (Django's signature; the reason is for logs)
    """A form came back without its token: the page was open too long, or cookies are off."""
    return render(request, "403_csrf.html", status=403)
