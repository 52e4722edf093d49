"""Doors that open without a sign-in: keys, balance links, calendar feeds. They are shut here and nowhere else, each with its event."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from accounts import scope
from accounts.actors import Actor
from accounts.models import ApiKey, BalanceLink, CalendarFeed
from events.actions import record

type Door = ApiKey | BalanceLink | CalendarFeed


class _Kind(NamedTuple):
    """Whose a door is, and how it is told that it was shut; a calendar is no business of anybody but whose it is."""

    owner: str
    told_as: str
    is_public: bool = True


_KINDS: Mapping[type[Door], _Kind] = {
    ApiKey: _Kind("person_id", "key.revoked"),
    BalanceLink: _Kind("made_by_id", "balance.unshared"),
    CalendarFeed: _Kind("person_id", "calendar.closed", is_public=False),
}


def shut(doors: Iterable[Door], *, actor: Actor) -> None:
    """Revoke them, at once and for ever. What is shut already keeps its moment and is not told of again."""
    with scope.system("shut a door"):  # a client's people may only read them
        for door in doors:
            model, kind, now = type(door), _KINDS[type(door)], timezone.now()
            if model.objects.filter(pk=door.pk, revoked_at=None).update(revoked_at=now):
                door.revoked_at = now
                record(kind.told_as, actor=actor, about=door, client_id=door.client_id, is_public=kind.is_public)


def open_ones_of(person_id: UUID) -> dict[str, int]:
    """How many doors of each kind somebody made that are open, by the name of the kind; kinds without any are left out."""
    with scope.system("count the doors of a person"):
        found = {
            model._meta.model_name or "": model.objects.filter(**{kind.owner: person_id}, revoked_at=None).count()
            for model, kind in _KINDS.items()
        }
    return {kind: count for kind, count in found.items() if count}


def shut_those_of(person_id: UUID, *kinds: type[Door], actor: Actor, client_id: UUID | None = None) -> None:
    """Revoke what somebody made, of one client where one is named; doors of every kind unless some are named."""
    within = {} if client_id is None else {"client_id": client_id}
    for model in kinds or tuple(_KINDS):
        with scope.system("doors of a person"):
            theirs: list[Door] = [*model.objects.filter(**within, **{_KINDS[model].owner: person_id}, revoked_at=None)]
        shut(theirs, actor=actor)
