"""What every page knows without being told: the firm, and who is looking at it."""

from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.actors import Actor
from accounts.models import Firm


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the page."""

    name: str
    initials: str
    is_staff: bool


def shell(request: HttpRequest) -> dict[str, Any]:
    """`firm` (a query only where a template asks for it) and `person` (a Reader, or None before sign-in)."""
    return {"firm": SimpleLazyObject(the_firm), "person": reader(getattr(request, "actor", None))}


def the_firm() -> Firm:
    """The firm; a nameless one where the database does not answer, so that an error page still appears."""
    try:
        return Firm.objects.the()
    except DatabaseError:
        return Firm()


def reader(actor: Actor | None) -> Reader | None:
    if actor is None or actor.person_id is None:
        return None
    return Reader(name=actor.name, initials=actor.name[:1].upper(), is_staff=actor.is_staff)
