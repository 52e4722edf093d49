from collections import defaultdict
from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import models

from accounts.actors import Actor
from accounts.database.compiled import insert
from events.models import Event

Subscriber = Callable[[Event, Actor], None]
Listener = Callable[[Sequence[Event]], None]

_subscribers: dict[str, list[Subscriber]] = defaultdict(list)
_listeners: list[Listener] = []


def on(kind: str) -> Callable[[Subscriber], Subscriber]:
    """Subscribe a function of a higher room to a kind of event. It runs inside the event's transaction and may refuse it."""

    def subscribe(subscriber: Subscriber) -> Subscriber:
        if subscriber not in _subscribers[kind]:
            _subscribers[kind].append(subscriber)
        return subscriber

    return subscribe


def on_every(listener: Listener) -> Listener:
    """Let a function hear every event, those written together at once, after the subscribers who may refuse them."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def record(
    kind: str, /, *, actor: Actor, about: models.Model, client_id: UUID | None = None, is_public: bool = True, **payload: object
) -> Event:
    """Write down that something happened, in the caller's transaction, and let the subscribers of higher rooms act on it.

    `about` lends its client unless one is given. The payload takes ids, numbers and states, never what people wrote.
    """
    event = happened(kind, actor=actor, about=about, client_id=client_id, is_public=is_public, **payload)
    insert(event)
    _publish([event], actor)
    return event


def record_all(events: Sequence[Event], *, actor: Actor) -> None:
    """Write down that much happened at once, as `record` does of one."""
    Event.objects.bulk_create(events)
    _publish(events, actor)


def happened(
    kind: str, /, *, actor: Actor, about: models.Model, client_id: UUID | None = None, is_public: bool = True, **payload: object
) -> Event:
    """An event that is not written yet."""
    return Event(
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


def _publish(events: Sequence[Event], actor: Actor) -> None:
    for event in events:
        for subscriber in _subscribers[event.kind]:
            subscriber(event, actor)
    for listener in _listeners:
        listener(events)
