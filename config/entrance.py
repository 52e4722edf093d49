"""The front page sends everybody to their door."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


def enter(request: HttpRequest) -> HttpResponse:
    """The workspace for the firm, the portal for a client, the sign-in page for whoever is neither."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor is None:
        return redirect("account_logout" if request.user.is_authenticated else "account_login")
    return redirect("workspace:today" if actor.is_staff else "portal:home")
