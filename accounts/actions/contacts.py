"""Who speaks for a client: which doors they made that open without them, and, for the firm, when each was last there."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from django.utils import timezone

from accounts import scope
from accounts.actors import Actor
from accounts.models import ApiKey, BalanceLink, Client, Membership, User


@dataclass(frozen=True, slots=True)
class Contact:
    """One membership. `signed_in_at` is for the firm, and None for whoever was asked in and never came; keys and links are those that
    are live.
    """

    membership: Membership
    signed_in_at: dt.datetime | None
    keys: list[ApiKey] = field(default_factory=list)
    links: list[BalanceLink] = field(default_factory=list)


def contacts_of(actor: Actor, client: Client) -> list[Contact]:
    """The people who speak for a client, by name, with the keys and links that the actor sees; the same number of queries for all."""
    standing = Membership.objects.visible_to(actor).active().filter(client=client).select_related("person").order_by("person__name", "pk")
    memberships = list(standing)
    people = [each.person_id for each in memberships]
    signed_in = _signed_in(people) if actor.is_staff else {}
    keys: defaultdict[UUID, list[ApiKey]] = defaultdict(list)
    live = ApiKey.objects.visible_to(actor).live(timezone.now()).filter(client=client, person__in=people)
    for key in live.select_related("person").order_by("pk"):
        keys[key.person_id].append(key)
    links: defaultdict[UUID, list[BalanceLink]] = defaultdict(list)
    for link in BalanceLink.objects.visible_to(actor).live().filter(client=client, made_by__in=people).order_by("pk"):
        links[link.made_by_id].append(link)
    return [Contact(each, signed_in.get(each.person_id), keys[each.person_id], links[each.person_id]) for each in memberships]


def _signed_in(people: list[UUID]) -> dict[UUID, dt.datetime | None]:
    """For the firm alone: a person signs in once for all the clients they speak for, so to one of them it tells of another."""
    with scope.system("when people signed in"):  # no database role of a page reads credentials
        return dict(User.objects.filter(person__in=people).values_list("person_id", "last_login"))
