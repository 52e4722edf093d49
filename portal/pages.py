"""How every page of the portal is answered: its shell, the fragment htmx asked for, and pages of long lists."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from accounts import scope
from accounts.actors import MemberRole
from accounts.models import Client
from accounts.policies import may_issue_key
from events.models import Notice
from portal.access import ClientRequest


def page(
    request: ClientRequest, template: str, context: dict[str, Any], *, place: str = "", part: str = "", status: int = 200
) -> HttpResponse:
    """The page, or only its `part` where htmx asked for that."""
    name = f"portal/{template}.html" + (f"#{part}" if part and request.htmx else "")
    return render(request, name, {**_shell(request), "place": place, **context}, status=status)


def _shell(request: ClientRequest) -> dict[str, Any]:
    actor = request.actor
    return {
        "client_name": SimpleLazyObject(lambda: Client.objects.visible_to(actor).get().name),
        "nav": {
            "keys": may_issue_key(actor, client_id=actor.client_id),
            "owns": MemberRole.OWNER in actor.member_roles,
            "notices": SimpleLazyObject(lambda: Notice.objects.visible_to(actor).unread().count()),
            "clients": SimpleLazyObject(lambda: len(clients_to_choose(request))),
        },
    }


def clients_to_choose(request: ClientRequest) -> list[UUID]:
    """The clients this person speaks for. Read at the door: within one client's scope the others do not exist."""
    with scope.door():
        return request.user.client_ids


@dataclass(frozen=True, slots=True)
class Sheet[M: Model]:
    """One page of a long list, newest first, with the query strings of its neighbours (empty where there is none)."""

    rows: list[M]
    previous: str
    next: str


def sheet_of[M: Model](request: ClientRequest, rows: QuerySet[M], *, size: int = 50) -> Sheet[M]:
    """The page that `?before=` or `?after=` names by an id; ids are made in the order of time."""
    before, after = _id_in(request, "before"), _id_in(request, "after")
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
        has_newer, has_older = len(found) > size, True
        found = found[:size][::-1]
    else:
        narrowed = rows if before is None else rows.filter(pk__lt=before)
        found = list(narrowed.order_by("-pk")[: size + 1])
        has_newer, has_older = before is not None, len(found) > size
        found = found[:size]
    return Sheet(
        found,
        previous=_neighbour(request, "after", found[0]) if found and has_newer else "",
        next=_neighbour(request, "before", found[-1]) if found and has_older else "",
    )


def _id_in(request: ClientRequest, name: str) -> UUID | None:
    try:
        return UUID(request.GET[name])
    except (KeyError, ValueError):
        return None


def _neighbour(request: ClientRequest, name: str, row: Model) -> str:
    query = request.GET.copy()
    query.pop("before", None)
    query.pop("after", None)
    query[name] = str(row.pk)
    return f"?{query.urlencode()}"
