"""Views of a list that somebody saved: shown above it, kept from its address, and the one it opens with."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import SavedView
from accounts.policies import may_share_views
from workspace.access import StaffRequest

NO_VIEW = "none"  # says that the list is wanted as it is, not as its reader usually opens it

type ListView = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Link:
    """A saved view above its list."""

    view: SavedView
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Saved:
    """The views of one list, and what of its address another would keep."""

    page: str
    links: list[Link]
    query: str
    may_share: bool


def address_of(view: SavedView) -> str:
    """Where a view is opened: the list's own address, which holds it to the wall and to what the list knows."""
    asked = f"{view.query}&" if view.query else ""
    return f"{reverse(f'workspace:{view.page}')}?{asked}view={view.pk}"


def with_views(page: SavedView.Page) -> Callable[[ListView], ListView]:
    """A list that can be kept under names. Its bare address leads to the view its reader opens it with, where there is one."""

    def decorate(view: ListView) -> ListView:
        @wraps(view)
        def listed(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            views = list(SavedView.objects.visible_to(request.actor).filter(page=page).in_order())
            opens_with = next((each for each in views if each.is_default and each.person_id == request.actor.person_id), None)
            if opens_with is not None and not request.GET and not request.htmx:
                return redirect(address_of(opens_with))
            current = request.GET.get("view", "")
            links = [Link(each, address_of(each), str(each.pk) == current) for each in views]
            request.saved = Saved(page, links, request.GET.urlencode(), may_share_views(request.actor))
            return view(request, *args, **kwargs)

        return listed

    return decorate
