"""Views of lists: saved under a name, renamed, shared, made the one a list opens with, forgotten."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import policies
from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from accounts.models import SavedView
from events.actions import record

NOT_KEPT = frozenset({"page", "format", "view"})
LONGEST_QUERY = 1000
MOST_PARAMETERS = 40
CHANGEABLE = frozenset({"name", "query", "is_shared", "is_default"})


def narrowing(query: str) -> str:
    """A query string with what narrows a list and nothing else: no place in it, no format, no empty field.

    Raises Conflict for one that is none, or too long to keep.
    """
    try:
        pairs = parse_qsl(query.removeprefix("?"), strict_parsing=bool(query.strip("?")), max_num_fields=MOST_PARAMETERS)
    except ValueError as error:
        raise Conflict(_("This is no query of a list. Copy what follows the question mark of its address."), field="query") from error
    kept = urlencode([(name, value.replace("\x00", "")) for name, value in pairs if value and name not in NOT_KEPT])
    if len(kept) > LONGEST_QUERY:
        raise Conflict(_("So many filters are not kept. Take some away."), field="query")
    return kept


@transaction.atomic
def save_view(*, actor: Actor, page: str, name: str, query: str = "", is_shared: bool = False, is_default: bool = False) -> SavedView:
    """Keep the filters of a list under a name. Saving under a name one has already keeps the new filters in place of the old.

    Raises NotAllowed; Conflict for a query that cannot be kept.
    """
    if not policies.may_save_views(actor) or (is_shared and not policies.may_share_views(actor)):
        raise NotAllowed(_("You keep views for yourself; admins share them with the firm."))
    asked = narrowing(query)
    _make_way(actor, page, is_default=is_default)
    view, _made = SavedView.objects.update_or_create(
        person_id=str(actor.person_id), page=page, name=name, defaults={"query": asked, "is_shared": is_shared, "is_default": is_default}
    )
    record("view.saved", actor=actor, about=view, is_public=False, page=page)
    return view


@transaction.atomic
def change_view(*, actor: Actor, view: SavedView, **changes: Any) -> SavedView:
    """Rename a view, say its filters anew, share it, or open its list with it. Raises NotAllowed, Conflict."""
    if not policies.may_change_view(actor, view) or (changes.get("is_shared") and not policies.may_share_views(actor)):
        raise NotAllowed(_("You keep views for yourself; admins share them with the firm."))
    if changes.get("is_default") and view.person_id != actor.person_id:
        raise NotAllowed(_("This list opens with a view of your own. Save this one under your name first."), field="is_default")
    if "query" in changes:
        changes["query"] = narrowing(changes["query"])
    if "name" in changes and _others(view).filter(name=changes["name"]).exists():
        raise Conflict(_("Another view of this list is called that. Choose another name."), field="name")
    _make_way(actor, view.page, is_default=bool(changes.get("is_default")))
    for name in CHANGEABLE & changes.keys():
        setattr(view, name, changes[name])
    view.save(update_fields=sorted(CHANGEABLE & changes.keys()))
    record("view.changed", actor=actor, about=view, is_public=False, page=view.page)
    return view


@transaction.atomic
def forget_view(*, actor: Actor, view: SavedView) -> None:
    """Forget a view. Raises NotAllowed."""
    if not policies.may_change_view(actor, view):
        raise NotAllowed(_("You keep views for yourself; admins share them with the firm."))
    record("view.forgotten", actor=actor, about=view, is_public=False, page=view.page)
    view.delete()


def _others(view: SavedView) -> Any:
    return SavedView.objects.filter(person_id=view.person_id, page=view.page).exclude(pk=view.pk)


def _make_way(actor: Actor, page: str, *, is_default: bool) -> None:
    """A list opens with one view: what it opened with before steps back."""
    if is_default:
        SavedView.objects.filter(person_id=str(actor.person_id), page=page, is_default=True).update(is_default=False)
