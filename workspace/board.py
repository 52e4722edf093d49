"""Every retainer that runs today and how it stands, and the one rule that says which of them need a decision."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from django.core.cache import cache
from django.utils import timezone
from redis import RedisError

from accounts.actors import Actor
from billing.models.ledger import Balance, balances
from engagements.models import Engagement, RetainerTerms

DECISIONS = ("over", "ends_early", "short")
KEPT_SECONDS = 60


class Row(NamedTuple):
    """A retainer on the board."""

    engagement: Engagement
    balance: Balance
    terms: RetainerTerms | None = None

    @property
    def needs_a_decision(self) -> bool:
        return self.balance.state in DECISIONS


def board(actor: Actor, day: dt.date) -> list[Row]:
    """The retainers that run on a day, each with its balance: two queries however many there are."""
    running = list(Engagement.objects.visible_to(actor).running(day).promised().select_related("client", "lead"))
    found = balances(running, today=day)
    return [Row(each, found[each.pk]) for each in running if each.pk in found]


def with_terms(rows: Sequence[Row], actor: Actor, day: dt.date) -> Iterator[Row]:
    """The same rows, each with the terms in force, which are read once somebody asks for the first row."""
    asked = RetainerTerms.objects.visible_to(actor).in_force(day).filter(engagement__in=[row.engagement.pk for row in rows])
    in_force = {terms.engagement_id: terms for terms in asked}
    yield from (row._replace(terms=in_force.get(row.engagement.pk)) for row in rows)


def deciding(actor: Actor) -> int:
    """How many of the actor's retainers need a decision today, as the board counts them.

    Every page shows it and a board of two thousand takes a while to read, so it is kept for a minute. Whoever writes reads it anew:
    see `count_anew`.
    """
    try:
        kept: int | None = cache.get(_key(actor))
    except RedisError:  # a Valkey that is down costs time, never the page
        kept = None
    return keep_count(actor, board(actor, timezone.localdate())) if kept is None else kept


def keep_count(actor: Actor, rows: Iterable[Row]) -> int:
    """The count of a board that was read in full, kept so that the navigation beside it says the same."""
    count = sum(row.needs_a_decision for row in rows)
    try:
        cache.set(_key(actor), count, KEPT_SECONDS)
    except RedisError:
        return count
    return count


def count_anew(actor: Actor) -> None:
    """Forget the count: what the actor just did may have changed it."""
    try:
        cache.delete(_key(actor))
    except RedisError:
        return


def _key(actor: Actor) -> str:
    return f"deciding:{actor.person_id}:{timezone.localdate()}"
