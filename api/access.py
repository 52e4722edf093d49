"""Who may come in. The middleware has found the actor; here a session is held to CSRF and a key to its scopes."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.actors import Actor


class AsTheMiddlewareSaid(BaseAuthentication):
    """`request.user` is the Actor that config.middleware found before the transaction: of a key, or of a session.

    A session is a browser's, so its unsafe requests must carry the CSRF token; a key is sent on purpose.
    """

    def authenticate(self, request: Request) -> tuple[Actor, None] | None:
        actor: Actor | None = getattr(request, "actor", None)
        if actor is None:
            if sends_key(request):
                raise AuthenticationFailed(_("This key is unknown, has expired or was revoked."), code="key-not-valid")
            return None
        if actor.key_id is None:
            hold_to_csrf(request)
        return actor, None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Tend"' + (', error="invalid_token"' if sends_key(request) else "")


def sends_key(request: Request) -> bool:
    """Whether a key was sent. One that opens nothing is told so, and nothing of why: who guesses learns of no key that was."""
    return request.headers.get("Authorization", "").partition(" ")[0].lower() == "bearer"


def hold_to_csrf(request: Request) -> None:
    """Raises PermissionDenied for an unsafe request of a session without its token.

    The check looks for the token in a form as well and would read the body, of which nothing were left to whoever reads it
    next: it is shown the headers alone.
    """
    headers = HttpRequest()
    headers.method, headers.META, headers.COOKIES = request.method, dict(request.META), request.COOKIES
    headers._dont_enforce_csrf_checks = getattr(request, "_dont_enforce_csrf_checks", False)  # type: ignore[attr-defined]  # noqa: SLF001 (Django's)
    check = CSRFCheck(lambda _request: None)  # type: ignore[arg-type]  # only asked for the reason
    check.process_request(headers)
    reason = check.process_view(headers, None, (), {})  # type: ignore[arg-type]
    if reason:
        raise PermissionDenied(_("Send the CSRF token of this session in X-CSRFToken, or use a key."), code="csrf-failed")


class WithinScopes(BasePermission):
    """Reading a view's `resource` needs `resource:read`, everything else `resource:write`. People have every scope."""

    def has_permission(self, request: Request, view: Any) -> bool:
        actor: Any = request.user
        if not isinstance(actor, Actor):
            return False
        scope = scope_of(view, view.action, str(request.method))
        if scope:
            hold_to_scope(actor, scope)
        return True


def scope_of(view: Any, action: str | None, method: str) -> str:
    """The scope that an action of a view needs; none for what every key may ask."""
    resource = view.resources.get(action, view.resource)
    return f"{resource}:{'read' if method in SAFE_METHODS else 'write'}" if resource else ""


def hold_to_scope(actor: Actor, scope: str) -> None:
    """Raises PermissionDenied for a key that was made without the scope."""
    if not actor.may_use(scope):
        raise PermissionDenied(_("This key may not do that: it lacks the scope %(scope)s.") % {"scope": scope}, code="scope-missing")
