"""Which endpoints hear of an event, and what they are told: decided and written in the event's own transaction."""

from dataclasses import replace

import orjson
from django.conf import settings
from django.db import transaction

from accounts import scope
from accounts.actions.people import actor_of_person
from accounts.actors import Actor, MemberRole
from accounts.models import User, Visibility
from events.actions.telling import bell
from events.links import path_to
from events.models import Event, Webhook, WebhookMessage
from events.published import Published, published_kinds, reference_of


def write_messages(event: Event, _actor: Actor) -> None:
    """Write down what each endpoint that may hear of this event is told. Endpoints never refuse an event."""
    published = published_kinds().get(event.kind)
    if published is None:
        return
    with scope.seeing_all("webhooks"):
        listening = list(Webhook.objects.listening_to(event))
    if not listening:
        return
    with scope.system("webhooks"):
        hearing = [webhook for webhook in listening if hears(webhook, event)]
        if hearing:
            body = told(event, published)
            messages = [message_of(webhook, kind=event.kind, about_id=event.about_id, body=body, event=event) for webhook in hearing]
            WebhookMessage.objects.bulk_create(messages)
            transaction.on_commit(ring)


def ring() -> None:
    """Tell the workers that messages wait. Only a doorbell: without a broker the next sweep finds them."""
    bell.ring("events.tasks.post_webhooks")


def actor_of_webhook(webhook: Webhook) -> Actor | None:
    """Whom an endpoint acts for: somebody of the firm, or an owner of its client. None once they are neither."""
    if not User.objects.filter(person_id=webhook.person_id, is_active=True).exists():
        return None
    actor = actor_of_person(webhook.person, client_id=webhook.client_id)
    if actor is None or (actor.is_member and not actor.holds(MemberRole.OWNER)):
        return None
    return replace(actor, client_id=webhook.client_id)


def hears(webhook: Webhook, event: Event) -> bool:
    """Whether the person an endpoint acts for sees the event; one bound to a client never hears what is internal to the firm."""
    actor = actor_of_webhook(webhook)
    if actor is None or (webhook.client_id is not None and not event.is_public) or not reads_entries(webhook, event):
        return False
    return Event.objects.visible_to(actor).filter(pk=event.pk).exists()


def reads_entries(webhook: Webhook, event: Event) -> bool:
    """Whether an endpoint of a client may hear of single entries: where the level of the client shows them."""
    published = published_kinds().get(event.kind)
    if published is None or published.resource != "time-entries" or webhook.client is None:
        return True
    return webhook.client.visibility in {Visibility.ENTRIES, Visibility.PEOPLE}


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
    return as_body(event.kind, event.at, data)


def as_body(kind: str, at: object, data: object) -> str:
    """The envelope of Standard Webhooks: type, timestamp, data."""
    return orjson.dumps({"type": kind, "timestamp": at, "data": data}, option=orjson.OPT_UTC_Z).decode()
