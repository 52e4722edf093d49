import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from celery import current_app
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone, translation
from kombu.exceptions import OperationalError

from accounts import scope
from accounts.actors import Actor
from accounts.models import Person
from events.actions.choosing import choices_of
from events.models import Delivery, Event, Notice
from events.models.notice import Channel
from events.rules.topics import Level, level_of

log = structlog.get_logger(__name__)

QUIET_SECONDS = 15  # the outbox is swept that often anyway


@dataclass(frozen=True, slots=True)
class Telling:
    """What a notice says, in the reader's language: a subject line, sentences, and pairs of label and value."""

    subject: str
    sentences: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    meter_percent: int | None = None


Compose = Callable[[Person], Telling]


def tell(event: Event, people: Iterable[Person], *, about: models.Model, compose: Compose, is_urgent: bool = False) -> list[Notice]:
    """Tell each person once of an event: a notice in the product and a delivery by mail, as far as they let it; urgent always.

    Written in the event's transaction, so nobody is told of what did not happen and nothing that happened stays untold.
    Whoever caused the event is not told of it. Of the firm's own events, which have no client, only its own people are told.
    """
    with scope.system("tell people"):
        concerned = [person for person in people if person.pk != event.person_id and (event.client_id is not None or person.is_staff)]
        chosen, notices = choices_of(concerned), []
        for person in concerned:
            level = level_of(event.kind, chosen.get(person.pk, {}), is_staff=person.is_staff, is_urgent=is_urgent)
            if level is not Level.NEVER:
                notices.append(_notice(event, person, about, compose))
            if level is Level.MAIL:
                _delivery(notices[-1])
    if notices:
        transaction.on_commit(ring)
    return notices


def _notice(event: Event, person: Person, about: models.Model, compose: Compose) -> Notice:
    with translation.override(person.language):
        telling = compose(person)
    return Notice.objects.create(
        client_id=event.client_id,
        event=event,
        person=person,
        kind=event.kind,
        subject=" ".join(telling.subject.split())[:200],
        sentences=[str(sentence) for sentence in telling.sentences],
        facts=[[str(label), str(value)] for label, value in telling.facts],
        meter_percent=telling.meter_percent,
        about_type=about._meta.label_lower,
        about_id=about.pk,
    )


def _delivery(notice: Notice) -> Delivery:
    host = urlsplit(settings.PUBLIC_URL).hostname
    return Delivery.objects.create(
        client_id=notice.client_id, notice=notice, channel=Channel.MAIL, message_id=f"<notice.{notice.pk}@{host}>"
    )


@dataclass(slots=True)
class Bell:
    """The way to the workers. A broker that did not answer is left alone for a while, so that no request waits for it again."""

    quiet_until: float = 0.0

    def ring(self, task: str = "events.tasks.drain_outbox") -> bool:
        """Whether the broker took the message for this task: at once, or after three seconds at most when it is silent."""
        if time.monotonic() < self.quiet_until:
            return False
        try:
            current_app.send_task(task, retry=False)
        except (OperationalError, OSError):
            self.quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("the broker did not hear the bell; the sweep will find what waits", quiet_seconds=QUIET_SECONDS)
            return False
        return True


bell = Bell()


def ring() -> None:
    """Tell the workers that the outbox holds something. Only a doorbell: without a broker the next sweep finds it."""
    bell.ring()


@transaction.atomic
def read_notices(*, actor: Actor, ids: Iterable[UUID] | None = None) -> int:
    """Mark an actor's notices as read, all of them or those named; how many there were."""
    unread = Notice.objects.visible_to(actor).unread()
    if ids is not None:
        unread = unread.filter(pk__in=list(ids))
    return unread.update(read_at=timezone.now())
