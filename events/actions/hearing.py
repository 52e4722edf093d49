"""Which endpoints hear of an event, and what they are told: decided and written in the event's own transaction."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction

from accounts import scope
from accounts.actions.people import actors_of_people
from accounts.actors import Actor, MemberRole
from accounts.database.compiled import Statements
from accounts.models import Assignment, Visibility
from events.actions.telling import bell
from events.links import path_to
from events.models import Event, Webhook, WebhookMessage
from events.published import Published, kind_told, published_kinds, reference_of

READS_ENTRIES = frozenset({Visibility.ENTRIES, Visibility.PEOPLE})
SOME_CLIENT = UUID(int=1)  # stands for the client in a statement that serves them all
hearing_queries = Statements()


def of_concern(events: Collection[Event]) -> list[Event]:
    """Of events written together those that some endpoint may have asked for: one query, whose answer is mostly that there is none."""
    kinds = {kind_told(event.kind) for event in events}
    with scope.seeing_all("webhooks"):
        listening = Webhook.objects.filter(disabled_at=None, kinds__overlap=list(kinds))
        bound_to = set(listening.values_list("client_id", flat=True))
    return [event for event in events if None in bound_to or event.client_id in bound_to]


def write_messages(event: Event) -> None:
    """Write down what each endpoint that may hear of this event is told. Endpoints never refuse an event."""
    kind = kind_told(event.kind)
    published = published_kinds().get(kind)
    if published is None:
        return
    with scope.seeing_all("webhooks"):
        listening = _listening_to(event)
    if not listening:
        return
    with scope.system("webhooks"):
        hearing = those_who_hear(listening, event)
        if hearing:
            body = told(event, published)
            messages = [message_of(webhook, kind=kind, about_id=event.about_id, body=body, event=event) for webhook in hearing]
            WebhookMessage.objects.bulk_create(messages)
            transaction.on_commit(ring)


def _listening_to(event: Event) -> list[Webhook]:
    """Asked for every event: the statement is one by what of the event it depends on besides its client."""
    alike = Event(kind=event.kind, is_public=event.is_public, client_id=event.client_id and SOME_CLIENT)
    asked = (event.kind, event.is_public, event.client_id is None)
    return hearing_queries.objects(asked, lambda: Webhook.objects.listening_to(alike), {SOME_CLIENT: event.client_id})


def ring() -> None:
    """Tell the workers that messages wait. Only a doorbell: without a broker the next sweep finds them."""
    bell.ring("events.tasks.post_webhooks")


def actor_of_webhook(webhook: Webhook) -> Actor | None:
    """Whom an endpoint acts for: somebody of the firm, or an owner of its client. None once they are neither."""
    return _actors_of([webhook]).get(webhook.pk)


def _actors_of(webhooks: Sequence[Webhook]) -> dict[UUID, Actor]:
    """Whom endpoints act for, by endpoint; the same number of queries however many they are."""
    actors = actors_of_people((webhook.person, webhook.client_id) for webhook in webhooks)
    acting = ((webhook, actors.get((webhook.person_id, webhook.client_id))) for webhook in webhooks)
    return {
        webhook.pk: replace(actor, client_id=webhook.client_id)
        for webhook, actor in acting
        if actor is not None and (not actor.is_member or actor.holds(MemberRole.OWNER))
    }


def hears(webhook: Webhook, event: Event) -> bool:
    """Whether the person an endpoint acts for sees the event; one bound to a client never hears what is internal to the firm."""
    return bool(those_who_hear([webhook], event))


def those_who_hear(webhooks: Sequence[Webhook], event: Event) -> list[Webhook]:
    """The endpoints whose person sees the event, by the rule of `clients_seen_by`; the same number of queries however many they are."""
    may = [webhook for webhook in webhooks if (webhook.client_id is None or event.is_public) and reads_entries(webhook, event)]
    actors = _actors_of(may) if may else {}
    consultants = {actor.person_id for actor in actors.values() if actor.is_staff and not actor.leads}
    assigned = Assignment.objects.filter(person__in=consultants, client=event.client_id) if consultants and event.client_id else None
    working = set(assigned.values_list("person_id", flat=True)) if assigned is not None else set()
    return [webhook for webhook in may if webhook.pk in actors and _sees(actors[webhook.pk], event, working)]


def _sees(actor: Actor, event: Event, working: Collection[UUID]) -> bool:
    if actor.client_id is not None and actor.client_id != event.client_id:
        return False
    if actor.is_member:
        return event.is_public
    return actor.leads or actor.person_id in working


def reads_entries(webhook: Webhook, event: Event) -> bool:
    """Whether an endpoint of a client may hear of single entries: where the level of the client shows them."""
    published = published_kinds().get(kind_told(event.kind))
    if published is None or published.resource != "time-entries" or webhook.client is None:
        return True
    return webhook.client.visibility in READS_ENTRIES


def message_of(webhook: Webhook, **fields: object) -> WebhookMessage:
    return WebhookMessage(webhook=webhook, client_id=webhook.client_id, **fields)


def told(event: Event, published: Published) -> str:
    """What an endpoint is told: what happened, when, and to what; never what people wrote, nor anything internal."""
    client = event.client
    about = {
        "type": event.about_type.partition(".")[2],
        "id": event.about_id,
        "reference": reference_of(event.about_type, event.about_id),
        "url": settings.PUBLIC_URL + path_to(event.about_type, event.about_id, door="api"),
    }
    if about["url"] == settings.PUBLIC_URL + "/":
        del about["url"]
    data = {
        "event": event.pk,
        "client": {"id": client.pk, "code": client.code} if client else None,
        "about": about,
        **{name: event.payload[name] for name in published.facts if name in event.payload},
    }
    return as_body(kind_told(event.kind), event.at, data)


def as_body(kind: str, at: object, data: object) -> str:
    """The envelope of Standard Webhooks: type, timestamp, data."""
    return orjson.dumps({"type": kind, "timestamp": at, "data": data}, option=orjson.OPT_UTC_Z).decode()
