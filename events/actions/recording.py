from collections import defaultdict
from collections.abc import Callable
from uuid import UUID

from django.db import models

from accounts.actors import Actor
from accounts.database.compiled import insert
from events.models import Event

Subscriber = Callable[[Event, Actor], None]

EVERY = "*"  # the kind of a subscriber who hears every event, after those who may refuse it

_subscribers: dict[str, list[Subscriber]] = defaultdict(list)


def on(kind: str) -> Callable[[Subscriber], Subscriber]:
    """Subscribe a function of a higher room to a kind of event. It runs inside the event's transaction and may refuse it."""

    def subscribe(subscriber: Subscriber) -> Subscriber:
        if subscriber not in _subscribers[kind]:
            _subscribers[kind].append(subscriber)
        return subscriber

    return subscribe


def record(
    kind: str, /, *, actor: Actor, about: models.Model, client_id: UUID | None = None, is_public: bool = True, **payload: object
) -> Event:
    """Write down that something happened, in the caller's transaction, and let the subscribers of higher rooms act on it.

    `about` lends its client unless one is given. The payload takes ids, numbers and states, never what people wrote.
    """
    event = Event(
        kind=kind,
        client_id=client_id or getattr(about, "client_id", None),
        about_type=about._meta.label_lower,
        about_id=about.pk,
        person_id=actor.person_id,
        key_id=actor.key_id,
        process=actor.process,
        is_public=is_public,
        payload=payload,
    )
    insert(event)
    for subscriber in (*_subscribers[kind], *_subscribers[EVERY]):
        subscriber(event, actor)
    return event
